//! One run over queries: arguments, standard input, files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::{Result, bail};
use dvkit_diagnostic::{Diagnostic, printable};
use dvkit_query::Checked;
use similar::TextDiff;

use crate::files::Piece;
use crate::input::{Text, each_query};
use crate::output::{Outcome, Screen, Tally};
use crate::report::{Answer, Place, Report, Style, Totals};
use crate::session::{Ask, Session, Verdict};

/// Everything that a run keeps.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) screen: &'a mut Screen,
    pub(super) report: Box<dyn Report>,
    pub(super) style: Style,
    pub(super) totals: Totals,
    /// Would `--fix` change something that `--diff` only shows?
    pub(super) pending: bool,
    /// What is still to be said of the file that is read: by line, of queries that repeat one another.
    pub(super) repeated: BTreeMap<usize, Diagnostic>,
}

/// One query with what was found in it.
pub(super) struct Finding<'a> {
    pub(super) place: &'a Place,
    pub(super) text: Option<Text<'a>>,
    /// The text as a reader sees it, and where the query (or the name of its table) stands in it.
    pub(super) shown: (&'a str, Option<&'a Piece<'a>>),
    pub(super) table: Option<&'a str>,
    pub(super) parsed: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) rewritten: Option<&'a str>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        session: &'a Session,
        screen: &'a mut Screen,
        report: Box<dyn Report>,
        style: Style,
    ) -> Self {
        Self {
            session,
            screen,
            report,
            style,
            totals: Totals::default(),
            pending: false,
            repeated: BTreeMap::new(),
        }
    }

    /// Everything that was asked.
    pub(super) fn all(mut self, queries: &[String], files: &[PathBuf]) -> Result<Outcome> {
        // A wrong name for all of them is told once, before anything is read.
        if let Some(name) = &self.session.table
            && let Err(diagnostic) = name.find(&self.session.store)
        {
            let place = Place::Given(None);
            self.tell(Finding {
                place: &place,
                text: None,
                shown: (name.as_str(), None),
                table: None,
                parsed: false,
                diagnostics: vec![*diagnostic],
                rewritten: None,
            })?;
            return self.finish();
        }
        for path in files {
            self.file(path)?;
        }
        if queries.is_empty() && files.is_empty() {
            self.stdin()?;
        }
        for (n, query) in queries.iter().enumerate() {
            if query == "-" {
                self.stdin()?;
            } else {
                self.one(query, (queries.len() > 1).then(|| format!("query {}", n + 1)))?;
            }
        }
        self.finish()
    }

    fn finish(mut self) -> Result<Outcome> {
        self.report.finish(self.screen, &self.totals)?;
        self.screen.flush()?;
        Ok(if self.totals.wrong > 0 || self.pending { Outcome::Findings } else { Outcome::Clean })
    }

    fn stdin(&mut self) -> Result<()> {
        if io::stdin().is_terminal() {
            self.screen
                .aside(format_args!("reading queries, one a line; end with Ctrl-D (Ctrl-Z on Windows)"))?;
        }
        let name = |number: usize| Some(format!("line {number}"));
        each_query(
            self,
            |run| run.screen,
            |run, number, text| run.one(text, name(number)),
            |run, number, why| run.unusable(&Place::Given(name(number)), why),
        )
    }

    /// A query that stands in no file.
    fn one(&mut self, text: &str, name: Option<String>) -> Result<()> {
        let place = Place::Given(name);
        let text = Text::read(text);
        // Tables of queries without a file are those of the session, which were looked up before.
        let Verdict::Checked(checked) = self.session.check(&Ask::plain(text))? else {
            bail!(
                "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
                 `contacts?$filter=…`"
            );
        };
        let Checked { parsed, table, diagnostics, rewritten, .. } = *checked;
        let (given, right) = (text.as_str(), rewritten.as_deref());
        self.tell(Finding {
            place: &place,
            text: Some(text),
            shown: (given, None),
            table: table.as_deref(),
            parsed,
            diagnostics,
            rewritten: right,
        })?;
        match right {
            Some(right) if self.style.diff && right != given => {
                let name = place.name().unwrap_or_else(|| "query".to_owned());
                self.diff(&name, &format!("{given}\n"), &format!("{right}\n"))?;
            }
            Some(right) if self.style.fix && !self.style.diff => self.screen.result(right)?,
            _ => {}
        }
        Ok(())
    }

    /// Counts a finding, and tells it as far as is wanted.
    pub(super) fn tell(&mut self, finding: Finding<'_>) -> Result<()> {
        let Finding { place, text, shown: (source, piece), table, parsed, mut diagnostics, rewritten } =
            finding;
        let tally = Tally::of(&diagnostics);
        self.totals.queries += 1;
        self.totals.wrong += usize::from(self.session.outcome(&diagnostics) != Outcome::Clean);
        self.totals.tally.add(tally);
        let ok = Outcome::of(&diagnostics) == Outcome::Clean;
        if self.style.quiet {
            diagnostics.retain(Diagnostic::is_error);
        }
        let located = match piece {
            Some(piece) => Cow::Owned(diagnostics.iter().map(|d| piece.locate(d.clone())).collect()),
            None => Cow::Borrowed(diagnostics.as_slice()),
        };
        let answer = Answer {
            place,
            id: self.totals.queries,
            text,
            table,
            parsed,
            ok,
            diagnostics: &diagnostics,
            located: &located,
            source,
            rewritten,
            tally,
        };
        self.report.answer(self.screen, &answer)
    }

    /// Tells that a query could not be looked at.
    pub(super) fn unusable(&mut self, place: &Place, why: &str) -> Result<()> {
        self.totals.queries += 1;
        self.totals.wrong += 1;
        self.report.unusable(self.screen, self.totals.queries, place, why)
    }

    /// Prints what would change in `name`.
    pub(super) fn diff(&mut self, name: &str, old: &str, new: &str) -> Result<()> {
        self.pending = true;
        let diff = TextDiff::from_lines(old, new);
        // A file's name is no part of what was asked for, and a line break in it would make the diff another one.
        let name = printable::line(name).to_string();
        let text = diff.unified_diff().header(&name, &name).to_string();
        match text.strip_suffix('\n').unwrap_or(&text) {
            "" => Ok(()),
            lines => Ok(self.screen.result(lines)?),
        }
    }
}
