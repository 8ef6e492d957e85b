//! Reads the tables `[orgs.NAME]` of `dvkit.toml`, which describe several organisations side by side. The
//! reader of the whole file calls it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dvkit_diagnostic::suggest;

use crate::sample::Sample;

/// The settings of one organisation in `dvkit.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgConfig {
    /// The folder of the organisation's snapshot.
    pub schema: PathBuf,
    /// The URL of the organisation, from which `dvkit schema fetch` fetches; `None` if the file has none.
    pub url: Option<String>,
}

/// The names of the keys in the table of an organisation.
pub(super) const KEYS: [&str; 2] = ["schema", "url"];

/// Reads the table `orgs` of `dvkit.toml`. Relative paths start in the folder `dir`. Returns a sentence as an
/// error if the table is not valid.
pub(super) fn read(value: toml::Value, dir: &Path) -> Result<BTreeMap<String, OrgConfig>, String> {
    let toml::Value::Table(table) = value else {
        return Err("`orgs` has to be tables: `[orgs.contoso]`, and below it `schema = \"schema/contoso\"`"
            .to_owned());
    };
    table.into_iter().map(|(name, value)| Ok((name.clone(), org(&name, value, dir)?))).collect()
}

fn org(name: &str, value: toml::Value, dir: &Path) -> Result<OrgConfig, String> {
    let toml::Value::Table(mut table) = value else {
        return Err(format!(
            "`orgs.{name}` has to be a table: `[orgs.{name}]`, and below it `schema = \"schema/{name}\"`"
        ));
    };
    let mut text = |key: &str| match table.remove(key) {
        Some(toml::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`orgs.{name}`: `{key}` has to be a text")),
        None => Ok(None),
    };
    let (schema, url) = (text("schema")?, text("url")?);
    if let Some(key) = table.keys().next() {
        let near = suggest::closest(key, KEYS).map_or_else(
            || "known are `schema` and `url`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(format!("`orgs.{name}`: unknown key `{key}`; {near}"));
    }
    let schema = schema.ok_or_else(|| {
        format!("`orgs.{name}` does not say where its snapshot is: `schema = \"schema/{name}\"`")
    })?;
    Ok(OrgConfig { schema: dir.join(schema), url })
}

/// Returns the message of the error that there is no organisation `name`. `known` are the names of all
/// organisations.
pub(crate) fn unknown_org<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = suggest::closest(name, known.clone());
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let listed = listed(known);
    if listed.is_empty() {
        return format!(
            "there is no organisation `{name}`: `dvkit.toml` lists none; write `[orgs.{name}]`, and below it \
             `schema = \"DIR\"` (the sample organisations are {})",
            crate::config::listed(Sample::ALL.into_iter().map(Sample::name))
        );
    }
    format!("there is no organisation `{name}`; {near}`dvkit.toml` lists {listed}")
}

/// Returns the names for a message, in backticks: `` `a`, `b` and `c` ``.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}
