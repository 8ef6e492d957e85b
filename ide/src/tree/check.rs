//! Checks the texts of one file, whatever kind of file it is.

use std::path::{Path, PathBuf};

use super::file::CheckedText;
use super::lines::LineCursor;
use super::merge::TextResult;
use super::suppress::Suppressions;
use super::{FileFix, HostNames};
use crate::document::{Document, Encoding, QueryItem, read_file};
use crate::embedded::{Host, SkippedEntry, SourceFile, is_archive, read_archive};
use crate::levels::Levels;
use crate::{Error, Workspace};

/// The maximum size in bytes of a file of queries whose results are kept together. The queries of a larger
/// file are checked one after the other when their results are needed, so that the memory does not grow with
/// the number of findings.
const MAX_KEPT: usize = 4 << 20;

/// A workspace whose default snapshot is that of one organisation.
#[derive(Debug)]
pub struct OrgWorkspace {
    /// The name of the organisation; `None` if the only organisation that is checked has none.
    pub name: Option<String>,
    /// The workspace.
    pub workspace: Workspace,
}

/// A check of files for one organisation or several.
#[derive(Debug)]
pub struct TreeCheck {
    orgs: Vec<OrgWorkspace>,
    hosts: HostNames,
}

/// How a file came to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// The file was found in a folder.
    Found,
    /// The user named the file.
    Named,
    /// The user named the file as one of queries, whatever its name is.
    Queries,
}

/// The content of a file.
#[derive(Debug)]
pub(super) enum Content {
    Queries(Document),
    Source(SourceFile),
}

/// The results for the file at a path, or for the files in an archive.
#[derive(Debug)]
pub struct CheckedPath {
    /// The files, with their texts.
    pub files: Vec<CheckedFile>,
    /// The entries of the archive that were not read, with the reasons.
    pub skipped: Vec<SkippedEntry>,
}

/// A file with the results for its texts.
#[derive(Debug)]
pub struct CheckedFile {
    /// The path of the file, as the caller gave it.
    pub path: PathBuf,
    /// Whether the file is a source file, not a file of queries.
    pub is_source: bool,
    /// The fixes of the file; `None` if they were not asked for.
    pub fix: Option<FileFix>,
    texts: Texts,
}

#[derive(Debug)]
enum Texts {
    Kept(Vec<CheckedText>),
    /// The texts of a large file, which are checked again whenever they are needed.
    Later(Content),
    /// The texts of the large file after its fixes.
    LaterFixed,
}

impl TreeCheck {
    /// Returns a check for the organisations `orgs`, of which there is at least one. `hosts` has the languages
    /// of files with unusual names.
    #[must_use]
    pub fn new(orgs: Vec<OrgWorkspace>, hosts: HostNames) -> Self {
        Self { orgs, hosts }
    }

    /// Returns the organisations that are checked.
    #[must_use]
    pub fn orgs(&self) -> &[OrgWorkspace] {
        &self.orgs
    }

