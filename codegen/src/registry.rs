//! Finds the snapshot for the macros, and stores the registrations that a build script writes for them.
//!
//! `register()` in a build script writes two files for each schema to `OUT_DIR/dvkit`: the generated code,
//! `<name>.rs`, and a [`Registration`], `<name>.json`. cargo gives the macros the same `OUT_DIR`. [`find`]
//! returns the folder of the snapshot, and the registration if there is one; the latter has the table of each
//! generated Rust type. This module does not read snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::suggest;
use dvkit_files::{self as files, Entry, LinkPolicy};
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::output;

/// The name of the folder below `OUT_DIR` that contains generated code and registrations.
pub const FOLDER: &str = "dvkit";

/// The name of the environment variable that contains the folder of the snapshot, absolute or relative to the
/// folder of the crate's manifest.
pub const SCHEMA_VARIABLE: &str = "DVKIT_SCHEMA";

/// The name of the configuration file. Its key `schema` is the path of the snapshot's folder, relative to the
/// file.
pub const CONFIG_FILE: &str = "dvkit.toml";

/// The version of the file format of registrations.
const FORMAT: u32 = 1;

/// The name of the index file. A folder that contains this file is a snapshot.
const INDEX: &str = "org.json";

/// The maximum size of a configuration file in bytes: 1 MiB.
const MAX_CONFIG: u64 = 1 << 20;

/// A schema that a build script registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    #[serde(rename = "dvkit_registration")]
    format: u32,
    /// The name that the build script gave to the schema: `crm`.
    pub name: String,
    /// The folder of the snapshot, an absolute path.
    pub snapshot: PathBuf,
    /// The file with the generated code, an absolute path. `#[dvkit::schema("crm")]` includes it.
    pub code: PathBuf,
    /// The language of names and documentation (LCID).
    pub language: u32,
    /// The logical name of the table for each generated struct, by the struct's name: `Contact` → `contact`.
    pub types: BTreeMap<String, String>,
    /// The path of the enum for each choice column, by the column's path: `contact.statecode` →
    /// `contact::ContactState`. The enums' paths are relative to the module that includes the code.
    #[serde(default)]
    pub enums: BTreeMap<String, String>,
}

impl Registration {
    /// Returns a registration of the schema `name`, with an empty [`enums`](Self::enums).
    ///
    /// `snapshot` is the folder of the snapshot, and `code` the file with the generated code; both are
    /// absolute paths. `language` is the LCID of names and documentation. `types` has the logical name of
    /// each table, by the name of its Rust type.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        snapshot: impl Into<PathBuf>,
        code: impl Into<PathBuf>,
        language: u32,
        types: BTreeMap<String, String>,
    ) -> Self {
        let (name, snapshot, code) = (name.into(), snapshot.into(), code.into());
        Self { format: FORMAT, name, snapshot, code, language, types, enums: BTreeMap::new() }
    }

    /// Returns the registration with `enums` as its field [`enums`](Self::enums): the paths of the enums by
    /// the paths of the choice columns.
    #[must_use]
    pub fn with_enums(self, enums: BTreeMap<String, String>) -> Self {
        Self { enums, ..self }
    }

    /// Writes the registration to `<out_dir>/dvkit/<name>.json`. A file that already has this content is not
    /// touched.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn write(&self, out_dir: &Path) -> Result<(), RegistryError> {
        let path = path(out_dir, &self.name, "json");
        let mut text = serde_json::to_vec_pretty(self).expect("a registration has string keys only");
        text.push(b'\n');
        output::write_if_changed(&path, &text).map_err(|source| RegistryError::Io {
            action: "write",
            path,
            source,
        })?;
        Ok(())
    }
}

/// Returns the path of a file of the schema `name`: `<out_dir>/dvkit/<name>.<extension>`. The extension is
/// `rs` for the generated code and `json` for the registration.
#[must_use]
pub fn path(out_dir: &Path, name: &str, extension: &str) -> PathBuf {
    out_dir.join(FOLDER).join(format!("{name}.{extension}"))
}

