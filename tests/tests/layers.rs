//! The one-way rule, read from `cargo metadata`: which crates each crate may depend on, and which
//! dependencies must never come in.
//!
//! Only normal dependencies count; tests may use anything.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dvkit_tests::{workspace, workspace_packages};
use serde_json::{Value, json};

/// The workspace's crates that each crate may depend on. A new crate gets a line here and in ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("dvkit-files", &[]),
    ("dvkit-diagnostic", &[]),
    ("odata-parser", &["dvkit-diagnostic"]),
    ("fetchxml", &["dvkit-diagnostic"]),
    ("dvkit-schema", &["dvkit-files", "dvkit-diagnostic"]),
    ("dvkit-client", &["dvkit-files", "dvkit-diagnostic"]),
    ("dvkit-query", &["dvkit-diagnostic", "dvkit-schema", "odata-parser", "fetchxml"]),
    ("dvkit-translate", &["dvkit-diagnostic", "dvkit-schema", "odata-parser", "fetchxml", "dvkit-query"]),
    ("dvkit-execute", &["dvkit-diagnostic", "dvkit-schema", "dvkit-query"]),
    (
        "dvkit-codegen",
        &["dvkit-files", "dvkit-diagnostic", "dvkit-schema", "dvkit-query", "odata-parser", "fetchxml"],
    ),
    ("dvkit-codegen-macros", &["dvkit-codegen"]),
    (
        "dvkit",
        &[
            "dvkit-codegen-macros",
            "dvkit-diagnostic",
            "dvkit-schema",
            "odata-parser",
            "dvkit-query",
            "dvkit-client",
        ],
    ),
    ("dvkit-schema-fetch", &["dvkit-files", "dvkit-diagnostic", "dvkit-schema", "dvkit-client"]),
    (
        "dvkit-emulator",
        &[
            "dvkit-files",
            "dvkit-diagnostic",
            "dvkit-schema",
            "odata-parser",
            "fetchxml",
            "dvkit-query",
            "dvkit-execute",
        ],
    ),
    (
        "dvkit-ide",
        &[
            "dvkit-files",
            "dvkit-diagnostic",
            "dvkit-schema",
            "odata-parser",
            "fetchxml",
            "dvkit-query",
            "dvkit-translate",
        ],
    ),
    (
        "dvkit-lsp",
        &["dvkit-files", "dvkit-diagnostic", "dvkit-schema", "dvkit-query", "dvkit-translate", "dvkit-ide"],
    ),
    (
        "dvkit-mcp",
        &[
            "dvkit-files",
            "dvkit-diagnostic",
            "dvkit-schema",
            "odata-parser",
            "fetchxml",
            "dvkit-query",
            "dvkit-translate",
            "dvkit-execute",
            "dvkit-codegen",
            "dvkit-emulator",
            "dvkit-ide",
        ],
    ),
    ("dvkit-unify", &["dvkit-diagnostic", "dvkit-schema", "dvkit-query", "dvkit-client", "dvkit"]),
    (
        "dvkit-gateway",
        &[
            "dvkit-files",
            "dvkit-diagnostic",
            "dvkit-schema",
            "dvkit-client",
            "dvkit-schema-fetch",
            "dvkit",
            "dvkit-unify",
        ],
    ),
    ("dvkit-cli", LIBRARIES),
    // No crate depends on the rest.
    (
        "saas",
        &[
            "dvkit-diagnostic",
            "dvkit-schema",
            "dvkit-query",
            "dvkit-client",
            "dvkit-schema-fetch",
            "dvkit-unify",
        ],
    ),
    ("contoso", &["dvkit"]),
    ("dvkit-book", &["dvkit"]),
    ("dvkit-ui", &["dvkit"]),
    ("dvkit-mutation", &[]),
    ("dvkit-fixtures", &["dvkit-diagnostic", "dvkit-schema"]),
    ("dvkit-tests", LIBRARIES),
    ("dvkit-benches", LIBRARIES),
];

/// The sample organisations, which only crates that are not published can use.
const SAMPLES: &str = "dvkit-fixtures";

/// All crates except those for users' own programs.
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
    "dvkit-ide",
    "dvkit-lsp",
    "dvkit-mcp",
    "dvkit",
    "dvkit-unify",
    "dvkit-gateway",
];

/// Dependencies that would be compiled with every user's build script or macro.
const HEAVY: &[&str] =
    &["reqwest", "tokio", "clap", "indicatif", "anyhow", "axum", "sqlx", "rusqlite", "tree-sitter", "ignore"];

/// Dependencies that know a protocol or a terminal, which the workspace of queries must not know.
const PROTOCOLS: &[&str] =
    &["lsp-server", "gen-lsp-types", "rmcp", "tokio", "axum", "reqwest", "clap", "anstream"];

/// The crates that build scripts and macros depend on.
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

