//! The state of the server: texts, positions, cancellations, folders, files that change, and what is kept.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod client;

use std::fs;
use std::path::Path;

use client::{Client, able, uri};
use dvkit_lsp::Options;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const URI: &str = "file:///nowhere/a.odata";

/// Returns the number of columns of a text in an encoding.
fn columns(text: &str, encoding: &str) -> usize {
    match encoding {
        "utf-8" => text.len(),
        "utf-16" => text.encode_utf16().count(),
        _ => text.chars().count(),
    }
}

#[test]
fn positions_have_the_units_that_the_client_prefers() {
    for offered in [json!(["utf-8", "utf-16"]), json!(["utf-16"]), json!(["utf-32", "utf-8"])] {
        let encoding = offered[0].as_str().unwrap().to_owned();
        let mut client = Client::start(&[], json!({"general": {"positionEncodings": offered}}));
        assert_eq!(client.capabilities["positionEncoding"], encoding);
        let before = "contacts?$select=fullname&$filter=lastname eq 'é😀𐍈' and ";
        let text = format!("# 😀\n{before}fullnme eq 'x'&$top=1\n");
        client.open(URI, "odata", &text);
        let found = client.pushed(URI, Some(1));
        let finding = found.as_array().unwrap().iter().find(|d| d["code"] == "DV0203").unwrap();
        let start = columns(before, &encoding);
        assert_eq!(finding["range"]["start"], json!({"line": 1, "character": start}), "{encoding}");
        assert_eq!(finding["range"]["end"], json!({"line": 1, "character": start + 7}), "{encoding}");
        // An edit behind the wide characters is made where the client means it.
        let end = start + 4;
        let range = json!({"start": {"line": 1, "character": end}, "end": {"line": 1, "character": end + 3}});
        let version = client.change(URI, json!([{"range": range, "text": "name"}]));
        assert_eq!(client.pushed(URI, Some(version)), json!([]), "{encoding}");
        let hover = client.at("textDocument/hover", URI, 1, start + 1);
        assert_eq!(hover["range"]["end"]["character"], start + 8, "{encoding}");
        client.end();
    }
    let client = Client::start(&[], json!({}));
    assert_eq!(client.capabilities["positionEncoding"], "utf-16", "the default of the protocol");
    client.end();
}

#[test]
fn a_byte_order_mark_does_not_move_positions() {
    let mut client = Client::start(&[], able());
    client.open(URI, "odata", "\u{feff}contacts?$select=fullnme&$top=1");
    let found = client.pushed(URI, Some(1));
    assert_eq!(found[0]["range"]["start"]["character"], 18, "the mark is a character of the editor's text");
    client.end();
}

#[test]
fn a_cancelled_request_is_answered_as_cancelled() {
    let mut client = Client::start(&[], able());
    let query = "contacts?$select=fullname&$filter=statecode eq 0\n";
    client.open(URI, "odata", &query.repeat(200));
    let params = json!({"textDocument": {"uri": URI}});
    // Messages are read in order, and before results: the cancellation comes first.
    let ids: Vec<_> =
        (0..8).map(|_| client.send("textDocument/semanticTokens/full", params.clone())).collect();
    for id in &ids {
        client.tell("$/cancelRequest", json!({"id": id}));
    }
    let mut cancelled = 0;
    for _ in &ids {
        let next = client.any_response();
        match next.response_result {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.code, -32800, "{}", error.message);
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 0, "at least the last ones were not finished");
    client.tell("$/cancelRequest", json!({"id": 999}));
    assert_ne!(client.at("textDocument/hover", URI, 0, 20), Value::Null, "the server goes on");
    client.end();
}

