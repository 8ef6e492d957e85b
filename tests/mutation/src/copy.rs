//! The instrumented copy of the workspace, and what of cargo's earlier output can be used for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::instrument::{instrument, module};
use crate::sample::Mutant;
use crate::workspace::{Package, Workspace, slashed};

/// Folders that are never copied, in every place of the tree.
const LEFT_OUT: &[&str] = &["target", ".git", "node_modules"];

/// Texts of the workspace's files, by path relative to the workspace.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Reads the files of the workspace.
///
/// # Errors
/// Returns an error if a file cannot be read.
pub(crate) fn read(workspace: &Workspace, out: &Path) -> anyhow::Result<Files> {
    let (mut files, mut open) = (Files::new(), vec![workspace.root.clone()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link may lead out of the workspace, or in a circle.
            if LEFT_OUT.contains(&name.as_str()) || path == out || entry.file_type()?.is_symlink() {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(&workspace.root).context("files are below the workspace")?;
                files.insert(
                    relative.to_owned(),
                    fs::read(&path).with_context(|| path.display().to_string())?,
                );
            }
        }
    }
    Ok(files)
}

/// Returns a number that is the same for the same files. It says whether the results of an interrupted run still hold.
pub(crate) fn fingerprint(files: &Files) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (path, content) in files {
        // The list of equivalent mutants and the tool itself do not change what tests do.
        if path.starts_with("tests/mutation") {
            continue;
        }
        for byte in slashed(path).bytes().chain(content.iter().copied()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// Writes the copy with the mutants in it to a folder. Only what differs is written, so that cargo compiles only that again.
/// With `only` the tests of other packages are switched off in their manifests.
///
/// # Errors
/// Returns an error if a file cannot be written.
pub(crate) fn write(
    to: &Path,
    workspace: &Workspace,
    files: &Files,
    mutants: &[Mutant],
    only: Option<&BTreeSet<String>>,
) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    // Searches for files end at a repository; without one they would find that the output of cargo is ignored.
    if !to.join(".git").exists() {
        let _ = Command::new("git")
            .args(["init", "-q"])
            .current_dir(to)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
    let mut by_file: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in mutants {
        by_file.entry(&mutant.file).or_default().push(mutant);
    }
    let chosen: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.package.as_str()).collect();
    let highest = mutants.iter().map(|mutant| mutant.id).max().unwrap_or_default();
    let mut changed: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (file, mutants) in by_file {
        let path = PathBuf::from(file);
        let text = files.get(&path).with_context(|| format!("{file} is gone"))?;
        changed.insert(path, instrument(std::str::from_utf8(text)?, &mutants));
    }
    for package in &workspace.packages {
        if chosen.contains(package.name.as_str()) {
            for root in &package.roots {
                let text = match changed.remove(root) {
                    Some(text) => text,
                    None => std::str::from_utf8(&files[root])?.to_owned(),
                };
                changed.insert(root.clone(), text + &module(highest));
            }
        }
        if only.is_some_and(|only| !only.contains(&package.name)) {
            let manifest = package.folder.join("Cargo.toml");
            let text = std::str::from_utf8(&files[&manifest])?;
            changed.insert(manifest, without_tests(text, package));
        }
    }
    for (path, content) in files {
        let content = changed.get(path).map_or(content.as_slice(), |text| text.as_bytes());
        write_if_changed(&to.join(path), content)?;
    }
    remove_others(to, to, files)
}

/// Writes a file unless it has the content already.
fn write_if_changed(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
    fs::write(path, content).with_context(|| path.display().to_string())
}

/// Removes files that the workspace does not have: of an earlier copy, or written by tests.
fn remove_others(folder: &Path, root: &Path, files: &Files) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let relative = path.strip_prefix(root).context("it is below the copy")?;
        if path.is_dir() {
            remove_others(&path, root, files)?;
        } else if !files.contains_key(relative) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Returns a manifest whose targets have no tests. So cargo takes the features of the whole workspace, for which the
/// dependencies are compiled already, and builds the tests of the chosen packages only.
fn without_tests(manifest: &str, package: &Package) -> String {
    let mut out = String::new();
    let mut is_test = false;
    let (mut has_library, mut has_binary) = (false, false);
    for line in manifest.lines() {
        let head = line.trim();
        if head.starts_with('[') {
            is_test = head == "[[test]]";
        }
        if is_test || head.starts_with("autotests") {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        match head {
            "[package]" => out.push_str("autotests = false\n"),
            "[lib]" => {
                has_library = true;
                out.push_str("test = false\n");
            }
            "[[bin]]" => {
                has_binary = true;
                out.push_str("test = false\n");
            }
            _ => {}
        }
    }
    if !has_library && package.roots.iter().any(|root| root.ends_with("lib.rs")) {
        out.push_str("\n[lib]\ntest = false\n");
    }
    if !has_binary {
        for (name, path) in &package.binaries {
            out.push_str(&format!(
                "\n[[bin]]\nname = \"{name}\"\npath = \"{}\"\ntest = false\n",
                slashed(path)
            ));
        }
    }
    out
}

/// Links what cargo has compiled of other people's packages in the workspace's own output into the new one, so that the first
/// build compiles only the members. Returns how many files were taken.
///
/// # Errors
/// Returns an error if a folder cannot be made.
pub(crate) fn seed(workspace: &Workspace, build: &Path) -> anyhow::Result<usize> {
    let mut taken = 0;
    // The second is the output of tests that compile programs.
    for part in ["debug", "tests/trybuild/debug"] {
        let (from, to) = (workspace.target.join(part), build.join(part));
        if from.is_dir() && !to.exists() {
            taken += seed_profile(workspace, &from, &to)?;
        }
    }
    Ok(taken)
}

/// Links what is compiled of other people's packages from one folder of cargo's output to another.
fn seed_profile(workspace: &Workspace, from: &Path, to: &Path) -> anyhow::Result<usize> {
    let mut taken = 0;
    // Tests of members may be called like a library of others, so only the names of libraries are compared.
    let libraries: BTreeSet<&str> =
        workspace.packages.iter().filter_map(|package| package.library.as_deref()).collect();
    let packages: BTreeSet<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    let parts: [(&str, &BTreeSet<&str>); 3] =
        [("deps", &libraries), ("build", &packages), (".fingerprint", &packages)];
    for (part, ours) in parts {
        fs::create_dir_all(to.join(part))?;
        let Ok(entries) = fs::read_dir(from.join(part)) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let stem = name.rsplit_once('-').map_or(name.as_str(), |(stem, _)| stem);
            let is_ours =
                ours.contains(if part == "deps" { stem.strip_prefix("lib").unwrap_or(stem) } else { stem });
            let is_library = ["rlib", "rmeta", "so", "dylib", "dll", "d"]
                .iter()
                .any(|ending| path.extension().is_some_and(|e| e == *ending));
            if is_ours || (part == "deps" && !is_library) {
                continue;
            }
            // Cargo writes to the files of `.fingerprint`, which therefore are copied.
            taken += link(&path, &to.join(part).join(&name), part != ".fingerprint")?;
        }
    }
    Ok(taken)
}

/// Links or copies a file or a folder. Copies keep the time of the last change, by which cargo judges.
fn link(from: &Path, to: &Path, as_link: bool) -> anyhow::Result<usize> {
    let about = fs::symlink_metadata(from)?;
    if about.is_dir() {
        fs::create_dir_all(to)?;
        let mut taken = 0;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            taken += link(&entry.path(), &to.join(entry.file_name()), as_link)?;
        }
        return Ok(taken);
    }
    if !as_link || fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
        fs::File::options().write(true).open(to)?.set_modified(about.modified()?)?;
    }
    Ok(1)
}

