//! Makes the JSON schema of `dvkit.toml`, which editors use to complete keys and to mark mistakes.

use dvkit_diagnostic::{CodeFamily, code};
use serde_json::{Map, Value, json};

use crate::embedded::Host;
use crate::levels;

/// Returns the JSON schema (draft 2020-12) of `dvkit.toml`.
///
/// The schema cannot express one rule of the reader: `org` must be one of the names in `orgs`.
#[must_use]
pub fn json_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let texts = |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dvkit.toml",
        "description": "Settings of dvkit: where the schema of an organisation is, and how queries are checked against it",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "schema": text("Folder of the snapshot, relative to this file"),
            "org": text("The organisation below `orgs` that counts where none is named"),
            "orgs": {
                "type": "object",
                "description": "Several organisations side by side, by name: `--org NAME` chooses one",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["schema"],
                    "properties": {
                        "schema": text("Folder of the organisation's snapshot, relative to this file"),
                        "url": text("Address of the organisation, for `dvkit schema fetch --org`"),
                    },
                },
            },
            "targets": {
                "type": "object",
                "description": "The table that a lookup to several tables is followed to, by column, or by `table.column`",
                "additionalProperties": {
                    "anyOf": [
                        { "type": "string" },
                        { "type": "object", "additionalProperties": { "type": "string" } },
                    ],
                },
                "examples": [{ "contact.parentcustomerid": "account" }],
            },
            "lints": {
                "type": "object",
                "description": "The level of findings, by code or by family of codes; a code counts for more than its family",
                "additionalProperties": false,
                "properties": lints(),
                "patternProperties": { other_spellings(): { "enum": level_names() } },
            },
            "fetch": {
                "type": "object",
                "description": "What `dvkit schema fetch` asks for where the command line does not say",
                "additionalProperties": false,
                "properties": {
                    "url": text("Address of the organisation: https://contoso.crm4.dynamics.com"),
                    "tables": texts("Tables by logical name, `*` and `?` allowed; `!` before one leaves it out"),
                    "solutions": texts("Solutions whose tables are fetched, by unique name"),
                    "publishers": texts("Publishers whose tables are fetched, by unique name"),
                    "languages": {
                        "type": "array",
                        "items": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                        "description": "Labels in these languages only, by LCID",
                    },
                    "tenant": text("The tenant that signs in, by id or domain"),
                    "client_id": text("The application that signs in, by id"),
                },
            },
            "check": {
                "type": "object",
                "description": "The files that `dvkit check PATH…` checks, and how",
                "additionalProperties": false,
                "properties": {
                    "include": texts("Only files that match one of these patterns, as in .gitignore, relative to this file"),
                    "exclude": texts("Files and folders that are left out, by patterns as in .gitignore, relative to this file"),
                    "extensions": {
                        "type": "object",
                        "description": "The language of files by the end of their names",
                        "patternProperties": { r"^\.[^/\\\\*]+$": { "enum": Host::all().map(Host::name).collect::<Vec<_>>() } },
                        "additionalProperties": false,
                        "examples": [{ ".template.txt": "queries" }],
                    },
                    "baseline": text("File of accepted findings, relative to this file"),
                    "orgs": texts("The organisations of `orgs` that every query is checked against"),
                },
            },
        },
        "not": { "required": ["schema", "org"] },
    })
}

/// Returns the JSON schema of the keys in `[lints]`: the families of codes, and each code with its title.
/// Syntax errors are left out, because their severity cannot be changed.
fn lints() -> Map<String, Value> {
    let level = |description: String| json!({ "enum": level_names(), "description": description });
    let families = levels::families()
        .map(|(name, kind)| (name.to_owned(), kind, format!("All codes of this family: {}", kind.as_str())));
    let codes = code::all().map(|info| (info.code.to_string(), info.code.family(), info.title.to_owned()));
    families
        .chain(codes)
        .filter(|(_, kind, _)| *kind != CodeFamily::Syntax)
        .map(|(name, _, description)| (name, level(description)))
        .collect()
}

