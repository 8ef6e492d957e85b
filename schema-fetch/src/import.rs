//! Files to a model, and a model to a snapshot.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use dvkit_schema::store::{self, WriteSummary};
use dvkit_schema::wire::{self, Skipped};
use dvkit_schema::{MergeReport, Schema, Store, StoreError};

pub use dvkit_schema::wire::Imported;

use crate::{Error, Kind, csdl, sniff};

/// The greatest file that is read: 200 MiB, about twice what everything of a great organisation takes.
const MAX_FILE: u64 = 200 << 20;

/// Told what an import is doing. Both functions do nothing unless they are written.
pub trait Progress {
    /// A file is about to be read.
    fn start(&mut self, file: &Path, bytes: u64) {
        let _ = (file, bytes);
    }

    /// A file was read and merged.
    fn done(&mut self, source: &SourceSummary) {
        let _ = source;
    }
}

/// Tells nobody.
impl Progress for () {}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceSummary {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
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
    /// What in it was not taken over.
    pub skipped: Vec<Skipped>,
    /// What was new beside the files before it, and what contradicts them.
    pub merge: MergeReport,
}

/// What [`import`] gives.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Import {
    /// Everything that the files say.
    pub schema: Schema,
    /// What each gave, in the order in which they were named.
    pub sources: Vec<SourceSummary>,
}

/// What [`import_into`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// What each file gave, in the order in which they were named.
    pub sources: Vec<SourceSummary>,
    /// What was new beside the snapshot that was there, and what in it was contradicted. Without one, all is new.
    pub merge: MergeReport,
    /// What was written.
    pub written: WriteSummary,
}

/// Reads files and merges what they say.
///
/// Takes the files in the order of trust: where two contradict, the earlier one's statement is kept, and
/// [`SourceSummary::merge`] of the later one names the contradiction.
///
/// # Errors
/// Where a file cannot be read, or is not metadata: the error names file, line and column, and what was expected.
pub fn import(paths: &[PathBuf], progress: &mut dyn Progress) -> Result<Import, Error> {
    if paths.is_empty() {
        return Err(Error::Nothing);
    }
    let mut import = Import::default();
    for path in paths {
        let bytes = read_file(path, progress)?;
        let (kind, imported) = import_text(path, &bytes)?;
        let tables = imported.schema.tables.values();
        let (columns, relationships) =
            tables.fold((0, 0), |(c, r), t| (c + t.columns.len(), r + t.relationships.len()));
        let source = SourceSummary {
            path: path.clone(),
            kind,
            bytes: bytes.len() as u64,
            tables: imported.schema.tables.len(),
            columns,
            relationships,
            choices: imported.schema.choices.len(),
            skipped: imported.skipped,
            merge: import.schema.merge(imported.schema),
        };
        progress.done(&source);
        import.sources.push(source);
    }
    Ok(import)
}

/// Reads files and merges them with the snapshot in the directory `dir`, or makes one there.
///
/// Where the files contradict the snapshot they are the fresher source: their statement is kept, and
/// [`ImportSummary::merge`] names what it replaced. What the files do not mention stays, be it gone from the
/// organisation or not: to start afresh, remove the snapshot first.
///
/// # Errors
/// As for [`import`] and [`store::write`]; the snapshot is then as it was.
pub fn import_into(
    dir: impl AsRef<Path>,
    paths: &[PathBuf],
    progress: &mut dyn Progress,
) -> Result<ImportSummary, Error> {
    let dir = dir.as_ref();
    // First, as it is the quicker one to fail.
    let known = match Store::open(dir) {
        Ok(store) => Some(store.load()?),
        Err(StoreError::Missing { .. }) => None,
        Err(e) => return Err(e.into()),
    };
    let Import { schema, sources } = import(paths, progress)?;
    let (merged, merge) = match known {
        Some(known) => renew(known, schema),
        None => {
            let mut merged = Schema::default();
            let merge = merged.merge(schema);
            (merged, merge)
        }
    };
    let written = store::write(dir, &merged)?;
    Ok(ImportSummary { sources, merge, written })
}

/// Merges what is fresh over what is known: the former wins, and the report counts what is new to the latter.
fn renew(mut known: Schema, mut fresh: Schema) -> (Schema, MergeReport) {
    let old = known.clone();
    let mut report = known.merge(fresh.clone());
    report.contradictions = fresh.merge(old).contradictions;
    (fresh, report)
}

/// What the bytes of one file say; `path` is what errors name.
///
/// # Errors
/// Where they are not metadata.
pub fn import_text(path: &Path, bytes: &[u8]) -> Result<(Kind, Imported), Error> {
    let invalid = |(line, column, message)| Error::Invalid { path: path.to_owned(), line, column, message };
    let text = sniff::decode(bytes).map_err(invalid)?;
    let kind = sniff::kind(&text).map_err(|message| invalid((0, 0, message)))?;
    let imported = match kind {
        Kind::Csdl => csdl::read(&text).map_err(|e| invalid((e.line, e.column, e.message)))?,
        Kind::Json => wire::read(&text).map_err(|e| invalid((e.line, e.column, e.message)))?,
    };
    Ok((kind, imported))
}

fn read_file(path: &Path, progress: &mut dyn Progress) -> Result<Vec<u8>, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let too_large = |size| Error::TooLarge { path: path.to_owned(), size, limit: MAX_FILE };
    let file = File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    if size > MAX_FILE {
        return Err(too_large(size));
    }
    progress.start(path, size);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // A pipe has no size, and a file may grow.
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}
