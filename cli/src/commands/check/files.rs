//! Checks files and folders for `dvkit check`, and writes fixes into them. Only the queries in a file are
//! changed, never the text around them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, bail};
use dvkit_ide::tree::{CheckedFile, CheckedPath, CheckedText, FileRole, FileSelection, in_order};
use dvkit_ide::{Diagnosis, Error as IdeError, embedded::Coverage};

use super::run::CheckRun;
use super::tree::BaselineFile;
use crate::interrupt::{self, Run};
use crate::output::{ProgressBar, counted};
use crate::report::{ListedText, QueryOrigin, ReportFormat, Totals};

/// The number of files from which on the progress is shown.
const MIN_PROGRESS: usize = 200;
/// The maximum number of characters of a query in a list.
const MAX_LISTED: usize = 60;
/// The maximum number of accepted findings that are named because they do not occur any more.
const MAX_STALE: usize = 5;

/// Returns how much of a text is checked, as lists tell it: a query that cannot be used is skipped, and one whose table
/// is not known is checked in part.
fn listed_coverage(text: &CheckedText) -> Coverage {
    match (&text.coverage, &text.diagnosis) {
        (Coverage::Skipped(why), _) | (_, Diagnosis::Unusable(why)) => Coverage::Skipped(why.clone()),
        (Coverage::Partly(why), _) => Coverage::Partly(why.clone()),
        (Coverage::Checked, Diagnosis::NoTable) => {
            Coverage::Partly("the table of the query is not known".to_owned())
        }
        (Coverage::Checked, _) => Coverage::Checked,
    }
}

/// The options of a run about files.
pub(super) struct FileOptions {
    pub(super) selection: FileSelection,
    pub(super) baseline: Option<BaselineFile>,
    /// The format in which all texts are listed, instead of reporting their findings.
    pub(super) list: Option<ReportFormat>,
}

/// A file to check.
struct FileInput {
    path: PathBuf,
    role: FileRole,
}

/// The files of a run so far.
#[derive(Default)]
pub(super) struct SeenFiles {
    /// The files that were checked, as absolute paths.
    checked: BTreeSet<PathBuf>,
    /// The number of files that are excluded or of an unknown kind, although the user named them.
    unknown: usize,
}

