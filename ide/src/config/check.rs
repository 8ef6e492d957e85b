//! Reads `[check]` of `dvkit.toml`: the files that are checked, and how.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::tree::HostNames;

/// The table `[check]` of `dvkit.toml`. Paths and patterns are relative to the folder of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckConfig {
    /// The patterns of which a file has to match one; all files are checked if there is none.
    pub include: Vec<String>,
    /// The patterns of files and folders that are left out.
    pub exclude: Vec<String>,
    /// The name of the language of files, by the end of their names.
    pub extensions: BTreeMap<String, String>,
    /// The file of accepted findings.
    pub baseline: Option<String>,
    /// The organisations that every query is checked against.
    pub orgs: Vec<String>,
}

impl CheckConfig {
    /// Returns the languages of files with unusual names.
    ///
    /// # Errors
    /// Returns a sentence as an error if a language is not known. The reader of `dvkit.toml` has refused this.
    pub fn hosts(&self) -> Result<HostNames, String> {
        HostNames::new(self.extensions.iter().map(|(end, language)| (end.as_str(), language.as_str())))
    }
}

/// Reads the value of `check`.
///
/// # Errors
/// Returns a sentence as an error if it is not valid.
pub(super) fn read(value: toml::Value) -> Result<CheckConfig, String> {
    let config: Result<CheckConfig, toml::de::Error> = value.try_into();
    let config = config.map_err(|e| format!("`check`: {}", e.message()))?;
    config.hosts().map_err(|why| format!("`check.extensions`: {why}"))?;
    Ok(config)
}
