//! The sample organisation with hostile texts.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Text that acts in some program. On a terminal: title, clipboard, cursor, in both forms of escape
/// sequences, hidden text and the reading direction. In a log: commands at the beginning of a line and
/// anywhere. On a page: mentions, images, links and HTML, and the ends of a cell and a code span.
pub(crate) const ACTING: &str = "\u{1b}]0;owned\u{7}\u{1b}]52;c;eA==\u{1b}\\\u{1b}[5S\u{1b}[8m\u{9b}5S\u{9d}0;x\u{9c}\u{202e}\u{2066}\u{200b}\u{2028}\
    \n::error::x\r\n  ::add-mask::x\r##[error]x ##vso[task.complete]\
    \u{8}@everyone #1 ![x](http://evil.example/x.png) [l](http://evil.example) http://evil.example <img src=x> </details> | ` ``` *\\";

/// A hostile organisation, as written to a folder.
pub(crate) struct Hostile {
    /// The number of changed texts.
    pub(crate) texts: usize,
    /// Hostile names to use in commands.
    pub(crate) names: Vec<String>,
}

/// Members whose values are keywords of the format rather than texts of the organisation.
const WORDS: &[&str] = &[
    "type",
    "kind",
    "ownership",
    "required",
    "source",
    "behavior",
    "side",
    "edm",
    "metadata_id",
    "cascade",
    "delete",
    "assign",
    "share",
    "unshare",
    "reparent",
    "merge",
    "returns",
];

/// Members that refer to other parts of the snapshot.
const KEYS: &[&str] = &[
    "logical_name",
    "name",
    "entity_set",
    "primary_id",
    "primary_name",
    "column",
    "table",
    "choice",
    "navigation",
    "targets",
    "languages",
];

/// Writes the snapshot to `dir`. With `all_names` all texts are hostile except the names of its files.
/// Otherwise names that queries use stay as they are, and labels and other texts are hostile.
pub(crate) fn hostile_organisation(dir: &Path, all_names: bool) -> Hostile {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    let mut hostile = Hostile { texts: 0, names: Vec::new() };
    copy(&sample, dir, all_names, &mut hostile);
    if all_names {
        hostile.names = ["fullname", "gendercode", "parentcustomerid"]
            .iter()
            .map(|column| format!("contact.{column}{ACTING}"))
            .collect();
    }
    hostile
}

fn copy(from: &Path, to: &Path, all_names: bool, hostile: &mut Hostile) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, all_names, hostile);
            continue;
        }
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut value, "", 0, all_names, &mut hostile.texts);
        fs::write(target, serde_json::to_string_pretty(&value).unwrap()).unwrap();
    }
}

/// Appends the payload to the texts of a snapshot file. `depth` distinguishes a table's own name from the
/// names of its columns.
fn change(value: &mut Value, key: &str, depth: usize, all_names: bool, texts: &mut usize) {
    match value {
        Value::String(text) => {
            let finds = KEYS.contains(&key)
                && (!all_names || depth <= 1 || matches!(key, "table" | "choice" | "targets"));
            if !WORDS.contains(&key) && !finds && key != "url" {
                text.push_str(ACTING);
                *texts += 1;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, key, depth, all_names, texts)),
        Value::Object(map) => {
            // The index of a snapshot lists the names of tables and choices.
            let index = map.contains_key("dvkit_snapshot");
            for (key, inner) in map.iter_mut() {
                let depth = if index && matches!(key.as_str(), "tables" | "choices") { 0 } else { depth + 1 };
                change(inner, key, depth, all_names, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns a metadata file in which every label is hostile, and the number of changed labels.
pub(crate) fn hostile_json(text: &str) -> (String, usize) {
    fn labels(value: &mut Value, key: &str, changed: &mut usize) {
        match value {
            Value::String(text) if matches!(key, "Label" | "Description" | "SchemaName" | "DisplayName") => {
                text.push_str(ACTING);
                *changed += 1;
            }
            Value::Array(items) => items.iter_mut().for_each(|item| labels(item, key, changed)),
            Value::Object(map) => map.iter_mut().for_each(|(key, inner)| labels(inner, key, changed)),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(text).unwrap();
    let mut changed = 0;
    labels(&mut value, "", &mut changed);
    (serde_json::to_string(&value).unwrap(), changed)
}
