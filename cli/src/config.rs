//! `dvkit.toml`, and where the schema is.
//!
//! ```toml
//! schema = "schema"              # relative to this file
//! [targets]                      # what to follow a lookup to that can point to several tables
//! "contact.parentcustomerid" = "account"
//! [lints]                        # what becomes of findings, by code or by kind
//! performance = "off"
//! [fetch]                        # what `dvkit schema fetch` asks for
//! url = "https://contoso.crm4.dynamics.com"
//! tables = ["account", "contact", "new_*"]
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use dvkit_diagnostic::suggest;
use dvkit_files::LinkPolicy;
use dvkit_schema::Store;
use serde::Deserialize;

use crate::lints::{self, Levels, Lint};
use crate::sample;

/// The name that is looked for, from the working directory upwards.
const FILE: &str = "dvkit.toml";

/// The greatest one that is read: 1 MiB.
const MAX_CONFIG: u64 = 1 << 20;

/// What `dvkit.toml` says; all empty where there is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The folder of the file.
    dir: PathBuf,
    schema: Option<PathBuf>,
    /// By column, or by table and column.
    pub(crate) targets: BTreeMap<String, String>,
    pub(crate) lints: Levels,
    pub(crate) fetch: FetchConfig,
    /// The file that says it.
    pub(crate) file: Option<PathBuf>,
}

/// `[fetch]`: what a fetch asks for where the command line does not say. No secret has a place here.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FetchConfig {
    pub(crate) url: Option<String>,
    pub(crate) tables: Vec<String>,
    pub(crate) solutions: Vec<String>,
    pub(crate) publishers: Vec<String>,
    pub(crate) languages: Vec<u32>,
    pub(crate) tenant: Option<String>,
    pub(crate) client_id: Option<String>,
}

/// The keys that the file may have.
const KEYS: [&str; 4] = ["schema", "targets", "lints", "fetch"];

impl Config {
    /// The nearest one, from the working directory upwards.
    pub(crate) fn find() -> Result<Self> {
        let here = std::env::current_dir().context("cannot tell the working directory")?;
        for dir in here.ancestors() {
            let path = dir.join(FILE);
            // Nobody named it, so nothing but a file of a moderate size is taken for one.
            match dvkit_files::read_text(&path, LinkPolicy::Refuse, MAX_CONFIG) {
                Ok(text) => {
                    let config = Self::read(&text, dir).with_context(|| path.display().to_string())?;
                    return Ok(Self { file: Some(path), ..config });
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(e).with_context(|| format!("cannot read `{}`", path.display())),
            }
        }
        Ok(Self::default())
    }

    fn read(text: &str, dir: &Path) -> Result<Self> {
        let mut config = Self { dir: dir.to_owned(), ..Self::default() };
        let table: toml::Table = text.parse().map_err(|e| toml_error(&e, text))?;
        for (key, value) in table {
            match key.as_str() {
                "schema" => {
                    let path = value.as_str().context("`schema` has to be a path: `schema = \"schema\"`")?;
                    config.schema = Some(dir.join(path));
                }
                "targets" => config.targets = targets(value)?,
                "lints" => config.lints = lints(value)?,
                "fetch" => {
                    let fetch: Result<_, toml::de::Error> = value.try_into();
                    config.fetch = fetch.map_err(|e| anyhow!("`fetch`: {}", e.message()))?;
                }
                _ => {
                    let near = suggest::closest(&key, KEYS);
                    let near = near.map_or_else(
                        || "known are `schema`, `targets`, `lints` and `fetch`".to_owned(),
                        |n| format!("did you mean `{n}`?"),
                    );
                    bail!("unknown key `{key}`; {near}");
                }
            }
        }
        Ok(config)
    }

    /// The snapshot that this file names, to be read.
    pub(crate) fn schema(&self) -> Option<&Path> {
        self.schema.as_deref()
    }

    /// The snapshot that this file names, to be written. Others may have written the file, so it has to be below its folder.
    ///
    /// # Errors
    /// Where it is not, or a link is in its place.
    pub(crate) fn output(&self) -> Result<Option<PathBuf>> {
        let Some(schema) = &self.schema else { return Ok(None) };
        let check = || -> std::io::Result<bool> {
            let place = dvkit_files::output_path(schema)?;
            Ok(place.starts_with(dvkit_files::canonical_path(&self.dir)?))
        };
        if !check().with_context(|| format!("cannot write `{}`", schema.display()))? {
            bail!(
                "`schema` in {} leads out of the file's folder, to `{path}`; to write there, say so: `-o {path}`",
                self.dir.join(FILE).display(),
                path = schema.display()
            );
        }
        Ok(Some(schema.clone()))
    }

    /// The schema: `--schema`, then this file's, then `./schema`, then the sample.
    pub(crate) fn open(&self, flag: Option<&Path>) -> Result<Opened> {
        let local = Path::new("schema");
        // Many repositories have a folder of this name that is something else.
        let local = dvkit_files::is_file(&local.join("org.json")).then_some(local);
        match flag.or(self.schema.as_deref()).or(local) {
            Some(dir) => Ok(Opened { store: Store::open(dir)?, is_sample: false }),
            None => Ok(Opened { store: sample::open()?, is_sample: true }),
        }
    }
}

/// What is wrong and where, without a line of the file.
fn toml_error(error: &toml::de::Error, text: &str) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    anyhow!("line {line}, column {column}: {}", error.message())
}

