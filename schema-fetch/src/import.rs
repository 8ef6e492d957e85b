//! Imports metadata files: [`import`] reads them into a schema, and [`import_into`] also merges this schema
//! into a snapshot. The kind of each file is detected from its contents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dvkit_files::{self as files, EntryKind, LinkPolicy, Refusal};
use dvkit_schema::store::{self, WriteSummary};
use dvkit_schema::wire::{self, SkippedItems};
use dvkit_schema::{Contradiction, MergeReport, Schema, Store, StoreError};

pub use dvkit_schema::wire::ImportedSchema;

use crate::solution::{self, archive, folder};
use crate::xml::XmlError;
use crate::{Error, FileKind, csdl, data_contract, sniff};

/// The maximum size of a file or solution in bytes: 200 MiB, about twice the size of the metadata of a large
/// organisation.
const MAX_FILE: u64 = 200 << 20;

/// Receives the progress of an import. A caller implements the methods that it needs; each does nothing by
/// default.
pub trait ImportProgress {
    /// Called once, when all sources have been found. `sources` is the number of files and unpacked
    /// solutions.
    fn found(&mut self, sources: usize) {
        let _ = sources;
    }

    /// Called before each source is read. `file` is the path of a file or an unpacked solution, and `bytes`
    /// its size.
    fn start(&mut self, file: &Path, bytes: u64) {
        let _ = (file, bytes);
    }

    /// Called after a source was read and merged. `source` summarises its contents.
    fn done(&mut self, source: &SourceSummary) {
        let _ = source;
    }
}

/// Ignores the progress of an import.
impl ImportProgress for () {}

/// A summary of one source: a file or an unpacked solution.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSummary {
    /// The path of the file, or of the folder of the unpacked solution.
    pub path: PathBuf,
    /// The kind of the file; [`FileKind::Solution`] for an unpacked solution.
    pub kind: FileKind,
    /// The size of the source in bytes.
    pub bytes: u64,
    /// The number of tables in the source.
    pub tables: usize,
    /// The number of columns in all tables of the source.
    pub columns: usize,
    /// The number of relationships in the source. A relationship counts once for each of its tables.
    pub relationships: usize,
    /// The number of global choices in the source.
    pub choices: usize,
    /// The number of actions and functions in the source.
    pub operations: usize,
    /// The elements of the source that were not imported.
    pub skipped: Vec<SkippedItems>,
    /// The effect of merging this source: the facts that it added to the sources before it, and the facts in
    /// which it contradicts them.
    pub merge: MergeReport,
}

/// The result of [`import`]: the merged schema, and a summary of each source.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImportResult {
    /// The merged contents of all sources.
    pub schema: Schema,
    /// The summaries of the sources, the most trusted source first: in the order given, with solutions last.
    pub sources: Vec<SourceSummary>,
}

/// The result of [`import_into`]: a summary of each source, and the effect on the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// The summaries of the sources, the most trusted source first.
    pub sources: Vec<SourceSummary>,
    /// The effect of merging the sources into the existing snapshot: the facts that they added, and the facts
    /// in which they contradict the snapshot. If there was no snapshot, all facts were added.
    pub merge: MergeReport,
    /// The files of the snapshot that were written.
    pub written: WriteSummary,
}

/// Reads files and folders of unpacked solutions, and merges their contents.
///
/// `paths` are in order of trust, the most trusted source first. If two sources contradict each other, the
/// fact of the earlier source is kept, and the contradiction is reported in the later source's
/// [`SourceSummary::merge`]. Solutions contain only a part of the metadata, so they are merged last, at
/// whatever position in `paths`.
///
/// # Errors
/// Returns an error if a file cannot be read or is not metadata. The error contains file, line and column,
/// and what was expected.
pub fn import(paths: &[PathBuf], progress: &mut dyn ImportProgress) -> Result<ImportResult, Error> {
    let mut import = read_all(paths, progress)?;
    drop_bare_tables(&mut import.schema, &Schema::default());
    Ok(import)
}