impl CheckRun<'_> {
    /// Checks a file that the user named as one of queries.
    pub(super) fn query_file(&mut self, path: &Path) -> Result<()> {
        self.files(&[FileInput { path: path.to_owned(), role: FileRole::Queries }])
    }

    /// Checks the file at `path`, or the files in the folder at `path`.
    pub(super) fn tree(&mut self, path: &Path) -> Result<()> {
        let selection = &self.files.selection;
        if !dvkit_files::is_folder(path) {
            if !selection.accepts(path) {
                self.seen.unknown += 1;
                return Ok(());
            }
            return self.files(&[FileInput { path: path.to_owned(), role: FileRole::Named }]);
        }
        let found = selection.files(path)?;
        for path in &found.too_large {
            self.screen
                .notice(format_args!("note: `{}` is too large, and is not checked", path.display()))?;
        }
        let is_whole = selection.changed.is_none() && selection.include.is_empty();
        if found.files.is_empty() && found.too_large.is_empty() && is_whole {
            bail!("there are no files that dvkit can check in the folder `{}`", path.display());
        }
        let input = |path| FileInput { path, role: FileRole::Found };
        let files: Vec<FileInput> = found.files.into_iter().map(input).collect();
        self.files(&files)
    }

    /// Checks files on all cores, and reports their texts in the order of the files.
    fn files(&mut self, files: &[FileInput]) -> Result<()> {
        let bar = (files.len() >= MIN_PROGRESS)
            .then(|| ProgressBar::counting("{spinner} {bar:24} {pos} of {len} files", files.len() as u64));
        let (check, fix) = (self.check, self.mode.fix);
        let run = Run::begin()?;
        let mut count = 0;
        let done = in_order(
            files,
            run.cancellation(),
            |file| check.file(&file.path, file.role, fix),
            |file, result| {
                // What was checked already is not reported after the signal: its fixes would still be written.
                if interrupt::cancelled().is_some() {
                    return Ok(());
                }
                count += 1;
                let Some(bar) = &bar else { return self.file(file, result) };
                bar.advance(1);
                bar.suspend(|| {
                    self.file(file, result)?;
                    Ok::<(), Error>(self.screen.flush()?)
                })
            },
        );
        if let Some(bar) = bar {
            bar.clear();
        }
        if interrupt::cancelled().is_some() && done.is_ok() {
            let all = counted(files.len(), "file");
            self.screen.notice(format_args!("interrupted: {count} of {all} checked"))?;
        }
        done
    }

    /// Reports the result of checking one file. With `--fix`, the certain fixes are written into the file, and
    /// only the remaining findings are reported. Returns an error if the file could not be read or cannot be
    /// written, if the schema cannot be read, or if the output cannot be written.
    fn file(&mut self, input: &FileInput, result: Result<CheckedPath, IdeError>) -> Result<()> {
        let checked = match result {
            Ok(checked) => checked,
            Err(IdeError::NotText { path, why }) if input.role == FileRole::Found => {
                let path = path.display();
                return Ok(self.screen.notice(format_args!("note: `{path}` is not checked: {why}"))?);
            }
            Err(error) => return Err(error.into()),
        };
        for entry in checked.skipped {
            let path = entry.path.display();
            self.screen.notice(format_args!("note: `{path}` is not checked: {}", entry.why))?;
        }
        checked.files.into_iter().try_for_each(|file| self.checked(file))
    }

    /// Reports the result of checking one file.
    fn checked(&mut self, file: CheckedFile) -> Result<()> {
        if let Ok(path) = std::path::absolute(&file.path) {
            self.seen.checked.insert(path);
        }
        let path = file.path.clone();
        let is_source = file.is_source;
        self.totals.sources += usize::from(is_source);
        self.totals.files += usize::from(!is_source);
        if let Some(fix) = &file.fix {
            for refused in &fix.refused {
                self.pending = true;
                let line = refused.line.map_or_else(String::new, |line| format!(":{line}"));
                let path = path.display();
                self.screen
                    .notice(format_args!("error: {path}{line}: nothing is written here: {}", refused.why))?;
            }
            self.totals.fixed += fix.count;
        }
        let mut has_texts = false;
        let check = self.check;
        let fix = file.each_text(check, |text| {
            has_texts = true;
            self.text(&path, text)
        })?;
        self.totals.files += usize::from(is_source && has_texts);
        let Some(fix) = fix else { return Ok(()) };
        match fix.texts() {
            Some((old, new)) if self.mode.diff => self.diff(&path.display().to_string(), &old, &new),
            Some(_) => Ok(fix.write()?),
            None => Ok(()),
        }
    }

    /// Reports the result for one text of a file.
    fn text(&mut self, path: &Path, mut text: CheckedText) -> Result<()> {
        self.totals.ignored += text.ignored;
        if let Some(format) = self.files.list {
            return self.listed(path, &text, format);
        }
        if let Some(baseline) = &mut self.files.baseline {
            if baseline.writes {
                text.located().iter().for_each(|finding| baseline.list.record(path, finding));
            }
            let writes = baseline.writes;
            let accepted = text.accept(|finding| writes || baseline.list.accepts(path, finding));
            // The message about the written file counts those of this run.
            self.totals.accepted += if writes { 0 } else { accepted };
        }
        let origin = QueryOrigin::text(path, &text);
        if text.is_source
            && let Coverage::Skipped(why) = &text.coverage
        {
            self.totals.skipped += 1;
            return self.report.skipped(self.screen, &origin, &text, why);
        }
        self.diagnosis(&origin, &mut text).map(drop)
    }

    /// Lists one text of a file.
    fn listed(&mut self, path: &Path, text: &CheckedText, format: ReportFormat) -> Result<()> {
        if text.is_comment {
            return Ok(());
        }
        let coverage = listed_coverage(text);
        match &coverage {
            Coverage::Skipped(_) => self.totals.skipped += 1,
            Coverage::Partly(_) => {
                self.totals.queries += 1;
                self.totals.partly += 1;
            }
            Coverage::Checked => self.totals.queries += 1,
        }
        let path = path.display().to_string();
        if format == ReportFormat::Json {
            return self.screen.json(&ListedText::new(&path, text, &coverage));
        }
        let coverage = match &coverage {
            Coverage::Skipped(why) => format!("skipped: {why}"),
            Coverage::Partly(why) => format!("checked in part: {why}"),
            Coverage::Checked => "checked".to_owned(),
        };
        let query = text.query().map_or("", dvkit_ide::QueryForm::as_str);
        let mut words = query.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((end, _)) = words.char_indices().nth(MAX_LISTED) {
            words.truncate(end);
            words.push('…');
        }
        let (line, column) = (text.position.line, text.position.column);
        self.screen.line(format_args!("{path}:{line}:{column}: {}: {coverage}", text.construct))?;
        Ok(self.screen.line(format_args!("    {words}"))?)
    }

    /// Ends a list with the numbers of texts.
    pub(super) fn finish_list(&mut self, format: ReportFormat) -> Result<()> {
        if format == ReportFormat::Json {
            return Ok(());
        }
        let Totals { queries, partly, skipped, files, .. } = self.totals;
        let texts = counted(queries + skipped, "text");
        let files = counted(files, "file");
        let checked = queries - partly;
        Ok(self.screen.line(format_args!(
            "{texts} in {files}: {checked} checked, {partly} checked in part, {skipped} skipped"
        ))?)
    }

    /// Ends the part of the run about files: tells what was left out, and writes the file of accepted
    /// findings.
    pub(super) fn finish_files(&mut self) -> Result<()> {
        if self.seen.unknown > 0 && self.files.selection.changed.is_none() {
            let files = counted(self.seen.unknown, "file");
            self.screen.notice(format_args!("note: {files} left out by `exclude`"))?;
        }
        let Some(baseline) = &mut self.files.baseline else { return Ok(()) };
        let checked = &self.seen.checked;
        let is_checked = |path: &Path| checked.contains(path) || !dvkit_files::is_file(path);
        let path = baseline.path.display();
        if baseline.writes {
            baseline.list.carry_over(is_checked);
            let count = counted(baseline.list.write(&baseline.path)?, "finding");
            self.screen.notice(format_args!("{count} accepted in `{path}`"))?;
            if !baseline.is_configured {
                self.screen.notice(format_args!(
                    "note: it is read with `--baseline {path}`, or always with `baseline = \"…\"` in `[check]` of `dvkit.toml`"
                ))?;
            }
            return Ok(());
        }
        let stale = baseline.list.stale(is_checked);
        if stale.is_empty() {
            return Ok(());
        }
        let total = counted(stale.iter().map(|(_, count)| count).sum(), "accepted finding");
        self.screen.notice(format_args!(
            "note: {total} of `{path}` not found any more; `--write-baseline` removes what is gone"
        ))?;
        for (finding, count) in stale.iter().take(MAX_STALE) {
            let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
            self.screen
                .notice(format_args!("  {}: {}: {}{times}", finding.path, finding.code, finding.message))?;
        }
        Ok(())
    }
}
