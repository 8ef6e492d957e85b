//! The settings of `[check]` in `dvkit.toml` hold for open documents, as they hold for `dvkit check`.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod client;

use std::fs;
use std::path::Path;

use client::{Client, able, uri};
use serde_json::json;

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Creates a folder with a snapshot of the sample organisation in `schema/`, and with the files `files`.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema"), &home.path().join("schema"));
    for (name, text) in files {
        fs::create_dir_all(home.path().join(name).parent().unwrap()).unwrap();
        fs::write(home.path().join(name), text).unwrap();
    }
    home
}

/// Returns the codes of the findings that are shown for a file with the content `text`.
fn codes(client: &mut Client, path: &Path, language: &str, text: &str) -> Vec<String> {
    client.open(&uri(path), language, text);
    let found = client.pushed(&uri(path), Some(1));
    found.as_array().unwrap().iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_settings_of_a_check_hold_for_open_documents() {
    let config = "schema = 'schema'\n[lints]\nDV0502 = 'off'\n[check]\nexclude = ['old/']\ninclude = ['*.ts', '*.q.txt', '*.json']\n\
                  [check.extensions]\n'.q.txt' = 'queries'\n";
    let home = project(&[("dvkit.toml", config)]);
    let at = |name: &str| home.path().join(name);
    let mut client = Client::start(&[home.path()], able());
    let wrong = "const q = 'contacts?$select=fullnme&$top=1';\n";
    assert_eq!(codes(&mut client, &at("a.ts"), "typescript", wrong), ["DV0203"]);
    assert_eq!(codes(&mut client, &at("old/a.ts"), "typescript", wrong), [""; 0], "it is excluded");
    assert_eq!(codes(&mut client, &at("a.js"), "javascript", wrong), [""; 0], "it is not included");
    assert_eq!(
        codes(&mut client, &at("b.ts"), "typescript", "const q = 'contacts?$top=1';\n"),
        [""; 0],
        "a level"
    );
    let query = "contacts?$select=fullnme&$top=1\n";
    assert_eq!(codes(&mut client, &at("a.q.txt"), "plaintext", query), ["DV0203"], "a language");
    let list = "[{\"query\": \"contacts?$select=fullnme&$top=1\"}]";
    assert_eq!(codes(&mut client, &at("a.json"), "json", list), ["DV0203"], "a file of queries");
    // What is left out is completed all the same.
    let found = client.at("textDocument/completion", &uri(&at("old/a.ts")), 0, wrong.find("nme").unwrap());
    assert!(found["items"].as_array().is_some_and(|items| !items.is_empty()));
    // A changed setting holds at once.
    fs::write(at("dvkit.toml"), "schema = 'schema'\n").unwrap();
    client.tell(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri(&at("dvkit.toml")), "type": 2}]}),
    );
    let shown =
        |client: &mut Client, name: &str| client.pushed(&uri(&at(name)), Some(1)).as_array().unwrap().len();
    assert_eq!(shown(&mut client, "old/a.ts"), 1);
    assert_eq!(shown(&mut client, "a.q.txt"), 0, "its language is unknown");
    client.end();
}

#[test]
fn accepted_findings_and_several_organisations_are_shown_as_in_a_check() {
    let config = "[orgs.contoso]\nschema = 'schema'\n[orgs.fabrikam]\nschema = 'other'\n\
                  [check]\norgs = ['contoso', 'fabrikam']\nbaseline = 'accepted.json'\n";
    let accepted = "{\"version\": 1, \"findings\": [{\"path\": \"a.ts\", \"code\": \"DV0203\", \
                    \"message\": \"`contact` has no column `fullnme`\", \"count\": 1}]}";
    let home = project(&[("dvkit.toml", config), ("accepted.json", accepted)]);
    copy(&home.path().join("schema"), &home.path().join("other"));
    let contact = home.path().join("other/tables/contact.json");
    let text = fs::read_to_string(&contact).unwrap();
    fs::write(&contact, text.replace("\"jobtitle\"", "\"jobtitel\"")).unwrap();
    let mut client = Client::start(&[home.path()], able());
    let path = home.path().join("a.ts");
    let text = "const q = 'contacts?$select=fullnme,jobtitle&$top=1';\nconst r = 'contacts?$select=fullnme&$top=1';\n";
    client.open(&uri(&path), "typescript", text);
    let found = client.pushed(&uri(&path), Some(1));
    let messages: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["message"].as_str().unwrap().lines().next().unwrap())
        .collect();
    assert_eq!(
        messages,
        ["`contact` has no column `jobtitle` (only in fabrikam)", "`contact` has no column `fullnme`"]
    );
    // The list of accepted findings is read again.
    fs::write(home.path().join("accepted.json"), "{\"version\": 1, \"findings\": []}").unwrap();
    let change = json!({"uri": uri(&home.path().join("accepted.json")), "type": 2});
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": [change]}));
    assert_eq!(client.pushed(&uri(&path), Some(1)).as_array().unwrap().len(), 3);
    client.end();
}
