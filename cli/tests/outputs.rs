//! Every command in every output format, with an output that takes everything, one that is full, and one whose reader
//! is gone; and commands that write files which cannot be written. The exit status says which it was.
#![cfg(target_os = "linux")] // for `/dev/full`
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn dvkit(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
        command.env_remove(name);
    }
    command.current_dir(dir).args(args).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

fn run(dir: &Path, args: &[&str], stdout: impl Into<Stdio>) -> Ran {
    let output = dvkit(dir, args).stdout(stdout).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Returns a folder with files of queries: `wrong.odata` has a mistake with a certain fix, and `right.odata` has none.
fn scene() -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in [
        ("wrong.odata", "contacts?$select=fullnme&$top=1\n"),
        ("right.odata", "contacts\n  ?$select=fullname\n  &$top=1\n"),
        ("a.cs", "class A { string q = \"contacts?$select=lastnme&$top=1\"; }\n"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// The commands that print something, with their exit status and the beginning of what they print.
const PRINTING: &[(&[&str], i32, &str)] = &[
    (&["check", "wrong.odata"], 1, "error[DV0203]: `contact` has no column `fullnme`"),
    (&["check", "right.odata"], 0, ""),
    (&["check", "wrong.odata", "--format", "json"], 1, "{\"id\":1,\"file\":\"wrong.odata\",\"line\":1,"),
    (&["check", "right.odata", "--format", "json"], 0, "{\"id\":1,\"file\":\"right.odata\",\"line\":1,"),
    (&["check", "wrong.odata", "--format", "sarif"], 1, "{\"$schema\":\"https://docs.oasis-open.org/sarif/"),
    (&["check", "wrong.odata", "--format", "github"], 1, "::error file=wrong.odata,line=1,"),
    (&["check", "a.cs"], 1, "a.cs:1:40: error[DV0203]: `contact` has no column `lastnme`"),
    (&["check", "."], 1, "a.cs:1:40: error[DV0203]"),
    (&["check", "--lint", "DV0203=warning", "wrong.odata"], 0, "warning[DV0203]"),
    (&["check", "--lint", "DV0203=warning", "--deny", "warnings", "wrong.odata"], 1, "warning[DV0203]"),
    (&["check", "--lint", "DV0203=note", "--deny", "warnings", "wrong.odata"], 0, "note[DV0203]"),
    (&["check", "--lint", "DV0203=off", "wrong.odata"], 0, "1 query in 1 file, 0 wrong\n"),
    (&["check", "--list", "."], 0, "a.cs:1:23: string: checked\n    contacts?$select=lastnme&$top=1\n"),
    (&["check", "--fix", "--diff", "wrong.odata"], 1, "--- wrong.odata\n+++ wrong.odata\n@@ -1 +1 @@\n"),
    (&["check", "--table", "contact", "fullnme eq 'x'"], 1, "error[DV0203]"),
    (&["check", "--table", "contact", "--fix", "fullnme eq 'x'"], 1, "fullname eq 'x'\n"),
    (&["parse", "wrong.odata"], 0, "contacts?$select=fullnme&$top=1\n"),
    (
        &["parse", "wrong.odata", "--format", "json"],
        0,
        "{\"id\":1,\"file\":\"wrong.odata\",\"line\":1,\"parsed\":true,",
    ),
    (&["parse", "a eq"], 1, "error[DV0001]"),
    (&["fmt", "wrong.odata"], 0, "contacts\n  ?$select=fullnme\n  &$top=1\n"),
    (&["fmt", "--minify", "right.odata"], 0, "contacts?$select=fullname&$top=1\n"),
    (&["translate", "--to", "fetchxml", "right.odata"], 0, "<fetch top=\"1\">\n"),
    (&["translate", "--to", "fetchxml", "--url", "right.odata"], 0, "contacts?fetchXml=%3Cfetch"),
    (&["explain", "contact"], 0, "contact   Contact   table, 69 columns"),
    (&["explain", "contact", "--format", "json"], 0, "{\"name\":\"contact\",\"title\":\"Contact\","),
    (&["explain", "DV0203"], 0, "DV0203: unknown column"),
    (&["explain", "DV9999"], 1, ""),
    (&["explain", "contct"], 1, "error[DV0201]: there is no table and no entity set `contct`"),
    (&["schema", "show"], 0, "table "),
    (&["schema", "show", "--format", "json"], 0, "[{\"logical_name\":\"account\""),
    (&["schema", "show", "contact"], 0, "contact   Contact   contacts\n"),
    (&["schema", "show", "contact", "--format", "json"], 0, "{\"table\":{\"logical_name\":\"contact\","),
    (&["completions", "bash"], 0, "_dvkit() {"),
    (&["completions", "fish"], 0, "# Print an optspec"),
    (&["man"], 0, ".ie"),
    (&["man", "check"], 0, ".ie"),
];

#[test]
fn a_command_prints_what_it_is_asked_for_and_ends_with_its_status() {
    let dir = scene();
    for (args, code, begins) in PRINTING {
        let ran = run(dir.path(), args, Stdio::piped());
        assert_eq!(ran.code, Some(*code), "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.starts_with(begins), "{args:?}: {}", ran.out);
    }
}

#[test]
fn a_command_whose_output_is_full_has_failed_whatever_it_found() {
    let dir = scene();
    for (args, ..) in PRINTING {
        if run(dir.path(), args, Stdio::piped()).out.is_empty() {
            continue;
        }
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = run(dir.path(), args, full);
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("error: ") && ran.err.contains("No space left"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_command_whose_reader_is_gone_has_not_failed() {
    let dir = scene();
    for (args, ..) in PRINTING {
        if run(dir.path(), args, Stdio::piped()).out.is_empty() {
            continue;
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = run(dir.path(), args, writer);
        assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("error: "), "{args:?}: {}", ran.err);
    }
}

#[test]
fn help_and_version_on_a_full_output_have_failed() {
    let dir = scene();
    for args in [&["--help"][..], &["--version"], &["help", "check"], &["check", "--help"]] {
        assert_eq!(run(dir.path(), args, Stdio::piped()).code, Some(0), "{args:?}");
        let full = File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(run(dir.path(), args, full).code, Some(2), "{args:?}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(run(dir.path(), args, writer).code, Some(0), "{args:?}");
    }
}

/// Makes a file or a folder one that cannot be written. Returns `false` if the user of the test can write it all the
/// same, as an administrator can.
fn locked(path: &Path) -> bool {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions).unwrap();
    !path.is_dir() || fs::write(path.join("probe"), "").is_err()
}

#[test]
fn a_file_that_cannot_be_written_stays_and_is_a_failure() {
    for (args, file) in [
        (&["check", "--fix", "wrong.odata"][..], "wrong.odata"),
        (&["check", "--fix", "a.cs"], "a.cs"),
        (&["fmt", "--write", "wrong.odata"], "wrong.odata"),
    ] {
        let dir = scene();
        let path = dir.path().join(file);
        let before = fs::read(&path).unwrap();
        locked(&path);
        let ran = run(dir.path(), args, Stdio::piped());
        assert_eq!(ran.code, Some(2), "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("cannot write `{file}`")), "{args:?}: {}", ran.err);
        assert_eq!(fs::read(&path).unwrap(), before, "{args:?}");
    }
}

#[test]
fn a_check_of_the_format_writes_nothing() {
    let dir = scene();
    for (args, code) in [
        (&["fmt", "--check", "right.odata"][..], 1),
        (&["fmt", "--check", "wrong.odata"], 0),
        // Nothing is to be changed, so that it does not matter that nothing can be.
        (&["fmt", "--write", "right.odata"], 0),
        (&["check", "--fix", "right.odata"], 0),
        (&["check", "--fix", "--diff", "wrong.odata"], 1),
    ] {
        let path = dir.path().join(args.last().unwrap());
        let before = fs::read(&path).unwrap();
        locked(&path);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let ran = run(dir.path(), args, Stdio::piped());
        assert_eq!(ran.code, Some(code), "{args:?}: {}{}", ran.out, ran.err);
        assert_eq!(fs::read(&path).unwrap(), before, "{args:?}");
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), modified, "{args:?}");
    }
}

#[test]
fn what_is_written_is_not_written_over_without_a_word() {
    let dir = scene();
    let init = run(dir.path(), &["init"], Stdio::piped());
    assert_eq!(init.code, Some(0), "{}", init.err);
    let before = fs::read(dir.path().join("dvkit.toml")).unwrap();
    let again = run(dir.path(), &["init"], Stdio::piped());
    assert_eq!(again.code, Some(2), "{}{}", again.out, again.err);
    assert_eq!(fs::read(dir.path().join("dvkit.toml")).unwrap(), before);
}

#[test]
fn generated_files_are_written_again_and_those_of_others_are_left() {
    let dir = scene();
    let run = |args: &[&str]| run(dir.path(), args, Stdio::piped());
    let (generate, check) =
        (&["generate", "-o", "crm", "contact"], &["generate", "--check", "-o", "crm", "contact"]);
    assert_eq!(run(check).code, Some(1), "there is nothing yet");
    assert!(!dir.path().join("crm").exists(), "a check writes nothing");
    let ran = run(generate);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "crm: 7 tables, 8 files written, 0 the same\n"));
    let ran = run(check);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "8 files up to date\n"));
    let file = dir.path().join("crm/contact.rs");
    let text = fs::read_to_string(&file).unwrap();
    for changed in [text.replace('\n', "\r\n"), text.replacen("fullname", "fullnme", 1)] {
        fs::write(&file, &changed).unwrap();
        let ran = run(check);
        assert_eq!(ran.code, Some(1), "{}", ran.out);
        assert!(ran.out.starts_with("crm/contact.rs: not up to date\n1 stale file;"), "{}", ran.out);
        assert_eq!(fs::read_to_string(&file).unwrap(), changed);
        let ran = run(generate);
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), "crm: 7 tables, 1 file written, 7 the same\n"));
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    fs::write(&file, "// mine\n").unwrap();
    let mine = run(generate);
    assert_eq!(mine.code, Some(2));
    assert!(
        mine.err.contains("`crm/contact.rs` was not generated by dvkit, so it is left as it is"),
        "{}",
        mine.err
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "// mine\n");
}

