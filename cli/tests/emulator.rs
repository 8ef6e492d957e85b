//! `dvkit emulator` with rows: seeds, a file with rows, and their export.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers
#![cfg(feature = "emulator")]

use std::fs;
use std::io::{BufRead as _, BufReader};
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
