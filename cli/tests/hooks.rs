//! The definitions of the pre-commit hooks and of the GitHub action are valid, and what they run works.
#![allow(clippy::unwrap_used)] // the lints' exceptions for tests do not reach their helpers

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dvkit_ide::embedded::Host;
use yaml_rust2::{Yaml, YamlLoader};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn yaml(name: &str) -> Yaml {
    let text = fs::read_to_string(root().join(name)).unwrap();
    YamlLoader::load_from_str(&text).unwrap().remove(0)
}

/// Returns a folder with two files, of which the second has a wrong query.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("right.odata"), "contacts?$select=fullname&$top=3\n").unwrap();
    fs::write(dir.path().join("$id.ts"), "const q = \"contacts?$select=fullnme&$top=3\";\n").unwrap();
    dir
}

fn dvkit(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dvkit")).current_dir(dir).args(arguments).output().unwrap()
}

#[test]
fn the_hooks_check_and_fix_the_files_that_they_get() {
    let hooks = yaml(".pre-commit-hooks.yaml").into_vec().unwrap();
    let entry = |id: &str| {
        let hook = hooks.iter().find(|hook| hook["id"].as_str() == Some(id)).unwrap();
        let mut words = hook["entry"].as_str().unwrap().split(' ');
        assert_eq!(words.next(), Some("dvkit"));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let dir = tree();
    let run = |id: &str| {
        let entry = entry(id);
        let arguments: Vec<&str> =
            entry.iter().map(String::as_str).chain(["right.odata", "$id.ts"]).collect();
        dvkit(dir.path(), &arguments)
    };
    let checked = run("dvkit-check");
    assert_eq!(checked.status.code(), Some(1));
    let text = String::from_utf8(checked.stdout).unwrap();
    assert!(text.starts_with("$id.ts:1:29: error[DV0203]: "), "{text}");
    assert_eq!(run("dvkit-fix").status.code(), Some(0));
    assert_eq!(run("dvkit-check").status.code(), Some(0));
}

#[test]
fn the_hooks_get_every_file_that_dvkit_knows() {
    for hook in yaml(".pre-commit-hooks.yaml").into_vec().unwrap() {
        let files = hook["files"].as_str().unwrap();
        let listed = files.strip_prefix("\\.(").and_then(|files| files.strip_suffix(")$")).unwrap();
        let mut listed: Vec<&str> = listed.split('|').collect();
        let mut known: Vec<&str> = Host::all().flat_map(Host::extensions).copied().collect();
        listed.sort_unstable();
        known.sort_unstable();
        known.dedup();
        assert_eq!(listed, known);
    }
}

#[cfg(unix)]
#[test]
fn the_action_runs_the_check() {
    let action = yaml("action.yml");
    for (name, input) in action["inputs"].as_hash().unwrap() {
        assert!(input["description"].as_str().is_some() && !input["default"].is_badvalue(), "{name:?}");
    }
    let steps = action["runs"]["steps"].as_vec().unwrap();
    let check = steps.iter().find(|step| step["id"].as_str() == Some("check")).unwrap();
    let dir = tree();
    let output = |name: &str| dir.path().join(name);
    let run = |paths: &str, sarif: &str| {
        Command::new("bash")
            .args(["-eo", "pipefail", "-c", check["run"].as_str().unwrap()])
            .current_dir(dir.path())
            .env("BINARY", env!("CARGO_BIN_EXE_dvkit"))
            .env("PATHS", paths)
            .env("ARGUMENTS", "--deny=warnings\n--exclude=none")
            .env("SARIF", sarif)
            .env("RUNNER_TEMP", dir.path())
            .env("GITHUB_OUTPUT", output("output"))
            .output()
            .unwrap()
    };
    let checked = run("right.odata\n$id.ts", "true");
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    assert!(String::from_utf8(checked.stdout).unwrap().starts_with("::error file=$id.ts,line=1,col=29,"));
    let sarif = fs::read_to_string(output("dvkit.sarif")).unwrap();
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    assert!(fs::read_to_string(output("output")).unwrap().contains("sarif-file="));
    assert_eq!(run("right.odata", "false").status.code(), Some(0));
}
