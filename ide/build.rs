//! Embeds the sample organisations, so that `dvkit check` works before the user has a schema.
//!
//! Lists the files of the snapshots and writes tables of `include_str!`. Without the snapshots (the crate is
//! built outside its repository) the tables are empty, and `dvkit` reports that it has no schema.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The sample organisations: the name of each, and the folder of its snapshot in `fixtures`.
const SAMPLES: [(&str, &str); 2] = [("contoso", "schema"), ("fabrikam", "fabrikam")];

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut code = String::from("&[\n");
    for (name, folder) in SAMPLES {
        let sample = package.join("../fixtures").join(folder);
        watch(&sample);
        let mut files = Vec::new();
        if sample.is_dir() {
            list(&sample, String::new(), &mut files)?;
        }
        files.sort();
        let _ = writeln!(code, "    ({name:?}, &[");
        for (name, path) in &files {
            // The `Debug` form of a string is a Rust literal; it escapes the backslashes of Windows paths.
            let _ = writeln!(code, "        ({name:?}, include_str!({:?})),", path.to_string_lossy());
        }
        code.push_str("    ]),\n");
    }
    code.push_str("]\n");
    fs::write(out.join("sample.rs"), code)
}

/// Makes Cargo run this script again when the directory changes. A path that does not exist would make it run
/// on every build.
fn watch(sample: &Path) {
    let existing = sample.ancestors().find(|p| p.exists()).unwrap_or(sample);
    let line = format!("cargo:rerun-if-changed={}\n", existing.display());
    // A failed write is ignored: there is no other channel to Cargo.
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
