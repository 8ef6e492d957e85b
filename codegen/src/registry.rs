//! What a build script leaves for the macros, and where a snapshot is found where no build script ran.
//!
//! `register()` of a build script writes two files a schema into `OUT_DIR/dvkit`: the generated code,
//! `<name>.rs`, and a [`Registration`], `<name>.json`. The macros run with the same `OUT_DIR` in their environment and
//! ask [`find`]: it gives the folder of the snapshot and tells which table a Rust type stands for. This room knows
//! files and names; it opens no snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::suggest;
use dvkit_files::{self as files, Entry, LinkPolicy};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::output;

/// The folder below `OUT_DIR` that generated code and registrations are in.
pub const FOLDER: &str = "dvkit";

/// The environment variable that names a snapshot's folder, relative to the crate's manifest or absolute.
pub const VARIABLE: &str = "DVKIT_SCHEMA";

/// The configuration file whose key `schema` names a snapshot's folder, relative to the file.
pub const CONFIG_FILE: &str = "dvkit.toml";

/// The version of the registration's format.
const FORMAT: u32 = 1;

/// The mark of a snapshot's folder.
const INDEX: &str = "org.json";

/// The greatest configuration file that is read: 1 MiB.
const MAX_CONFIG: u64 = 1 << 20;

/// One schema that a build script registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    #[serde(rename = "dvkit_registration")]
    format: u32,
    /// The name that the build script gave it: `crm`.
    pub name: String,
    /// The snapshot's folder, absolute.
    pub snapshot: PathBuf,
    /// The generated code, absolute: what `#[dvkit::schema("crm")]` includes.
    pub code: PathBuf,
    /// The language that names and documentation were taken in (LCID).
    pub language: u32,
    /// Logical names of tables by the Rust type generated for each: `Contact` → `contact`.
    pub types: BTreeMap<String, String>,
    /// The enums of choice columns, by table and column: `contact.statecode` → `contact::ContactState`, from the module
    /// that the code is included into.
    #[serde(default)]
    pub enums: BTreeMap<String, String>,
}

impl Registration {
    /// A registration of `name`. `snapshot` is the folder of the snapshot and `code` the generated file, both absolute;
    /// `types` the logical names of tables by their Rust types.
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

    /// The same with the enums of choice columns.
    #[must_use]
    pub fn with_enums(self, enums: BTreeMap<String, String>) -> Self {
        Self { enums, ..self }
    }

    /// Writes `OUT_DIR/dvkit/<name>.json`; a file that already has these contents is left untouched.
    ///
    /// # Errors
    /// Where the file cannot be written.
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

/// `OUT_DIR/dvkit/<name>.<extension>`: where the code (`rs`) and the registration (`json`) of a schema are.
#[must_use]
pub fn path(out_dir: &Path, name: &str, extension: &str) -> PathBuf {
    out_dir.join(FOLDER).join(format!("{name}.{extension}"))
}

/// Every schema that a build script registered in `out_dir`, by name; none where it registered none.
///
/// # Errors
/// Where a registration cannot be read or is none that this version knows.
pub fn registrations(out_dir: &Path) -> Result<Vec<Registration>, RegistryError> {
    let mut all = Vec::new();
    for entry in registered(out_dir)? {
        all.push(read(&entry.path)?);
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Removes what an earlier build left in `out_dir` of schemas that are not among `names`: cargo keeps the folder when
/// build.rs changes, and a schema that is registered no longer would be found for ever.
///
/// # Errors
/// Where the file system refuses.
pub(crate) fn forget_others(out_dir: &Path, names: &BTreeSet<String>) -> Result<(), RegistryError> {
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

/// The files of registrations in `out_dir`; none where there is no folder of them.
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

/// Who said where the snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The build script registered it.
    BuildScript,
    /// The environment variable [`VARIABLE`].
    Variable,
    /// The key `schema` of this file.
    Config(PathBuf),
    /// It lies beside the manifest, as `schema`.
    Beside,
}

/// A snapshot that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The snapshot's folder, absolute where the manifest's folder is.
    pub snapshot: PathBuf,
    /// Who said so.
    pub place: Place,
    /// What the build script left, where one did.
    pub registration: Option<Registration>,
}

/// Where a macro runs: what [`find`] looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Surroundings {
    /// The crate's `OUT_DIR`; none where it has no build script.
    pub out_dir: Option<PathBuf>,
    /// The folder of the crate's manifest.
    pub manifest_dir: Option<PathBuf>,
    /// The value of [`VARIABLE`].
    pub variable: Option<PathBuf>,
}

impl Surroundings {
    /// Those of the process: `OUT_DIR`, `CARGO_MANIFEST_DIR` and `DVKIT_SCHEMA`. cargo sets the first two for macros
    /// and build scripts alike.
    #[must_use]
    pub fn of_process() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        Self { out_dir: path("OUT_DIR"), manifest_dir: path("CARGO_MANIFEST_DIR"), variable: path(VARIABLE) }
    }
}

