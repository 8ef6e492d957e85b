//! Embeds the sample organisation, so that `dvkit check` has something to show before anyone brings a schema.
//!
//! Lists the snapshot's files and writes a table of `include_str!`; where the snapshot is not there (the crate without
//! the rest of the repository), the table is empty and `dvkit` says that it has no schema.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let sample = package.join("../fixtures/schema");
    watch(&sample);

    let mut files = Vec::new();
    if sample.is_dir() {
        list(&sample, String::new(), &mut files)?;
    }
    files.sort();
    let mut code = String::from("&[\n");
    for (name, path) in &files {
        // Debug of a string is a Rust literal of it, backslashes of Windows included.
        let _ = writeln!(code, "    ({name:?}, include_str!({:?})),", path.to_string_lossy());
    }
    code.push_str("]\n");
    fs::write(out.join("sample.rs"), code)
}

/// Cargo runs this again when the directory changes; a path that does not exist would make it run every time.
fn watch(sample: &Path) {
    let existing = sample.ancestors().find(|p| p.exists()).unwrap_or(sample);
    let line = format!("cargo:rerun-if-changed={}\n", existing.display());
    // Nobody is left to tell where cargo does not listen.
    let _ = io::Write::write_all(&mut io::stdout(), line.as_bytes());
}

fn list(dir: &Path, prefix: String, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), format!("{name}/"), files)?;
        } else if name.ends_with(".json") {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