/// Returns the registrations in `out_dir`, sorted by name; empty if there are none.
///
/// # Errors
/// Returns an error if a registration cannot be read, or has a format that this version does not know.
pub fn registrations(out_dir: &Path) -> Result<Vec<Registration>, RegistryError> {
    let mut all = Vec::new();
    for entry in registered(out_dir)? {
        all.push(read(&entry.path)?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Removes the generated code and the registration of each schema in `out_dir` that is not in `names`.
///
/// cargo keeps the files in `out_dir` when build.rs changes. The macros would otherwise still find a schema
/// that build.rs no longer registers.
///
/// # Errors
/// Returns an error if a file cannot be removed.
pub(crate) fn remove_other_schemas(out_dir: &Path, names: &BTreeSet<String>) -> Result<(), RegistryError> {
    for Entry { path: file, .. } in registered(out_dir)? {
        let name = file.file_stem().and_then(|stem| stem.to_str());
        let Some(name) = name.filter(|n| !names.contains(*n)) else { continue };
        // The registration last: while it is there, the next build finds what is left to remove.
        for path in [path(out_dir, name, "rs"), file.clone()] {
            files::remove_file(&path).map_err(|source| RegistryError::Io {
                action: "remove",
                path,
                source,
            })?;
        }
    }
    Ok(())
}

/// Returns the registration files in `out_dir`; empty if the folder `dvkit` does not exist. Returns an error
/// if the folder cannot be read.
fn registered(out_dir: &Path) -> Result<Vec<Entry>, RegistryError> {
    let folder = out_dir.join(FOLDER);
    let all = match files::entries(&folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    };
    let all = all.map_err(|source| RegistryError::Io { action: "read", path: folder, source })?;
    Ok(all.into_iter().filter(|entry| entry.path.extension().is_some_and(|e| e == "json")).collect())
}

fn read(path: &Path) -> Result<Registration, RegistryError> {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "dvkit_registration")]
        format: u32,
    }
    let damaged = |message: String| RegistryError::Damaged { path: path.to_owned(), message };
    let text = files::read(path, LinkPolicy::Refuse, output::MAX_FILE)
        .map_err(|source| RegistryError::Io { action: "read", path: path.to_owned(), source })?;
    let mark: Mark = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
    if mark.format != FORMAT {
        return Err(damaged(format!(
            "it has format {}, and this version of dvkit reads format {FORMAT}; give `dvkit` and `dvkit-codegen` the \
             same version in Cargo.toml",
            mark.format
        )));
    }
    serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))
}

/// The source that named the folder of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// The registration that the build script wrote.
    BuildScript,
    /// The environment variable `DVKIT_SCHEMA` ([`SCHEMA_VARIABLE`]).
    Variable,
    /// The configuration file `dvkit.toml` with this path.
    Config(PathBuf),
    /// The default: the folder `schema` in the folder of the crate's manifest.
    BesideManifest,
}

/// The location of a snapshot, found by [`find`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotLocation {
    /// The folder of the snapshot. The path is absolute if the path of the manifest's folder is absolute.
    pub snapshot: PathBuf,
    /// The source that named the folder.
    pub found_by: FoundBy,
    /// The registration that the build script wrote; `None` if another source named the folder.
    pub registration: Option<Registration>,
}

/// The environment of a macro, in which [`find`] looks for the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MacroEnv {
    /// The `OUT_DIR` of the crate; `None` if the crate has no build script.
    pub out_dir: Option<PathBuf>,
    /// The folder of the crate's manifest; `None` if `CARGO_MANIFEST_DIR` is not set.
    pub manifest_dir: Option<PathBuf>,
    /// The value of the environment variable [`SCHEMA_VARIABLE`]; `None` if it is not set.
    pub variable: Option<PathBuf>,
}

impl MacroEnv {
    /// Returns the environment of this process: the variables `OUT_DIR`, `CARGO_MANIFEST_DIR` and
    /// `DVKIT_SCHEMA`. cargo sets the first two for macros and for build scripts.
    #[must_use]
    pub fn of_process() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        Self {
            out_dir: path("OUT_DIR"),
            manifest_dir: path("CARGO_MANIFEST_DIR"),
            variable: path(SCHEMA_VARIABLE),
        }
    }
}