/// The snapshot of the schema `name`, or of the only one there is.
///
/// 1. Schemas that the build script registered in `OUT_DIR`: the one with this name, or the only one. Where it
///    registered any, nothing else is looked at.
/// 2. The folder in the environment variable `DVKIT_SCHEMA`, relative to the manifest.
/// 3. The key `schema` of the nearest `dvkit.toml`, from the manifest's folder upwards.
/// 4. `schema` beside the manifest, where a snapshot is in it.
///
/// # Errors
/// Where no schema has this name, where there are several and none was named, or where there is no snapshot at all: the
/// error says where it was looked for and what to do.
pub fn find(name: Option<&str>, at: &Surroundings) -> Result<Found, RegistryError> {
    let mut registered = at.out_dir.as_deref().map(registrations).transpose()?.unwrap_or_default();
    if !registered.is_empty() {
        let i = position(name, &registered)?;
        let registration = registered.swap_remove(i);
        let snapshot = registration.snapshot.clone();
        return Ok(Found { snapshot, place: Place::BuildScript, registration: Some(registration) });
    }
    let base = at.manifest_dir.clone().unwrap_or_default();
    if let Some(variable) = &at.variable {
        return there(base.join(variable), Place::Variable);
    }
    if let Some((snapshot, file)) = from_config(&base)? {
        return there(snapshot, Place::Config(file));
    }
    let beside = base.join("schema");
    // Many crates have a folder of this name that is something else.
    if files::is_file(&beside.join(INDEX)) {
        return Ok(Found { snapshot: beside, place: Place::Beside, registration: None });
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

/// A place that somebody named has to have a snapshot in it.
fn there(snapshot: PathBuf, place: Place) -> Result<Found, RegistryError> {
    if files::is_file(&snapshot.join(INDEX)) {
        return Ok(Found { snapshot, place, registration: None });
    }
    Err(RegistryError::Empty { snapshot, place })
}

/// The snapshot's folder according to the nearest `dvkit.toml` that names one, and that file. Its other keys are the
/// command line's business.
fn from_config(base: &Path) -> Result<Option<(PathBuf, PathBuf)>, RegistryError> {
    for dir in base.ancestors() {
        let path = dir.join(CONFIG_FILE);
        let text = match files::read_text(&path, LinkPolicy::Refuse, MAX_CONFIG) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(RegistryError::Io { action: "read", path, source }),
        };
        let damaged = |message: String| RegistryError::Damaged { path: path.clone(), message };
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| damaged(toml_error(&e, &text)))?;
        return match table.get("schema") {
            None => Ok(None),
            Some(toml::Value::String(folder)) => Ok(Some((dir.join(folder), path))),
            Some(_) => Err(damaged("`schema` has to be a path: `schema = \"schema\"`".to_owned())),
        };
    }
    Ok(None)
}

/// What is wrong with a configuration file and where, without a line of it: a message of a build goes far.
fn toml_error(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: {}", error.message())
}