#[test]
fn findings_are_accepted_by_a_file_and_told_when_it_is_gone() {
    let dir = scene();
    let run = |args: &[&str]| run(dir.path(), args, Stdio::piped());
    assert_eq!(run(&["check", "."]).code, Some(1));
    assert_eq!(run(&["check", "--write-baseline", "."]).code, Some(0));
    assert!(dir.path().join("dvkit-baseline.json").is_file());
    assert_eq!(run(&["check", "--baseline", "dvkit-baseline.json", "."]).code, Some(0));
    assert_eq!(run(&["check", "."]).code, Some(1), "no setting names the file");
    let missing = run(&["check", "--baseline", "nothing.json", "."]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("cannot read `nothing.json`"), "{}", missing.err);
    fs::write(dir.path().join("b.odata"), "contacts?$select=fullnme&$top=2\n").unwrap();
    assert_eq!(run(&["check", "--baseline", "dvkit-baseline.json", "."]).code, Some(1));
    fs::remove_file(dir.path().join("b.odata")).unwrap();
    fs::remove_file(dir.path().join("wrong.odata")).unwrap();
    let stale = run(&["check", "--baseline", "dvkit-baseline.json", "."]);
    assert_eq!(stale.code, Some(0), "{}", stale.err);
}

#[test]
fn arguments_that_make_no_sense_are_refused_with_status_two() {
    let dir = scene();
    for (args, sentence) in [
        (&["check", "statecode eq 0"][..], "which table is this about?"),
        (&["check", "missing.odata"], "cannot read `missing.odata`"),
        (&["check", "--format", "junit", "right.odata"], "invalid value 'junit'"),
        (
            &["check", "--lint", "DV9999=off", "right.odata"],
            "there is no code and no family of codes `DV9999`",
        ),
        (&["check", "--lint", "DV0203=loud", "right.odata"], "there is no level `loud`"),
        (&["check", "--lint", "DV0203", "right.odata"], "--lint"),
        (&["check", "--deny", "notes", "right.odata"], "invalid value 'notes'"),
        (&["fmt", "--check", "contacts"], "`--write` and `--check` take files"),
        (&["fmt", "--check", "--write", "right.odata"], "cannot be used with"),
        (&["check", "--org", "nowhere", "right.odata"], "there is no organisation `nowhere`"),
        (&["check", "--schema", "missing", "right.odata"], "missing"),
        (&["check", "--table", "contact", "--entity-set", "contacts", "a"], "cannot be used with"),
        (&["translate", "right.odata"], "--to"),
        (&["schema", "show", "--schema", "missing"], "missing"),
        (&["schema", "diff", "missing", "missing"], "missing"),
        (&["generate", "-o", "crm", "contct"], "contct"),
        (&["completions", "cmd"], "invalid value 'cmd'"),
        (&["nothing"], "unrecognized subcommand"),
    ] {
        let ran = run(dir.path(), args, Stdio::piped());
        assert_eq!(ran.code, Some(2), "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(sentence), "{args:?}: {}", ran.err);
    }
}
