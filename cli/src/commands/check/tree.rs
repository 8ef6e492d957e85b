//! The arguments of `check` about trees of files, and the settings made of them and of `dvkit.toml`.

use std::path::{Path, PathBuf};

use anyhow::Result;
use dvkit_ide::config::Config;
use dvkit_ide::inputs::Input;
use dvkit_ide::tree::{Baseline, FileSelection, Patterns};

use super::git::changed_files;

/// The name of the file of accepted findings if none is given.
const DEFAULT_BASELINE: &str = "dvkit-baseline.json";

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Files")]
pub(super) struct TreeArgs {
    /// Take every argument for the path of a file or a folder, whatever it looks like
    #[arg(long, conflicts_with_all = ["files", "batch"])]
    pub(super) paths: bool,
    /// Check only files in folders that match a pattern, as in .gitignore; repeatable
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Leave out files and folders that match a pattern, as in .gitignore; repeatable
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Check only files that differ from a commit, and new ones; without a commit from the last one
    ///
    /// Git has to be installed. Without a path, the working directory is checked.
    #[arg(long, value_name = "COMMIT", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    pub(super) changed: Option<String>,
    /// List every text that is found in the files, and whether it is checked, in part, or skipped and why
    #[arg(long, conflicts_with_all = ["fix", "batch", "write_baseline"])]
    pub(super) list: bool,
    /// The file of accepted findings, which are not reported again
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Accept all findings of the checked files: write them into the file of accepted findings
    #[arg(long, conflicts_with_all = ["fix", "batch"])]
    pub(super) write_baseline: bool,
}

/// The file of accepted findings, with the findings in it.
pub(super) struct BaselineFile {
    pub(super) path: PathBuf,
    pub(super) list: Baseline,
    /// Whether `dvkit.toml` names the file, so that it is read without an option.
    pub(super) is_configured: bool,
    /// Whether the findings of this run are accepted, and written into the file.
    pub(super) writes: bool,
}

impl TreeArgs {
    /// Returns whether the working directory is checked if there are no other inputs.
    pub(super) fn names_tree(&self) -> bool {
        self.changed.is_some() || self.list || self.write_baseline || self.paths
    }

    /// Returns which files of `inputs` are checked.
    ///
    /// # Errors
    /// Returns an error if a pattern is not valid, or if Git cannot be asked for changed files.
    pub(super) fn selection(&self, config: &Config, inputs: &[Input]) -> Result<FileSelection> {
        let here = Path::new(".");
        let configured = |globs: &[String]| Patterns::new(&config.dir, globs);
        let include = if self.include.is_empty() {
            configured(&config.check.include)?
        } else {
            Patterns::new(here, &self.include)?
        };
        let exclude = vec![configured(&config.check.exclude)?, Patterns::new(here, &self.exclude)?];
        let paths = inputs.iter().filter_map(|input| match input {
            Input::File(path) | Input::Tree(path) => Some(path.as_path()),
            Input::Text(..) | Input::Stdin => None,
        });
        let changed = self.changed.as_deref().map(|since| changed_files(since, paths)).transpose()?;
        let hosts = config.check.hosts().map_err(anyhow::Error::msg)?;
        Ok(FileSelection { include, exclude, changed, hosts })
    }

    /// Reads the file of accepted findings; `None` if there is none to be used. A file that the command line
    /// names has to exist, unless it is written.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or has another content.
    pub(super) fn baseline(&self, config: &Config) -> Result<Option<BaselineFile>> {
        let configured = || config.check.baseline.as_ref().map(|path| config.dir.join(path));
        // Beside `dvkit.toml`, if there is one.
        let default = || config.file.as_ref().map_or_else(PathBuf::new, |file| file.with_file_name(""));
        let is_configured = config.check.baseline.is_some() && self.baseline.is_none();
        let path = match self.baseline.clone().or_else(configured) {
            Some(path) => path,
            None if self.write_baseline => default().join(DEFAULT_BASELINE),
            None => return Ok(None),
        };
        let list = if self.write_baseline && !dvkit_files::is_file(&path) {
            Baseline::empty(&path)?
        } else {
            Baseline::read(&path)?
        };
        Ok(Some(BaselineFile { path: shown(path), list, is_configured, writes: self.write_baseline }))
    }
}

/// Returns a path relative to the working directory, if it is below this directory.
fn shown(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)).unwrap_or(path)
}
