//! What the server answers to every request, word for word, to a client that can do everything and to one that can do
//! nothing. The input of a case is the URI and the language of a document, and then its text, in which `¦` is the
//! cursor.
#![allow(clippy::unwrap_used, unreachable_pub)] // the lint's exception for tests does not reach their helpers

mod client;
#[path = "../../ide/tests/answers/golden.rs"]
mod golden;

use std::fmt::Write as _;

use client::{Client, able};
use serde_json::{Value, json};

/// Returns the first elements of a list of completions.
fn first(found: Value) -> Value {
    let items = found["items"].as_array().cloned().unwrap_or_default();
    json!({"isIncomplete": found["isIncomplete"], "count": items.len(), "items": items.into_iter().take(2).collect::<Vec<_>>()})
}

/// Returns the answers to all requests about a document.
fn answers(client: &mut Client, input: &str, number: usize) -> String {
    let (head, text) = input.split_once('\n').unwrap();
    let (name, language) = head.split_once(' ').unwrap();
    // Each document has a URI of its own, because the server keeps those that are open.
    let uri = if name.contains(':') { name.to_owned() } else { format!("file:///nowhere/{number}/{name}") };
    let at = text.find('¦').expect("a cursor");
    let before = &text[..at];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    client.open(&uri, language, &text.replacen('¦', "", 1));
    let document = json!({"uri": uri});
    let position = json!({"line": line, "character": column});
    let place = json!({"textDocument": document, "position": position});
    let of_document = json!({"textDocument": document});
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let here = json!({"start": position, "end": position});
    let with = |mut params: Value, more: Value| {
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let found = client.pulled(&uri);
    let mut out = String::new();
    for diagnostic in &found {
        writeln!(out, "diagnostic {diagnostic}").unwrap();
    }
    let completions = first(client.ask("textDocument/completion", place.clone()));
    let resolved = completions["items"][0].clone();
    writeln!(out, "completion {completions}").unwrap();
    if resolved.is_object() {
        writeln!(out, "resolved {}", client.ask("completionItem/resolve", resolved)).unwrap();
    }
    for (method, params) in [
        ("hover", place.clone()),
        ("signatureHelp", place.clone()),
        ("definition", place.clone()),
        ("references", with(place.clone(), json!({"context": {"includeDeclaration": true}}))),
        ("references", with(place.clone(), json!({"context": {"includeDeclaration": false}}))),
        ("documentHighlight", place.clone()),
        ("prepareRename", place.clone()),
        ("rename", with(place.clone(), json!({"newName": "renamed"}))),
        ("documentSymbol", of_document.clone()),
        ("semanticTokens/full", of_document.clone()),
        ("semanticTokens/range", with(of_document.clone(), json!({"range": here}))),
        ("inlayHint", with(of_document.clone(), json!({"range": whole}))),
        ("inlayHint", with(of_document.clone(), json!({"range": here}))),
        ("foldingRange", of_document.clone()),
        ("selectionRange", with(of_document.clone(), json!({"positions": [position]}))),
        ("codeAction", with(of_document.clone(), json!({"range": here, "context": {"diagnostics": found}}))),
        (
            "codeAction",
            with(
                of_document.clone(),
                json!({"range": here, "context": {"diagnostics": [], "only": ["quickfix"]}}),
            ),
        ),
        (
            "codeAction",
            with(
                of_document.clone(),
                json!({"range": here, "context": {"diagnostics": [], "only": ["refactor"]}}),
            ),
        ),
        (
            "codeAction",
            with(
                of_document.clone(),
                json!({"range": here, "context": {"diagnostics": found, "triggerKind": 2}}),
            ),
        ),
        ("formatting", with(of_document.clone(), json!({"options": {"tabSize": 2, "insertSpaces": true}}))),
    ] {
        match client.try_ask(&format!("textDocument/{method}"), params) {
            Ok(result) => writeln!(out, "{method} {result}").unwrap(),
            Err(error) => writeln!(out, "{method} refused: {error}").unwrap(),
        }
    }
    client.tell("textDocument/didClose", of_document);
    out
}

#[test]
fn every_request_is_answered_for_a_client_that_can_do_everything() {
    let client = std::cell::RefCell::new(Client::start(&[], able()));
    let number = std::cell::Cell::new(0);
    golden::check("able.txt", |input| {
        number.set(number.get() + 1);
        answers(&mut client.borrow_mut(), input, number.get())
    });
    client.into_inner().end();
}

#[test]
fn every_request_is_answered_for_a_client_that_can_do_nothing() {
    let client = std::cell::RefCell::new(Client::start(&[], json!({})));
    let number = std::cell::Cell::new(0);
    golden::check("unable.txt", |input| {
        number.set(number.get() + 1);
        answers(&mut client.borrow_mut(), input, number.get())
    });
    client.into_inner().end();
}

#[test]
fn the_capabilities_of_the_server_depend_on_those_of_the_client() {
    golden::check("capabilities.txt", |input| {
        let client = Client::start(&[], serde_json::from_str(input).unwrap());
        let capabilities = client.capabilities.to_string();
        client.end();
        capabilities
    });
}

#[test]
fn names_of_the_workspace_are_found_by_their_words() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let folder = std::fs::canonicalize(folder).unwrap();
    let client = std::cell::RefCell::new(Client::start(&[&folder], able()));
    client.borrow_mut().open(
        "file:///nowhere/a.odata",
        "odata",
        "contacts?$select=fullname\naccounts?$expand=primarycontactid($select=fullname)",
    );
    golden::check("symbols.txt", |query| {
        let found = client.borrow_mut().ask("workspace/symbol", json!({"query": query}));
        let mut out = String::new();
        for symbol in found.as_array().unwrap() {
            let symbol = symbol.to_string().replace(folder.to_str().unwrap(), "FOLDER");
            writeln!(out, "{symbol}").unwrap();
        }
        out
    });
    client.into_inner().end();
}
