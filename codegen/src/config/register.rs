//! Generates the code for a build script: writes the files that changed, and tells cargo which files to
//! watch. A build script ends with the call of [`Config::register`].

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dvkit_schema::Store;

use super::Config;
use crate::errors::Error;
use crate::module::{self, GeneratedCode};
use crate::output;
use crate::registry::{self, Registration};

impl Config {
    /// Generates the code and returns it, without writing a file.
    ///
    /// The folder of the snapshot is relative to `CARGO_MANIFEST_DIR`, or to the working directory if this
    /// variable is not set.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read or the configuration has mistakes. All mistakes are
    /// reported at once, with suggestions for misspelt names.
    pub fn generate(&self) -> Result<GeneratedCode, Error> {
        self.generate_from(&Store::open(self.snapshot())?)
    }

    /// Generates the code from the open snapshot `store` and returns it. The folder set by
    /// [`from_dir`](Self::from_dir) is ignored.
    ///
    /// # Errors
    /// Returns an error if a file of the snapshot cannot be read or the configuration has mistakes. All
    /// mistakes are reported at once.
    pub fn generate_from(&self, store: &Store) -> Result<GeneratedCode, Error> {
        module::generate(self, store)
    }

    /// Generates the code for `#[dvkit::schema("…")]`, and registers the location of the snapshot for the
    /// macros. This is the last call in `main` of a build script.
    ///
    /// The code is written to `OUT_DIR` if it has changed. cargo runs the build script again when one of the
    /// snapshot's files changes on which the code depends.
    ///
    /// # Errors
    /// Returns an error if [`generate`](Self::generate) fails, or if `OUT_DIR` is not set or cannot be
    /// written to. Returns an error if the path of a file of the snapshot contains a line break, because
    /// cargo cannot watch such a file.
    pub fn register(self) -> Result<(), Error> {
        let out_dir = env::var_os("OUT_DIR").map(PathBuf::from);
        let out_dir = out_dir.ok_or(Error::NoBuildScript { variable: "OUT_DIR" })?;
        let watched = self.register_in(&out_dir)?;
        // cargo would read the rest of the path as an instruction.
        if let Some(path) = watched.iter().find(|path| path.to_string_lossy().contains(['\n', '\r'])) {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "there is a line break in its name");
            return Err(Error::io("watch", path)(why));
        }
        // A build script gives instructions to cargo on standard output.
        let mut cargo = io::stdout().lock();
        for path in watched {
            writeln!(cargo, "cargo::rerun-if-changed={}", path.display())
                .map_err(Error::io("write", "stdout"))?;
        }
        Ok(())
    }

    /// Writes the code and the registration below `out_dir`. Returns the paths of the snapshot's files, for
    /// cargo to watch. Returns an error if the configuration is invalid, if the snapshot cannot be read, or
    /// if a file cannot be written.
    fn register_in(&self, out_dir: &Path) -> Result<Vec<PathBuf>, Error> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            let problem = format!(
                "`schema`: `{}` is not a name of a schema: it consists of letters, digits, `_` and `-`",
                self.name.escape_debug()
            );
            return Err(Error::Configuration(vec![problem]));
        }
        let snapshot = self.snapshot();
        let snapshot = dvkit_files::canonical_path(&snapshot).unwrap_or(snapshot);
        let generated = self.generate()?;
        if let Some(names) = registered_with(out_dir, &self.name) {
            registry::remove_other_schemas(out_dir, &names)?;
        }
        let code = registry::path(out_dir, &self.name, "rs");
        output::write_if_changed(&code, generated.file().as_bytes()).map_err(Error::io("write", &code))?;
        let types = generated.types().clone();
        let registration = Registration::new(&self.name, snapshot, code, generated.language, types);
        registration.with_enums(generated.enums().clone()).write(out_dir)?;
        Ok(generated.inputs().to_vec())
    }

    /// Returns the folder of the snapshot, joined to `CARGO_MANIFEST_DIR` if this variable is set.
    fn snapshot(&self) -> PathBuf {
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| self.dir.clone(), |m| Path::new(&m).join(&self.dir))
    }
}

/// The names of the schemas that this process has registered, for each `OUT_DIR`.
static REGISTERED: Mutex<BTreeMap<PathBuf, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Records that this process registers the schema `name` in `out_dir`. For the first schema of the process,
/// returns a set with only this name: all other schemas in `out_dir` come from an earlier build, and the
/// caller has to remove them. Returns `None` for every further schema.
fn registered_with(out_dir: &Path, name: &str) -> Option<BTreeSet<String>> {
    let mut registered = REGISTERED.lock().unwrap_or_else(PoisonError::into_inner);
    let names = registered.entry(out_dir.to_owned()).or_default();
    let is_first = names.is_empty();
    names.insert(name.to_owned());
    is_first.then(|| names.clone())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(out_dir: &Path) -> Vec<String> {
        registry::registrations(out_dir).unwrap().into_iter().map(|r| r.name).collect()
    }

    #[test]
    fn a_schema_that_the_build_script_no_longer_registers_is_removed() {
        let out = tempfile::tempdir().unwrap();
        let register = |name: &str| {
            crate::schema(name).from_dir("../fixtures/schema").tables(["account"]).register_in(out.path())
        };
        // A registration from before the last edit of build.rs.
        let code = registry::path(out.path(), "old", "rs");
        Registration::new("old", "/org", &code, 1033, BTreeMap::new()).write(out.path()).unwrap();
        fs::write(&code, "").unwrap();
        let mine = out.path().join(registry::FOLDER).join("mine.rs");
        fs::write(&mine, "").unwrap();

        register("crm").unwrap();
        assert_eq!(names(out.path()), ["crm"]);
        assert!(!code.exists() && mine.exists());
        // A second schema of the same build script.
        register("erp").unwrap();
        assert_eq!(names(out.path()), ["crm", "erp"]);
    }

    #[test]
    fn cargo_watches_the_files_that_were_read() {
        let out = tempfile::tempdir().unwrap();
        let watched = crate::schema("crm")
            .from_dir("../fixtures/schema")
            .tables(["contact"])
            .columns("contact", ["fullname", "gendercode"])
            .register_in(out.path())
            .unwrap();
        let mut files: Vec<_> =
            watched.iter().filter_map(|p| p.file_name()?.to_str()).map(str::to_owned).collect();
        files.sort_unstable();
        assert_eq!(files, ["contact.json", "org.json"]);
        assert!(
            watched.iter().all(|p| p.is_file()),
            "cargo runs a build script again for a file that is not there"
        );
    }

    #[test]
    fn a_schema_is_registered_by_a_build_script_alone() {
        let config = || crate::schema("crm").from_dir("../fixtures/schema").tables(["account"]);
        // Only build scripts and crates that have one know `OUT_DIR`.
        if env::var_os("OUT_DIR").is_none() {
            let error = config().register().unwrap_err().to_string();
            assert!(error.starts_with("`OUT_DIR` is not set: "), "{error}");
        }
        let out = tempfile::tempdir().unwrap();
        for (name, is_name) in
            [("crm", true), ("crm_2-a", true), ("", false), ("a b", false), ("../a", false), ("é", false)]
        {
            let config = crate::schema(name).from_dir("../fixtures/schema").tables(["account"]);
            let error = config.register_in(out.path()).map(|_| ()).map_err(|error| error.to_string()).err();
            let refusal = format!(
                "`schema`: `{name}` is not a name of a schema: it consists of letters, digits, `_` and `-`"
            );
            assert_eq!(error, (!is_name).then_some(refusal), "{name}");
        }
        assert_eq!(names(out.path()), ["crm", "crm_2-a"]);
    }
}
