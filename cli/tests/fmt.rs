//! `dvkit fmt --file`: the queries it reports, writes and leaves alone.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::process::Command;

const GIVEN: &str =
    "\u{feff}# queries\r\n  accounts?$top=1&$filter=( a eq 1 )\r\n\r\na eq 1\n{\"filter\":\"a\"}\nb eq\n(c)";

fn fmt(folder: &std::path::Path, args: &[&str]) -> (Option<i32>, String, String) {
    let run =
        Command::new(env!("CARGO_BIN_EXE_dvkit")).current_dir(folder).arg("fmt").args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (run.status.code(), text(&run.stdout), text(&run.stderr))
}

#[test]
fn lines_that_are_not_minified_are_named_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.txt");
    fs::write(&path, GIVEN).unwrap();
    let (code, out, err) = fmt(folder.path(), &["--check", "--file", "q.txt"]);
    assert_eq!((code, out.as_str()), (Some(1), "q.txt:2: not minified\nq.txt:7: not minified\n"));
    assert!(
        err.contains("q.txt:5: an object of JSON is left alone") && err.contains("the text ends"),
        "{err}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), GIVEN);

    let (code, out, _) = fmt(folder.path(), &["--minify", "--write", "--file", "q.txt"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let small = "\u{feff}# queries\r\n  accounts?$top=1&$filter=a%20eq%201\r\n\r\na eq 1\n{\"filter\":\"a\"}\nb eq\nc";
    assert_eq!(fs::read_to_string(&path).unwrap(), small);

    fs::write(&path, "a eq 1\n# (b)\n").unwrap();
    assert_eq!(fmt(folder.path(), &["--check", "--file", "q.txt"]), (Some(0), String::new(), String::new()));
    fs::write(&path, "accounts?$count=false\n").unwrap();
    let (code, _, err) = fmt(folder.path(), &["--minify", "--write", "--file", "q.txt"]);
    assert!(code == Some(1) && err.contains("read as something else"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "accounts?$count=false\n");
}
