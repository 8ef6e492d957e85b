//! Applies the settings of `[check]` in `dvkit.toml` about files to those that are open in an editor: the files
//! that are left out, and the findings that are accepted.

use std::path::{Path, PathBuf};

use super::SourceDiagnosis;
use crate::config::Config;
use crate::embedded::SourceFile;
use crate::tree::{Baseline, FileSelection, Patterns};
use crate::{Error, Workspace};

/// The settings about files that are open in an editor.
#[derive(Clone, Debug)]
pub struct OpenFileRules {
    selection: FileSelection,
    baseline: Option<Baseline>,
    baseline_path: Option<PathBuf>,
}

impl OpenFileRules {
    /// Returns the rules of the settings `config`.
    ///
    /// # Errors
    /// Returns an error if a pattern is not valid, or if the file of accepted findings cannot be read.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let baseline_path = config.check.baseline.as_ref().map(|path| config.dir.join(path));
        let selection = FileSelection {
            include: Patterns::new(&config.dir, &config.check.include)?,
            exclude: vec![Patterns::new(&config.dir, &config.check.exclude)?],
            changed: None,
            hosts: config.check.hosts().map_err(Error::Inputs)?,
        };
        let baseline = baseline_path.as_deref().map(Baseline::read).transpose()?;
        Ok(Self { selection, baseline, baseline_path })
    }

    /// Returns the path of the file of accepted findings; `None` if there is none.
    #[must_use]
    pub fn baseline(&self) -> Option<&Path> {
        self.baseline_path.as_deref()
    }

    /// Checks the texts of a source file with `workspace`, for the organisations `orgs`. A file that is left out has
    /// no findings. `is_wanted` is called before each text; if it returns `false`, the check ends without a result.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn diagnose(
        &self,
        workspace: &Workspace,
        file: &SourceFile,
        orgs: &[String],
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<SourceDiagnosis>, Error> {
        if !self.selection.selects(&file.path) {
            return Ok(Some(SourceDiagnosis::default()));
        }
        let mut baseline = self.baseline.clone();
        let accepts = |finding: &dvkit_diagnostic::Diagnostic| {
            baseline.as_mut().is_some_and(|list| list.accepts(&file.path, finding))
        };
        workspace.diagnose_accepting(file, orgs, accepts, is_wanted)
    }
}
