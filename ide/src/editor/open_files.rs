//! Checks files that are open in an editor by the settings of `dvkit.toml`, as `dvkit check` checks a tree: for
//! the organisations and the files that `[check]` lists, in the languages that it assigns, and without the findings
//! that are accepted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceDiagnosis;
use super::diagnose::diagnose;
use crate::config::Config;
use crate::embedded::SourceFile;
use crate::tree::{Baseline, FileSelection, HostNames, Patterns};
use crate::{Error, SchemaChoice, Schemas, Settings, Workspace};

/// A check of files that are open in an editor.
#[derive(Clone, Debug)]
pub struct OpenFileCheck {
    /// The organisations that are checked, of which there is at least one.
    orgs: Vec<(Option<String>, Arc<Workspace>)>,
    /// The workspace that the other features ask.
    workspace: Arc<Workspace>,
    selection: FileSelection,
    baseline: Option<Baseline>,
    baseline_path: Option<PathBuf>,
}

impl OpenFileCheck {
    /// Returns the check of the files in the folder `folder`, by the settings `config`. `choice` is a snapshot or an
    /// organisation that the editor names, which is then checked instead of those of `[check]`.
    ///
    /// # Errors
    /// Returns an error if an organisation is not listed, if a pattern is not valid, or if the file of accepted
    /// findings cannot be read.
    pub fn new(folder: &Path, config: &Config, choice: &SchemaChoice) -> Result<Self, Error> {
        let settings =
            Settings { targets: config.targets.clone(), levels: config.lints.clone(), ..Settings::default() };
        let mut orgs: Vec<(Option<String>, Arc<Workspace>)> = Vec::new();
        let mut default = None;
        for (name, schemas) in org_schemas(folder, config, choice.schema.as_deref(), choice.org.as_slice())? {
            let workspace = Arc::new(Workspace::new(schemas, settings.clone()));
            if name.as_deref() == config.default_org() {
                default = Some(workspace.clone());
            }
            orgs.push((name, workspace));
        }
        let Some(workspace) = default.or_else(|| orgs.first().map(|(_, workspace)| workspace.clone())) else {
            return Err(Error::Org("no organisation is checked".to_owned()));
        };
        let baseline_path = config.check.baseline.as_ref().map(|path| config.dir.join(path));
        let baseline = baseline_path.as_deref().map(Baseline::read).transpose()?;
        let selection = FileSelection {
            include: Patterns::new(&config.dir, &config.check.include)?,
            exclude: vec![Patterns::new(&config.dir, &config.check.exclude)?],
            changed: None,
            hosts: config.check.hosts().map_err(Error::Inputs)?,
        };
        Ok(Self { orgs, workspace, selection, baseline, baseline_path })
    }

    /// Returns the workspace of the default organisation.
    #[must_use]
    pub fn workspace(&self) -> &Arc<Workspace> {
        &self.workspace
    }

    /// Returns the languages of files with unusual names.
    #[must_use]
    pub fn hosts(&self) -> &HostNames {
        &self.selection.hosts
    }

    /// Returns the path of the file of accepted findings; `None` if there is none.
    #[must_use]
    pub fn baseline(&self) -> Option<&Path> {
        self.baseline_path.as_deref()
    }

    /// Checks the texts of a source file. A file that `[check]` leaves out has no findings. `is_wanted` is called
    /// before each text; if it returns `false`, the check ends without a result.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn diagnose(
        &self,
        file: &SourceFile,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Option<SourceDiagnosis>, Error> {
        if !self.selection.selects(&file.path) {
            return Ok(Some(SourceDiagnosis::default()));
        }
        let orgs = self.orgs.iter().map(|(name, workspace)| (name.as_deref(), &**workspace)).collect();
        diagnose(orgs, file, self.baseline.clone(), is_wanted)
    }
}

/// Finds the schemas of each organisation that is checked: those of the organisations `orgs`, otherwise those in
/// `[check]` of `config`, otherwise the default one. A single organisation has no name. `schema` is the folder of a
/// snapshot that is checked instead, and `folder` that of the workspace.
///
/// # Errors
/// Returns an error if an organisation is not listed.
pub fn org_schemas(
    folder: &Path,
    config: &Config,
    schema: Option<&Path>,
    orgs: &[String],
) -> Result<Vec<(Option<String>, Schemas)>, Error> {
    let mut names: Vec<&String> = Vec::new();
    if schema.is_none() {
        for name in if orgs.is_empty() { &config.check.orgs } else { orgs } {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let find = |org: Option<&String>| {
        let choice = SchemaChoice { schema: schema.map(PathBuf::from), org: org.cloned() };
        Schemas::find(folder, config, &choice)
    };
    match names.as_slice() {
        [] => Ok(vec![(None, find(None)?)]),
        [one] => Ok(vec![(None, find(Some(one))?)]),
        several => several.iter().map(|name| Ok((Some((*name).clone()), find(Some(name))?))).collect(),
    }
}
