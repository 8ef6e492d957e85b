//! What a build script does at its end: generate, write what changed, tell cargo what to watch.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dvkit_schema::Store;

use super::Config;
use crate::errors::Error;
use crate::module::{self, Generated};
use crate::output;
use crate::registry::{self, Registration};

impl Config {
    /// Generates the code without writing it anywhere. The snapshot's folder is relative to `CARGO_MANIFEST_DIR`, where
    /// that is set, and else to the working directory.
    ///
    /// # Errors
    /// Where the snapshot cannot be read, or the configuration names what it does not have: all of that at once, with
    /// the names that were probably meant.
    pub fn generate(&self) -> Result<Generated, Error> {
        self.generate_from(&Store::open(self.snapshot())?)
    }

    /// Generates the code from a snapshot that is open already; [`from_dir`](Self::from_dir) plays no part.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate).
    pub fn generate_from(&self, store: &Store) -> Result<Generated, Error> {
        module::generate(self, store)
    }

    /// Generates the code for `#[dvkit::schema("…")]` and tells the macros where the snapshot is; what `main` of a build
    /// script ends with.
    ///
    /// The code goes into `OUT_DIR` and is written only where it changed. cargo runs the build script again when a file
    /// of the snapshot changes that the code depends on.
    ///
    /// # Errors
    /// As for [`generate`](Self::generate), where `OUT_DIR` is not set or cannot be written to, and where a file of the
    /// snapshot cannot be named to cargo because there is a line break in its path.
    pub fn register(self) -> Result<(), Error> {
        let out_dir = env::var_os("OUT_DIR").map(PathBuf::from);
        let out_dir = out_dir.ok_or(Error::NoBuildScript { variable: "OUT_DIR" })?;
        let watched = self.register_in(&out_dir)?;
        // What follows a line break in a path would be an instruction to cargo.
        if let Some(path) = watched.iter().find(|path| path.to_string_lossy().contains(['\n', '\r'])) {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "there is a line break in its name");
            return Err(Error::io("watch", path)(why));
        }
        // The one channel to cargo.
        let mut cargo = io::stdout().lock();
        for path in watched {
            writeln!(cargo, "cargo::rerun-if-changed={}", path.display())
                .map_err(Error::io("write", "stdout"))?;
        }
        Ok(())
    }

    /// Writes code and registration below `out_dir`, and gives the files to watch.
    fn register_in(&self, out_dir: &Path) -> Result<Vec<PathBuf>, Error> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            let problem = format!(
                "`schema`: `{}` is no name of a schema: letters, digits, `_` and `-` make one",
                self.name.escape_debug()
            );
            return Err(Error::Configuration(vec![problem]));
        }
        let snapshot = self.snapshot();
        let snapshot = dvkit_files::canonical_path(&snapshot).unwrap_or(snapshot);
        let generated = self.generate()?;
        if let Some(names) = registered_with(out_dir, &self.name) {
            registry::forget_others(out_dir, &names)?;
        }
        let code = registry::path(out_dir, &self.name, "rs");
        output::write_if_changed(&code, generated.file().as_bytes()).map_err(Error::io("write", &code))?;
        let types = generated.types().clone();
        let registration = Registration::new(&self.name, snapshot, code, generated.language, types);
        registration.with_enums(generated.enums().clone()).write(out_dir)?;
        Ok(generated.inputs().to_vec())
    }

    /// The snapshot's folder, absolute where the manifest's is.
    fn snapshot(&self) -> PathBuf {
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| self.dir.clone(), |m| Path::new(&m).join(&self.dir))
    }
}

/// The schemas that this process registered, by `OUT_DIR`: a build script may register several.
static REGISTERED: Mutex<BTreeMap<PathBuf, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Notes `name`; gives the names where it is the first of this process, so that everything else there is old.
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
    fn a_schema_that_is_registered_no_longer_is_forgotten() {
        let out = tempfile::tempdir().unwrap();
        let register = |name: &str| {
            crate::schema(name).from_dir("../fixtures/schema").tables(["account"]).register_in(out.path())
        };
        // What a build before the last edit of build.rs left.
        let code = registry::path(out.path(), "old", "rs");
        Registration::new("old", "/org", &code, 1033, BTreeMap::new()).write(out.path()).unwrap();
        fs::write(&code, "").unwrap();
        let mine = out.path().join(registry::FOLDER).join("mine.rs");
        fs::write(&mine, "").unwrap();

        register("crm").unwrap();
        assert_eq!(names(out.path()), ["crm"]);
        assert!(!code.exists() && mine.exists());
        // Two of one build script.
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
}
