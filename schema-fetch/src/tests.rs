//! What the tests of the importers share: a schema as text, the files of its snapshot.

use dvkit_schema::wire::ImportedSchema;
use dvkit_schema::{Schema, store};

/// Returns the files of the schema's snapshot, each after its path, and what the importer left out.
pub(crate) fn dump(imported: &ImportedSchema) -> String {
    let skipped: String = imported.skipped.iter().map(|s| format!("left out: {s}\n")).collect();
    files(&imported.schema) + &skipped
}

fn files(schema: &Schema) -> String {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    store::write(&dir, schema).unwrap();
    let mut text = String::new();
    let choices = schema.choices.keys().map(|name| format!("choices/{name}.json"));
    let tables = schema.tables.keys().map(|name| format!("tables/{name}.json"));
    let operations = (!schema.operations.is_empty()).then(|| "operations.json".to_owned());
    for path in std::iter::once("org.json".to_owned()).chain(tables).chain(choices).chain(operations) {
        let file = std::fs::read_to_string(dir.join(&path)).unwrap();
        // Of the index only the facts of the organisation are of interest.
        let shown: Vec<&str> = match path.as_str() {
            "org.json" => file.lines().filter(|line| line.contains("\"org\"")).collect(),
            _ => file.lines().collect(),
        };
        text += &format!("# {path}\n{}\n", shown.join("\n"));
    }
    text
}
