//! Provides the sample organisations of `fixtures/` as stores, and the rows of the query files.

use std::path::PathBuf;
use std::sync::OnceLock;

pub use dvkit_fixtures::{fabrikam, rows};
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

/// Returns the text of the member `name` of a JSON object; empty if the member is missing.
#[must_use]
pub fn field<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}