/// Finds the snapshot of the schema `name`, or of the only schema if `name` is `None`. The sources are tried
/// in this order:
///
/// 1. The schemas that the build script registered in `OUT_DIR`. If there are any, the other sources are
///    ignored.
/// 2. The environment variable `DVKIT_SCHEMA`, a path relative to the manifest's folder.
/// 3. The snapshot of the default organisation in the nearest `dvkit.toml`, which is searched from the
///    manifest's folder upwards.
/// 4. The folder `schema` in the manifest's folder, if it contains a snapshot.
///
/// # Errors
/// Returns an error if no schema has the name `name`, if there are several schemas and `name` is `None`, or
/// if no snapshot is found. The error says where the snapshot was searched for and what to do.
pub fn find(name: Option<&str>, at: &MacroEnv) -> Result<SnapshotLocation, RegistryError> {
    let mut registered = at.out_dir.as_deref().map(registrations).transpose()?.unwrap_or_default();
    if !registered.is_empty() {
        let i = position(name, &registered)?;
        let registration = registered.swap_remove(i);
        let snapshot = registration.snapshot.clone();
        return Ok(SnapshotLocation {
            snapshot,
            found_by: FoundBy::BuildScript,
            registration: Some(registration),
        });
    }
    let base = at.manifest_dir.clone().unwrap_or_default();
    if let Some(variable) = &at.variable {
        return snapshot_at(base.join(variable), FoundBy::Variable);
    }
    if let Some((snapshot, file)) = from_config(&base)? {
        return snapshot_at(snapshot, FoundBy::Config(file));
    }
    let beside = base.join("schema");
    // Many crates have a folder of this name that is something else.
    if files::is_file(&beside.join(INDEX)) {
        return Ok(SnapshotLocation {
            snapshot: beside,
            found_by: FoundBy::BesideManifest,
            registration: None,
        });
    }
    Err(RegistryError::NoSnapshot { beside, has_out_dir: at.out_dir.is_some() })
}

fn position(name: Option<&str>, registered: &[Registration]) -> Result<usize, RegistryError> {
    let known = || registered.iter().map(|r| r.name.clone()).collect();
    match name {
        Some(name) => registered
            .iter()
            .position(|r| r.name == name)
            .ok_or_else(|| RegistryError::Unknown { name: name.to_owned(), known: known() }),
        None if registered.len() == 1 => Ok(0),
        None => Err(RegistryError::Several { known: known() }),
    }
}

/// Returns the location of the snapshot in the folder `snapshot`, or [`RegistryError::Empty`] if the folder
/// does not contain one.
fn snapshot_at(snapshot: PathBuf, found_by: FoundBy) -> Result<SnapshotLocation, RegistryError> {
    if files::is_file(&snapshot.join(INDEX)) {
        return Ok(SnapshotLocation { snapshot, found_by, registration: None });
    }
    Err(RegistryError::Empty { snapshot, found_by })
}

/// Returns the folder of the snapshot that the nearest `dvkit.toml` names, and the path of this file. The
/// file is searched from `base` upwards. Returns `None` if there is no such file, or if it names no folder.
/// All other keys of the file are only for the command line. Returns an error if the file cannot be read or
/// is invalid.
fn from_config(base: &Path) -> Result<Option<(PathBuf, PathBuf)>, RegistryError> {
    for dir in base.ancestors() {
        let path = dir.join(CONFIG_FILE);
        let text = match files::read_text(&path, LinkPolicy::Refuse, MAX_CONFIG) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(RegistryError::Io { action: "read", path, source }),
        };
        let damaged = |message: String| RegistryError::Damaged { path: path.clone(), message };
        let table = DeTable::parse(&text).map_err(|e| damaged(toml_error(&e, &text)))?;
        let schema = default_schema(table.get_ref()).map_err(damaged)?;
        return Ok(schema.map(|folder| (dir.join(folder), path)));
    }
    Ok(None)
}

/// Returns the folder of the default organisation's snapshot in a `dvkit.toml`; `None` if the file names
/// none. The default organisation is the one that the key `org` names, or the only one in `[orgs]` if there
/// is no key `schema`. Without a default organisation, the key `schema` is the folder. The command line
/// follows the same rule. The error is a sentence that says which key is wrong.
fn default_schema<'t>(config: &'t DeTable<'_>) -> Result<Option<&'t str>, String> {
    let text = |table: &'t DeTable<'_>, key: &str| table.get(key).map(|value| value.get_ref().as_str());
    let orgs = match config.get("orgs").map(|orgs| orgs.get_ref()) {
        None => None,
        Some(DeValue::Table(orgs)) => Some(orgs),
        Some(_) => return Err("`orgs` has to be tables: `[orgs.contoso]`".to_owned()),
    };
    let only = orgs.filter(|orgs| orgs.len() == 1 && !config.contains_key("schema"));
    let org = match text(config, "org") {
        Some(Some(name)) if config.contains_key("schema") => {
            return Err(format!(
                "`schema` and `org` both say which organisation is the default: write `[orgs.{name}]` alone"
            ));
        }
        Some(Some(name)) => Some(name),
        Some(None) => return Err("`org` has to be a name: `org = \"contoso\"`".to_owned()),
        None => only.and_then(|orgs| orgs.keys().next()).map(|name| &**name.get_ref()),
    };
    let Some(org) = org else {
        let schema = text(config, "schema");
        return schema
            .map(|path| path.ok_or("`schema` has to be a path: `schema = \"schema\"`".to_owned()))
            .transpose();
    };
    match orgs.and_then(|orgs| orgs.get(org)).map(|org| org.get_ref()) {
        Some(DeValue::Table(table)) => match text(table, "schema") {
            Some(Some(schema)) => Ok(Some(schema)),
            _ => Err(format!("`orgs.{org}` does not say where its snapshot is: `schema = \"schema/{org}\"`")),
        },
        Some(_) => Err(format!("`orgs.{org}` has to be a table: `[orgs.{org}]`")),
        None => Err(format!("`org` names `{org}`, and there is no `[orgs.{org}]`")),
    }
}