/// Returns the folders of an output folder.
///
/// # Errors
/// Returns an error if the folder cannot be made, or if it is one that must not be written to.
pub(crate) fn prepare(out: &Path, workspace: &Workspace) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let out = out.canonicalize()?;
    if workspace.root.starts_with(&out) {
        bail!("{} holds the workspace: give `--out` a folder of its own", out.display());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_without_tests_keeps_its_library_and_programs() {
        let package = Package {
            name: "p".to_owned(),
            version: "1.0.0".to_owned(),
            folder: PathBuf::from("p"),
            roots: vec![PathBuf::from("p/src/lib.rs"), PathBuf::from("p/src/main.rs")],
            library: None,
            binaries: vec![("p".to_owned(), PathBuf::from("src/main.rs"))],
            is_published: true,
        };
        let text = "[package]\nname = \"p\"\n\n[[test]]\nname = \"t\"\nharness = false\n\n[dependencies]\na = \"1\"\n";
        assert_eq!(
            without_tests(text, &package),
            "[package]\nautotests = false\nname = \"p\"\n\n[dependencies]\na = \"1\"\n\n[lib]\ntest = false\n\n\
             [[bin]]\nname = \"p\"\npath = \"src/main.rs\"\ntest = false\n"
        );
    }

    #[test]
    fn a_copy_is_written_only_where_it_differs_and_holds_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let (root, to) = (home.path().join("w"), home.path().join("copy"));
        fs::create_dir_all(root.join("a/src")).unwrap();
        fs::create_dir_all(root.join("target")).unwrap();
        fs::write(root.join("a/src/lib.rs"), "fn f() -> bool { g() }\n").unwrap();
        fs::write(root.join("a/notes"), "x").unwrap();
        fs::write(root.join("target/x"), "x").unwrap();
        let workspace = Workspace { root: root.clone(), target: root.join("target"), packages: Vec::new() };
        let files = read(&workspace, &root.join("out")).unwrap();
        assert_eq!(files.keys().map(|path| slashed(path)).collect::<Vec<_>>(), ["a/notes", "a/src/lib.rs"]);
        write(&to, &workspace, &files, &[], None).unwrap();
        let time = |file: &str| fs::metadata(to.join(file)).unwrap().modified().unwrap();
        let before = time("a/notes");
        fs::write(to.join("a/left.log"), "x").unwrap();
        fs::write(to.join("a/src/lib.rs"), "changed by a test").unwrap();
        write(&to, &workspace, &files, &[], None).unwrap();
        assert_eq!(time("a/notes"), before);
        assert!(!to.join("a/left.log").exists());
        assert_eq!(fs::read_to_string(to.join("a/src/lib.rs")).unwrap(), "fn f() -> bool { g() }\n");
    }
}
