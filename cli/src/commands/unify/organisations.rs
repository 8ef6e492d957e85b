//! Finds the snapshots that a mapping is compared with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dvkit_ide::config::Config;
use dvkit_ide::sample::Sample;
use dvkit_schema::Store;

/// The options that select organisations.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OrganisationArgs {
    /// An organisation, by its name in `[orgs]` of `dvkit.toml`, or `contoso` or `fabrikam`, the sample organisations;
    /// repeatable
    #[arg(long, value_name = "NAME")]
    org: Vec<String>,
    /// All organisations in `[orgs]` of `dvkit.toml`
    #[arg(long, conflicts_with = "org")]
    all: bool,
    /// A folder of snapshots, each in a folder with the name of its organisation
    #[arg(long, value_name = "DIR", conflicts_with_all = ["org", "all"])]
    schemas: Option<PathBuf>,
    /// The folder of a snapshot, without a name
    #[arg(long, value_name = "DIR", conflicts_with_all = ["org", "all", "schemas"])]
    schema: Option<PathBuf>,
}

/// A snapshot that is opened when it is needed.
#[derive(Clone, Debug)]
pub(super) struct NamedSnapshot {
    /// The name of the organisation; `None` if it has none.
    pub(super) name: Option<String>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Folder(PathBuf),
    Sample(Sample),
}

impl NamedSnapshot {
    /// Opens the snapshot.
    pub(super) fn open(&self) -> Result<Store> {
        match &self.source {
            Source::Folder(folder) => Store::open(folder)
                .with_context(|| format!("the snapshot {} cannot be read", folder.display())),
            Source::Sample(sample) => Ok(sample.open()?),
        }
    }

    /// Returns whether it is the sample organisation that nobody asked for.
    pub(super) fn is_fallback(&self) -> bool {
        self.name.is_none() && matches!(self.source, Source::Sample(_))
    }
}

impl OrganisationArgs {
    /// Returns whether an option selects organisations.
    pub(super) fn is_given(&self) -> bool {
        !self.org.is_empty() || self.all || self.schemas.is_some() || self.schema.is_some()
    }

    /// Returns the names of all organisations here: the folders of `--schemas`, or what `dvkit.toml` lists, and the samples.
    /// The result is empty if nothing lists organisations.
    pub(super) fn names(&self, selected: &[NamedSnapshot]) -> Result<BTreeSet<String>> {
        let mut names: BTreeSet<String> = match (&self.schemas, &self.schema) {
            (Some(_), _) => selected.iter().filter_map(|snapshot| snapshot.name.clone()).collect(),
            (None, Some(_)) => BTreeSet::new(),
            (None, None) => Config::find(Path::new(""))?.orgs.into_keys().collect(),
        };
        if !names.is_empty() {
            names.extend(Sample::ALL.map(|sample| sample.name().to_owned()));
        }
        Ok(names)
    }

    /// Returns the snapshots that the options select, sorted by name. Without an option it is the default
    /// organisation of `dvkit.toml`, otherwise the folder `schema`, otherwise the sample organisation.
    pub(super) fn find(&self) -> Result<Vec<NamedSnapshot>> {
        let folder = |name: Option<&str>, folder: &Path| NamedSnapshot {
            name: name.map(str::to_owned),
            source: Source::Folder(folder.to_owned()),
        };
        if let Some(path) = &self.schema {
            return Ok(vec![folder(None, path)]);
        }
        if let Some(path) = &self.schemas {
            return self::folders(path);
        }
        let config = Config::find(Path::new(""))?;
        let named = |name: &str| -> Result<NamedSnapshot> {
            match Sample::named(name) {
                Some(sample) if !config.orgs.contains_key(name) => {
                    Ok(NamedSnapshot { name: Some(name.to_owned()), source: Source::Sample(sample) })
                }
                _ => Ok(folder(Some(name), &config.org(name)?.schema)),
            }
        };
        if self.all {
            if config.orgs.is_empty() {
                bail!("`--all`: no dvkit.toml here lists organisations in `[orgs]`");
            }
            return config.orgs.keys().map(|name| named(name)).collect();
        }
        if !self.org.is_empty() {
            return self.org.iter().map(|name| named(name)).collect();
        }
        if let Some(name) = config.default_org() {
            return Ok(vec![named(name)?]);
        }
        if !config.orgs.is_empty() {
            let names: Vec<&str> = config.orgs.keys().map(String::as_str).collect();
            bail!(
                "several organisations are listed: choose with `--org`, or take `--all` ({})",
                names.join(", ")
            );
        }
        let local = Path::new("schema");
        Ok(vec![match &config.schema {
            Some(path) => folder(None, path),
            None if dvkit_files::is_file(&local.join("org.json")) => folder(None, local),
            None => NamedSnapshot { name: None, source: Source::Sample(Sample::Contoso) },
        }])
    }
}

/// Returns the snapshots in a folder, sorted by name.
fn folders(path: &Path) -> Result<Vec<NamedSnapshot>> {
    let entries = dvkit_files::entries(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let folder = entry.with_context(|| format!("{} cannot be read", path.display()))?.path;
        if dvkit_files::is_file(&folder.join("org.json")) {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            found.push(NamedSnapshot { name, source: Source::Folder(folder) });
        }
    }
    if found.is_empty() {
        bail!("{} has no folders with snapshots (a snapshot has a file `org.json`)", path.display());
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_snapshots_of_a_folder_are_sorted_by_their_names() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path();
        let none = folders(path).unwrap_err().to_string();
        assert_eq!(
            none,
            format!("{} has no folders with snapshots (a snapshot has a file `org.json`)", path.display())
        );
        for name in ["d", "b", "f", "a", "c", "e", "empty", "other"] {
            std::fs::create_dir(path.join(name)).unwrap();
        }
        for file in [
            "d/org.json",
            "b/org.json",
            "f/org.json",
            "a/org.json",
            "c/org.json",
            "e/org.json",
            "other/x.json",
            "org.json",
        ] {
            std::fs::write(path.join(file), "{}").unwrap();
        }
        let found = folders(path).unwrap();
        let names: Vec<_> = found.iter().map(|one| one.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "f"]);
        assert!(found.iter().all(|one| !one.is_fallback()));
        assert!(
            found.iter().all(|one| matches!(&one.source, Source::Folder(folder) if folder.starts_with(path)))
        );
        let missing = folders(&path.join("none")).unwrap_err().to_string();
        assert_eq!(missing, format!("{} cannot be read", path.join("none").display()));
    }

    #[test]
    fn only_the_sample_that_nobody_named_is_a_fallback() {
        let named = |name: Option<&str>, source| NamedSnapshot { name: name.map(str::to_owned), source };
        for (one, expected) in [
            (named(None, Source::Sample(Sample::Contoso)), true),
            (named(Some("contoso"), Source::Sample(Sample::Contoso)), false),
            (named(None, Source::Folder("schema".into())), false),
            (named(Some("a"), Source::Folder("schema".into())), false),
        ] {
            assert_eq!(one.is_fallback(), expected, "{one:?}");
        }
    }
}
