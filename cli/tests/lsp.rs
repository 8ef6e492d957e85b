//! `dvkit lsp` as a process: over standard input and output, and with real editors.
//!
//! Neovim comes from the system's packages, and the libraries of Visual Studio Code from their registry:
//! `tests/clients/run --install`. Without them their tests are skipped, unless `DVKIT_CLIENTS_REQUIRED=1`.
#![cfg(feature = "lsp")]
#![allow(clippy::unwrap_used, clippy::print_stdout)] // the lint's exception for tests does not reach their helpers

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use dvkit_tests::workspace;
use serde_json::{Value, json};

/// Writes messages to `dvkit lsp`, and returns its messages and its exit status.
fn talk(arguments: &[&str], messages: &[Value]) -> (Vec<Value>, Option<i32>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dvkit"))
        .arg("lsp")
        .args(arguments)
        .current_dir(workspace().join("cli"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for message in messages {
        let text = message.to_string();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }
    drop(input);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut answers = Vec::new();
    let mut length = 0;
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if let Some(number) = line.strip_prefix("Content-Length:") {
            length = number.trim().parse().unwrap();
        } else if line.trim().is_empty() {
            let mut body = vec![0; length];
            output.read_exact(&mut body).unwrap();
            answers.push(serde_json::from_slice(&body).unwrap());
        }
        line.clear();
    }
    (answers, child.wait().unwrap().code())
}

fn message(id: Option<u32>, method: &str, params: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "method": method, "params": params});
    if let Some(id) = id {
        message["id"] = json!(id);
    }
    message
}

#[test]
fn an_editor_speaks_with_the_server_over_standard_input_and_output() {
    let uri = "untitled:Untitled-1";
    let text = "contacts?$filter=statecode eq ";
    let open = json!({"textDocument": {"uri": uri, "languageId": "odata", "version": 1, "text": text}});
    let place = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": text.len()}});
    let schema = workspace().join("fixtures/schema");
    let begin =
        message(Some(1), "initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
    let messages = [
        begin.clone(),
        message(None, "initialized", json!({})),
        message(None, "textDocument/didOpen", open),
        message(Some(2), "textDocument/completion", place),
        message(Some(3), "shutdown", Value::Null),
        message(None, "exit", Value::Null),
    ];
    let (answers, code) = talk(&["--stdio", "--schema", schema.to_str().unwrap()], &messages);
    assert_eq!(code, Some(0), "{answers:?}");
    assert_eq!(answers[0]["result"]["serverInfo"]["name"], "dvkit");
    // An editor that does not wait for the completion may end the server before it comes.
    if let Some(found) = answers.iter().find(|answer| answer["id"] == 2) {
        assert_eq!(found["result"]["items"][0]["label"], "0 Active");
    }
    let (_, code) = talk(&[], &[begin]);
    assert_eq!(code, Some(2), "an editor that is gone is reported");
}

/// Returns whether tests of real clients must not be skipped.
fn is_required() -> bool {
    std::env::var_os("DVKIT_CLIENTS_REQUIRED").is_some()
}

fn passes(output: &Output) {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", shown(&output.stdout), shown(&output.stderr));
    println!("{}", shown(&output.stdout));
}

#[test]
fn neovim_drives_the_server() {
    let found = Command::new("nvim").arg("--version").output().is_ok();
    assert!(found || !is_required(), "neovim is not installed");
    if !found {
        println!("skipped: no neovim");
        return;
    }
    let script = format!("luafile {}", workspace().join("tests/clients/neovim.lua").display());
    let output = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", &script])
        .env("DVKIT", env!("CARGO_BIN_EXE_dvkit"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    passes(&output);
    assert!(String::from_utf8_lossy(&output.stdout).contains("0 failed"));
}

#[test]
fn the_extension_of_visual_studio_code_is_built_and_its_client_drives_the_server() {
    let extension = workspace().join("editors/vscode");
    let found = Path::new(&extension).join("node_modules/vscode-languageserver-protocol").is_dir();
    assert!(found || !is_required(), "the packages of editors/vscode are not installed");
    if !found {
        println!("skipped: the packages of editors/vscode are not installed");
        return;
    }
    let output = Command::new("npm")
        .args(["test", "--silent"])
        .current_dir(extension)
        .env("DVKIT", env!("CARGO_BIN_EXE_dvkit"))
        .output()
        .unwrap();
    passes(&output);
}