/// Returns the message and the position of a mistake in a configuration file with the content `text`. The
/// message quotes nothing from the file, because the file may contain secrets, and messages of a build end up
/// in logs.
fn toml_error(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

/// An error of searching for a snapshot, or of reading or writing registrations.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegistryError {
    /// The build script registers schemas, but none has this name.
    Unknown {
        /// The name of the schema that is not registered.
        name: String,
        /// The names of the registered schemas, sorted.
        known: Vec<String>,
    },
    /// The build script registers several schemas, and the macro call names none of them.
    Several {
        /// The names of the registered schemas, sorted. The macro call has to name one of them.
        known: Vec<String>,
    },
    /// No snapshot was found in any of the sources.
    NoSnapshot {
        /// The folder that was tried last: the folder `schema` beside the manifest.
        beside: PathBuf,
        /// Whether the crate has a build script, so that `OUT_DIR` is set.
        has_out_dir: bool,
    },
    /// A source names a folder that does not contain a snapshot.
    Empty {
        /// The folder without a snapshot.
        snapshot: PathBuf,
        /// The source that named the folder.
        found_by: FoundBy,
    },
    /// A registration or a configuration file has a mistake.
    Damaged {
        /// The path of the registration or configuration file.
        path: PathBuf,
        /// The description of the mistake.
        message: String,
    },
    /// A file or folder cannot be read, written or removed.
    Io {
        /// The operation that failed, as a verb for the message: `read`.
        action: &'static str,
        /// The path of the file or folder that cannot be read, written or removed.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, known } => f.write_str(&unknown(name, known)),
            Self::Several { known } => {
                write!(f, "build.rs registers several schemas: say which one, {}", list(known))
            }
            Self::NoSnapshot { beside, has_out_dir } => write!(
                f,
                "no snapshot of an organisation was found: {}, `{SCHEMA_VARIABLE}` is not set, no `{CONFIG_FILE}` names one, \
                 and `{}` does not exist\nimport one with `dvkit schema import … -o schema`, or say in build.rs where it \
                 is: `dvkit_codegen::schema(\"crm\").from_dir(\"schema\").register()`",
                if *has_out_dir { "build.rs registers none" } else { "the crate has no build.rs" },
                beside.join(INDEX).display()
            ),
            Self::Empty { snapshot, found_by } => write!(
                f,
                "{} names `{}` as the folder of the snapshot, but there is no `{INDEX}` in it",
                who(found_by),
                snapshot.display()
            ),
            Self::Damaged { path, message } => write!(f, "{}: {message}", path.display()),
            Self::Io { action, path, source } => write!(f, "cannot {action} `{}`: {source}", path.display()),
        }
    }
}

impl std::error::Error for RegistryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn unknown(name: &str, known: &[String]) -> String {
    let near = suggest::closest(name, known.iter().map(String::as_str));
    match near {
        Some(near) => format!("build.rs registers no schema `{name}`; did you mean `{near}`?"),
        None => format!("build.rs registers no schema `{name}`, only {}", list(known)),
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

fn who(found_by: &FoundBy) -> String {
    match found_by {
        FoundBy::BuildScript => "build.rs".to_owned(),
        FoundBy::Variable => format!("the environment variable `{SCHEMA_VARIABLE}`"),
        FoundBy::Config(path) => format!("`schema` in {}", path.display()),
        FoundBy::BesideManifest => "the manifest's folder".to_owned(),
    }
}

#[cfg(test)]
mod tests;