/// Makes a folder with a `dvkit.toml` and a snapshot that has only some tables of the sample.
fn workspace(folder: &Path, tables: &[&str]) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    fs::create_dir_all(folder.join("crm/tables")).unwrap();
    fs::write(folder.join("dvkit.toml"), "schema = \"crm\"\n").unwrap();
    let mut org: Value = serde_json::from_slice(&fs::read(schema.join("org.json")).unwrap()).unwrap();
    if let Some(all) = org["tables"].as_array_mut() {
        all.retain(|table| tables.iter().any(|name| table["logical_name"] == *name));
    }
    fs::write(folder.join("crm/org.json"), org.to_string()).unwrap();
    for table in tables {
        let file = format!("tables/{table}.json");
        fs::copy(schema.join(&file), folder.join("crm").join(&file)).unwrap();
    }
    fs::copy(schema.join("operations.json"), folder.join("crm/operations.json")).unwrap();
    let choices = schema.join("choices");
    if choices.is_dir() {
        fs::create_dir_all(folder.join("crm/choices")).unwrap();
        for choice in fs::read_dir(choices).unwrap() {
            let choice = choice.unwrap();
            fs::copy(choice.path(), folder.join("crm/choices").join(choice.file_name())).unwrap();
        }
    }
}

fn codes(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect()
}

#[test]
fn each_folder_has_its_own_settings_and_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    workspace(&one, &["contact"]);
    workspace(&two, &["account"]);
    let mut client = Client::start(&[&one, &two], able());
    let query = "contacts?$select=fullname&$top=1\n";
    for (folder, is_known) in [(&one, true), (&two, false)] {
        let uri = uri(&folder.join("src/a.odata"));
        client.open(&uri, "odata", query);
        let found = client.pushed(&uri, Some(1));
        assert_eq!(codes(&found).is_empty(), is_known, "{folder:?}: {found}");
    }
    let watched = client.requests.iter().filter(|r| r.method == "client/registerCapability").count();
    assert!(watched >= 1, "changes of files are asked for");
    let status = client.ask("dvkit/status", Value::Null);
    assert_eq!((&status["documents"], &status["workspaces"]), (&json!(2), &json!(2)));
    for folder in [&one, &two] {
        client.tell(
            "textDocument/didClose",
            json!({"textDocument": {"uri": uri(&folder.join("src/a.odata"))}}),
        );
    }
    let status = client.ask("dvkit/status", Value::Null);
    assert_eq!((&status["documents"], &status["workspaces"]), (&json!(0), &json!(0)));
    client.end();
}

#[test]
fn only_a_client_that_can_watch_files_is_asked_to() {
    let dir = tempfile::tempdir().unwrap();
    workspace(dir.path(), &["contact"]);
    for (can, patterns) in [
        (Value::Null, &[][..]),
        (json!({}), &[]),
        (json!({"dynamicRegistration": false, "relativePatternSupport": true}), &[]),
        (json!({"relativePatternSupport": true}), &[]),
        (json!({"dynamicRegistration": true}), &["**/dvkit.toml", "/crm/**/*.{json,toml}"]),
        (
            json!({"dynamicRegistration": true, "relativePatternSupport": false}),
            &["**/dvkit.toml", "/crm/**/*.{json,toml}"],
        ),
        (
            json!({"dynamicRegistration": true, "relativePatternSupport": true}),
            &["**/dvkit.toml", "**/*.{json,toml} in /crm"],
        ),
    ] {
        let mut capabilities = able();
        capabilities["workspace"]["didChangeWatchedFiles"] = can.clone();
        let mut client = Client::start(&[dir.path()], capabilities);
        let file = uri(&dir.path().join("a.odata"));
        client.open(&file, "odata", "contacts?$select=fullname&$top=1\n");
        client.pushed(&file, Some(1));
        // What comes before the response was sent before it.
        client.ask("dvkit/status", Value::Null);
        let root = dir.path().display().to_string();
        let pattern = |watcher: &Value| {
            let glob = &watcher["globPattern"];
            let base = glob["baseUri"].as_str().map(|base| base.replace(&uri(dir.path()), ""));
            match (glob.as_str(), base) {
                (Some(text), _) => text.replace(&root, ""),
                (None, base) => format!("{} in {}", glob["pattern"].as_str().unwrap(), base.unwrap()),
            }
        };
        let found: Vec<String> = client
            .requests
            .iter()
            .filter(|request| request.method == "client/registerCapability")
            .flat_map(|request| request.params["registrations"].as_array().unwrap())
            .flat_map(|registration| registration["registerOptions"]["watchers"].as_array().unwrap())
            .map(pattern)
            .collect();
        assert_eq!(found, patterns, "{can}");
        client.end();
    }
}

