//! Runs the Rust compiler, for tests of generated code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the path of the compiled crate `dvkit` with which this test was linked, and the folder of its
/// dependencies.
fn dvkit() -> (PathBuf, PathBuf) {
    let test = std::env::current_exe().expect("a test is a file");
    let folder = test.parent().expect("it is in a folder").to_owned();
    let libraries = fs::read_dir(&folder).expect("the folder of the test").flatten().map(|e| e.path());
    let is_dvkit = |path: &PathBuf| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.strip_prefix("libdvkit-").is_some_and(|rest| rest.ends_with(".rlib"))
    };
    let built = |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).ok();
    // Earlier builds may have left other files.
    let newest = libraries.filter(is_dvkit).max_by_key(built);
    (newest.expect("the tests depend on dvkit, so it was built"), folder)
}

/// Compiles modules as one library, with warnings as errors. Each module is given by name and source code.
///
/// # Errors
/// Returns the compiler's messages.
///
/// # Panics
/// Panics if the compiler cannot be run.
pub fn compile(modules: &[(String, String)]) -> Result<(), String> {
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut root = "#![deny(warnings, missing_docs)]\n//! Generated code.\n".to_owned();
    for (name, code) in modules {
        root.push_str(&format!("/// Generated.\npub mod {name};\n"));
        write(&home.path().join(format!("{name}.rs")), code);
    }
    let lib = home.path().join("lib.rs");
    write(&lib, &root);
    let (dvkit, dependencies) = dvkit();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let run = Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "generated", "--emit", "metadata"])
        .arg("--out-dir")
        .arg(home.path())
        .arg("-L")
        .arg(format!("dependency={}", dependencies.display()))
        .arg("--extern")
        .arg(format!("dvkit={}", dvkit.display()))
        .arg(&lib)
        .output()
        .expect("rustc runs where cargo does");
    if run.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&run.stderr).into_owned();
    // The first messages are enough.
    let end = text.char_indices().nth(6000).map_or(text.len(), |(at, _)| at);
    text.truncate(end);
    Err(text)
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a temporary file");
}
