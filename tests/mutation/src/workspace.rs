//! The members of the workspace, from `cargo metadata`, and the source files that their programs are compiled from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::candidates::{Candidate, Submodule, scan};

/// One member of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Name of the package.
    pub(crate) name: String,
    /// Version of the package.
    pub(crate) version: String,
    /// Folder of its manifest, relative to the workspace.
    pub(crate) folder: PathBuf,
    /// Root files of its library and its programs, relative to the workspace.
    pub(crate) roots: Vec<PathBuf>,
    /// Name of its library, as file names have it.
    pub(crate) library: Option<String>,
    /// Name and root file of each binary, relative to the package.
    pub(crate) binaries: Vec<(String, PathBuf)>,
    /// Whether it can be published. The others test, measure and demonstrate.
    pub(crate) is_published: bool,
}

/// The workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// Folder with the root manifest.
    pub(crate) root: PathBuf,
    /// Folder of cargo's output.
    pub(crate) target: PathBuf,
    /// Members in order of their names.
    pub(crate) packages: Vec<Package>,
}

/// One source file with its candidates.
pub(crate) struct Source {
    /// Path relative to the workspace, with `/`.
    pub(crate) file: String,
    /// Candidates in order of the text.
    pub(crate) candidates: Vec<Candidate>,
}

/// Returns the program `cargo`, which tests may be told to replace.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads the workspace around a folder.
///
/// # Errors
/// Returns an error if cargo cannot be run, or if it finds no workspace.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Workspace> {
    let run = Command::new(cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(folder)
        .output()
        .context("cargo cannot be run")?;
    if !run.status.success() {
        bail!("cargo metadata failed:\n{}", String::from_utf8_lossy(&run.stderr));
    }
    let metadata: Value = serde_json::from_slice(&run.stdout).context("cargo metadata prints JSON")?;
    let path = |value: &Value| value.as_str().map(PathBuf::from).context("cargo metadata has paths");
    let (root, target) = (path(&metadata["workspace_root"])?, path(&metadata["target_directory"])?);
    let mut packages = Vec::new();
    for package in metadata["packages"].as_array().context("cargo metadata has packages")? {
        packages.push(one(package, &root)?);
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Workspace { root, target, packages })
}

fn one(package: &Value, root: &Path) -> anyhow::Result<Package> {
    let text = |value: &Value| value.as_str().map(str::to_owned).context("cargo metadata has texts");
    let manifest = PathBuf::from(text(&package["manifest_path"])?);
    let home = manifest.parent().context("a manifest is in a folder")?;
    let folder = home.strip_prefix(root).context("members are below the workspace")?.to_owned();
    let (mut roots, mut library, mut binaries) = (Vec::new(), None, Vec::new());
    for target in package["targets"].as_array().context("a package has targets")? {
        let name = text(&target["name"])?;
        let kinds: Vec<&str> =
            target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let source = PathBuf::from(text(&target["src_path"])?);
        if kinds.iter().any(|kind| ["lib", "rlib", "proc-macro", "bin"].contains(kind)) {
            roots.push(source.strip_prefix(root).context("sources are below the workspace")?.to_owned());
        }
        if kinds.contains(&"bin") {
            binaries.push((name.clone(), source.strip_prefix(home).unwrap_or(&source).to_owned()));
        }
        if kinds.iter().any(|kind| ["lib", "rlib", "proc-macro"].contains(kind)) {
            library = Some(name.replace('-', "_"));
        }
    }
    Ok(Package {
        name: text(&package["name"])?,
        version: text(&package["version"])?,
        folder,
        roots,
        library,
        binaries,
        is_published: package["publish"].is_null(),
    })
}

/// Returns the sources of a package that are compiled into its library and programs, with their candidates. The modules are
/// followed from the roots, so that modules of tests are left out.
///
/// # Errors
/// Returns an error if a file cannot be read or is not Rust.
pub(crate) fn sources(workspace: &Workspace, package: &Package) -> anyhow::Result<Vec<Source>> {
    let mut found: BTreeMap<PathBuf, Vec<Candidate>> = BTreeMap::new();
    let mut open: Vec<(PathBuf, bool)> = package.roots.iter().map(|root| (root.clone(), true)).collect();
    while let Some((file, is_root)) = open.pop() {
        if found.contains_key(&file) {
            continue;
        }
        let path = workspace.root.join(&file);
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let scan = scan(&text).with_context(|| file.display().to_string())?;
        for submodule in &scan.submodules {
            if let Some(next) = file_of(&workspace.root, &file, is_root, submodule) {
                open.push((next, false));
            }
        }
        found.insert(file, scan.candidates);
    }
    Ok(found.into_iter().map(|(file, candidates)| Source { file: slashed(&file), candidates }).collect())
}

/// Returns the file that holds a submodule, if it exists.
fn file_of(root: &Path, file: &Path, is_root: bool, submodule: &Submodule) -> Option<PathBuf> {
    let folder = file.parent()?;
    if let Some(named) = &submodule.file {
        return Some(folder.join(named)).filter(|path| root.join(path).is_file());
    }
    let mut base = folder.to_owned();
    if !is_root && file.file_name()? != "mod.rs" {
        base.push(file.file_stem()?);
    }
    let (name, around) = submodule.path.split_last()?;
    base.extend(around);
    [base.join(format!("{name}.rs")), base.join(name).join("mod.rs")]
        .into_iter()
        .find(|path| root.join(path).is_file())
}

/// Returns a relative path with `/`, as it is written in results.
pub(crate) fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