#[test]
fn changed_files_are_read_again() {
    let dir = tempfile::tempdir().unwrap();
    workspace(dir.path(), &["contact"]);
    let mut client = Client::start(&[dir.path()], able());
    let file = uri(&dir.path().join("a.odata"));
    client.open(&file, "odata", "contacts?$select=fullnme&$top=1\n");
    assert_eq!(codes(&client.pushed(&file, Some(1))), ["DV0203"]);
    let config = dir.path().join("dvkit.toml");
    let change = |client: &mut Client, path: &Path, text: &str| {
        fs::write(path, text).unwrap();
        client.tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": 2}]}));
    };
    change(&mut client, &config, "schema = \"crm\"\n[lints]\nDV0203 = \"warning\"\n");
    assert_eq!(client.pushed(&file, Some(1))[0]["severity"], 2);
    // A mistake is shown in the file itself, and the last settings remain.
    change(&mut client, &config, "schema = \"crm\"\nlints = 1\n");
    let mistake = client.pushed(&uri(&config), None);
    assert!(mistake[0]["message"].as_str().unwrap().contains("`lints`"), "{mistake}");
    assert_eq!(client.pushed(&file, Some(1))[0]["severity"], 2);
    change(&mut client, &config, "schema = \"crm\"\n");
    assert_eq!(client.pushed(&uri(&config), None), json!([]));
    assert_eq!(client.pushed(&file, Some(1))[0]["severity"], 1);
    // A column is added to the snapshot.
    let table = dir.path().join("crm/tables/contact.json");
    let text = fs::read_to_string(&table).unwrap().replace("\"fullname\"", "\"fullnme\"");
    change(&mut client, &table, &text);
    assert_eq!(client.pushed(&file, Some(1)), json!([]));
    client.end();
}

#[test]
fn the_client_names_the_organisation() {
    let dir = tempfile::tempdir().unwrap();
    for (name, table) in [("a", "contact"), ("b", "account")] {
        workspace(&dir.path().join(name), &[table]);
    }
    let config = "org = 'a'\n[orgs.a]\nschema = 'a/crm'\n[orgs.b]\nschema = 'b/crm'\n";
    fs::write(dir.path().join("dvkit.toml"), config).unwrap();
    let file = uri(&dir.path().join("q.odata"));
    let mut client = Client::start_with(&[dir.path()], able(), json!({"org": "b"}), Options::default());
    client.open(&file, "odata", "contacts?$select=fullname&$top=1\n");
    assert_ne!(client.pushed(&file, Some(1)), json!([]), "`b` has no contacts");
    client.tell("workspace/didChangeConfiguration", json!({"settings": {"dvkit": {"org": "a"}}}));
    assert_eq!(client.pushed(&file, Some(1)), json!([]));
    client.tell("workspace/didChangeConfiguration", json!({"settings": {"dvkit": {"org": "c"}}}));
    let mistake = client.pushed(&uri(&dir.path().join("dvkit.toml")), None);
    assert!(mistake[0]["message"].as_str().unwrap().contains("no organisation `c`"), "{mistake}");
    client.end();
}

#[test]
fn a_broken_snapshot_is_told_once_and_requests_have_empty_results() {
    let dir = tempfile::tempdir().unwrap();
    workspace(dir.path(), &["contact"]);
    fs::write(dir.path().join("crm/org.json"), "{").unwrap();
    let mut client = Client::start(&[dir.path()], able());
    let file = uri(&dir.path().join("a.odata"));
    client.open(&file, "odata", "contacts?$select=fullname");
    assert_eq!(client.pushed(&file, Some(1)), json!([]));
    for _ in 0..3 {
        assert_eq!(client.at("textDocument/hover", &file, 0, 20), Value::Null);
    }
    let told: Vec<_> = client.notifications.iter().filter(|n| n.method == "window/showMessage").collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].params["message"].as_str().unwrap().contains("org.json"), "{:?}", told[0]);
    client.end();
}

