//! The table of what is emulated follows from the comments above the tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The operations that a comment can name.
const OPERATIONS: [&str; 23] = [
    "read collection",
    "read row",
    "read property",
    "read count",
    "read references",
    "FetchXML",
    "create",
    "update",
    "upsert",
    "delete",
    "associate",
    "batch",
    "bulk messages",
    "files",
    "images",
    "change tracking",
    "functions",
    "actions",
    "metadata writes",
    "search",
    "background",
    "impersonation",
    "system rows",
];

/// The further operations, which are the emulator's own.
const OWN: [&str; 2] = ["seeds", "control"];

/// Returns the lines of the table for the tests in one file.
fn lines(topic: &str, text: &str, found: &mut BTreeSet<String>) {
    let mut options: Vec<(String, String, &str)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let comment = [("// covers: ", "emulated"), ("// refuses: ", "501")]
            .into_iter()
            .find_map(|(start, support)| Some((line.strip_prefix(start)?, support)));
        if let Some((option, support)) = comment {
            let place = format!("{topic}.rs, line {}", number + 1);
            let (operation, option) = option.split_once(" / ").unwrap_or_else(|| panic!("{place}: no ` / `"));
            assert!(
                OPERATIONS.iter().chain(&OWN).any(|o| *o == operation),
                "{place}: unknown operation `{operation}`"
            );
            assert!(!option.contains('\t'), "{place}: a tab");
            options.push((operation.to_owned(), option.trim().to_owned(), support));
        } else if let Some(name) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn ")) {
            let name = name.split('(').next().unwrap_or_default();
            for (operation, option, support) in options.drain(..) {
                found.insert(format!("{operation}\t{option}\t{support}\t{topic}::{name}"));
            }
        } else {
            let between = line.is_empty() || line.starts_with("#[") || line.starts_with("//");
            assert!(
                options.is_empty() || between,
                "{topic}.rs, line {}: no test follows the comment",
                number + 1
            );
        }
    }
    assert!(options.is_empty(), "{topic}.rs: no test follows the last comment");
}

#[test]
fn the_table_of_coverage_is_that_of_the_tests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder.join("tests/rows")).unwrap() {
        let path = entry.unwrap().path();
        let topic = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|end| end == "rs") && !matches!(topic.as_str(), "main" | "coverage") {
            lines(&topic, &fs::read_to_string(&path).unwrap(), &mut found);
        }
    }
    let table: String = found.iter().map(|line| format!("{line}\n")).collect();
    let path = folder.join("coverage.tsv");
    if std::env::var_os("DVKIT_BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let difference = written.lines().find(|line| !found.contains(*line)).map(str::to_owned);
    let missing = found.iter().find(|line| !written.lines().any(|l| l == line.as_str()));
    assert_eq!((difference, missing), (None, None), "DVKIT_BLESS=1 writes the table anew");
    assert_eq!(written, table);
}