fn level_names() -> Vec<&'static str> {
    levels::names().collect()
}

/// Returns a regular expression for the other spellings of codes that the reader of `dvkit.toml` accepts,
/// such as `203` and `dv0203`.
fn other_spellings() -> String {
    let codes = code::all().filter(|info| info.code.family() != CodeFamily::Syntax);
    let numbers: Vec<String> = codes.map(|info| info.code.number().to_string()).collect();
    format!("^(DV|dv)?\\+?0*({})$", numbers.join("|"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::config::{Config, FetchConfig};

    fn reader(text: &str) -> Result<Config, String> {
        Config::read(text, Path::new("/org"))
    }

    /// Returns whether the JSON schema and the reader both accept a `dvkit.toml`; panics if only one of them
    /// does.
    #[track_caller]
    fn judged(text: &str) -> bool {
        let document: toml::Table = text.parse().unwrap();
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        let by_schema = validator.is_valid(&serde_json::to_value(document).unwrap());
        let by_reader = reader(text);
        assert_eq!(by_schema, by_reader.is_ok(), "{text}: {by_reader:?}");
        by_schema
    }

    #[test]
    fn the_file_that_editors_read_is_this_schema() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/dvkit.schema.json");
        let wanted = serde_json::to_string_pretty(&json_schema()).unwrap();
        let found = fs::read_to_string(path).unwrap_or_default();
        let is_current = found.trim_end() == wanted;
        assert!(is_current, "write it anew: `dvkit init --json-schema > docs/dvkit.schema.json`");
    }

    /// Returns the names that an error message of the reader lists.
    fn listed(message: &str) -> Vec<String> {
        let (_, list) =
            message.split_once("; known are ").or_else(|| message.split_once("expected one of ")).unwrap();
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn reader_and_schema_know_the_same_keys() {
        let schema = json_schema();
        let keys = |of: &Value| -> Vec<String> {
            let mut keys: Vec<_> = of["properties"].as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        let known = |text: &str| {
            let mut known = listed(&reader(text).unwrap_err());
            known.sort();
            known
        };
        assert_eq!(keys(&schema), known("zzzzz = 1"));
        let properties = &schema["properties"];
        assert_eq!(keys(&properties["fetch"]), known("[fetch]\nzzzzz = 1"));
        assert_eq!(keys(&properties["check"]), known("[check]\nzzzzz = 1"));
        assert_eq!(
            keys(&properties["orgs"]["additionalProperties"]),
            known("[orgs.a]\nschema = 'a'\nzzzzz = 1")
        );
        // The schema has every code and family that can be set, and no others.
        let lints = keys(&properties["lints"]);
        for name in &lints {
            assert!(judged(&format!("[lints]\n'{name}' = 'note'")), "{name}");
        }
        let named = |name: &str| lints.iter().any(|lint| lint == name);
        for info in code::all() {
            let name = info.code.to_string();
            assert_eq!(judged(&format!("[lints]\n{name} = 'note'")), named(&name));
        }
        for (name, _) in levels::families() {
            assert_eq!(judged(&format!("[lints]\n{name} = 'note'")), named(name));
        }
    }

    #[test]
    fn reader_and_schema_accept_and_refuse_the_same_documents() {
        for right in [
            "",
            "schema = 'a'",
            "org = 'a'\n[orgs.a]\nschema = 'x'\nurl = 'y'\n[orgs.'b c']\nschema = ''",
            "schema = 'a'\n[orgs.b]\nschema = 'x'",
            "[orgs]",
            "[targets]\na = 'b'\n'c.d' = 'e'\nf.g = 'h'",
            "[targets.contact]",
            "[lints]\nperformance = 'off'\nDV0502 = 'error'\ndv502 = 'note'\n203 = 'warning'\n'DV+00203' = 'off'",
            "[fetch]\nurl = 'x'\ntables = ['a']\nsolutions = []\npublishers = ['p']\nlanguages = [0, 4294967295]\ntenant = 't'\nclient_id = 'c'",
            "[check]\ninclude = ['src/']\nexclude = ['*.min.js', '!a.min.js']\nextensions = { '.q.txt' = 'queries' }\nbaseline = 'a.json'",
            "[check]\norgs = ['a']\n[orgs.a]\nschema = 'x'",
        ] {
            assert!(judged(right), "{right}");
        }
        for wrong in [
            "shcema = 'a'",
            "schema = 1",
            "schema = ['a']",
            "org = 1\n[orgs.a]\nschema = 'x'",
            "schema = 'a'\norg = 'b'\n[orgs.b]\nschema = 'x'",
            "orgs = 1",
            "orgs = []",
            "[orgs]\na = 'x'",
            "[orgs.a]",
            "[orgs.a]\nschema = 1",
            "[orgs.a]\nschema = 'x'\nurl = 1",
            "[orgs.a]\nschema = 'x'\ntables = []",
            "targets = 1",
            "[targets]\na = 1",
            "[targets]\na.b = 1",
            "[targets]\na.b.c = 'x'",
            "lints = 'off'",
            "[lints]\nDV0502 = 'of'",
            "[lints]\nDV0502 = 'Off'",
            "[lints]\nDV0502 = true",
            "[lints]\nDV9999 = 'off'",
            "[lints]\nDV0001 = 'off'",
            "[lints]\n1 = 'off'",
            "[lints]\nDv0502 = 'off'",
            "[lints]\nsyntax = 'note'",
            "fetch = 'x'",
            "[fetch]\nurl = 1",
            "[fetch]\ntables = 'a'",
            "[fetch]\ntables = [1]",
            "[fetch]\nlanguages = ['1033']",
            "[fetch]\nlanguages = [-1]",
            "[fetch]\nlanguages = [4294967296]",
            "[fetch]\nlanguages = [1.5]",
            "[fetch]\nclient_secret = 'x'",
            "check = 1",
            "[check]\ninclude = 'a'",
            "[check]\nexclude = [1]",
            "[check]\nextensions = ['a']",
            "[check]\nextensions = { 'q' = 'queries' }",
            "[check]\nextensions = { '.q' = 'querys' }",
            "[check]\nextensions = { '.q/a' = 'queries' }",
            "[check]\nbaseline = []",
            "[check]\norgs = 'a'",
        ] {
            assert!(!judged(wrong), "{wrong}");
        }
        assert_eq!(reader("").unwrap().fetch, FetchConfig::default());
    }

    #[test]
    fn every_value_of_another_type_is_refused_by_both() {
        // Replaces each setting of a valid document, in turn, with values of the other types.
        let right = "schema = 'a'\n[orgs.b]\nschema = 'x'\nurl = 'u'\n[targets]\na = 'b'\n[lints]\nperformance = 'off'\n\
                     [fetch]\nurl = 'x'\ntables = ['a']\nsolutions = ['s']\npublishers = ['p']\nlanguages = [1]\ntenant = 't'\nclient_id = 'c'\n\
                     [check]\ninclude = ['a']\nexclude = ['b']\nextensions = { '.q' = 'queries' }\nbaseline = 'f'\norgs = []";
        assert!(judged(right));
        let lines: Vec<&str> = right.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let Some((key, _)) = line.split_once(" = ") else { continue };
            for value in ["1", "1.5", "true", "[]", "[[]]", "{}", "{ a = 1 }", "'text'", "['text']", "[true]"]
            {
                let changed = format!("{key} = {value}");
                let mut changed_lines = lines.clone();
                changed_lines[n] = &changed;
                judged(&changed_lines.join("\n"));
            }
        }
    }
}
