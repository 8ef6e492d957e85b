//! Each feature of the protocol, asked by a client.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod client;

use client::{Client, able};
use serde_json::{Value, json};

const URI: &str = "file:///nowhere/a.odata";

fn labels(found: &Value) -> Vec<&str> {
    found["items"].as_array().into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

/// Applies edits of one line, in columns of ASCII.
fn applied(text: &str, edits: &Value) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
    edits.sort_by_key(|edit| {
        let start = &edit["range"]["start"];
        (start["line"].as_u64(), start["character"].as_u64())
    });
    for edit in edits.into_iter().rev() {
        let at = |end: &str, part: &str| edit["range"][end][part].as_u64().unwrap() as usize;
        assert_eq!(at("start", "line"), at("end", "line"), "the edit is on one line");
        lines[at("start", "line")].replace_range(
            at("start", "character")..at("end", "character"),
            edit["newText"].as_str().unwrap(),
        );
    }
    lines.join("\n")
}

#[test]
fn completion_offers_options_by_label_and_resolves_documentation() {
    let mut client = Client::start(&[], able());
    let text = "contacts?$select=full&$filter=statecode eq ";
    client.open(URI, "odata", text);
    let found = client.at("textDocument/completion", URI, 0, text.len());
    assert_eq!((&found["isIncomplete"], labels(&found)[0]), (&json!(true), "0 Active"));
    assert_eq!(applied(text, &json!([found["items"][0]["textEdit"]])), format!("{text}0"));
    let found = client.at("textDocument/completion", URI, 0, "contacts?$select=full".len());
    let item = found["items"].as_array().unwrap().iter().find(|item| item["label"] == "fullname").unwrap();
    assert_eq!(applied(text, &json!([item["textEdit"]])), "contacts?$select=fullname&$filter=statecode eq ");
    assert_eq!(item["documentation"], Value::Null, "it is resolved later");
    let resolved = client.ask("completionItem/resolve", item.clone());
    assert_eq!(resolved["label"], "fullname");
    client.end();
}

#[test]
fn hover_signature_and_symbols_explain_a_query() {
    let mut client = Client::start(&[], able());
    let text = "contacts?$select=fullname&$filter=contains(lastname,'x') and statecode eq 0";
    client.open(URI, "odata", text);
    let hover = client.at("textDocument/hover", URI, 0, 20);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("Full Name"), "{hover}");
    assert_eq!(hover["range"]["start"]["character"], 17);
    let help = client.at("textDocument/signatureHelp", URI, 0, text.find("'x'").unwrap());
    assert_eq!(
        (&help["activeParameter"], &help["signatures"][0]["label"]),
        (&json!(1), &json!("contains(text,part)"))
    );
    assert_eq!(help["signatures"][0]["parameters"][0]["label"], json!([9, 13]));
    let outline = client.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}}));
    assert_eq!(outline[0]["name"], "contacts");
    let all = client.ask("workspace/symbol", json!({"query": "conta"}));
    assert!(all.as_array().unwrap().iter().any(|symbol| symbol["name"] == "contacts"), "{all}");
    client.end();
}