fn read_all(paths: &[PathBuf], progress: &mut dyn ImportProgress) -> Result<ImportResult, Error> {
    if paths.is_empty() {
        return Err(Error::NoFiles);
    }
    let mut sources = Vec::new();
    for path in paths {
        let io = |source| Error::Io { path: path.clone(), source };
        if files::entry_kind(&files::resolve(path, LinkPolicy::FollowNamed).map_err(io)?).map_err(io)?
            == Some(EntryKind::Folder)
        {
            sources.extend(folder::find(path)?.into_iter().map(SourcePath::Folder));
        } else {
            sources.push(SourcePath::File(path.clone()));
        }
    }
    progress.found(sources.len());
    let mut import = ImportResult::default();
    let mut solutions = Vec::new();
    for source in sources {
        let read = read_source(source, progress)?;
        if read.kind == FileKind::Solution {
            solutions.push(read);
        } else {
            merge_source(&mut import, read, progress);
        }
    }
    for read in solutions {
        merge_source(&mut import, read, progress);
    }
    Ok(import)
}

/// The path of a source: a file, or the folder of an unpacked solution.
enum SourcePath {
    File(PathBuf),
    Folder(folder::SolutionFolder),
}

/// A source that was read: its path, kind and size, and the schema read from it.
struct ReadSource {
    path: PathBuf,
    kind: FileKind,
    bytes: u64,
    imported: ImportedSchema,
}

fn read_source(source: SourcePath, progress: &mut dyn ImportProgress) -> Result<ReadSource, Error> {
    match source {
        SourcePath::File(path) => {
            let bytes = read_file(&path, LinkPolicy::FollowNamed, MAX_FILE, progress)?;
            let (kind, imported) = import_text(&path, &bytes)?;
            Ok(ReadSource { path, kind, bytes: bytes.len() as u64, imported })
        }
        SourcePath::Folder(folder::SolutionFolder { root, files, manifest, bytes: size }) => {
            progress.start(&root, size);
            let mut reader = solution::Reader::default();
            let mut bytes = 0;
            for file in files {
                let contents = read_file(&file, LinkPolicy::Refuse, MAX_FILE - bytes, &mut ())?;
                bytes += contents.len() as u64;
                let text = sniff::decode(&contents).map_err(|(line, column, message)| XmlError {
                    line,
                    column,
                    message,
                });
                text.and_then(|text| reader.add(&text)).map_err(|e| invalid(&file, e))?;
            }
            if let Some(file) = manifest {
                let contents = read_file(&file, LinkPolicy::Refuse, MAX_FILE - bytes, &mut ())?;
                if let Ok(text) = sniff::decode(&contents) {
                    reader.manifest(&text);
                }
            }
            Ok(ReadSource { path: root, kind: FileKind::Solution, bytes, imported: reader.finish() })
        }
    }
}

/// Merges the contents of a source into `import`, and reports the source to `progress`.
fn merge_source(import: &mut ImportResult, read: ReadSource, progress: &mut dyn ImportProgress) {
    let ReadSource { path, kind, bytes, imported } = read;
    let tables = imported.schema.tables.values().filter(|t| !t.is_reference_only());
    let (tables, columns, relationships) = tables
        .fold((0, 0, 0), |(t, c, r), table| (t + 1, c + table.columns.len(), r + table.relationships.len()));
    let source = SourceSummary {
        path,
        kind,
        bytes,
        tables,
        columns,
        relationships,
        choices: imported.schema.choices.len(),
        operations: imported.schema.operations.len(),
        skipped: imported.skipped,
        merge: import.schema.merge(imported.schema),
    };
    progress.done(&source);
    import.sources.push(source);
}

/// Removes tables from `schema` that are known only because relationships lead to them. Tables that are in
/// `known` stay.
fn drop_bare_tables(schema: &mut Schema, known: &Schema) {
    schema.tables.retain(|name, table| !table.is_reference_only() || known.tables.contains_key(name));
}

