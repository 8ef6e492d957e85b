//! All output goes through the module `output`: no other module names a standard stream, and the crate `ide`
//! names none.

use std::fs;
use std::path::{Path, PathBuf};

/// Source text that can write to a terminal without `output`: streams, macros and crates.
const WAYS: &[&str] = &[
    "stdout()",
    "stderr()",
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
    "io::Write",
    "dyn Write",
    "impl Write",
    "anstream",
    "indicatif",
    "/dev/std",
    "/dev/tty",
    "/proc/self/fd",
    "Stdio::inherit",
    ".print()",
    ".exit()",
    "Cli::parse()",
    "process::exit",
    "tracing_subscriber",
];

/// Lines that are allowed, each with the reason.
const EXCEPT: &[(&str, &str)] = &[
    // Ends the process after a signal and writes nothing.
    ("interrupt.rs", "process::exit(code);"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Returns the source lines that are compiled into the program: without comments, and without the tests at
/// the end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let program = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    program.lines().map(str::trim).filter(|l| !l.starts_with("//"))
}

fn goes_round(path: &str, text: &str) -> Vec<String> {
    let is_output = path == "output.rs" || path.starts_with("output/");
    let except = |line: &str| EXCEPT.contains(&(path, line));
    code(text)
        .filter(|line| !is_output && !except(line))
        .filter(|line| WAYS.iter().any(|way| line.contains(way)))
        .map(|line| format!("{path}: {line}"))
        .collect()
}

#[test]
fn nothing_writes_to_a_stream_but_the_screen() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    sources(&root, &mut all);
    assert!(all.len() > 40);
    let mut wrong = Vec::new();
    for path in all {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        wrong.extend(goes_round(&name, &fs::read_to_string(&path).unwrap()));
    }
    assert!(
        wrong.is_empty(),
        "these go round `output`, which decides what is harmless:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_workspace_knows_no_stream_no_arguments_and_no_terminal() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ide/src");
    let mut all = Vec::new();
    sources(&root, &mut all);
    assert!(all.len() > 25);
    let more = ["stdin()", "clap", "is_terminal", "process::"];
    let mut wrong = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let found = code(&text).filter(|line| WAYS.iter().chain(&more).any(|way| line.contains(way)));
        wrong.extend(found.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(wrong.is_empty(), "the command does this:\n{}", wrong.join("\n"));
}

#[test]
fn the_guard_sees_what_it_looks_for() {
    for line in ["    println!(\"{name}\");", "let out = io::stdout().lock();", "use std::io::Write as _;"] {
        assert_eq!(goes_round("commands/new.rs", line).len(), 1, "{line}");
    }
    assert!(goes_round("interrupt.rs", "process::exit(code);").is_empty());
    assert!(goes_round("a.rs", "// println!\n#[cfg(test)]\nmod tests {\nprintln!()\n}").is_empty());
}