#[test]
fn tokens_hints_folding_and_selection_have_positions_of_the_document() {
    let mut client = Client::start(&[], able());
    let text = "# é😀\ncontacts\n  ?$select=fullname\n  &$filter=statecode eq 0\n";
    client.open(URI, "odata", text);
    let document = json!({"uri": URI});
    let full = client.ask("textDocument/semanticTokens/full", json!({"textDocument": document}));
    let data: Vec<u64> = full["data"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert_eq!(data[..5], [1, 0, 8, 0, 0], "`contacts` is a table");
    let range = json!({"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 99}});
    let part =
        client.ask("textDocument/semanticTokens/range", json!({"textDocument": document, "range": range}));
    assert_eq!(part["data"][0], 2, "the first token is on the third line");
    assert!(part["data"].as_array().unwrap().len() < data.len());
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
    let hints = client.ask("textDocument/inlayHint", json!({"textDocument": document, "range": whole}));
    assert_eq!(
        (&hints[0]["label"], &hints[0]["position"]),
        (&json!("Active"), &json!({"line": 3, "character": 25}))
    );
    let folds = client.ask("textDocument/foldingRange", json!({"textDocument": document}));
    assert_eq!(folds[0]["startLine"], 1, "{folds}");
    let position = json!({"line": 2, "character": 15});
    let ranges =
        client.ask("textDocument/selectionRange", json!({"textDocument": document, "positions": [position]}));
    assert_eq!(ranges[0]["range"]["start"], json!({"line": 2, "character": 11}), "{ranges}");
    assert!(ranges[0]["parent"].is_object());
    client.end();
}

#[test]
fn a_hint_is_given_for_a_range_that_reaches_it() {
    let mut client = Client::start(&[], able());
    // A hint is behind its number.
    let text = "contacts?$filter=statecode eq 0 or statecode eq 1&$select=fullname";
    client.open(URI, "odata", text);
    let first = text.find('0').unwrap() + 1;
    let second = text.find('1').unwrap() + 1;
    for (start, end, expected) in [
        (0, text.len(), &["Active", "Inactive"][..]),
        (first, second, &["Active", "Inactive"]),
        (first, second - 1, &["Active"]),
        (first, first, &["Active"]),
        (first + 1, second, &["Inactive"]),
        (second, second, &["Inactive"]),
        (second, text.len(), &["Inactive"]),
        (0, first - 1, &[]),
        (first + 1, second - 1, &[]),
        (second + 1, text.len(), &[]),
    ] {
        let range = json!({"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}});
        let hints =
            client.ask("textDocument/inlayHint", json!({"textDocument": {"uri": URI}, "range": range}));
        let found: Vec<&str> =
            hints.as_array().unwrap().iter().filter_map(|hint| hint["label"].as_str()).collect();
        assert_eq!(found, expected, "from {start} to {end}");
    }
    client.end();
}

#[test]
fn an_alias_is_found_and_renamed_everywhere() {
    let mut client = Client::start(&[], able());
    let uri = "file:///nowhere/a.fetchxml";
    let text = "<fetch><entity name='contact'><link-entity name='account' from='accountid' to='parentcustomerid' alias='acc'/>\
         <filter><condition entityname='acc' attribute='name' operator='eq' value='x'/></filter></entity></fetch>";
    client.open(uri, "fetchxml", text);
    let at = text.find("'acc'").unwrap() + 2;
    let position = json!({"line": 0, "character": at});
    let place = json!({"textDocument": {"uri": uri}, "position": position});
    let mut references = place.clone();
    references["context"] = json!({"includeDeclaration": true});
    assert_eq!(client.ask("textDocument/references", references.clone()).as_array().unwrap().len(), 2);
    references["context"] = json!({"includeDeclaration": false});
    assert_eq!(client.ask("textDocument/references", references).as_array().unwrap().len(), 1);
    let marks = client.ask("textDocument/documentHighlight", place.clone());
    assert_eq!((&marks[0]["kind"], &marks[1]["kind"]), (&json!(3), &json!(2)));
    assert_eq!(client.ask("textDocument/prepareRename", place.clone())["placeholder"], "acc");
    let mut rename = place.clone();
    rename["newName"] = json!("company");
    let edit = client.ask("textDocument/rename", rename.clone());
    let change = &edit["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 1);
    assert_eq!(applied(text, &change["edits"]), text.replace("'acc'", "'company'"));
    rename["newName"] = json!("no name");
    assert!(!client.try_ask("textDocument/rename", rename).unwrap_err().is_empty(), "the reason is told");
    let definition = client.ask("textDocument/definition", json!({
        "textDocument": {"uri": uri}, "position": {"line": 0, "character": text.rfind("'acc'").unwrap() + 2}}));
    assert_eq!(definition["range"]["start"]["character"], at - 1);
    client.end();
}

#[test]
fn diagnostics_are_pushed_and_their_fixes_are_actions() {
    let mut client = Client::start(&[], able());
    let text = "contacts?$select=fullnme&$filter=statecode eq 'Active'&$top=1";
    client.open(URI, "odata", text);
    let found = client.pushed(URI, Some(1));
    let codes: Vec<&str> = found.as_array().unwrap().iter().filter_map(|d| d["code"].as_str()).collect();
    assert!(codes.contains(&"DV0203"), "{found}");
    assert!(found[0]["codeDescription"]["href"].as_str().unwrap().ends_with("#dv0203"));
    assert!(found[0]["message"].as_str().unwrap().contains("fullname"), "{found}");
    let params =
        json!({"textDocument": {"uri": URI}, "range": found[0]["range"], "context": {"diagnostics": found}});
    let actions = client.ask("textDocument/codeAction", params.clone());
    let actions = actions.as_array().unwrap();
    let fix = actions.iter().find(|action| action["isPreferred"] == true).unwrap();
    assert_eq!((&fix["kind"], &fix["diagnostics"][0]["code"]), (&json!("quickfix"), &json!("DV0203")));
    let edits = &fix["edit"]["documentChanges"][0]["edits"];
    assert_eq!(applied(text, edits), text.replace("fullnme", "fullname"));
    let ignore =
        actions.iter().find(|action| action["title"].as_str().unwrap().starts_with("ignore DV0203")).unwrap();
    assert_eq!(ignore["edit"]["documentChanges"][0]["edits"][0]["newText"], "# dvkit-ignore DV0203\n");
    let all = actions.iter().find(|action| action["kind"] == "source.fixAll.dvkit").unwrap();
    let fixed = applied(text, &all["edit"]["documentChanges"][0]["edits"]);
    assert_eq!(fixed, "contacts?$select=fullname&$filter=statecode eq 0&$top=1");
    let mut only = params;
    only["context"]["only"] = json!(["source.fixAll"]);
    assert_eq!(client.ask("textDocument/codeAction", only).as_array().unwrap().len(), 1);
    let version = client.change(URI, json!([{"text": fixed}]));
    assert_eq!(client.pushed(URI, Some(version)), json!([]));
    let rewrite = client.ask(
        "textDocument/codeAction",
        json!({
        "textDocument": {"uri": URI}, "context": {"diagnostics": [], "only": ["refactor"]},
        "range": {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 3}}}),
    );
    assert!(rewrite[0]["title"].as_str().unwrap().starts_with("write as FetchXML"), "{rewrite}");
    client.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    assert_eq!(client.pushed(URI, None), json!([]));
    client.end();
}

#[test]
fn a_client_that_pulls_diagnostics_gets_none_pushed() {
    let mut client = Client::start(&[], json!({"textDocument": {"diagnostic": {}}}));
    client.open(URI, "odata", "contacts?$select=fullnme&$top=1");
    let params = json!({"textDocument": {"uri": URI}});
    let report = client.ask("textDocument/diagnostic", params.clone());
    assert_eq!((&report["kind"], &report["items"][0]["code"]), (&json!("full"), &json!("DV0203")));
    let mut again = params;
    again["previousResultId"] = report["resultId"].clone();
    assert_eq!(client.ask("textDocument/diagnostic", again)["kind"], "unchanged");
    assert!(client.notifications.iter().all(|n| n.method != "textDocument/publishDiagnostics"));
    client.end();
}

#[test]
fn files_of_queries_are_formatted_and_others_are_not() {
    let mut client = Client::start(&[], able());
    client.open(URI, "odata", "contacts?$select=fullname & $top=1\n");
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let edits =
        client.ask("textDocument/formatting", json!({"textDocument": {"uri": URI}, "options": options}));
    assert_eq!(edits[0]["newText"], "contacts\n  ?$select=fullname\n  &$top=1");
    let uri = "file:///nowhere/a.ts";
    client.open(uri, "typescript", "const q = `contacts?$select=fullname & $top=1`;\n");
    let edits =
        client.ask("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}));
    assert_eq!(edits, Value::Null);
    client.end();
}

#[test]
fn queries_in_programs_are_answered_with_positions_of_the_program() {
    let mut client = Client::start(&[], able());
    for (name, language, before, after) in [
        ("a.cs", "csharp", "class A { string q = $\"", "\"; }"),
        ("a.ts", "typescript", "const q = `", "`;"),
        ("a.py", "python", "q = f\"", "\"\n"),
        ("untitled:Untitled-1", "csharp", "class A { string q = \"", "\"; }"),
    ] {
        let uri = if name.contains(':') { name.to_owned() } else { format!("file:///nowhere/{name}") };
        let query = "contacts?$select=fullnme&$filter=statecode eq ";
        client.open(&uri, language, &format!("{before}{query}{after}"));
        let found = client.pushed(&uri, Some(1));
        assert!(found.as_array().unwrap().iter().any(|d| d["code"] == "DV0203"), "{name}: {found}");
        let found = client.at("textDocument/completion", &uri, 0, before.len() + query.len());
        assert_eq!(labels(&found).first(), Some(&"0 Active"), "{name}");
    }
    client.end();
}

#[test]
fn what_is_not_known_has_an_empty_result() {
    let mut client = Client::start(&[], able());
    assert_eq!(client.at("textDocument/hover", "file:///nowhere/not-open.odata", 0, 0), Value::Null);
    client.open("file:///nowhere/a.bin", "unknown", "contacts?$select=fullnme");
    assert_eq!(client.at("textDocument/hover", "file:///nowhere/a.bin", 0, 20), Value::Null);
    assert_eq!(client.pushed("file:///nowhere/a.bin", Some(1)), json!([]));
    client.open("untitled:Untitled-1", "odata", "contacts?$select=fullname");
    assert_ne!(client.at("textDocument/hover", "untitled:Untitled-1", 0, 20), Value::Null);
    assert!(client.try_ask("textDocument/nothing", json!({})).unwrap_err().contains("not supported"));
    assert!(client.try_ask("textDocument/hover", json!({"x": 1})).unwrap_err().contains("not valid"));
    client.end();
}

#[test]
fn a_client_that_leaves_ends_the_server() {
    let client = Client::start(&[], able());
    assert_eq!(client.leave(), Ok(dvkit_lsp::Exit::Lost));
    let mut client = Client::start(&[], able());
    client.ask("shutdown", Value::Null);
    assert!(client.try_ask("textDocument/hover", json!({})).unwrap_err().contains("shut down"));
    client.tell("exit", Value::Null);
    assert_eq!(client.leave(), Ok(dvkit_lsp::Exit::Requested));
}
