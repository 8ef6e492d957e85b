//! `dvkit mcp` as a process: what it prints, and real clients of the Model Context Protocol that use it.
//!
//! The clients come from their registries: `tests/clients/run --install`, into `target/clients` or `$DVKIT_CLIENTS`.
//! Without them their tests are skipped, unless `DVKIT_CLIENTS_REQUIRED=1`.
#![cfg(feature = "mcp")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dvkit_tests::{clients, workspace};
use serde_json::{Value, json};

fn dvkit(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.arg("mcp").args(arguments).current_dir(folder);
    command
}

/// A server that a test talks to, line by line.
struct Server(Child);

impl Server {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = dvkit(folder, arguments);
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// Calls tools and returns their structured answers. The server ends afterwards.
    fn call(mut self, calls: &[(&str, Value)]) -> Vec<Value> {
        let mut input = self.0.stdin.take().unwrap();
        let mut lines = BufReader::new(self.0.stdout.take().unwrap()).lines();
        let mut ask = |id: usize, method: &str, params: Value| -> Value {
            let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
            writeln!(input, "{request}").unwrap();
            let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            assert_eq!(answer["id"], id, "{answer}");
            answer["result"].clone()
        };
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        assert_eq!(ask(1, "initialize", hello)["serverInfo"]["name"], "dvkit");
        let call = |(n, (tool, arguments)): (usize, &(&str, Value))| {
            let result = ask(n + 2, "tools/call", json!({"name": tool, "arguments": arguments}));
            match result.get("structuredContent") {
                Some(structured) => structured.clone(),
                None => result["content"][0]["text"].clone(),
            }
        };
        let answers = calls.iter().enumerate().map(call).collect();
        drop(input);
        assert!(self.0.wait().unwrap().success());
        answers
    }
}

#[test]
fn rows_of_a_file_are_run_for_their_organisation() {
    let folder = tempfile::tempdir().unwrap();
    let schema = workspace().join("fixtures/schema").canonicalize().unwrap();
    let config = format!("org = 'a'\n[orgs.a]\nschema = {schema:?}\n[orgs.b]\nschema = {schema:?}\n");
    std::fs::write(folder.path().join("dvkit.toml"), config).unwrap();
    std::fs::write(folder.path().join("accounts.csv"), "name,revenue\nOne,1\nTwo,2\n").unwrap();
    std::fs::write(folder.path().join("b.json"), r#"{"accounts": [{"name": "Three"}]}"#).unwrap();
    let server = Server::start(folder.path(), &["--seed", "accounts.csv", "b=b.json"]);
    let answers = server.call(&[
        ("orgs", json!({})),
        ("run", json!({"query": "accounts?$select=name&$orderby=name"})),
        ("run", json!({"query": "accounts?$select=name", "org": "b"})),
        ("run", json!({"query": "accounts?$select=name", "org": "c"})),
    ]);
    let names: Vec<&Value> = answers[0]["orgs"].as_array().unwrap().iter().map(|org| &org["name"]).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(answers[0]["orgs"][0]["default"], true);
    let rows = |answer: &Value| -> Vec<String> {
        let rows = answer["rows"].as_array().unwrap().iter();
        rows.map(|row| row[1].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(answers[1]["columns"], json!(["accountid", "name"]));
    assert_eq!(rows(&answers[1]), ["One", "Two"]);
    assert_eq!(rows(&answers[2]), ["Three"]);
    assert!(answers[3].as_str().unwrap().contains("there is no organisation `c`"));
}

#[test]
fn a_file_of_rows_that_cannot_be_read_is_an_error_of_the_tool() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--seed", "missing.json"]);
    let answers = server.call(&[
        ("run", json!({"query": "accounts?$select=name"})),
        ("check", json!({"query": "accounts?$select=name&$top=1"})),
    ]);
    assert!(answers[0].as_str().unwrap().contains("missing.json"), "{}", answers[0]);
    assert_eq!(answers[1]["ok"], true);
}

#[test]
fn an_address_that_other_machines_reach_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, expected) in [
        (&["--http", "0.0.0.0:0"][..], "--allow-remote"),
        (&["--http", "0.0.0.0:0", "--allow-remote"], "DVKIT_MCP_TOKEN"),
        (&["--schema", "missing"], "missing"),
        (&["--org", "missing"], "missing"),
    ] {
        let output = dvkit(folder.path(), arguments).env_remove("DVKIT_MCP_TOKEN").output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}

/// Runs the suite in the file `name` of `tests/clients`.
fn suite(name: &str, least: usize) {
    let Some(installed) = clients::installed(&["@modelcontextprotocol/inspector"]) else { return };
    let mut command = Command::new(installed.join("python/bin/python"));
    command
        .arg(workspace().join("tests/clients").join(name))
        .env("DVKIT", env!("CARGO_BIN_EXE_dvkit"))
        .env("DVKIT_CLIENTS", &installed)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    clients::assert_passed(name, &output, least);
}

#[test]
fn the_sdk_for_python_uses_every_tool() {
    suite("mcp_sdk.py", 20);
}

#[test]
fn the_official_inspector_uses_every_tool() {
    suite("mcp_inspector.py", 14);
}
