//! Files are accessed in one place only, the crate `files`.
//!
//! The code of every crate is searched for file access with the standard library and others. Tests, build
//! scripts, examples and measurements may use them.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::{Path, PathBuf};

use dvkit_tests::workspace;

/// Names that access files, as they are written in code.
const FORBIDDEN: &[&str] = &[
    "std::fs",
    "fs::",
    "File::",
    "OpenOptions",
    "DirBuilder",
    "tempfile",
    "read_dir(",
    "read_link(",
    "canonicalize(",
    "symlink_metadata(",
    ".exists()",
    ".try_exists()",
    ".is_file()",
    ".is_dir()",
    ".is_symlink()",
];

/// Uses that are allowed: the file, the line, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "cli/src/report/sarif.rs",
        "use tempfile::SpooledTempFile;",
        "a file without a name, which no tree can be about",
    ),
    ("ide/src/embedded/archive.rs", "entry.is_file()", "an entry of an archive, not a file"),
    ("ide/src/tree/walk.rs", "kind.is_file()", "what the walk of the crate `ignore` found out"),
    ("ide/src/tree/walk.rs", "kind.is_dir()", "what the walk of the crate `ignore` found out"),
];

/// Returns the lines of a file's code that access files, with their numbers.
fn offences(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let next = lines.peek().map_or("", |(_, line)| line.trim_start());
        // A module of tests is the last item in a file.
        if line.trim() == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
            break;
        }
        let code = line.split("//").next().unwrap_or_default();
        let touches = FORBIDDEN.iter().any(|word| {
            code.match_indices(word).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                word.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            })
        });
        if touches {
            found.push((number + 1, line.trim().to_owned()));
        }
    }
    found
}

/// Returns the source files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "tests" {
                open.push(path);
            } else if name.ends_with(".rs") && name != "tests.rs" {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn only_the_files_crate_accesses_files() {
    let manifest = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let members = members.split(',').map(|m| m.trim().trim_matches('"')).filter(|m| !m.is_empty());
    // Crates for users; the others test, measure and demonstrate.
    let ours = members.filter(|m| {
        !["files", "fixtures", "tests", "tests/ui", "tests/mutation", "benches", "examples/contoso"]
            .contains(m)
    });
    let mut wrong = Vec::new();
    let mut seen = 0;
    for folder in ours {
        for path in sources(&workspace().join(folder).join("src")) {
            seen += 1;
            for (number, line) in offences(&fs::read_to_string(&path).unwrap()) {
                let is_allowed =
                    ALLOWED.iter().any(|(file, what, _)| path.ends_with(file) && line.contains(what));
                if !is_allowed {
                    wrong.push(format!("{}:{number}: {line}", path.display()));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} files were found");
    assert!(wrong.is_empty(), "use the crate `files` instead:\n{}", wrong.join("\n"));
}

#[test]
fn the_scan_finds_file_access_in_code() {
    let wrong = [
        "use std::fs;\n",
        "fn f() { let x = std::fs::read(p)?; }",
        "File::open(path)",
        "tokio::fs::write(a, b).await",
        "if path.exists() {}",
        "use tempfile::NamedTempFile;",
        "#[cfg(test)]\nmod tests;\nfs::remove_dir_all(x)",
    ];
    for text in wrong {
        assert!(!offences(text).is_empty(), "{text}");
    }
    let right = [
        "dvkit_files::read(p)",
        "files::remove_file(p)",
        "// fs::read is not used here",
        "QueryFile::read(p)",
        "#[cfg(test)]\nmod tests {\n    fs::write(a, b)\n}",
    ];
    for text in right {
        assert!(offences(text).is_empty(), "{text}: {:?}", offences(text));
    }
}