/// Why no snapshot was found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The build script registered schemas, but none with this name.
    #[error("{}", unknown(.name, .known))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Those that are registered.
        known: Vec<String>,
    },
    /// The build script registered several schemas, and none was named.
    #[error("build.rs registers several schemas: say which one, {}", list(.known))]
    Several {
        /// Their names.
        known: Vec<String>,
    },
    /// Nothing says where a snapshot is.
    #[error(
        "no snapshot of an organisation was found: {}, `{VARIABLE}` is not set, no `{CONFIG_FILE}` names one, and \
         `{}` does not exist\nimport one with `dvkit schema import … -o schema`, or say in build.rs where it is: \
         `dvkit_codegen::schema(\"crm\").from_dir(\"schema\").register()`",
        if *.has_out_dir { "build.rs registers none" } else { "the crate has no build.rs" },
        .beside.join(INDEX).display()
    )]
    NoSnapshot {
        /// The last place that was looked at.
        beside: PathBuf,
        /// Did a build script run?
        has_out_dir: bool,
    },
    /// Somebody named a folder, and there is no snapshot in it.
    #[error("{} names `{}` as the folder of the snapshot, but there is no `{INDEX}` in it", who(.place), .snapshot.display())]
    Empty {
        /// The folder.
        snapshot: PathBuf,
        /// Who named it.
        place: Place,
    },
    /// A file is not what it has to be.
    #[error("{}: {message}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The file system refused.
    #[error("cannot {action} `{}`: {source}", .path.display())]
    Io {
        /// What was tried, as an infinitive.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
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

fn who(place: &Place) -> String {
    match place {
        Place::BuildScript => "build.rs".to_owned(),
        Place::Variable => format!("the environment variable `{VARIABLE}`"),
        Place::Config(path) => format!("`schema` in {}", path.display()),
        Place::Beside => "the manifest's folder".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn registration(name: &str) -> Registration {
        let types = BTreeMap::from([("Contact".to_owned(), "contact".to_owned())]);
        Registration::new(name, format!("/org/{name}"), format!("/out/{name}.rs"), 1033, types)
    }

    fn snapshot(dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        fs::write(dir.join(INDEX), "{}").unwrap();
    }

    #[test]
    fn what_is_written_is_found_again() {
        let out = tempfile::tempdir().unwrap();
        let at = Surroundings { out_dir: Some(out.path().to_owned()), ..Surroundings::default() };
        registration("crm").write(out.path()).unwrap();
        for name in [None, Some("crm")] {
            let found = find(name, &at).unwrap();
            assert_eq!(found.registration, Some(registration("crm")));
            assert_eq!((found.snapshot, found.place), (PathBuf::from("/org/crm"), Place::BuildScript));
        }
        registration("erp").write(out.path()).unwrap();
        assert_eq!(find(Some("erp"), &at).unwrap().registration, Some(registration("erp")));
        let message = |name| find(name, &at).unwrap_err().to_string();
        assert_eq!(message(None), "build.rs registers several schemas: say which one, `crm`, `erp`");
        assert_eq!(message(Some("cmr")), "build.rs registers no schema `cmr`; did you mean `crm`?");
        assert_eq!(message(Some("sales")), "build.rs registers no schema `sales`, only `crm`, `erp`");
    }

    #[test]
    fn a_registration_that_is_none_is_told() {
        let out = tempfile::tempdir().unwrap();
        let at = Surroundings { out_dir: Some(out.path().to_owned()), ..Surroundings::default() };
        let file = path(out.path(), "crm", "json");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "{}").unwrap();
        assert!(find(None, &at).unwrap_err().to_string().contains("missing field"));
        fs::write(&file, "{\"dvkit_registration\": 9}").unwrap();
        let message = find(None, &at).unwrap_err().to_string();
        assert!(
            message.contains("crm.json: it has format 9") && message.contains("same version"),
            "{message}"
        );
    }

    #[test]
    fn without_a_build_script_the_places_come_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = dir.path().join("workspace/crate");
        fs::create_dir_all(&manifest).unwrap();
        let mut at = Surroundings { manifest_dir: Some(manifest.clone()), ..Surroundings::default() };

        let message = find(None, &at).unwrap_err().to_string();
        assert!(
            message.contains("the crate has no build.rs") && message.contains("dvkit schema import"),
            "{message}"
        );

        snapshot(&manifest.join("schema"));
        assert_eq!(find(None, &at).unwrap().place, Place::Beside);
        // A name has a meaning only where something is registered.
        assert_eq!(find(Some("crm"), &at).unwrap().snapshot, manifest.join("schema"));

        let config = dir.path().join("workspace/dvkit.toml");
        fs::write(&config, "schema = \"org\"\n[lints]\nperformance = \"off\"\n").unwrap();
        let message = find(None, &at).unwrap_err().to_string();
        assert!(message.contains("`schema` in ") && message.contains("no `org.json` in it"), "{message}");
        snapshot(&dir.path().join("workspace/org"));
        let found = find(None, &at).unwrap();
        assert_eq!(found.place, Place::Config(config.clone()));
        assert_eq!(found.snapshot, dir.path().join("workspace/org"));
        fs::write(&config, "schema = 1").unwrap();
        assert!(find(None, &at).unwrap_err().to_string().contains("has to be a path"));
        fs::write(&config, "schema = \nhunter2 hunter2").unwrap();
        let message = find(None, &at).unwrap_err().to_string();
        assert!(
            message.contains("dvkit.toml: line 2, column 9: ") && !message.contains("hunter2"),
            "{message}"
        );
        fs::remove_file(&config).unwrap();
        #[cfg(unix)]
        {
            let secret = dir.path().join("secret");
            fs::write(&secret, "hunter2").unwrap();
            std::os::unix::fs::symlink(&secret, &config).unwrap();
            let message = find(None, &at).unwrap_err().to_string();
            assert!(message.contains("symbolic link") && !message.contains("hunter2"), "{message}");
            fs::remove_file(&config).unwrap();
        }

        at.variable = Some(PathBuf::from("../fetched"));
        assert!(find(None, &at).unwrap_err().to_string().contains("`DVKIT_SCHEMA` names"));
        snapshot(&manifest.join("../fetched"));
        assert_eq!(find(None, &at).unwrap().place, Place::Variable);
    }

    #[test]
    fn a_file_with_the_same_contents_is_not_touched() {
        let out = tempfile::tempdir().unwrap();
        registration("crm").write(out.path()).unwrap();
        let file = path(out.path(), "crm", "json");
        let old = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
        registration("crm").write(out.path()).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), old);
    }
}
