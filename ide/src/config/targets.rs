//! Reads the tables that polymorphic lookups are assumed to point to: from `[targets]` of `dvkit.toml`, and
//! from arguments of the form `LOOKUP=TABLE`. The reader of `dvkit.toml` and the command line call it.

use std::collections::BTreeMap;

/// Adds the entries of `over` to `targets`, replacing entries with equal keys. An entry of `over` whose key
/// is only a column (`parentcustomerid`) also removes the entries of `targets` for this column of a single
/// table (`contact.parentcustomerid`).
pub fn overlay(targets: &mut BTreeMap<String, String>, over: &BTreeMap<String, String>) {
    targets.retain(|key, _| key.split_once('.').is_none_or(|(_, column)| !over.contains_key(column)));
    targets.extend(over.iter().map(|(key, target)| (key.clone(), target.clone())));
}

/// Parses an argument of the form `lookup=table`. Returns the lookup and the table.
///
/// # Errors
/// Returns a sentence as an error if the text does not have this form.
pub fn parse_target(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(lookup, table)| (lookup.trim(), table.trim()));
    match pair {
        Some((lookup, table)) if !lookup.is_empty() && !table.is_empty() => {
            Ok((lookup.to_owned(), table.to_owned()))
        }
        _ => Err("write `lookup=table`, for example `parentcustomerid=account`".to_owned()),
    }
}

/// Reads the table `targets` of `dvkit.toml`. Returns a sentence as an error if the table is not valid.
pub(super) fn read(value: toml::Value) -> Result<BTreeMap<String, String>, String> {
    let toml::Value::Table(table) = value else {
        return Err(
            "`targets` has to be a table: `[targets]`, and below it `parentcustomerid = \"account\"`"
                .to_owned(),
        );
    };
    let mut targets = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::String(target) => {
                targets.insert(key, target);
            }
            // Without quotes, TOML reads `contact.parentcustomerid = …` as a nested table.
            toml::Value::Table(columns) => {
                for (column, target) in columns {
                    let target = target.as_str().ok_or_else(|| not_a_table(&format!("{key}.{column}")))?;
                    targets.insert(format!("{key}.{column}"), target.to_owned());
                }
            }
            _ => return Err(not_a_table(&key)),
        }
    }
    Ok(targets)
}

fn not_a_table(key: &str) -> String {
    format!("`targets`: `{key}` has to name a table: `\"{key}\" = \"account\"`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_for_every_table_replaces_those_of_single_tables() {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let mut targets = map(&[("contact.a", "x"), ("contact.b", "x"), ("a", "x")]);
        overlay(&mut targets, &map(&[("a", "y"), ("lead.b", "y")]));
        assert_eq!(targets, map(&[("a", "y"), ("contact.b", "x"), ("lead.b", "y")]));
    }

    #[test]
    fn a_target_names_a_lookup_and_a_table() {
        assert_eq!(parse_target("a=b"), Ok(("a".to_owned(), "b".to_owned())));
        assert!(parse_target("ab").is_err() && parse_target("=b").is_err() && parse_target("a=").is_err());
    }
}
