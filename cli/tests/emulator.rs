//! `dvkit emulator` with rows: seeds, a file with rows, and their export.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![cfg(feature = "emulator")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn dvkit(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).args(args).env_remove("CLICOLOR_FORCE");
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    dvkit(dir, args).output().unwrap()
}

/// A running emulator, which is killed at the end.
struct Running {
    process: Child,
    url: String,
}

impl Running {
    fn start(dir: &Path, args: &[&str]) -> Self {
        let mut process = dvkit(dir, &[&["emulator"], args].concat()).stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn rows_come_from_seeds_stay_in_a_file_and_are_exported() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("contacts.csv"), "lastname,parentcustomerid\nZola,Contoso\n").unwrap();
    let running = Running::start(dir.path(), &["--seed", "sample", "contacts.csv", "--data", "rows.db"]);
    let export = run(dir.path(), &["emulator", "export", &running.url]);
    assert!(export.status.success(), "{export:?}");
    let rows: Value = serde_json::from_slice(&export.stdout).unwrap();
    assert_eq!(rows["accounts"].as_array().unwrap().len(), 12);
    assert!(rows["contacts"].as_array().unwrap().iter().any(|row| row["lastname"] == "Zola"));
    drop(running);
    let of_file = run(dir.path(), &["emulator", "export", "--data", "rows.db"]);
    assert!(of_file.status.success(), "{of_file:?}");
    assert_eq!(of_file.stdout, export.stdout, "the rows survive the end of the process");
}

#[test]
fn errors_name_the_file_the_row_and_the_address() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("accounts.csv"), "name,nmae\nA,B\n").unwrap();
    fs::write(dir.path().join("other.db"), "not a database, but long enough to be read as one").unwrap();
    for (args, words) in [
        (
            &["--seed", "accounts.csv"][..],
            "accounts.csv, accounts, line 2, `nmae`: the table `account` has no column",
        ),
        (&["--seed", "missing.json"], "missing.json: the file cannot be read"),
        (&["--seed", "."], ".: the file cannot be read: it is a folder"),
        (&["--data", "other.db"], "not a database"),
        (&["export", "--data", "missing.db"], "`missing.db` is not a file"),
        (&["export", "http://192.0.2.1/"], "is not the address of an emulator"),
        (&["export"], "required"),
        (&["--random-seed", "1"], "--seed-random"),
    ] {
        let output = run(dir.path(), &[&["emulator"], args].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(words), "{args:?}: {error}");
    }
}

#[test]
fn coverage_lists_what_is_emulated() {
    let dir = TempDir::new().unwrap();
    let output = run(dir.path(), &["emulator", "--coverage"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.lines().any(|l| l.starts_with("batch ") && l.ends_with("emulated")),
        "{text}"
    );
}

#[test]
fn coverage_has_a_line_for_each_option_of_an_operation_with_its_support() {
    let dir = TempDir::new().unwrap();
    let output = run(dir.path(), &["emulator", "--coverage"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = dvkit_emulator::coverage();
    assert_eq!(text.lines().count(), rows.len());
    for (line, row) in text.lines().zip(rows) {
        let support = if row.emulated { "  emulated" } else { "  501" };
        assert!(line.starts_with(row.operation) && line.ends_with(support), "{line}");
        assert!(line.contains(&format!("  {}", row.option)), "{line}");
    }
}

/// Sends a request with a token to an address of this machine, and returns the status and the body.
fn get(url: &str, path: &str, token: &str) -> (u16, String) {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn several_organisations_are_served_each_with_its_own_rows_and_tokens() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("more.json"), r#"{"leads": [{"lastname": "Zola", "subject": "S"}]}"#).unwrap();
    for named in [["--org", "contoso", "--org", "fabrikam"], ["--sample", "contoso", "--sample", "fabrikam"]]
    {
        let seeds = ["--seed", "sample", "fabrikam=more.json"];
        let mut process = dvkit(dir.path(), &[&["emulator"], &named[..], &seeds].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(|line| line.unwrap());
        let lines: Vec<String> = lines.take(12).collect();
        let running = Running { process, url: String::new() };
        let url = |name: &str| lines.iter().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
        let token = |name: &str| {
            let prefix = format!("  export DVKIT_TOKEN_{}=", name.to_uppercase());
            lines.iter().find_map(|line| line.strip_prefix(&prefix)).unwrap()
        };
        assert_eq!(lines[2], "serves 2 organisations; Ctrl-C stops them");
        assert_ne!(url("contoso"), url("fabrikam"));
        for (here, there, set, count) in
            [("contoso", "fabrikam", "accounts", "12"), ("fabrikam", "contoso", "leads", "13")]
        {
            let path = format!("/api/data/v9.2/{set}/$count");
            let (status, body) = get(url(here), &path, token(here));
            assert_eq!((status, body.trim_start_matches('\u{feff}')), (200, count));
            assert_eq!(get(url(here), &path, token(there)).0, 401, "a token is for one organisation");
        }
        drop(running);
    }
}

#[test]
fn a_file_of_rows_belongs_to_one_of_several_organisations() {
    let dir = TempDir::new().unwrap();
    let both = ["emulator", "--sample", "contoso", "--sample", "fabrikam"];
    for (args, words) in [
        (&["--seed", "rows.json"][..], "`--seed contoso=rows.json`"),
        (&["--data", "rows.db"], "`--data contoso=rows.db`"),
        (&["--data", "contoso=a.db", "--data", "contoso=b.db"], "`--data` names two files"),
        (&["--port", "65535"], "there is no port for each organisation after 65535"),
        (&["--sample", "contoso"], "`contoso` is named twice"),
        (&["--sample", "tailspin"], "the sample organisations are `contoso` and `fabrikam`"),
        (&["--schema", "x"], "cannot be used with"),
    ] {
        let output = run(dir.path(), &[&both, args].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(words), "{args:?}: {error}");
    }
}

#[test]
fn rows_of_fabrikam_are_exported_as_they_were_seeded() {
    let dir = TempDir::new().unwrap();
    let running = Running::start(dir.path(), &["--org", "fabrikam", "--seed", "sample", "--data", "rows.db"]);
    let export = run(dir.path(), &["emulator", "export", &running.url]);
    let rows: Value = serde_json::from_slice(&export.stdout).unwrap();
    assert_eq!(rows["leads"].as_array().unwrap().len(), 12);
    drop(running);
    let of_file = run(dir.path(), &["emulator", "export", "--org", "fabrikam", "--data", "rows.db"]);
    assert_eq!(of_file.stdout, export.stdout, "{of_file:?}");
}
