//! Files formatted by `dvkit fmt` are read back as the same queries, for all samples and corpora.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // the lints' exceptions for tests do not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Returns the standard output of a command, whatever its exit status.
fn dvkit(dir: &Path, args: &[&str], stdin: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dvkit"))
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let stdin = stdin.to_owned();
    let writer = std::thread::spawn(move || to.write_all(stdin.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().ok();
    assert!(output.status.code().is_some_and(|code| code < 2), "{args:?}: {:?}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the queries of a file as `dvkit parse` prints them.
fn printed(dir: &Path, file: &str) -> Vec<String> {
    let answers = dvkit(dir, &["parse", "--format", "json", file], "");
    let answer =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["printed"].as_str().map(str::to_owned);
    answers.lines().filter_map(answer).collect()
}

/// Returns all valid queries of the samples, and of the corpora if they are available.
fn right(dir: &Path) -> Vec<String> {
    let mut folders = vec![dvkit_tests::workspace().join("fixtures/queries")];
    match dvkit_tests::corpus_dir() {
        Some(corpus) => folders.push(corpus),
        None => println!("skipped: no corpus"),
    }
    let mut texts = BTreeSet::new();
    for file in folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for object in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            for member in ["query", "filter", "odata", "fetchxml", "q", "input", "expect", "rewritten"] {
                texts.extend(object[member].as_str().map(str::to_owned));
            }
        }
    }
    let texts: Vec<String> = texts.into_iter().collect();
    let questions: String = texts
        .iter()
        .enumerate()
        .map(|(id, text)| format!("{}\n", json!({ "id": id, "odata": text })))
        .collect();
    let answers = dvkit(dir, &["parse", "--batch"], &questions);
    let answers = answers.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    texts
        .into_iter()
        .zip(answers)
        .filter(|(_, answer)| answer["parsed"] == true)
        .map(|(text, _)| text)
        .collect()
}

#[test]
fn what_is_laid_out_in_a_file_is_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    // Excluded: OData literals that a file reads as JSON or a comment. Lines with an HTTP method are excluded
    // too, because `fmt` leaves them alone in a file.
    let other = |text: &String| {
        !text.trim_start().starts_with(['{', '[', '#'])
            && !text.trim_start().starts_with("//")
            && odata_parser::request_line(text).is_none()
            && odata_parser::batch_lines(text).is_empty()
    };
    let texts: Vec<String> = right(dir).into_iter().filter(other).collect();
    let lines: String = texts.iter().map(|text| format!("{}\n", json!({ "odata": text }))).collect();
    fs::write(dir.join("all.jsonl"), lines).unwrap();
    let wanted = printed(dir, "all.jsonl");
    assert_eq!(wanted.len(), texts.len());
    assert!(wanted.len() > 400, "{}", wanted.len());

    let pretty = dvkit(dir, &["fmt", "all.jsonl"], "");
    fs::write(dir.join("pretty.odata"), &pretty).unwrap();
    let back = printed(dir, "pretty.odata");
    for (back, wanted) in back.iter().zip(&wanted) {
        assert_eq!(back, wanted);
    }
    assert_eq!(back.len(), wanted.len());

    // The file in UTF-16, as Windows writes it. It is formatted already, so nothing changes.
    let wide = |text: &str| -> Vec<u8> {
        std::iter::once(0xfeff)
            .chain(text.replace('\n', "\r\n").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let path = dir.join("wide.odata");
    fs::write(&path, wide(&pretty)).unwrap();
    assert_eq!(printed(dir, "wide.odata").len(), wanted.len());
    dvkit(dir, &["fmt", "--write", "wide.odata"], "");
    assert!(fs::read(&path).unwrap() == wide(&pretty), "what is laid out stays as it is");
    // After minifying and formatting again, the file has the same number of queries in the same places.
    dvkit(dir, &["fmt", "--write", "--minify", "wide.odata"], "");
    let small = printed(dir, "wide.odata");
    assert_eq!(small.len(), wanted.len());
    dvkit(dir, &["fmt", "--write", "wide.odata"], "");
    assert_eq!(printed(dir, "wide.odata"), small);
    println!("{} right queries laid out in one file and read back", wanted.len());
}