/// Returns the packages of the workspace by name.
fn packages() -> BTreeMap<String, Value> {
    workspace_packages().into_iter().map(|p| (p["name"].as_str().unwrap().to_owned(), p)).collect()
}

/// Returns the names of a package's normal dependencies.
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
            let is_sample = used == SAMPLES && package["publish"] == json!([]);
            assert!(!ours || is_sample || may.contains(&used), "`{name}` must not use `{used}`");
        }
    }
    for (name, _) in MAY_USE {
        assert!(packages.contains_key(*name), "`{name}` is gone: take it out of MAY_USE");
    }
}

#[test]
fn the_workspace_of_queries_knows_no_protocol() {
    let packages = packages();
    for used in uses(&packages["dvkit-ide"]) {
        assert!(!PROTOCOLS.contains(&used), "`dvkit-ide` must not use `{used}`");
    }
}

#[test]
fn the_dependency_table_has_no_circle() {
    // A crate may only depend on crates above it in the table.
    for (n, (name, may)) in MAY_USE.iter().enumerate() {
        for used in *may {
            assert!(MAY_USE[..n].iter().any(|(above, _)| above == used), "`{name}` → `{used}` goes down");
        }
    }
}

#[test]
fn the_crates_of_macros_have_no_heavy_dependencies() {
    let packages = packages();
    for name in LIGHT {
        for used in uses(&packages[*name]) {
            assert!(!HEAVY.contains(&used), "`{name}` must not use `{used}`");
        }
    }
}

/// The crates that have to compile for targets without files, threads and clocks, such as a page in a browser.
const WITHOUT_SYSTEM: &[&str] = &["diagnostic", "odata-parser", "fetchxml", "schema", "query", "translate"];

/// Names of files, threads, clocks, processes and sockets, as they are written in code.
const SYSTEM: &[&str] = &[
    "std::fs",
    "std::thread",
    "std::process",
    "std::net",
    "SystemTime",
    "Instant::",
    "::now(",
    "dvkit_files",
];

/// Returns the source files below a folder that are compiled without the feature `fs`, and without tests.
fn sources_without_fs(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut gated = Vec::new();
    for file in ["lib.rs", "mod.rs"] {
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2) {
            let module =
                pair[1].trim_start_matches("pub ").strip_prefix("mod ").and_then(|m| m.strip_suffix(';'));
            if let (true, Some(module)) = (pair[0].starts_with("#[cfg("), module) {
                gated.push(module.to_owned());
            }
        }
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if gated.contains(&stem) || stem == "tests" {
            continue;
        }
        if path.is_dir() {
            sources_without_fs(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Returns the lines of a file that name something of the operating system, outside comments, tests, and items behind
/// the feature `fs`.
fn system_uses(text: &str) -> Vec<&str> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let mut gated = false;
    let lines = text.lines().filter(move |line| {
        let line = line.trim();
        let is_gated = std::mem::replace(&mut gated, line == "#[cfg(feature = \"fs\")]");
        !is_gated && !line.starts_with("//")
    });
    lines.filter(|line| SYSTEM.iter().any(|name| line.contains(name))).collect()
}

#[test]
fn the_compiler_and_what_it_uses_need_no_operating_system() {
    for name in WITHOUT_SYSTEM {
        let mut files = Vec::new();
        sources_without_fs(&workspace().join(name).join("src"), &mut files);
        assert!(files.len() > 5, "{name}: {} files", files.len());
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(system_uses(&text), [""; 0], "{}", path.display());
        }
    }
    // The feature is off where the compiler uses the schema, and what it brings is optional.
    let packages = packages();
    let dependency = |package: &str, used: &str| {
        let all = packages[package]["dependencies"].as_array().unwrap();
        all.iter().find(|d| d["kind"].is_null() && d["name"] == used).cloned().unwrap()
    };
    let schema = dependency("dvkit-query", "dvkit-schema");
    assert_eq!(
        (&schema["uses_default_features"], &schema["features"]),
        (&Value::Bool(false), &serde_json::json!([]))
    );
    assert_eq!(dependency("dvkit-schema", "dvkit-files")["optional"], true);
}

#[test]
fn the_scan_finds_uses_of_the_operating_system() {
    let code =
        "use std::fs;\n// std::fs\n#[cfg(feature = \"fs\")]\nuse std::thread;\nlet t = Instant::now();\n";
    assert_eq!(system_uses(code), ["use std::fs;", "let t = Instant::now();"]);
    let swap = fs::read_to_string(workspace().join("schema/src/store/swap.rs")).unwrap();
    assert!(!system_uses(&swap).is_empty(), "the store's writer uses threads, behind the feature");
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).unwrap();
    assert!(root.contains("unsafe_code = \"forbid\""), "the workspace's lints forbid it");
    for (name, package) in packages() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "`{name}` takes the workspace's lints");
        // Readers of a published crate have to see it without the workspace.
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
