//! What a package on a registry has to have: a description, a README, its licences and what docs.rs needs.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::Path;

use dvkit_tests::{workspace, workspace_packages};
use serde_json::{Value, json};

/// The packages of the workspace that are published.
fn published() -> Vec<Value> {
    workspace_packages().into_iter().filter(|package| package["publish"].is_null()).collect()
}

#[test]
fn every_published_package_has_what_a_registry_shows() {
    let packages = published();
    assert!(packages.len() >= 13, "{}", packages.len());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        assert!(package["description"].as_str().is_some_and(|text| text.len() > 30), "{name}: description");
        assert_eq!(package["readme"], json!("README.md"), "{name}: readme");
        assert!(package["categories"].as_array().is_some_and(|all| !all.is_empty()), "{name}: categories");
        assert!(package["keywords"].as_array().is_some_and(|all| !all.is_empty()), "{name}: keywords");
        assert!(
            package["repository"].is_string() && package["license"].is_string(),
            "{name}: repository, license"
        );
        assert_eq!(package["metadata"]["docs"]["rs"]["all-features"], json!(true), "{name}: docs.rs");
        let readme =
            fs::read_to_string(folder.join("README.md")).unwrap_or_else(|e| panic!("{name}: README.md: {e}"));
        assert!(readme.starts_with(&format!("# {name}\n")), "{name}: the title of README.md");
        // Each package carries its own copies: a link to the workspace's files would be one to nothing in it.
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let path = folder.join(licence);
            assert!(path.symlink_metadata().is_ok_and(|file| file.is_file()), "{name}: {licence}");
            assert_eq!(
                fs::read(&path).unwrap(),
                fs::read(workspace().join(licence)).unwrap(),
                "{name}: {licence}"
            );
        }
    }
}

#[test]
fn a_published_package_is_built_from_published_ones_only() {
    let packages = published();
    let names: Vec<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    let mut seen = 0;
    for package in &packages {
        for dependency in package["dependencies"].as_array().unwrap() {
            // A test may use what is here only, which then has no version: cargo leaves it out of the package.
            let is_for_tests = dependency["kind"] == "dev" && dependency["req"] == "*";
            if dependency["path"].is_string() && !is_for_tests {
                seen += 1;
                let used = dependency["name"].as_str().unwrap();
                assert!(names.contains(&used), "{} is published, and uses `{used}`", package["name"]);
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_published_library_begins_with_an_example() {
    let mut without = Vec::new();
    for package in published() {
        for target in package["targets"].as_array().unwrap() {
            // The macros are documented where `dvkit` exports them.
            if target["kind"] != json!(["lib"]) {
                continue;
            }
            let path = Path::new(target["src_path"].as_str().unwrap());
            let text = fs::read_to_string(path).unwrap();
            let head = text.lines().take_while(|line| line.starts_with("//!"));
            if !head.clone().any(|line| line.starts_with("//! ```")) {
                without.push(path.display().to_string());
            }
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}