    /// Checks a query that is not in a file.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn item(&self, item: &QueryItem<'_>) -> Result<CheckedText, Error> {
        self.merged(|workspace| Ok(TextResult::of_query(workspace.diagnose_item(item)?)))
            .map(|result| CheckedText::of_item(item, result))
    }

    /// Checks the file at `path`, or the files in it if it is a zip archive. If `fix` is `true`, the certain
    /// fixes are computed, and the results are those of the fixed file, which is not written.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or is not text, or if a snapshot cannot be read.
    pub fn file(&self, path: &Path, role: FileRole, fix: bool) -> Result<CheckedPath, Error> {
        if role == FileRole::Named && is_archive(path) {
            let bytes = read_file(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
            let mut files = Vec::new();
            let skipped = read_archive(path, &bytes, |file| {
                let path = file.path.clone();
                files.push(self.checked(&path, Content::Source(file), fix));
            });
            let skipped = skipped.map_err(|why| Error::Archive { path: path.to_owned(), why })?;
            return Ok(CheckedPath { files: files.into_iter().collect::<Result<_, _>>()?, skipped });
        }
        let content = self.content(path, role)?;
        Ok(CheckedPath { files: vec![self.checked(path, content, fix)?], skipped: Vec::new() })
    }

    /// Checks the content of the file at `path`.
    fn checked(&self, path: &Path, content: Content, fix: bool) -> Result<CheckedFile, Error> {
        let is_source = matches!(content, Content::Source(_));
        let (fix, texts) = if fix {
            let fix = FileFix::new(self, content)?;
            let texts = match fix.shown() {
                shown if shown.is_large() => Texts::LaterFixed,
                shown => Texts::Kept(self.texts(shown)?),
            };
            (Some(fix), texts)
        } else if content.is_large() {
            (None, Texts::Later(content))
        } else {
            (None, Texts::Kept(self.texts(&content)?))
        };
        Ok(CheckedFile { path: path.to_owned(), is_source, fix, texts })
    }

    /// Reads the file at `path`, in the language that its name or its content has.
    fn content(&self, path: &Path, role: FileRole) -> Result<Content, Error> {
        let host = self.hosts.host(path).filter(|host| *host != Host::Queries && role != FileRole::Queries);
        let Some(host) = host else { return Document::read(path).map(Content::Queries) };
        let bytes = read_file(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let not_text = |why| Error::NotText { path: path.to_owned(), why };
        let is_queries = matches!(host, Host::Json | Host::Xml) && {
            let encoding = Encoding::of(&bytes);
            let text = encoding.decode(&bytes).map_err(not_text)?;
            std::str::from_utf8(&text).is_ok_and(|text| host.refined(text) == Host::Queries)
        };
        Ok(if is_queries {
            Content::Queries(Document::new(path.to_owned(), bytes).map_err(not_text)?)
        } else {
            Content::Source(SourceFile::with_host(path.to_owned(), host, bytes).map_err(not_text)?)
        })
    }

    /// Returns the results for all texts of a file, in the order of the file.
    fn texts(&self, content: &Content) -> Result<Vec<CheckedText>, Error> {
        let mut texts = Vec::new();
        self.each_text(content, |text| {
            texts.push(text);
            Ok::<(), Error>(())
        })?;
        texts.sort_by_key(|text| text.position);
        Ok(texts)
    }

    /// Calls `each` with the result for every text of a file, and then for every mistake in the comments that
    /// ignore findings.
    fn each_text<E: From<Error>>(
        &self,
        content: &Content,
        mut each: impl FnMut(CheckedText) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut suppressions = content.suppressions();
        match content {
            Content::Queries(document) => {
                for text in self.queries(document, &mut suppressions)? {
                    each(text?.1)?;
                }
            }
            Content::Source(file) => {
                for text in self.sources(file, &mut suppressions) {
                    each(text?)?;
                }
            }
        }
        let findings = suppressions.findings(self.levels());
        if !findings.is_empty() {
            let file = content.text();
            let mut cursor = LineCursor::new(&file);
            for finding in findings {
                let is_source = matches!(content, Content::Source(_));
                each(CheckedText::of_comment(finding, is_source, &file, &mut cursor))?;
            }
        }
        Ok(())
    }

    /// Checks the queries of a document, which are returned beside the results.
    pub(super) fn queries<'d>(
        &'d self,
        document: &'d Document,
        suppressions: &'d mut Suppressions,
    ) -> Result<impl Iterator<Item = Result<(QueryItem<'d>, CheckedText), Error>> + 'd, Error> {
        let mut orgs = Vec::with_capacity(self.orgs.len());
        for org in &self.orgs {
            orgs.push((org.name.as_deref(), org.workspace.diagnose(document)?));
        }
        Ok(std::iter::from_fn(move || {
            let mut results = Vec::with_capacity(orgs.len());
            let mut item = None;
            for (name, queries) in &mut orgs {
                match queries.next()? {
                    Ok(query) => {
                        results.push((*name, TextResult::of_query(query.diagnosis)));
                        item = Some(query.item);
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
            let (item, result) = (item?, TextResult::merged(results)?);
            let mut text = CheckedText::of_item(&item, result);
            text.suppress(suppressions);
            Some(Ok((item, text)))
        }))
    }

    /// Checks the texts of a source file.
    pub(super) fn sources<'f>(
        &'f self,
        file: &'f SourceFile,
        suppressions: &'f mut Suppressions,
    ) -> impl Iterator<Item = Result<CheckedText, Error>> + 'f {
        let mut cursor = LineCursor::new(file.text());
        file.found().iter().map(move |found| {
            let result = self.merged(|workspace| {
                Ok(TextResult::of_source(workspace.diagnose_text(found, None)?, found.text.text()))
            })?;
            let mut text = CheckedText::of_source(found, result, file.text(), &mut cursor);
            text.suppress(suppressions);
            Ok(text)
        })
    }

    /// Returns the merged results of checking a text with each of the workspaces.
    fn merged(&self, check: impl Fn(&Workspace) -> Result<TextResult, Error>) -> Result<TextResult, Error> {
        let mut results = Vec::with_capacity(self.orgs.len());
        for org in &self.orgs {
            results.push((org.name.as_deref(), check(&org.workspace)?));
        }
        TextResult::merged(results).ok_or_else(|| Error::Org("no organisation is checked".to_owned()))
    }

    fn levels(&self) -> &Levels {
        const NONE: &Levels = &Levels::new();
        self.orgs.first().map_or(NONE, |org| &org.workspace.settings.levels)
    }
}

impl Content {
    /// Returns the text of the file, without a byte order mark.
    pub(super) fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Queries(document) => document.utf8(),
            Self::Source(file) => file.text().into(),
        }
    }

    fn is_large(&self) -> bool {
        matches!(self, Self::Queries(document) if document.utf8().len() > MAX_KEPT)
    }

    /// Returns the comments of the file that ignore findings.
    pub(super) fn suppressions(&self) -> Suppressions {
        match self {
            Self::Queries(document) => {
                let queries = std::cell::OnceCell::new();
                Suppressions::read(&document.utf8(), |at| {
                    let ranges: &Vec<_> = queries.get_or_init(|| {
                        let range =
                            |item: QueryItem<'_>| item.start + item.range.start..item.start + item.range.end;
                        document.items().map(range).collect()
                    });
                    let before = ranges.partition_point(|range| range.start <= at);
                    before.checked_sub(1).and_then(|n| ranges.get(n)).is_some_and(|range| at < range.end)
                })
            }
            Self::Source(file) => file.suppressions(),
        }
    }
}

impl CheckedFile {
    /// Calls `each` with the result for every text of the file. `check` is the check that returned the file.
    ///
    /// # Errors
    /// Returns the errors of `each`, and an error if a snapshot cannot be read.
    pub fn each_text<E: From<Error>>(
        self,
        check: &TreeCheck,
        mut each: impl FnMut(CheckedText) -> Result<(), E>,
    ) -> Result<Option<FileFix>, E> {
        match self.texts {
            Texts::Kept(texts) => texts.into_iter().try_for_each(each)?,
            Texts::Later(content) => check.each_text(&content, each)?,
            Texts::LaterFixed => {
                if let Some(fix) = &self.fix {
                    check.each_text(fix.shown(), &mut each)?;
                }
            }
        }
        Ok(self.fix)
    }
}