#[test]
fn a_mistake_in_the_settings_is_told_if_nothing_is_checked_for_it() {
    let dir = tempfile::tempdir().unwrap();
    workspace(dir.path(), &["contact"]);
    let config = dir.path().join("dvkit.toml");
    fs::write(&config, "schema = \"crm\n").unwrap();
    let mut client = Client::start(&[dir.path()], able());
    let file = uri(&dir.path().join("a.odata"));
    client.open(&file, "odata", "contacts?$select=fullnme&$top=1");
    assert_eq!(client.pushed(&file, Some(1)), json!([]));
    let told = |client: &Client| -> Vec<String> {
        let shown = client.notifications.iter().filter(|n| n.method == "window/showMessage");
        shown.map(|n| n.params["message"].as_str().unwrap().to_owned()).collect()
    };
    let messages = told(&client);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("dvkit.toml") && messages[0].contains("not checked"), "{messages:?}");
    for (text, codes_then) in [("schema = \"crm\"\n", vec!["DV0203"]), ("schema = 1\n", vec!["DV0203"])] {
        fs::write(&config, text).unwrap();
        let change = json!({"changes": [{"uri": uri(&config), "type": 2}]});
        client.tell("workspace/didChangeWatchedFiles", change);
        assert_eq!(codes(&client.pushed(&file, Some(1))), codes_then, "{text}");
    }
    assert_eq!(told(&client).len(), 1, "settings that were valid before still apply");
    client.end();
}

/// An edit: two points as fractions of the text, and the new text.
type RandomEdit = (u16, u16, String);

/// Returns the position of a character in UTF-16.
fn position(chars: &[char], at: usize) -> Value {
    let (mut line, mut column) = (0, 0);
    for (n, c) in chars[..at].iter().enumerate() {
        let ends = *c == '\n' || *c == '\r' && chars.get(n + 1) != Some(&'\n');
        if ends {
            line += 1;
            column = 0;
        } else {
            column += c.len_utf16();
        }
    }
    json!({"line": line, "character": column})
}

/// Returns the edits of a long run: 10,000 with `DVKIT_LONG`, otherwise 300.
fn number_of_edits() -> usize {
    if std::env::var_os("DVKIT_LONG").is_some() { 10_000 } else { 300 }
}

#[test]
fn the_text_after_random_edits_is_that_of_the_editor_and_nothing_old_is_kept() {
    let mut runner = TestRunner::deterministic();
    let strategy =
        (any::<u16>(), any::<u16>(), "(contacts\\?\\$select=|fullname|[aé😀\u{10348} '&=\n]|\r\n){0,4}");
    let mut client = Client::start(&[], able());
    let mut model: Vec<char> = "contacts?$select=fullname\n".chars().collect();
    client.open(URI, "odata", &model.iter().collect::<String>());
    let mut version = 1;
    for n in 0..number_of_edits() {
        let (a, b, text): RandomEdit = strategy.new_tree(&mut runner).unwrap().current();
        let point = |fraction: u16| fraction as usize * (model.len() + 1) / (u16::MAX as usize + 1);
        let (mut from, mut to) = (point(a).min(point(b)), point(a).max(point(b)));
        to = to.min(from + 12);
        // No editor has a position between the two characters of a line break.
        let is_break = |at: usize| at > 0 && model[at - 1] == '\r' && model.get(at) == Some(&'\n');
        from -= usize::from(is_break(from));
        to += usize::from(is_break(to));
        let range = json!({"start": position(&model, from), "end": position(&model, to)});
        model.splice(from..to, text.chars());
        version = client.change(URI, json!([{"range": range, "text": text}]));
        if n % 50 == 0 {
            let found = client.ask("dvkit/text", json!({"textDocument": {"uri": URI}}));
            assert_eq!(found.as_str().unwrap(), model.iter().collect::<String>(), "after {n} edits");
        }
    }
    client.pushed(URI, Some(version));
    let found = client.ask("dvkit/text", json!({"textDocument": {"uri": URI}}));
    assert_eq!(found.as_str().unwrap(), model.iter().collect::<String>());
    let status = client.ask("dvkit/status", Value::Null);
    assert_eq!(
        (&status["documents"], &status["versions"], &status["pending"]),
        (&json!(1), &json!(1), &json!(false))
    );
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    let status = client.ask("dvkit/status", Value::Null);
    assert_eq!((&status["documents"], &status["versions"]), (&json!(0), &json!(0)));
    client.end();
}
