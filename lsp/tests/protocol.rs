//! What the server says beside the answers about queries: what it keeps, what it asks the client to do, and how it takes
//! messages that are not valid.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod client;

use std::fs;
use std::path::Path;

use client::{Client, able, uri};
use dvkit_lsp::{Connection, Exit, Options};
use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::{Value, json};

const URI: &str = "file:///nowhere/a.odata";

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

/// Returns a folder with the snapshot of the sample and these settings.
fn project(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema"), &dir.path().join("crm"));
    fs::write(dir.path().join("dvkit.toml"), settings).unwrap();
    dir
}

#[test]
fn the_server_tells_what_it_keeps() {
    let mut client = Client::start(&[], able());
    let status = |documents: u64, versions: u64, workspaces: u64| json!({"documents": documents, "versions": versions, "workspaces": workspaces, "pending": false});
    assert_eq!(client.ask("dvkit/status", Value::Null), status(0, 0, 0));
    client.open(URI, "odata", "contacts?$select=fullname&$top=1");
    client.pushed(URI, Some(1));
    assert_eq!(client.ask("dvkit/status", Value::Null), status(1, 1, 1));
    let text =
        |client: &mut Client, uri: &str| client.ask("dvkit/text", json!({"textDocument": {"uri": uri}}));
    assert_eq!(text(&mut client, URI), json!("contacts?$select=fullname&$top=1"));
    assert_eq!(text(&mut client, "file:///nowhere/b.odata"), Value::Null);
    assert_eq!(client.ask("dvkit/text", Value::Null), Value::Null);
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    client.pushed(URI, None);
    assert_eq!(client.ask("dvkit/status", Value::Null), status(0, 0, 0));
    client.end();
}

#[test]
fn a_document_that_is_not_open_is_neither_changed_nor_closed() {
    let mut client = Client::start(&[], able());
    let document = json!({"uri": URI, "version": 2});
    client
        .tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"text": "x"}]}));
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    assert_eq!(client.ask("dvkit/status", Value::Null)["documents"], 0);
    let published = client.notifications.iter().filter(|n| n.method == "textDocument/publishDiagnostics");
    assert_eq!(published.count(), 0);
    client.end();
}

#[test]
fn a_message_that_is_not_valid_is_answered_or_logged() {
    let mut client = Client::start(&[], able());
    for (method, params, why) in [
        ("textDocument/nothing", json!({}), "`textDocument/nothing` is not supported"),
        ("textDocument/hover", json!({}), "the parameters are not valid: missing field `textDocument`"),
        ("textDocument/diagnostic", json!({}), "the parameters are not valid: missing field `textDocument`"),
        ("workspace/symbol", json!({}), "the parameters are not valid: missing field `query`"),
        ("completionItem/resolve", json!({}), "the parameters are not valid: missing field `label`"),
    ] {
        assert_eq!(client.try_ask(method, params), Err(why.to_owned()), "{method}");
    }
    client.tell("textDocument/didOpen", json!({}));
    client.tell("other/notification", json!({}));
    client.ask("dvkit/status", Value::Null);
    let logged: Vec<Value> = client
        .notifications
        .iter()
        .filter(|n| n.method == "window/logMessage")
        .map(|n| n.params.clone())
        .collect();
    let message = "a notification is not valid: missing field `textDocument`";
    assert_eq!(logged, [json!({"type": 2, "message": message})]);
    client.end();
}

#[test]
fn a_server_that_was_not_shut_down_ends_as_lost() {
    let client = Client::start(&[], able());
    client.tell("exit", Value::Null);
    assert_eq!(client.leave(), Ok(Exit::Lost));
}

