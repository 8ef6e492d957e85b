//! The one-way rule: who may use whom, and what must never get in, read from `cargo metadata`.
//!
//! Normal dependencies only: tests may use what they like.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use dvkit_tests::workspace;
use serde_json::Value;

/// What each crate may use of ours. A new crate gets a line here and in ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("dvkit-files", &[]),
    ("dvkit-diagnostic", &[]),
    ("odata-parser", &["dvkit-diagnostic"]),
    ("fetchxml", &["dvkit-diagnostic"]),
    ("dvkit-schema", &["dvkit-files", "dvkit-diagnostic"]),
    ("dvkit-client", &["dvkit-files"]),
    ("dvkit-query", &["dvkit-diagnostic", "dvkit-schema", "odata-parser", "fetchxml"]),
    ("dvkit-translate", &["dvkit-diagnostic", "dvkit-schema", "odata-parser", "fetchxml", "dvkit-query"]),
    ("dvkit-execute", &["dvkit-diagnostic", "dvkit-schema", "dvkit-query"]),
    (
        "dvkit-codegen",
        &["dvkit-files", "dvkit-diagnostic", "dvkit-schema", "dvkit-query", "odata-parser", "fetchxml"],
    ),
    ("dvkit-codegen-macros", &["dvkit-codegen"]),
    ("dvkit", &["dvkit-codegen-macros", "dvkit-query", "dvkit-client"]),
    ("dvkit-schema-fetch", &["dvkit-files", "dvkit-diagnostic", "dvkit-schema", "dvkit-client"]),
    ("dvkit-emulator", &["dvkit-diagnostic", "dvkit-schema", "odata-parser"]),
    ("dvkit-cli", LIBRARIES),
    // Nobody depends on the rest.
    ("saas", &["dvkit-diagnostic", "dvkit-schema", "dvkit-query", "dvkit-client", "dvkit-schema-fetch"]),
    ("contoso", &["dvkit"]),
    ("dvkit-book", &["dvkit"]),
    ("dvkit-ui", &["dvkit"]),
    ("dvkit-tests", LIBRARIES),
    ("dvkit-benches", LIBRARIES),
];

/// Everything but what is for users' own programs.
const LIBRARIES: &[&str] = &[
    "dvkit-files",
    "dvkit-diagnostic",
    "odata-parser",
    "fetchxml",
    "dvkit-schema",
    "dvkit-client",
    "dvkit-query",
    "dvkit-translate",
    "dvkit-execute",
    "dvkit-codegen",
    "dvkit-schema-fetch",
    "dvkit-emulator",
];

/// What a build script or a macro would drag into everybody's build.
const HEAVY: &[&str] = &["reqwest", "tokio", "clap", "indicatif", "anyhow", "axum"];

/// The crates that stand on the way of build scripts and macros.
const LIGHT: &[&str] = &[
    "dvkit-files",
    "dvkit-diagnostic",
    "odata-parser",
    "fetchxml",
    "dvkit-schema",
    "dvkit-query",
    "dvkit-codegen",
    "dvkit-codegen-macros",
];

/// The packages of the workspace by name.
fn packages() -> BTreeMap<String, Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|p| (p["name"].as_str().unwrap().to_owned(), p.clone())).collect()
}

/// The names of a package's normal dependencies.
fn uses(package: &Value) -> Vec<&str> {
    let all = package["dependencies"].as_array().unwrap();
    all.iter().filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap()).collect()
}

#[test]
fn dependencies_go_one_way() {
    let packages = packages();
    for (name, package) in &packages {
        let row = MAY_USE.iter().find(|(crate_name, _)| crate_name == name);
        let (_, may) = row.unwrap_or_else(|| panic!("`{name}` is new: say in MAY_USE what it may use"));
        for used in uses(package) {
            let ours = packages.contains_key(used);
            assert!(!ours || may.contains(&used), "`{name}` must not use `{used}`");
        }
    }
    for (name, _) in MAY_USE {
        assert!(packages.contains_key(*name), "`{name}` is gone: take it out of MAY_USE");
    }
}

#[test]
fn the_rule_itself_has_no_circle() {
    // Whatever a crate may use stands above it in the table.
    for (n, (name, may)) in MAY_USE.iter().enumerate() {
        for used in *may {
            assert!(MAY_USE[..n].iter().any(|(above, _)| above == used), "`{name}` → `{used}` goes down");
        }
    }
}

#[test]
fn what_macros_use_stays_light() {
    let packages = packages();
    for name in LIGHT {
        for used in uses(&packages[*name]) {
            assert!(!HEAVY.contains(&used), "`{name}` must not use `{used}`");
        }
    }
}

#[test]
fn no_crate_has_unsafe_code() {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"forbid\""), "the workspace's lints forbid it");
    for (name, package) in packages() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "`{name}` takes the workspace's lints");
        // Whoever reads a published crate must see it without the workspace around it.
        if package["publish"].is_null() {
            let targets = package["targets"].as_array().unwrap();
            let roots = targets.iter().filter(|t| {
                t["kind"] == serde_json::json!(["lib"]) || t["kind"] == serde_json::json!(["bin"])
            });
            for target in roots {
                let path = Path::new(target["src_path"].as_str().unwrap());
                let text = fs::read_to_string(path).unwrap();
                assert!(text.contains("#![forbid(unsafe_code)]"), "{}", path.display());
            }
        }
    }
}