/// `targets` with those of `over` on top. One that `over` has for every table wins over those of single tables below.
pub(crate) fn overlay(targets: &mut BTreeMap<String, String>, over: &BTreeMap<String, String>) {
    targets.retain(|key, _| key.split_once('.').is_none_or(|(_, column)| !over.contains_key(column)));
    targets.extend(over.iter().map(|(key, target)| (key.clone(), target.clone())));
}

/// A schema that was found.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) is_sample: bool,
}

fn targets(value: toml::Value) -> Result<BTreeMap<String, String>> {
    let toml::Value::Table(table) = value else {
        bail!("`targets` has to be a table: `[targets]`, and below it `parentcustomerid = \"account\"`");
    };
    let mut targets = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::String(target) => {
                targets.insert(key, target);
            }
            // TOML reads `contact.parentcustomerid = …` without quotes as a table in a table.
            toml::Value::Table(columns) => {
                for (column, target) in columns {
                    let target = target.as_str().ok_or_else(|| no_table(&format!("{key}.{column}")))?;
                    targets.insert(format!("{key}.{column}"), target.to_owned());
                }
            }
            _ => return Err(no_table(&key)),
        }
    }
    Ok(targets)
}

fn no_table(key: &str) -> anyhow::Error {
    anyhow!("`targets`: `{key}` has to name a table: `\"{key}\" = \"account\"`")
}

fn lints(value: toml::Value) -> Result<Levels> {
    let toml::Value::Table(table) = value else {
        bail!("`lints` has to be a table: `[lints]`, and below it `DV0502 = \"off\"`");
    };
    let mut all = Vec::new();
    for (name, level) in table {
        let level = level.as_str().with_context(|| {
            format!("`lints`: `{name}` has to be `\"off\"`, `\"note\"`, `\"warning\"` or `\"error\"`")
        })?;
        all.push(Lint::new(&name, level).map_err(|e| anyhow!("`lints`: {e}"))?);
    }
    Ok(lints::levels(&all))
}

/// Reads `lookup=table` of `--target`.
pub(crate) fn target(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(lookup, table)| (lookup.trim(), table.trim()));
    match pair {
        Some((lookup, table)) if !lookup.is_empty() && !table.is_empty() => {
            Ok((lookup.to_owned(), table.to_owned()))
        }
        _ => Err("write `lookup=table`, for example `parentcustomerid=account`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::read(text, Path::new("/org")).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn everything_is_read() {
        let config = read(
            "schema = \"crm\"\n[targets]\nparentcustomerid = \"account\"\n\"contact.parentcustomerid\" = \"contact\"\n\
             lead.customerid = \"contact\"\n[lints]\nDV0203 = \"off\"",
        )
        .unwrap();
        assert_eq!(config.schema.as_deref(), Some(Path::new("/org").join("crm").as_path()));
        assert_eq!(config.targets["parentcustomerid"], "account");
        assert_eq!(config.targets["contact.parentcustomerid"], "contact");
        assert_eq!(config.targets["lead.customerid"], "contact");
        assert_eq!(config.lints.values().collect::<Vec<_>>(), [&None]);
        let config = read("[fetch]\nurl = 'https://x'\ntables = ['a', 'new_*']\nlanguages = [1033]").unwrap();
        assert_eq!((config.fetch.url.as_deref(), config.fetch.tables.len()), (Some("https://x"), 2));
        assert_eq!(config.fetch.languages, [1033]);
    }

    #[test]
    fn targets_lie_on_top_of_each_other() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let mut targets = map(&[("contact.a", "x"), ("contact.b", "x"), ("a", "x")]);
        overlay(&mut targets, &map(&[("a", "y"), ("lead.b", "y")]));
        assert_eq!(targets, map(&[("a", "y"), ("contact.b", "x"), ("lead.b", "y")]));
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(read("shcema = 'x'").unwrap_err(), "unknown key `shcema`; did you mean `schema`?");
        assert_eq!(
            read("colour = 'x'").unwrap_err(),
            "unknown key `colour`; known are `schema`, `targets`, `lints` and `fetch`"
        );
        assert!(read("lints = 1").unwrap_err().contains("has to be a table"));
        assert!(read("[lints]\nDV0203 = 1").unwrap_err().contains("`DV0203` has to be"));
        assert!(read("[lints]\nDV0203 = \"of\"").unwrap_err().contains("did you mean `off`?"));
        assert!(read("schema = 1").unwrap_err().contains("has to be a path"));
        assert!(read("targets = 1").unwrap_err().contains("has to be a table"));
        assert!(read("[targets]\na = 1").unwrap_err().contains("`a` has to name a table"));
        let unknown = read("[fetch]\nclient_secret = 'x'").unwrap_err();
        assert!(unknown.contains("`fetch`") && unknown.contains("client_secret"), "{unknown}");
        let broken = read("\n  schema = \nhunter2 hunter2").unwrap_err();
        assert!(broken.starts_with("line 3, column 9: ") && !broken.contains("hunter2"), "{broken}");
        assert_eq!(target("a=b"), Ok(("a".to_owned(), "b".to_owned())));
        assert!(target("ab").is_err() && target("=b").is_err() && target("a=").is_err());
    }
}