#[test]
fn an_older_client_names_only_its_root() {
    let dir = project("schema = \"crm\"\n[lints]\nDV0203 = \"note\"\n");
    let (server, connection) = Connection::memory();
    let server = std::thread::spawn(move || dvkit_lsp::run(server, Options::default()));
    let send = |message: Message| connection.sender.send(message).unwrap();
    let initialize = json!({"processId": null, "rootUri": uri(dir.path()), "capabilities": {}});
    send(Request::new(RequestId::from(1), "initialize".to_owned(), initialize).into());
    send(Notification::new("initialized".to_owned(), json!({})).into());
    send(Request::new(RequestId::from(2), "dvkit/status".to_owned(), Value::Null).into());
    let mut results = Vec::new();
    while results.len() < 2 {
        if let Message::Response(response) = connection.receiver.recv().unwrap() {
            results.push(response.response_result.unwrap());
        }
    }
    assert_eq!(results[0]["serverInfo"], json!({"name": "dvkit", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(results[1]["workspaces"], 1, "the root is a folder of the workspace");
    send(Request::new(RequestId::from(3), "shutdown".to_owned(), Value::Null).into());
    send(Notification::new("exit".to_owned(), Value::Null).into());
    assert_eq!(server.join().unwrap(), Ok(Exit::Requested));
}

#[test]
fn what_a_client_shows_is_refreshed_when_settings_change() {
    let dir = project("schema = \"crm\"\n");
    let config = dir.path().join("dvkit.toml");
    let changed = json!({"changes": [{"uri": uri(&config), "type": 2}]});
    let yes = json!({"refreshSupport": true});
    for (workspace, expected) in [
        (json!({}), &[][..]),
        (json!({"diagnostics": yes}), &["workspace/diagnostic/refresh"]),
        (json!({"semanticTokens": yes}), &["workspace/semanticTokens/refresh"]),
        (json!({"inlayHint": yes}), &["workspace/inlayHint/refresh"]),
        (
            json!({"diagnostics": yes, "semanticTokens": yes, "inlayHint": yes}),
            &[
                "workspace/diagnostic/refresh",
                "workspace/semanticTokens/refresh",
                "workspace/inlayHint/refresh",
            ],
        ),
    ] {
        let mut client = Client::start(&[dir.path()], json!({"workspace": workspace}));
        client.ask("dvkit/status", Value::Null);
        assert!(client.requests.is_empty(), "{workspace}");
        client.tell("workspace/didChangeWatchedFiles", changed.clone());
        client.ask("dvkit/status", Value::Null);
        let asked: Vec<&str> = client.requests.iter().map(|request| request.method.as_str()).collect();
        assert_eq!(asked, expected, "{workspace}");
        client
            .tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": "file:///x/y", "type": 2}]}));
        client
            .tell("textDocument/didSave", json!({"textDocument": {"uri": uri(&dir.path().join("a.odata"))}}));
        client.ask("dvkit/status", Value::Null);
        assert_eq!(client.requests.len(), expected.len(), "other files refresh nothing: {workspace}");
        client.tell("textDocument/didSave", json!({"textDocument": {"uri": uri(&config)}}));
        client.ask("dvkit/status", Value::Null);
        assert_eq!(client.requests.len(), 2 * expected.len(), "a saved file counts as changed: {workspace}");
        client.tell("workspace/didChangeConfiguration", json!({"settings": {"dvkit": {"org": ""}}}));
        client.ask("dvkit/status", Value::Null);
        assert_eq!(
            client.requests.len(),
            2 * expected.len(),
            "the same choice refreshes nothing: {workspace}"
        );
        client.tell("workspace/didChangeWorkspaceFolders", json!({"event": {"added": [], "removed": []}}));
        client.ask("dvkit/status", Value::Null);
        assert_eq!(client.requests.len(), 3 * expected.len(), "folders: {workspace}");
        client.end();
    }
}

#[test]
fn the_sample_is_told_once_and_only_where_there_is_a_query() {
    let mut client = Client::start(&[], able());
    let told = |client: &Client| -> Vec<Value> {
        let shown = client.notifications.iter().filter(|n| n.method == "window/showMessage");
        shown.map(|n| n.params.clone()).collect()
    };
    client.open("file:///nowhere/empty.odata", "odata", "# nothing\n");
    client.pushed("file:///nowhere/empty.odata", Some(1));
    client.ask("dvkit/status", Value::Null);
    assert_eq!(told(&client), [] as [Value; 0]);
    for name in ["a", "b"] {
        let uri = format!("file:///nowhere/{name}.odata");
        client.open(&uri, "odata", "contacts?$select=fullname&$top=1\n");
        client.pushed(&uri, Some(1));
    }
    client.ask("dvkit/status", Value::Null);
    let message = "dvkit: no snapshot was found, so queries are checked against the sample organisation that comes with dvkit. \
`dvkit init` makes a `dvkit.toml` that names yours.";
    assert_eq!(told(&client), [json!({"type": 3, "message": message})]);
    client.end();
}

#[test]
fn a_mistake_in_the_settings_is_a_finding_in_them() {
    let dir = project("schema = \"crm\"\n");
    let config = dir.path().join("dvkit.toml");
    let mut client = Client::start(&[dir.path()], able());
    for (text, start, message) in [
        ("schema = 1\n", (0, 0), "`schema` has to be a path: `schema = \"schema\"`"),
        ("shcema = 'x'\n", (0, 0), "unknown key `shcema`; did you mean `schema`?"),
        (
            "schema = \"crm\"\n\n  org = 'a'\n",
            (0, 0),
            "`schema` and `org` both say which organisation is the default: write \
`[orgs.a]`, and below it the schema of `a`, or leave `org` out",
        ),
    ] {
        fs::write(&config, text).unwrap();
        client
            .tell("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(&config), "type": 2}]}));
        let mut found = client.pushed(&uri(&config), None);
        while found == json!([]) {
            // The findings of the text before were taken away in the meantime.
            found = client.pushed(&uri(&config), None);
        }
        let (line, character) = start;
        let expected = json!([{
            "range": {
                "start": {"line": line, "character": character},
                "end": {"line": line, "character": character + 1},
            },
            "severity": 1,
            "source": "dvkit",
            "message": message,
        }]);
        assert_eq!(found, expected, "{text}");
    }
    client.end();
}

#[test]
fn a_name_is_defined_in_the_file_of_its_table() {
    let dir = project("schema = \"crm\"\n");
    let mut client = Client::start(&[dir.path()], able());
    let file = uri(&dir.path().join("a.odata"));
    let text = "contacts?$select=fullname&$expand=parentcustomerid_account($select=name)";
    client.open(&file, "odata", text);
    client.pushed(&file, Some(1));
    let mut defined = |name: &str| {
        let found = client.at("textDocument/definition", &file, 0, text.find(name).unwrap() + 1);
        let path = found["uri"].as_str().unwrap().replace(&uri(dir.path()), "");
        let range = found["range"].clone();
        let (start, end) = (&range["start"], &range["end"]);
        let source = fs::read_to_string(dir.path().join(path.trim_start_matches('/'))).unwrap();
        let line =
            source.lines().nth(start["line"].as_u64().unwrap() as usize).unwrap_or_default().to_owned();
        let at = |point: &Value| point["character"].as_u64().unwrap() as usize;
        assert_eq!(start["line"], end["line"]);
        (path, line[at(start)..at(end)].to_owned(), range)
    };
    for (name, path, written) in [
        ("contacts", "/crm/tables/contact.json", "\"contact\""),
        ("fullname", "/crm/tables/contact.json", "\"fullname\""),
        ("parentcustomerid_account", "/crm/tables/contact.json", "\"parentcustomerid_account\""),
        ("name)", "/crm/tables/account.json", "\"name\""),
    ] {
        let (found, text, _) = defined(name);
        assert_eq!(found, path, "{name}");
        assert!(text.contains(written.trim_matches('"')), "{name}: {text}");
    }
    client.end();
}

#[test]
fn a_search_finds_at_most_256_queries_of_open_documents() {
    let mut client = Client::start(&[], able());
    let query = "accounts?$select=name&$top=1\n";
    let found = |client: &mut Client, words: &str| {
        client.ask("workspace/symbol", json!({"query": words})).as_array().unwrap().len()
    };
    for (n, count, expected) in [(1, 100, 100), (2, 155, 255), (3, 1, 256), (4, 1, 256), (5, 300, 256)] {
        let uri = format!("file:///nowhere/{n}.odata");
        client.open(&uri, "odata", &query.repeat(count));
        assert_eq!(found(&mut client, ""), expected, "document {n}");
        assert_eq!(found(&mut client, "ACC ount"), expected, "document {n} by words");
        assert_eq!(found(&mut client, "accounts zzz"), 0, "document {n} by a word that no query has");
    }
    client.end();
}

#[test]
fn a_completion_is_resolved_if_the_document_is_the_same() {
    let dir = project("schema = \"crm\"\n");
    let mut client = Client::start(&[dir.path()], able());
    let file = uri(&dir.path().join("a.odata"));
    let text = "contacts?$select=fulln";
    client.open(&file, "odata", text);
    let found = client.at("textDocument/completion", &file, 0, text.len());
    let item = found["items"][0].clone();
    let expected = json!({
        "label": "fullname",
        "kind": 5,
        "detail": "Full Name · text, 160",
        "sortText": "0000",
        "filterText": "fulln",
        "textEdit": {
            "range": {"start": {"line": 0, "character": 17}, "end": {"line": 0, "character": 22}},
            "newText": "fullname",
        },
        "data": {"uri": file, "version": 1, "position": {"line": 0, "character": 22}, "index": 0},
    });
    assert_eq!(item, expected);
    let resolved = client.ask("completionItem/resolve", item.clone());
    let documentation =
        json!({"kind": "markdown", "value": "First and last name, put together by the service."});
    assert_eq!(resolved["documentation"], documentation);
    let mut other = item.clone();
    other["label"] = "lastname".into();
    assert_eq!(client.ask("completionItem/resolve", other.clone()), other, "another label");
    let mut without = item.clone();
    without["data"] = Value::Null;
    without.as_object_mut().unwrap().remove("data");
    assert_eq!(client.ask("completionItem/resolve", without.clone()), without, "no data");
    client.change(&file, json!([{"text": text}]));
    assert_eq!(client.ask("completionItem/resolve", item.clone()), item, "another version");
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": file}}));
    assert_eq!(client.ask("completionItem/resolve", item.clone()), item, "a document that is not open");
    client.end();
}

#[test]
fn fetchxml_is_formatted_with_the_indentation_of_the_editor() {
    let mut client = Client::start(&[], able());
    let uri = "file:///nowhere/a.fetchxml";
    client.open(
        uri,
        "fetchxml",
        "<fetch><entity name='contact'><attribute name='fullname'/></entity></fetch>",
    );
    for (size, indent) in [(1, 1), (4, 4), (15, 15), (16, 16), (17, 16), (99, 16)] {
        let options = json!({"tabSize": size, "insertSpaces": true});
        let edits =
            client.ask("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}));
        let space = " ".repeat(indent);
        let expected = format!(
            "<fetch>\n{space}<entity name=\"contact\">\n{space}{space}<attribute name=\"fullname\" />\n{space}</entity>\n</fetch>"
        );
        assert_eq!(edits[0]["newText"], expected, "{size}");
    }
    client.end();
}

#[test]
fn a_second_place_of_a_finding_is_a_link_or_a_line_of_the_message() {
    let text = "contacts?$select=fullname&$top=1&$top=2";
    for (capabilities, message, related) in [
        (
            json!({"textDocument": {"publishDiagnostics": {"relatedInformation": true}}}),
            "`$top` is given twice: each option may stand once",
            json!([{
                "location": {
                    "uri": URI,
                    "range": {"start": {"line": 0, "character": 26}, "end": {"line": 0, "character": 30}},
                },
                "message": "here for the first time",
            }]),
        ),
        (
            json!({}),
            "`$top` is given twice: each option may stand once\nhere for the first time",
            Value::Null,
        ),
    ] {
        let mut client = Client::start(&[], capabilities);
        client.open(URI, "odata", text);
        let found = client.pushed(URI, Some(1));
        let expected = json!({
            "range": {"start": {"line": 0, "character": 33}, "end": {"line": 0, "character": 37}},
            "severity": 1,
            "code": "DV0421",
            "codeDescription": {
                "href": "https://github.com/dvkit/dvkit/blob/main/docs/book/src/reference/rules.md#dv0421",
            },
            "source": "dvkit",
            "message": message,
        });
        let mut one = found[0].clone();
        let links = one.as_object_mut().unwrap().remove("relatedInformation").unwrap_or_default();
        assert_eq!((one, links), (expected, related));
        client.end();
    }
}

#[test]
fn a_query_that_cannot_be_used_is_an_error_at_its_place() {
    let mut client = Client::start(&[], able());
    client.open(URI, "odata", "contacts?$select=fullnme&$top=1\nstatecode eq 0\n");
    let found = client.pushed(URI, Some(1));
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("DV0203"), &json!(1)));
    let expected = json!({
        "range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 14}},
        "severity": 1,
        "source": "dvkit",
        "message": "which table is this about? write `contacts?$filter=…` or `{\"table\":\"contact\",\"filter\":\"…\"}`",
    });
    assert_eq!(found[1], expected);
    client.end();
}

#[test]
fn a_query_folds_if_it_has_several_lines() {
    let mut client = Client::start(&[], able());
    let text = "contacts?$select=fullname&$filter=statecode eq 0\ncontacts\n  ?$select=fullname\n  &$expand=parentcustomerid_account(\n    $select=name\n  )\n";
    client.open(URI, "odata", text);
    let folds = client.ask("textDocument/foldingRange", json!({"textDocument": {"uri": URI}}));
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    // The query, its expansion, and the options within that.
    assert_eq!(lines, [(1, 5), (3, 5), (3, 5)], "{folds}");
    // The line break of a literal is on one line of the program.
    let uri = "file:///nowhere/a.cs";
    client.open(uri, "csharp", "class A { string q = \"contacts?$select=fullname\\n&$top=1\"; }\n");
    let folds = client.ask("textDocument/foldingRange", json!({"textDocument": {"uri": uri}}));
    assert_eq!(folds, json!([]));
    client.end();
}

#[test]
fn files_of_another_workspace_are_watched_when_its_first_document_is_opened() {
    let (one, two) = (project("schema = \"crm\"\n"), project("schema = \"crm\"\n"));
    let mut client = Client::start(&[one.path()], able());
    let registered = |client: &Client| -> Vec<(String, Vec<String>)> {
        let asked = client.requests.iter().filter(|request| request.method == "client/registerCapability");
        asked
            .map(|request| {
                let registration = &request.params["registrations"][0];
                let watchers = registration["registerOptions"]["watchers"].as_array().unwrap();
                let of = |watcher: &Value| {
                    let glob = &watcher["globPattern"];
                    let name = |folder: &tempfile::TempDir, name: &str| {
                        (glob["baseUri"] == uri(&folder.path().join("crm")).as_str()).then(|| name.to_owned())
                    };
                    let base = name(&one, "one").or_else(|| name(&two, "two"));
                    base.unwrap_or_else(|| glob.as_str().unwrap().to_owned())
                };
                (registration["id"].as_str().unwrap().to_owned(), watchers.iter().map(of).collect())
            })
            .collect()
    };
    let first = ("dvkit-files-0".to_owned(), vec!["**/dvkit.toml".to_owned(), "one".to_owned()]);
    client.ask("dvkit/status", Value::Null);
    assert_eq!(registered(&client), std::slice::from_ref(&first));
    for (n, dir) in [&one, &two, &two].into_iter().enumerate() {
        let file = uri(&dir.path().join(format!("{n}.odata")));
        client.open(&file, "odata", "contacts?$select=fullname&$top=1\n");
        client.pushed(&file, Some(1));
    }
    client.ask("dvkit/status", Value::Null);
    assert_eq!(registered(&client), [first, ("dvkit-files-1".to_owned(), vec!["two".to_owned()])]);
    client.end();
}

#[test]
fn a_search_in_a_broken_snapshot_tells_of_it_once() {
    let dir = project("schema = \"crm\"\n");
    fs::write(dir.path().join("crm/org.json"), "{").unwrap();
    let mut client = Client::start(&[dir.path()], able());
    for _ in 0..3 {
        assert_eq!(client.ask("workspace/symbol", json!({"query": "contact"})), json!([]));
    }
    let told = client.notifications.iter().filter(|n| n.method == "window/showMessage");
    let told: Vec<&str> = told.map(|n| n.params["message"].as_str().unwrap()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("dvkit: ") && told[0].contains("org.json"), "{told:?}");
    client.end();
}

#[test]
fn a_mistake_of_the_syntax_has_its_line_and_column() {
    let dir = project("schema = \"crm\"\n\n  org = \n");
    let config = uri(&dir.path().join("dvkit.toml"));
    let mut client = Client::start(&[dir.path()], able());
    let found = client.pushed(&config, None);
    let range = json!({"start": {"line": 2, "character": 8}, "end": {"line": 2, "character": 9}});
    assert_eq!(found[0]["range"], range, "{found}");
    let message = found[0]["message"].as_str().unwrap();
    assert!(!message.starts_with("line "), "the place is not told twice: {message}");
    client.end();
}

#[test]
fn tokens_of_a_range_are_those_that_reach_into_it() {
    let mut client = Client::start(&[], able());
    client.open(URI, "odata", "contacts?$select=fullname\n");
    for (start, end, expected) in [
        (0, 25, &[0, 9, 17][..]),
        (0, 0, &[]),
        (0, 1, &[0]),
        (7, 8, &[0]),
        (8, 9, &[]),
        (8, 10, &[9]),
        (7, 10, &[0, 9]),
        (15, 16, &[9]),
        (16, 17, &[]),
        (15, 18, &[9, 17]),
        (24, 25, &[17]),
        (25, 25, &[]),
    ] {
        let range = json!({"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}});
        let params = json!({"textDocument": {"uri": URI}, "range": range});
        let found = client.ask("textDocument/semanticTokens/range", params);
        let data: Vec<u64> = found["data"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        let mut at = 0;
        let starts: Vec<u64> = data
            .chunks(5)
            .map(|token| {
                assert_eq!(token[0], 0, "all are on the first line");
                at += token[1];
                at
            })
            .collect();
        assert_eq!(starts, expected, "{start} to {end}");
    }
    client.end();
}
