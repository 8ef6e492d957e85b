//! The sample organisation as Rust, and a list of all pages, so that none is forgotten.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    dvkit_codegen::schema("crm")
        .from_dir("../../fixtures/schema")
        .tables(["account", "contact", "email", "new_project"])
        .operations(["WhoAmI", "AddMembersTeam", "new_*"])
        .register()?;
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let mut pages = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs/book/src")];
    while let Some(folder) = folders.pop() {
        println!("cargo::rerun-if-changed={}", folder.display());
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    let items = pages
        .iter()
        .enumerate()
        .map(|(n, page)| format!("#[doc = include_str!({page:?})]\npub struct Page{n};\n"));
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("pages.rs"), items.collect::<String>())?;
    Ok(())
}
