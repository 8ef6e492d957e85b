//! The tools follow changes of the snapshot, of `dvkit.toml` and of the files of rows while they run.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::Path;

use dvkit_ide::config::Config;
use dvkit_ide::{SchemaChoice, Schemas, Settings, Workspace};
use dvkit_mcp::{RowSource, Toolbox};
use serde_json::{Value, json};

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn replace(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(path, text.replace(old, new)).unwrap();
}

#[test]
fn a_change_of_a_file_is_seen_by_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_path_buf();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    copy(&schema, &root.join("schema"));
    let rows = root.join("accounts.json");
    fs::write(&rows, r#"[{"name": "One"}]"#).unwrap();
    let config = root.join("dvkit.toml");
    let load = {
        let root = root.clone();
        move || {
            let config = Config::find(&root)?;
            let schemas = Schemas::find(&root, &config, &SchemaChoice::default())?;
            schemas.store(None)?;
            Ok(Workspace::new(schemas, Settings { levels: config.lints, ..Settings::default() }))
        }
    };
    let tools = Toolbox::watching(vec![config.clone()], load).unwrap();
    let tools = tools.rows(None, RowSource::File(rows.clone()));
    let call = |tool: &str, arguments: Value| tools.call(tool, arguments).unwrap();
    let label = || call("describe", json!({"table": "contact", "columns": ["jobtitle"]})).text;
    assert!(label().contains("\"Job Title\""), "{}", label());
    let table = root.join("schema/tables/contact.json");
    replace(&table, "\"Job Title\"", "\"Position held\"");
    assert!(label().contains("\"Position held\""), "{}", label());

    let names = || call("run", json!({"query": "accounts?$select=name&$orderby=name"})).text;
    assert!(names().contains("One") && !names().contains("Two"));
    fs::write(&rows, r#"[{"name": "One"}, {"name": "Two"}]"#).unwrap();
    assert!(names().contains("Two"), "{}", names());

    let codes = || call("check", json!({"query": "contacts?$filter=statecode eq 0"})).text;
    assert!(codes().contains("warning[DV0502]"), "{}", codes());
    fs::write(&config, "[lints]\nDV0502 = \"off\"\n").unwrap();
    assert!(!codes().contains("DV0502"), "{}", codes());

    // A snapshot that is being written, or a mistake, ends nothing.
    let whole = fs::read_to_string(&table).unwrap();
    let index = root.join("schema/org.json");
    let index_text = fs::read_to_string(&index).unwrap();
    fs::write(&index, "{").unwrap();
    assert!(label().contains("\"Position held\""), "{}", label());
    fs::write(&index, index_text).unwrap();
    fs::write(&table, whole.replace("Position held", "Role")).unwrap();
    assert!(label().contains("\"Role\""), "{}", label());
}
