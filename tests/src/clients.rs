//! The suites of real clients in `tests/clients`: finds the installed clients, and reads what a suite prints.
//!
//! The clients come from their registries: `tests/clients/run --install`, into `target/clients` or `$DVKIT_CLIENTS`.
#![allow(clippy::print_stdout)] // a run tells what it covered

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::workspace;

/// Returns the folder in which the clients are installed, with Python in `python` and these modules in `node_modules`.
/// Returns `None` if they are not installed, after saying so.
///
/// # Panics
/// Panics if they are not installed and `DVKIT_CLIENTS_REQUIRED` is 1.
#[must_use]
pub fn installed(modules: &[&str]) -> Option<PathBuf> {
    let folder =
        std::env::var_os("DVKIT_CLIENTS").map_or_else(|| workspace().join("target/clients"), PathBuf::from);
    let complete = folder.join("python/bin/python").is_file()
        && modules.iter().all(|name| folder.join("node_modules").join(name).is_dir());
    if complete {
        return folder.canonicalize().ok();
    }
    let skipped = "the clients are not installed (tests/clients/run --install)";
    assert!(
        std::env::var_os("DVKIT_CLIENTS_REQUIRED").is_none_or(|value| value != "1"),
        "{skipped}: {}",
        folder.display()
    );
    println!("skipped: {skipped}");
    None
}

/// Asserts that all capabilities of the suite `name` passed, by what it printed, and that they were more than `least`.
///
/// # Panics
/// Panics with the capabilities that failed.
pub fn assert_passed(name: &str, output: &Output, least: usize) {
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = printed.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let failed: Vec<String> =
        lines.iter().filter(|line| line["ok"] == false).map(|line| format!("  {line}")).collect();
    let passed = lines.iter().filter(|line| line["ok"] == true).count();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(
        failed.is_empty() && output.status.success(),
        "{name}: {passed} capabilities passed, {} failed:\n{}\n{problems}",
        failed.len(),
        failed.join("\n")
    );
    // A suite that prints nothing has not run.
    assert!(
        lines.last().is_some_and(|counts| counts["passed"] == passed && counts["failed"] == 0)
            && passed > least,
        "{name}: {printed}\n{problems}"
    );
    println!("{name}: {passed} capabilities");
}
