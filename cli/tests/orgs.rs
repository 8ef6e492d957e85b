//! Several organisations: `[orgs.NAME]` of `dvkit.toml`, `--org`, and `org` in a batch.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Imports two organisations that differ in one column, and writes a `dvkit.toml` that begins with `head`.
fn scene(head: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/orgs.in");
    let config = fs::read_to_string(from.join("dvkit.toml")).unwrap();
    fs::write(dir.path().join("dvkit.toml"), format!("{head}\n{config}")).unwrap();
    for org in ["contoso", "fabrikam"] {
        let file = from.join(format!("{org}.xml"));
        let ran = run(dir.path(), &["schema", "import", file.to_str().unwrap(), "--org", org], "");
        assert!(ran.status.success(), "{ran:?}");
    }
    dir
}

fn run(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).args(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn err(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[test]
fn a_line_of_a_batch_names_its_organisation() {
    let dir = scene("");
    let query = |org: &str, column: &str| {
        json!({"org": org, "query": format!("contacts?$filter={column} eq 1")}).to_string()
    };
    // Each organisation is used more than once, in alternation.
    let lines = [
        query("contoso", "new_tier"),
        query("fabrikam", "new_tier"),
        query("contoso", "cr5_rank"),
        query("fabrikam", "cr5_rank"),
        query("contosso", "new_tier"),
        json!({"query": "contacts"}).to_string(),
        json!({"schema": "schema/contoso", "query": "contacts"}).to_string(),
        json!({"id": 8, "org": "contoso", "tabel": "contact", "filter": "new_tier eq 1"}).to_string(),
    ];
    let ran = run(dir.path(), &["check", "--batch"], &lines.join("\n"));
    assert_eq!(ran.status.code(), Some(1), "{}", err(&ran));
    let out = String::from_utf8(ran.stdout).unwrap();
    let out: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ok: Vec<_> = out.iter().map(|line| line["ok"].as_bool()).collect();
    assert_eq!(ok, [Some(true), Some(false), Some(false), Some(true), None, None, None, None]);
    assert_eq!(out[1]["diagnostics"][0]["code"], "DV0203");
    let errors: Vec<_> = out[4..].iter().map(|line| line["error"].as_str().unwrap()).collect();
    assert!(
        errors[0].contains("line 5: there is no organisation `contosso`; did you mean `contoso`?"),
        "{errors:?}"
    );
    assert!(errors[0].ends_with("lists `contoso` and `fabrikam`"), "{errors:?}");
    assert!(errors[1].starts_with("line 6: which organisation?"), "{errors:?}");
    assert!(errors[2].contains("cannot bring a `schema`"), "{errors:?}");
    assert!(errors[3].contains("there is no member `tabel`; did you mean `table`?"), "{errors:?}");
    assert_eq!(out[7]["id"], 8);
    let ran = run(dir.path(), &["translate", "--to", "fetchxml", "--batch"], &lines[..2].join("\n"));
    let out = String::from_utf8(ran.stdout).unwrap();
    let out: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((out[0]["ok"].as_bool(), out[1]["ok"].as_bool()), (Some(true), Some(false)));
}

#[test]
fn every_command_that_takes_a_schema_takes_an_organisation() {
    let dir = scene("org = 'fabrikam'");
    let commands: &[&[&str]] = &[
        &["check", "contacts?$filter=new_tier eq 1"],
        &["translate", "--to", "fetchxml", "contacts?$filter=new_tier eq 1"],
        &["explain", "contact.new_tier"],
        &["schema", "show", "contact"],
        &["generate", "-o", "crm.rs", "contact"],
        &["emulator", "--faults", "missing"],
        &["schema", "fetch"],
        &["schema", "import", "missing.xml"],
    ];
    for command in commands {
        let with = |org: &str| run(dir.path(), &[*command, &["--org", org]].concat(), "");
        let unknown = with("contos");
        assert_eq!(unknown.status.code(), Some(2), "{command:?}");
        let err = err(&unknown);
        assert!(
            err.contains("there is no organisation `contos`; did you mean `contoso`?")
                && err.contains("lists `contoso` and `fabrikam`"),
            "{command:?}: {err}"
        );
    }
    for command in &commands[..3] {
        // The default organisation does not have the column.
        assert_eq!(run(dir.path(), command, "").status.code(), Some(1), "{command:?}");
        let named = run(dir.path(), &[*command, &["--org", "contoso"]].concat(), "");
        assert_eq!(named.status.code(), Some(0), "{command:?}: {named:?}");
    }
    for command in &commands[..6] {
        let both =
            run(dir.path(), &[*command, &["--org", "contoso", "--schema", "schema/contoso"]].concat(), "");
        assert_eq!(both.status.code(), Some(2), "{command:?}");
        assert!(err(&both).contains("cannot be used with"), "{command:?}: {}", err(&both));
    }
}

#[test]
fn the_address_of_one_organisation_never_fills_the_snapshot_of_another() {
    let dir = scene("org = 'contoso'\n[fetch]\nurl = 'https://fabrikam.crm4.dynamics.com'");
    for args in [
        &["schema", "fetch", "--token-env", "T"][..],
        &["schema", "fetch", "--token-env", "T", "--org", "fabrikam"],
    ] {
        let ran = run(dir.path(), args, "");
        assert_eq!(ran.status.code(), Some(2));
        assert!(err(&ran).contains("which organisation?"), "{}", err(&ran));
    }
}

#[test]
fn a_snapshot_of_an_organisation_stays_in_the_folder_of_the_file() {
    let dir = TempDir::new().unwrap();
    let repo = dir.path().join("repo");
    fs::create_dir(&repo).unwrap();
    fs::write(repo.join("dvkit.toml"), "[orgs.a]\nschema = '../elsewhere'").unwrap();
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/orgs.in/contoso.xml");
    let ran = run(&repo, &["schema", "import", file.to_str().unwrap(), "--org", "a"], "");
    assert_eq!(ran.status.code(), Some(2));
    assert!(err(&ran).contains("`schema` of `orgs.a`") && err(&ran).contains("leads out"), "{}", err(&ran));
    assert!(!dir.path().join("elsewhere").exists());
}

#[test]
fn the_same_query_to_two_organisations_is_not_one_that_repeats() {
    let dir = scene("");
    let line = |org: &str, n: usize| {
        let id = format!("00000000-0000-0000-0000-00000000000{n}");
        json!({"org": org, "query": format!("contacts({id})?$select=fullname")}).to_string()
    };
    let repeats = |lines: [String; 3]| {
        fs::write(dir.path().join("a.jsonl"), lines.join("\n")).unwrap();
        let ran = run(dir.path(), &["check", "a.jsonl"], "");
        String::from_utf8(ran.stdout).unwrap().contains("(lines")
    };
    assert!(repeats([line("contoso", 1), line("contoso", 2), line("contoso", 3)]));
    assert!(!repeats([line("contoso", 1), line("fabrikam", 2), line("fabrikam", 3)]));
}
