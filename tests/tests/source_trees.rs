//! The queries that a person finds in the files of `tests/trees` are found in them, and nothing else is.
//!
//! Beside each file `NAME` stands `NAME.expected`: one query a line, as the service gets it, with `\n` for a line
//! break and `{}` for what the program puts in. A line that begins with `~` is a part of the query.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit_ide::embedded::{FoundKind, SourceFile};
use dvkit_ide::{Schemas, Settings, Workspace};
use dvkit_tests::workspace;

/// Returns the files with expectations, in `folder` and below.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.to_str().unwrap().ends_with(".expected") {
            found.push(PathBuf::from(path.to_str().unwrap().strip_suffix(".expected").unwrap()));
        }
    }
}

/// Returns the queries that are found in a file, with `{}` for each placeholder, and without the white space
/// at the beginning of lines, which depends on how a host indents. Each comes with whether it is checked: a part
/// of a query that is put together elsewhere is not, and nobody is told that it is wrong.
fn queries(path: &Path) -> Vec<(String, bool)> {
    let file = SourceFile::read(path)
        .unwrap()
        .unwrap_or_else(|| panic!("the language of {} is not known", path.display()));
    let text = |found: &dvkit_ide::embedded::FoundText| {
        let mut text = found.text.text().to_owned();
        let placeholders: Vec<_> = found.text.placeholders().collect();
        for range in placeholders.into_iter().rev() {
            text.replace_range(range, "{}");
        }
        (flat(&text), found.skipped.is_none())
    };
    file.found().iter().filter(|found| found.kind == FoundKind::Query).map(text).collect()
}

/// Returns a text with one space for each stretch of white space at a line break.
fn flat(text: &str) -> String {
    text.trim().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_person_calls_a_query_is_found() {
    let mut all = Vec::new();
    files(&workspace().join("tests/trees"), &mut all);
    all.sort();
    let kinds = all.iter().filter_map(|path| path.extension()).collect::<BTreeSet<_>>().len();
    assert!(kinds >= 12, "{kinds} kinds of files");
    let (mut expected_count, mut missing, mut superfluous) = (0, Vec::new(), Vec::new());
    for path in all {
        let mut found = queries(&path);
        let expected = fs::read_to_string(format!("{}.expected", path.display())).unwrap();
        for line in expected.lines() {
            expected_count += 1;
            let line = line.replace("\\\\", "\u{0}").replace("\\n", "\n").replace('\u{0}', "\\");
            let at = match line.strip_prefix('~') {
                Some(part) => found.iter().position(|(text, _)| text.contains(&flat(part))),
                None => found.iter().position(|(text, _)| *text == flat(&line)),
            };
            match at {
                Some(at) => drop(found.remove(at)),
                None => missing.push(format!("{}: {line}", path.display())),
            }
        }
        let checked = found.into_iter().filter(|(_, is_checked)| *is_checked);
        superfluous.extend(checked.map(|(text, _)| format!("{}: {text}", path.display())));
    }
    assert!(expected_count >= 300, "{expected_count} queries");
    println!(
        "{} of {expected_count} queries are found in {kinds} kinds of files, and {} texts that are none",
        expected_count - missing.len(),
        superfluous.len()
    );
    let report = format!("missing:\n{}\nsuperfluous:\n{}", missing.join("\n"), superfluous.join("\n"));
    println!(
        "{} of {expected_count} queries are missing, {} are superfluous: {superfluous:?}",
        missing.len(),
        superfluous.len()
    );
    assert!(missing.len() * 100 <= expected_count * 2, "{} of {expected_count} {report}", missing.len());
    assert!(superfluous.len() * 100 <= expected_count, "{} of {expected_count} {report}", superfluous.len());
}

/// The mistakes in the files of `tests/trees`: the end of the file's name, and what is wrong.
const MISTAKES: &[(&str, &str)] = &[
    ("sync.py", "texts stand in single quotes"),
    ("accounts.ts", "`ownerid` is a lookup; its value, a guid, is the property `_ownerid_value`"),
];

#[test]
fn right_names_are_not_reported() {
    let workspace_of_sample =
        Workspace::new(Schemas::of(dvkit_ide::sample::open().unwrap()), Settings::default());
    let mut all = Vec::new();
    files(&workspace().join("tests/trees"), &mut all);
    let mut wrong = Vec::new();
    let mut checked = 0;
    for path in all {
        let file = SourceFile::read(&path).unwrap().unwrap();
        for found in file.found() {
            let diagnosis = workspace_of_sample.diagnose_text(found, None).unwrap();
            checked += usize::from(diagnosis.is_checked);
            for diagnostic in diagnosis.diagnostics.iter().filter(|d| d.is_error()) {
                let is_known =
                    |(name, why): &(&str, &str)| path.ends_with(name) && diagnostic.message == *why;
                if !MISTAKES.iter().any(is_known) {
                    wrong.push(format!("{}: {diagnostic}", path.display()));
                }
            }
        }
    }
    assert!(checked > 200, "{checked}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
