//! Query files: fixed in place, shown as a diff, and reported as SARIF that is valid by its schema.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A file with all difficulties at once: CRLF, a byte order mark, comments, surrounding spaces, and no line
/// end at the end.
const PLAIN: &str = "\u{feff}# queries\r\n\r\n  fullnme eq 'Ann'\t\r\n// none\r\nstatecode eq 0\r\ncontacts?$top=1&$select=fullname&$filter=fullnme eq 'é'";
const PLAIN_FIXED: &str = "\u{feff}# queries\r\n\r\n  fullname eq 'Ann'\t\r\n// none\r\nstatecode eq 0\r\ncontacts?$top=1&$select=fullname&$filter=fullname eq 'é'";
const LINES: &str = concat!(
    r#"{ "id" : 1,"filter":"fullnme eq \u0027\"\u0027 and lastname eq 'b'" ,"table":"contact","x":[1, 2] }"#,
    "\n\n",
    r#"{"entity_set":"contacts","filter":"statecode eq 0"}"#,
    "\n"
);
const LINES_FIXED: &str = concat!(
    r#"{ "id" : 1,"filter":"fullname eq '\"' and lastname eq 'b'" ,"table":"contact","x":[1, 2] }"#,
    "\n\n",
    r#"{"entity_set":"contacts","filter":"statecode eq 0"}"#,
    "\n"
);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs `dvkit check` on the sample organisation in `dir`.
fn check(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"] {
        command.env_remove(name);
    }
    let output = command.current_dir(dir).arg("check").args(args).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Creates a folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn files_are_put_right_and_nothing_else_in_them() {
    let dir = folder(&[("a.odata", PLAIN), ("b.jsonl", LINES)]);
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let args = ["--table", "contact", "--fix", "--queries", "a.odata", "b.jsonl"];
    let ran = check(dir.path(), &args);
    assert_eq!(ran.out, "5 queries in 2 files, 3 put right, 0 wrong\n", "{}", ran.err);
    assert_eq!(ran.code, Some(0));
    assert_eq!(read("a.odata"), PLAIN_FIXED);
    assert_eq!(read("b.jsonl"), LINES_FIXED);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside them");

    let before = fs::metadata(dir.path().join("a.odata")).unwrap().modified().unwrap();
    assert_eq!(check(dir.path(), &args).out, "5 queries in 2 files, 0 put right, 0 wrong\n");
    let after = fs::metadata(dir.path().join("a.odata")).unwrap().modified().unwrap();
    assert_eq!(before, after, "what is right is not written again");
}

