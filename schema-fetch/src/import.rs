//! Files to a model, and a model to a snapshot.

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

/// The greatest file, or solution, that is read: 200 MiB, about twice what everything of a great organisation takes.
const MAX_FILE: u64 = 200 << 20;

/// Told what an import is doing. The functions do nothing unless they are written.
pub trait ImportProgress {
    /// How many sources there are: files, and solutions in folders.
    fn found(&mut self, sources: usize) {
        let _ = sources;
    }

    /// A file, or an unpacked solution, is about to be read.
    fn start(&mut self, file: &Path, bytes: u64) {
        let _ = (file, bytes);
    }

    /// It was read and merged.
    fn done(&mut self, source: &SourceSummary) {
        let _ = source;
    }
}

/// Tells nobody.
impl ImportProgress for () {}

/// What one file or unpacked solution gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSummary {
    /// The file, or the folder of the solution.
    pub path: PathBuf,
    /// What it is.
    pub kind: FileKind,
    /// Its size.
    pub bytes: u64,
    /// Tables in it.
    pub tables: usize,
    /// Their columns.
    pub columns: usize,
    /// Their relationships, each seen from each of its tables.
    pub relationships: usize,
    /// Global choices in it.
    pub choices: usize,
    /// Actions and functions in it.
    pub operations: usize,
    /// What in it was not taken over.
    pub skipped: Vec<SkippedItems>,
    /// What was new beside the files before it, and what contradicts them.
    pub merge: MergeReport,
}

/// What [`import`] gives.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImportResult {
    /// Everything that the files say.
    pub schema: Schema,
    /// What each gave, in the order of trust: as they were named, solutions behind the others.
    pub sources: Vec<SourceSummary>,
}

/// What [`import_into`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// What each file gave, in the order of trust.
    pub sources: Vec<SourceSummary>,
    /// What was new beside the snapshot that was there, and what in it was contradicted. Without one, all is new.
    pub merge: MergeReport,
    /// What was written.
    pub written: WriteSummary,
}

/// Reads files and folders of unpacked solutions, and merges what they say.
///
/// Takes the files in the order of trust: where two contradict, the earlier one's statement is kept, and
/// [`SourceSummary::merge`] of the later one names the contradiction. Solutions hold a part of the truth, and come
/// last wherever they were named.
///
/// # Errors
/// Where a file cannot be read, or is not metadata: the error names file, line and column, and what was expected.
pub fn import(paths: &[PathBuf], progress: &mut dyn ImportProgress) -> Result<ImportResult, Error> {
    let mut import = read_all(paths, progress)?;
    drop_bare_tables(&mut import.schema, &Schema::default());
    Ok(import)
}

fn read_all(paths: &[PathBuf], progress: &mut dyn ImportProgress) -> Result<ImportResult, Error> {
    if paths.is_empty() {
        return Err(Error::Nothing);
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

/// Something to read.
enum SourcePath {
    File(PathBuf),
    Folder(folder::SolutionFolder),
}

/// What one source says.
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

/// Merges what a source says.
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

/// Tables of which nothing is known but that relationships lead there are none; they add to those that are `known`.
fn drop_bare_tables(schema: &mut Schema, known: &Schema) {
    schema.tables.retain(|name, table| !table.is_reference_only() || known.tables.contains_key(name));
}

/// Reads files and merges them with the snapshot in the directory `dir`, or makes one there.
///
/// Where the files contradict the snapshot they are the fresher source: their statement is kept, and
/// [`ImportSummary::merge`] names what it replaced; only of tables that the snapshot knows completely a solution replaces
/// nothing. What the files do not mention stays, be it gone from the
/// organisation or not: to start afresh, remove the snapshot first.
///
/// # Errors
/// As for [`import`] and [`store::write`]; the snapshot is then as it was.
pub fn import_into(
    dir: impl AsRef<Path>,
    paths: &[PathBuf],
    progress: &mut dyn ImportProgress,
) -> Result<ImportSummary, Error> {
    let dir = dir.as_ref();
    // First, as it is the quicker one to fail.
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

/// Merges what is fresh over what is known: the former wins, except for a table that it knows in part and the latter
/// completely; the report counts what is new to the latter.
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

/// What the bytes of one file say; `path` is what errors name. Of a solution that includes the tables at the other end
/// of its relationships ([`Table::is_reference_only`](dvkit_schema::Table::is_reference_only)).
///
/// # Errors
/// Where they are not metadata.
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