/// Reads files and merges them into the snapshot in the directory `dir`. The snapshot is created if there is
/// none.
///
/// If the sources contradict the snapshot, the sources are assumed to be newer: their facts are kept, and
/// [`ImportSummary::merge`] reports the facts that they replaced. Solutions are an exception: they replace
/// nothing in tables that are complete in the snapshot. Items that the sources do not contain remain in the
/// snapshot, even if they no longer exist in the organisation; to remove them, delete the snapshot first.
///
/// # Errors
/// Returns the errors of [`import`] and [`store::write`]. The snapshot is then unchanged.
pub fn import_into(
    dir: impl AsRef<Path>,
    paths: &[PathBuf],
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary, Error> {
    let dir = dir.as_ref();
    // Opened first, because it fails more quickly than the import.
    let known = match Store::open(dir) {
        Ok(store) => Some(store.load()?),
        Err(StoreError::Missing { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let ImportResult { mut schema, sources } = read_all(paths, progress)?;
    let (merged, merge) = match known {
        Some(known) => {
            drop_bare_tables(&mut schema, &known);
            merge_over(known, schema)
        }
        None => {
            drop_bare_tables(&mut schema, &Schema::default());
            let mut merged = Schema::default();
            let merge = merged.merge(schema);
            (merged, merge)
        }
    };
    let written = store::write(dir, &merged)?;
    Ok(ImportSummary { sources, merge, written })
}

/// Merges `fresh` into `known`. If they contradict each other, the fact of `fresh` is kept, except in tables
/// that are partial in `fresh` and complete in `known`. The report lists the facts that are new compared with
/// `known`, and the contradictions.
fn merge_over(mut known: Schema, mut fresh: Schema) -> (Schema, MergeReport) {
    let old = known.clone();
    let complete = |name: &String| old.tables.get(name).is_some_and(|t| !t.partial);
    let partial = fresh.tables.iter().filter(|(name, table)| table.partial && complete(name));
    let kept: BTreeSet<String> = partial.map(|(name, _)| name.clone()).collect();
    let mut report = known.merge(fresh.clone());
    let of_kept = |c: &Contradiction| c.table.as_ref().is_some_and(|t| kept.contains(t));
    report.contradictions.retain(of_kept);
    let over = fresh.merge(old).contradictions;
    report.contradictions.extend(over.into_iter().filter(|c| !of_kept(c)));
    for name in &kept {
        fresh.tables.extend(known.tables.remove_entry(name));
    }
    (fresh, report)
}

/// Reads the contents of one metadata file. Returns the kind of the file and the schema. `path` is used only
/// in errors. If a solution contains a relationship to a table that it does not describe, the schema has this
/// table as a mere reference ([`Table::is_reference_only`](dvkit_schema::Table::is_reference_only)).
///
/// # Errors
/// Returns an error if the bytes are not metadata.
pub fn import_text(path: &Path, bytes: &[u8]) -> Result<(FileKind, ImportedSchema), Error> {
    if archive::is_zip(bytes) {
        return Ok((FileKind::Solution, archive::read(bytes).map_err(|e| invalid(path, e))?));
    }
    let place = |(line, column, message)| invalid(path, XmlError { line, column, message });
    let text = sniff::decode(bytes).map_err(place)?;
    let text = sniff::without_page(&text);
    let kind = sniff::kind(text).map_err(|message| place((0, 0, message)))?;
    let imported = match kind {
        FileKind::Csdl => csdl::read(text).map_err(|e| place((e.line, e.column, e.message)))?,
        FileKind::Json => wire::read(text).map_err(|e| place((e.line, e.column, e.message)))?,
        FileKind::DataContract => data_contract::read(text).map_err(|e| invalid(path, e))?,
        FileKind::Solution => solution::read(text).map_err(|e| invalid(path, e))?,
    };
    Ok((kind, imported))
}

fn invalid(path: &Path, error: XmlError) -> Error {
    let XmlError { line, column, message } = error;
    Error::Invalid { path: path.to_owned(), line, column, message }
}

fn read_file(
    path: &Path,
    links: LinkPolicy,
    limit: u64,
    progress: &mut dyn ImportProgress,
) -> Result<Vec<u8>, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let file = files::open(path, links).map_err(io)?;
    let size = file.size();
    if size <= limit {
        progress.start(path, size);
    }
    file.read(limit).map_err(|e| match Refusal::of(&e) {
        Some(Refusal::TooLong(_)) => Error::TooLarge { path: path.to_owned(), size, limit },
        _ => io(e),
    })
}

#[cfg(test)]
mod tests;