#[test]
fn what_cannot_be_mended_stays_and_is_told() {
    let dir = folder(&[("a.odata", "nope eq 1\nfullnme eq 'Ann'\n{\"filter\":1}\n")]);
    let ran = check(dir.path(), &["--table", "contact", "--fix", "--queries", "a.odata"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains(" --> a.odata:1:1\n") && !ran.out.contains("fullnme"), "{}", ran.out);
    assert!(ran.out.contains("error: a.odata:3: "), "{}", ran.out);
    let text = fs::read_to_string(dir.path().join("a.odata")).unwrap();
    assert_eq!(text, "nope eq 1\nfullname eq 'Ann'\n{\"filter\":1}\n");
}

#[test]
fn a_diff_writes_nothing() {
    let dir = folder(&[("a.odata", "# c\nfullnme eq 'Ann'\n"), ("b.odata", "statecode eq 0\n")]);
    let args = ["--table", "contact", "--fix", "--diff", "--queries", "a.odata", "b.odata"];
    let ran = check(dir.path(), &args);
    assert_eq!(
        ran.out,
        "--- a.odata\n+++ a.odata\n@@ -1,2 +1,2 @@\n # c\n-fullnme eq 'Ann'\n+fullname eq 'Ann'\n"
    );
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.ends_with("2 queries in 2 files, 1 can be put right, 0 wrong\n"), "{}", ran.err);
    assert_eq!(fs::read_to_string(dir.path().join("a.odata")).unwrap(), "# c\nfullnme eq 'Ann'\n");
    let clean = check(dir.path(), &["--table", "contact", "--fix", "--diff", "--queries", "b.odata"]);
    assert_eq!((clean.code, clean.out.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let dir = folder(&[("real.odata", "fullnme eq 'Ann'")]);
    std::os::unix::fs::symlink("real.odata", dir.path().join("link.odata")).unwrap();
    let ran = check(dir.path(), &["--table", "contact", "--fix", "--queries", "link.odata"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(fs::symlink_metadata(dir.path().join("link.odata")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(dir.path().join("real.odata")).unwrap(), "fullname eq 'Ann'");
}

#[test]
fn a_file_that_is_no_text_ends_a_run_only_if_it_is_named() {
    let dir = folder(&[("a.odata", "contacts?$select=fullname&$top=1\n")]);
    fs::write(dir.path().join("b.odata"), b"a\0b\0").unwrap();
    let found = check(dir.path(), &["./"]);
    assert_eq!((found.code, found.out.as_str()), (Some(0), "1 query in 1 file, 0 wrong\n"), "{}", found.err);
    assert!(found.err.contains("note: `b.odata` is not checked: it holds NUL characters"), "{}", found.err);
    let named = check(dir.path(), &["./", "b.odata"]);
    assert_eq!(named.code, Some(2), "{}", named.err);
}

#[test]
fn files_that_cannot_be_read_are_no_findings() {
    let dir = folder(&[]);
    fs::write(dir.path().join("wide.odata"), b"a\0b\0").unwrap();
    for (file, why) in [("missing.odata", "cannot read `missing.odata`"), ("wide.odata", "UTF-16")] {
        for args in [["--table", "contact", "--queries", file].as_slice(), &["--table", "contact", file]] {
            let ran = check(dir.path(), args);
            assert_eq!(ran.code, Some(2));
            assert!(ran.err.contains(why), "{}", ran.err);
        }
    }
}

#[test]
fn lints_come_from_the_file_and_the_command() {
    let dir = folder(&[("dvkit.toml", "[lints]\nDV0501 = \"error\"\n")]);
    let wildcard = |args: &[&str]| {
        let query = ["--table", "contact", "startswith(lastname,'%son')"];
        check(dir.path(), &[query.as_slice(), args].concat())
    };
    let ran = wildcard(&[]);
    assert!(ran.code == Some(1) && ran.out.starts_with("error[DV0501]"), "{}", ran.out);
    assert_eq!(wildcard(&["--lint", "performance=off"]).out, "ok\n", "the command wins");
    let warned = wildcard(&["--lint", "DV0501=warning"]);
    assert!(warned.code == Some(0) && warned.out.starts_with("warning[DV0501]"), "{}", warned.out);
    assert_eq!(wildcard(&["--lint", "DV0501=warning", "--deny", "warnings"]).code, Some(1));
    assert_eq!(wildcard(&["--lint", "DV0501=warning", "--quiet"]).out, "");
    fs::write(dir.path().join("dvkit.toml"), "[lints]\nDV0001 = \"off\"\n").unwrap();
    let refused = wildcard(&[]);
    assert!(refused.code == Some(2) && refused.err.contains("stays an error"), "{}", refused.err);
}

/// Returns the official SARIF schema, from the package `serde-sarif`. Cargo fetches the package and never
/// compiles it.
fn sarif_schema() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let run = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|p| p["name"] == "serde-sarif").unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    let schema = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    // The published schema has a typo: the pattern of languages has one bracket too many and is not a
    // regular expression.
    let schema = schema.replace("{2}]?$", "{2}?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(schema["title"].as_str().unwrap().contains("SARIF) Version 2.1.0"));
    schema
}

/// Returns the text of a SARIF region. Fails unless its line and columns, which count from 1, agree with its
/// offset, which counts from 0; columns and offsets are UTF-16 code units.
fn snippet_at(text: &str, region: &Value) -> String {
    let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let units: Vec<u16> = text.encode_utf16().collect();
    let by_offset = &units[number("charOffset")..][..number("charLength")];
    let line = text.split('\n').nth(number("startLine") - 1).unwrap();
    let line: Vec<u16> = line.encode_utf16().collect();
    assert_eq!(&line[number("startColumn") - 1..number("endColumn") - 1], by_offset);
    String::from_utf16(by_offset).unwrap()
}

#[test]
fn sarif_is_what_its_schema_says() {
    let validator = jsonschema::options().should_validate_formats(true).build(&sarif_schema()).unwrap();
    assert!(!validator.is_valid(&json!({ "version": "2.1.0", "runs": [{}] })), "a run has a tool");
    let other = "😀 eq 1\n{\"table\":\"kontakt\",\"filter\":\"a eq 1\"}\n{}\nparentcustomerid/telephone1 eq '1' and createdon eq 2025-01-31\n";
    let dir = folder(&[("a b.odata", PLAIN), ("b.jsonl", LINES), ("c.odata", other), ("empty.odata", "")]);
    let sarif = |args: &[&str]| -> Value {
        let ran = check(dir.path(), &[args, &["--format", "sarif", "--table", "contact"]].concat());
        let document: Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.err));
        let mistakes: Vec<String> =
            validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert_eq!(mistakes, Vec::<String>::new());
        document["runs"][0].clone()
    };

    let files = ["a b.odata", "b.jsonl", "c.odata"];
    let run = sarif(&[["--queries"].as_slice(), &files].concat());
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 6, "{results:?}");
    let read = |uri: &Value| {
        let name = uri.as_str().unwrap().replace("%20", " ");
        fs::read_to_string(dir.path().join(name)).unwrap()
    };
    for result in results {
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let physical = &result["locations"][0]["physicalLocation"];
        let text = read(&physical["artifactLocation"]["uri"]);
        let found = snippet_at(&text, &physical["region"]);
        assert_eq!(found, physical["region"]["snippet"]["text"].as_str().unwrap_or_default());
        for change in result["fixes"].as_array().into_iter().flatten().map(|f| &f["artifactChanges"][0]) {
            snippet_at(
                &read(&change["artifactLocation"]["uri"]),
                &change["replacements"][0]["deletedRegion"],
            );
        }
    }
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.odata");
    assert_eq!(results[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false, "`{{}}` asks nothing");
    assert_eq!(invocation["toolExecutionNotifications"].as_array().map(Vec::len), Some(1));

    let given = sarif(&["fullnme eq 'a\nb'", "nope eq 1", "statecode eq 0"]);
    assert_eq!(given["artifacts"].as_array().map(Vec::len), Some(2), "only texts with findings travel along");
    assert_eq!(given["artifacts"][1]["contents"]["text"], "nope eq 1");

    for clean in [["statecode eq 0"].as_slice(), &["--queries", "empty.odata"]] {
        assert_eq!(sarif(clean)["results"], json!([]));
    }
}

#[test]
fn annotations_name_the_line() {
    let dir = folder(&[("a.odata", PLAIN)]);
    let ran = check(dir.path(), &["--format", "github", "--table", "contact", "--queries", "a.odata"]);
    let first = ran.out.lines().next().unwrap();
    assert!(
        first.starts_with("::error file=a.odata,line=3,col=3,endColumn=10,title=DV0203::`contact` has no column `fullnme`%0Ahelp: "),
        "{first}"
    );
    assert_eq!(ran.code, Some(1));
}

#[test]
fn a_wrong_comment_that_fails_the_run_is_counted() {
    let dir = folder(&[("a.ts", "// dvkit-ignore DV9999\nconst q = 'contacts?$select=fullname&$top=1';\n")]);
    let ran = check(dir.path(), &["--deny", "warnings", "./"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.ends_with("1 query in 1 file: 1 right; 1 warning; 1 comment wrong\n"), "{}", ran.out);
    let ran = check(dir.path(), &["./"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.ends_with("1 query in 1 file: 1 right; 1 warning\n"), "{}", ran.out);
}
