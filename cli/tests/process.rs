//! Behaviour of the whole process: the batch contract, pipes, colour, and the search for the schema.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::{fs, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A snapshot of the sample organisation, written by the command under test.
static SCHEMA: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = TempDir::new().unwrap();
    let org = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org");
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(|f| org.join(f));
    let run = dvkit(dir.path()).args(["schema", "import", "-o", "crm"]).args(files).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(String::from_utf8_lossy(&run.stdout).contains("crm written: "), "{run:?}");
    dir
});

fn schema() -> PathBuf {
    SCHEMA.path().join("crm")
}

fn dvkit(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
        command.env_remove(name);
    }
    command
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn answers(&self) -> Vec<Value> {
        self.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(command: Command, stdin: &[u8]) -> Ran {
    let mut child = start(command);
    let mut to = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    // A separate thread: a child may write before it has read everything.
    let writer = thread::spawn(move || to.write_all(&stdin));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().ok();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn batch(args: &[&str], stdin: &str) -> Ran {
    let mut command = dvkit(SCHEMA.path());
    command.args(args).args(["--batch", "--format", "json"]);
    if args[0] == "check" {
        command.arg("--schema").arg(schema());
    }
    run(command, stdin.as_bytes())
}

#[test]
fn one_answer_a_question_in_order() {
    let ran = batch(
        &["check"],
        concat!(
            r#"{"id":1,"table":"contact","filter":"fullname eq 'Ann'"}"#,
            "\n\n",
            r#"{"id":"two","entity_set":"contacts","filter":"fullnme eq 'Ann'","editor":{"tab":3}}"#,
            "\r\n",
            r#"{"filter":"statecode eq 0","table":"account","id":null}"#,
        ),
    );
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let answers = ran.answers();
    assert_eq!(
        answers[0],
        json!({"id": 1, "ok": true, "parsed": true, "diagnostics": [], "rewritten": "fullname eq 'Ann'"})
    );
    assert_eq!(answers[1]["id"], "two");
    assert_eq!(answers[1]["ok"], false);
    assert_eq!(answers[1]["rewritten"], "fullname eq 'Ann'");
    let diagnostic = &answers[1]["diagnostics"][0];
    assert_eq!(diagnostic["code"], "DV0203");
    assert_eq!(diagnostic["severity"], "error");
    assert_eq!(diagnostic["span"], json!({"start": 0, "end": 7}));
    assert!(diagnostic["message"].is_string());
    assert!(diagnostic.as_object().unwrap().contains_key("help"));
    assert_eq!(diagnostic["suggestions"][0]["edits"][0]["replacement"], "fullname");
    assert_eq!(answers[2]["ok"], true);
    assert_eq!(answers.len(), 3);
}

#[test]
fn ids_come_back_byte_for_byte() {
    let ids = [
        "1",
        "1.50",
        "1e5",
        "123456789012345678901234567890",
        r#""a\u0062ä""#,
        "true",
        "null",
        "[1, {\"a\":2}]",
        "{\"b\":1,\"a\":[ ]}",
    ];
    let question = |id: &&str| format!(r#"{{"id":{id},"table":"contact","filter":"statecode eq 0"}}"#);
    let ran = batch(&["check"], &ids.iter().map(question).collect::<Vec<_>>().join("\n"));
    let begins: Vec<&str> = ran.out.lines().map(|l| l.split(",\"ok\"").next().unwrap()).collect();
    assert_eq!(begins, ids.map(|id| format!("{{\"id\":{id}")));
    assert_eq!(ran.code, Some(0));
}

#[test]
fn a_bad_line_is_answered_in_its_place() {
    let long = format!(r#"{{"id":5,"table":"contact","filter":"{}"}}"#, "x".repeat(2 << 20));
    let lines = [
        "nonsense",
        r#"{"id":2,"table":"contact"}"#,
        r#"{"id":3,"filter":"a eq 1"}"#,
        r#"{"id":4,"table":"contact","entity_set":"contacts","filter":"a eq 1"}"#,
        &long,
        "[1,2]",
        r#"{"id":7,"table":"contact","filter":7}"#,
        r#"{"id":8,"table":"kontakt","filter":"a eq"}"#,
        r#"{"id":9,"table":"contact","filter":"statecode eq 0"}"#,
    ];
    let ran = batch(&["check"], &lines.join("\n"));
    assert_eq!(ran.code, Some(1));
    let answers = ran.answers();
    assert_eq!(answers.len(), lines.len());
    for (n, answer) in answers.iter().enumerate().take(7) {
        let error = answer["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("line {}: ", n + 1)), "{error}");
    }
    let ids: Vec<Value> = answers.iter().map(|a| a["id"].clone()).collect();
    assert_eq!(json!(ids), json!([null, 2, 3, 4, null, null, 7, 8, 9]));
    assert!(answers[0]["error"].as_str().unwrap().contains("not JSON"));
    assert!(answers[1]["error"].as_str().unwrap().contains("`filter`"));
    assert!(answers[4]["error"].as_str().unwrap().contains("1 MiB"));
    assert_eq!(answers[7]["ok"], false);
    assert_eq!(answers[7]["parsed"], false);
    assert_eq!(answers[7]["diagnostics"][0]["code"], "DV0201");
    assert_eq!(answers[8]["ok"], true);
}

#[test]
fn a_line_may_choose_targets_and_placeholders() {
    let filter = r#""table":"contact","filter":"parentcustomerid/telephone1 eq '1'""#;
    let ran = batch(
        &["check"],
        &format!(
            "{{\"id\":1,{filter}}}\n{{\"id\":2,{filter},\"targets\":{{\"parentcustomerid\":\"account\"}}}}\n{}\n{}",
            r#"{"id":3,"table":"contact","filter":"fullname eq {name}"}"#,
            r#"{"id":4,"table":"contact","filter":"fullname eq {name}","placeholders":true}"#
        ),
    );
    let answers = ran.answers();
    assert_eq!(answers[0]["rewritten"], Value::Null);
    assert_eq!(answers[1]["rewritten"], "parentcustomerid_account/telephone1 eq '1'");
    assert_eq!(answers[2]["ok"], false);
    assert_eq!(answers[3]["ok"], true);
}

#[test]
fn whole_requests_are_asked_about_as_well() {
    let lines = [
        r#"{"id":1,"query":"contacts?$select=fullname&$top=1&$filter=fullnme%20eq%20'Ann'"}"#,
        r#"{"id":2,"table":"contact","query":"?$select=fullname&$top=1&$filter=fullnme eq 'Ann'"}"#,
        r#"{"id":3,"query":"$filter=fullnme eq 'Ann'"}"#,
        r#"{"id":4,"query":"contacts","filter":"statecode eq 0"}"#,
        r#"{"id":5,"table":"kontakt","query":"$filter=a eq"}"#,
    ];
    let ran = batch(&["check"], &lines.join("\n"));
    let answers = ran.answers();
    assert_eq!(
        answers[0]["rewritten"], "contacts?$select=fullname&$top=1&$filter=fullname%20eq%20'Ann'",
        "{}",
        answers[0]
    );
    assert_eq!(answers[0]["diagnostics"][0]["span"], json!({"start": 41, "end": 48}));
    assert_eq!(answers[1]["rewritten"], "?$select=fullname&$top=1&$filter=fullname eq 'Ann'");
    assert!(answers[2]["error"].as_str().unwrap().contains("no `table`"));
    assert!(answers[3]["error"].as_str().unwrap().contains("not both"));
    assert_eq!((&answers[4]["ok"], &answers[4]["parsed"]), (&json!(false), &json!(false)));
    assert_eq!(answers[4]["diagnostics"][0]["code"], "DV0201");
}

#[test]
fn parse_answers_without_a_schema() {
    let ran = batch(&["parse"], r#"{"id":1,"query":"/a?$select=b, c&$filter=b%20eq%201"}"#);
    assert_eq!(ran.answers()[0]["printed"], "/a?$select=b,c&$filter=b eq 1");
    let ran = batch(&["parse"], r#"{"id":1,"query":"a?$filter=b%20=%201"}"#);
    assert_eq!(ran.answers()[0]["diagnostics"][0]["span"], json!({"start": 14, "end": 15}));

    let ran =
        batch(&["parse"], "{\"id\":1,\"filter\":\"a  eq 1\"}\n{\"id\":2,\"filter\":\"a eq\"}\n{\"id\":3}");
    let answers = ran.answers();
    assert_eq!(answers[0], json!({"id": 1, "parsed": true, "diagnostics": [], "printed": "a eq 1"}));
    assert_eq!(answers[1]["parsed"], false);
    assert_eq!(answers[1]["printed"], Value::Null);
    assert!(answers[2]["error"].is_string());
    assert_eq!(ran.code, Some(1));
}

#[test]
fn an_editor_can_converse() {
    let mut command = dvkit(SCHEMA.path());
    command.args(["check", "--batch", "--schema"]).arg(schema());
    let mut child = start(command);
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    for id in 0..3 {
        writeln!(to, r#"{{"id":{id},"table":"contact","filter":"statecode eq 0"}}"#).unwrap();
        let mut answer = String::new();
        from.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("{{\"id\":{id},\"ok\":true")), "{answer}");
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut command = dvkit(SCHEMA.path());
    command.args(["check", "--batch", "--schema"]).arg(schema());
    let mut child = start(command);
    drop(child.stdout.take());
    let mut to = child.stdin.take().unwrap();
    let question = "{\"id\":1,\"table\":\"contact\",\"filter\":\"statecode eq 0\"}\n".repeat(2_000);
    // The child may end before it has read everything.
    to.write_all(question.as_bytes()).ok();
    drop(to);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = dvkit(SCHEMA.path());
        command.args(["check", "--table", "contact", "fullnme eq 'Ann'", "--schema"]).arg(schema());
        command.args(args).envs(env.iter().copied());
        let ran = run(command, b"");
        assert_eq!(ran.code, Some(1));
        ran.out.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "a pipe is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn fix_keeps_messages_off_standard_output() {
    let mut command = dvkit(SCHEMA.path());
    command.args(["check", "--fix", "--table", "contact", "fullnme eq 'Ann'", "statecode eq 0", "nope eq 1"]);
    command.arg("--schema").arg(schema());
    let ran = run(command, b"");
    assert_eq!(ran.out, "fullname eq 'Ann'\nstatecode eq 0\n");
    assert!(ran.err.contains("DV0203") && ran.err.contains("nope"), "{}", ran.err);
    assert_eq!(ran.code, Some(1));
}

#[test]
fn the_schema_is_found() {
    let dir = TempDir::new().unwrap();
    let deep = dir.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let check = |args: &[&str]| {
        let mut command = dvkit(&deep);
        command
            .args(["check", "--table", "contact", "parentcustomerid/telephone1 eq '1'", "--fix"])
            .args(args);
        run(command, b"")
    };
    let fixed = "parentcustomerid_account/telephone1 eq '1'\n";
    let own = schema();
    let flag = ["--schema", own.to_str().unwrap()];

    // Literal strings, because Windows paths have backslashes.
    let config =
        format!("schema = '{}'\n[targets]\n\"contact.parentcustomerid\" = \"account\"\n", own.display());
    fs::write(dir.path().join("dvkit.toml"), &config).unwrap();
    let ran = check(&[]);
    assert_eq!(ran.out, fixed, "the dvkit.toml above: {}", ran.err);
    assert!(!ran.err.contains("sample"));

    fs::write(deep.join("dvkit.toml"), "schema = 'missing'").unwrap();
    let ran = check(&[]);
    assert_eq!(ran.code, Some(2), "the nearest dvkit.toml counts");
    assert!(ran.err.contains("missing"), "{}", ran.err);
    assert_eq!(check(&flag).out, "", "the flag wins, and nothing says what to follow");
    assert_eq!(check(&[flag.as_slice(), &["--target", "parentcustomerid=account"]].concat()).out, fixed);

    fs::write(deep.join("dvkit.toml"), "shcema = 'x'").unwrap();
    let ran = check(&flag);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("dvkit.toml") && ran.err.contains("did you mean `schema`?"), "{}", ran.err);

    // `./schema` is used only if it is a snapshot.
    fs::write(deep.join("dvkit.toml"), "[targets]\nparentcustomerid = 'account'").unwrap();
    fs::create_dir(deep.join("schema")).unwrap();
    fs::write(deep.join("schema/notes.txt"), "not a snapshot").unwrap();
    assert!(check(&[]).err.contains("sample organisation") || check(&[]).err.contains("no schema found"));
    fs::remove_dir_all(deep.join("schema")).unwrap();
    copy(&own, &deep.join("schema"));
    let ran = check(&[]);
    assert_eq!(ran.out, fixed, "{}", ran.err);
    assert!(!ran.err.contains("sample"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_damaged_snapshot_is_told_by_file_and_line() {
    let dir = TempDir::new().unwrap();
    copy(&schema(), &dir.path().join("schema"));
    fs::write(dir.path().join("schema/tables/contact.json"), "{\n\"logical_name\": 1}").unwrap();
    let mut command = dvkit(dir.path());
    command.args(["check", "--table", "contact", "statecode eq 0"]);
    let ran = run(command, b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("contact.json:2"), "{}", ran.err);

    let mut command = dvkit(dir.path());
    command.args(["check", "--batch"]);
    let input = "{\"id\":1,\"table\":\"contact\",\"filter\":\"statecode eq 0\"}\n{\"id\":2,\"table\":\"account\",\"filter\":\"statecode eq 0\"}";
    let ran = run(command, input.as_bytes());
    assert!(ran.answers()[0]["error"].as_str().unwrap().contains("contact.json:2"));
    assert_eq!(ran.answers()[1]["ok"], true);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn importing_again_changes_nothing_and_quiet_is_quiet() {
    let dir = TempDir::new().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org/csdl.xml");
    let import = |args: &[&str]| {
        let mut command = dvkit(dir.path());
        command.args(["schema", "import"]).arg(&file).args(args);
        run(command, b"")
    };
    let first = import(&[]);
    assert!(first.out.contains("schema written: ") && first.out.contains("not taken: "), "{}", first.out);
    assert!(import(&[]).out.contains("schema had all of this already: "));
    let quiet = import(&["--quiet"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (Some(0), "", ""));
}
