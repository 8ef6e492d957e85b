//! Provides the sample organisations of `fixtures/` as stores, and the rows of the query files.

use std::path::PathBuf;
use std::sync::OnceLock;

use dvkit_schema::Store;
use serde_json::Value;

/// Returns the sample organisation Contoso, imported from its metadata files.
///
/// # Panics
/// Panics if the files cannot be imported.
#[must_use]
pub fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let org = crate::workspace().join("fixtures/org");
        let files: Vec<PathBuf> =
            ["metadata.json", "csdl.xml", "globalchoices.json"].iter().map(|f| org.join(f)).collect();
        let import = dvkit_schema_fetch::import(&files, &mut ()).expect("the sample imports");
        Store::from_schema(import.schema)
    })
}

/// Returns the second sample organisation, Fabrikam, which is customised in another way.
///
/// # Panics
/// Panics if the snapshot cannot be opened.
#[must_use]
pub fn fabrikam() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        Store::open(crate::workspace().join("fixtures/fabrikam")).expect("the snapshot opens")
    })
}

/// Returns the JSON values of a file in `fixtures/queries`, one per line, in order.
///
/// # Panics
/// Panics if the file cannot be read.
#[must_use]
pub fn rows(file: &str) -> Vec<Value> {
    let path = crate::workspace().join("fixtures/queries").join(file);
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    text.lines().filter(|l| !l.trim().is_empty()).map(|l| serde_json::from_str(l).expect("JSON")).collect()
}

/// Returns the text of the member `name` of a JSON object; empty if the member is missing.
#[must_use]
pub fn field<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}
