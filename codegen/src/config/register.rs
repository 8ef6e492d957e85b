//! What a build script does at its end: generate, write what changed, tell cargo what to watch.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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
    /// As for [`generate`](Self::generate), and where `OUT_DIR` is not set or cannot be written to.
    pub fn register(self) -> Result<(), Error> {
        let out_dir = env::var_os("OUT_DIR").map(PathBuf::from);
        let out_dir = out_dir.ok_or(Error::NoBuildScript { variable: "OUT_DIR" })?;
        let watched = self.register_in(&out_dir)?;
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
        let snapshot = snapshot.canonicalize().unwrap_or(snapshot);
        let generated = self.generate()?;
        let code = registry::path(out_dir, &self.name, "rs");
        output::write_if_changed(&code, generated.file().as_bytes()).map_err(Error::io("write", &code))?;
        let types = generated.types().clone();
        let registration = Registration::new(&self.name, snapshot, code, self.language, types);
        registration.with_enums(generated.enums().clone()).write(out_dir)?;
        Ok(generated.inputs().to_vec())
    }

    /// The snapshot's folder, absolute where the manifest's is.
    fn snapshot(&self) -> PathBuf {
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| self.dir.clone(), |m| Path::new(&m).join(&self.dir))
    }
}
