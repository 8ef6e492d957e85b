//! `dvkit check --changed` in repositories of Git, and `dvkit check` of a zip archive.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dvkit_tests::workspace;
use serde_json::Value;
use tempfile::TempDir;

const WRONG: &str = "contacts?$select=fullnme&$top=1\n";
const RIGHT: &str = "contacts?$select=fullname&$top=1\n";

fn dvkit(folder: &Path, arguments: &[&str]) -> Command {
    let schema = workspace().join("fixtures/schema").canonicalize().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(folder).arg("check").arg("--schema").arg(schema).args(arguments);
    command
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the paths of the files with findings, as the report in JSON names them.
fn wrong_files(output: &Output) -> BTreeSet<String> {
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let files: BTreeSet<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|result| result["ok"] == false)
        .map(|result| result["file"].as_str().unwrap().trim_start_matches("./").to_owned())
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!files.is_empty())), "{output:?}");
    files
}

fn changed(folder: &Path, arguments: &[&str]) -> BTreeSet<String> {
    wrong_files(&dvkit(folder, &[&["--format", "json"], arguments].concat()).output().unwrap())
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A repository in a folder of its own, whose settings are not those of the user.
struct Repository {
    home: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { home: TempDir::new().unwrap() };
        fs::create_dir(repository.root()).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn root(&self) -> PathBuf {
        self.home.path().join("repository")
    }

    fn git(&self, arguments: &[&str]) {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(self.root())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", err(&output));
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=x"]);
    }
}

#[test]
fn only_files_that_differ_from_the_last_commit_are_checked() {
    let repository = Repository::new();
    let root = repository.root();
    for name in
        ["same.odata", "edited.odata", "old name.odata", "removed.odata", "staged.odata", "sub/deep.odata"]
    {
        repository.write(name, WRONG);
    }
    repository.write(".gitignore", "ignored.odata\n");
    repository.commit();
    assert_eq!(changed(&root, &["--changed"]), set(&[]), "nothing has changed");
    assert_eq!(changed(&root, &["./"]).len(), 6, "all are wrong");

    repository.write("edited.odata", &format!("# edited\n{WRONG}"));
    repository.write("staged.odata", &format!("# staged\n{WRONG}"));
    repository.git(&["add", "staged.odata"]);
    repository.git(&["mv", "old name.odata", "new näme.odata"]);
    repository.git(&["rm", "--quiet", "removed.odata"]);
    repository.write("sub/deep.odata", &format!("# edited\n{WRONG}"));
    repository.write("untracked/a b.odata", WRONG);
    repository.write("ignored.odata", WRONG);
    repository.write("right.odata", RIGHT);
    let all = ["edited.odata", "new näme.odata", "staged.odata", "sub/deep.odata", "untracked/a b.odata"];
    assert_eq!(changed(&root, &["--changed"]), set(&all));
    assert_eq!(changed(&root, &["--changed=HEAD"]), set(&all));
    assert_eq!(changed(&root, &["--changed", "--paths", "sub", "right.odata"]), set(&["sub/deep.odata"]));
    assert_eq!(changed(&root, &["--changed", "--paths", "same.odata"]), set(&[]));
    assert_eq!(
        changed(&root.join("sub"), &["--changed"]),
        set(&["deep.odata"]),
        "the working directory is checked"
    );
    assert_eq!(
        changed(&root.join("sub"), &["--changed", "--paths", "../"]),
        all.iter().map(|name| format!("../{name}")).collect()
    );
    // A fix of changed files leaves the others as they are.
    let fixed = dvkit(&root, &["--changed", "--fix"]).output().unwrap();
    assert_eq!(fixed.status.code(), Some(0), "{}", err(&fixed));
    assert_eq!(fs::read_to_string(root.join("new näme.odata")).unwrap(), RIGHT);
    assert_eq!(fs::read_to_string(root.join("same.odata")).unwrap(), WRONG);
    assert_eq!(changed(&root, &["--changed"]), set(&[]));
}

#[test]
fn files_that_differ_from_any_commit_are_checked() {
    let repository = Repository::new();
    let root = repository.root();
    repository.write("one.odata", WRONG);
    repository.commit();
    repository.git(&["tag", "v1"]);
    repository.write("two.odata", WRONG);
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "feature"]);
    repository.write("three.odata", WRONG);
    repository.commit();
    assert_eq!(changed(&root, &["--changed=main"]), set(&["three.odata"]));
    assert_eq!(changed(&root, &["--changed=v1"]), set(&["two.odata", "three.odata"]));
    assert_eq!(changed(&root, &["--changed=HEAD~1"]), set(&["three.odata"]));
    assert_eq!(changed(&root, &["--changed"]), set(&[]));
    // A file with the name of a branch is not taken for it.
    repository.write("main", "x");
    assert_eq!(changed(&root, &["--changed=main"]), set(&["three.odata"]));
    for (commit, expected) in [
        ("mian", "mian"),
        ("-x", "`--changed` takes a commit"),
        ("--output=x", "`--changed` takes a commit"),
        ("", "`--changed` takes a commit"),
    ] {
        let ran = dvkit(&root, &[&format!("--changed={commit}")]).output().unwrap();
        assert_eq!((ran.status.code(), err(&ran).contains(expected)), (Some(2), true), "{commit}: {ran:?}");
        assert!(!root.join("x").exists());
    }
}

#[test]
fn a_repository_without_a_commit_has_only_changed_files() {
    let repository = Repository::new();
    let root = repository.root();
    repository.write("staged.odata", WRONG);
    repository.git(&["add", "staged.odata"]);
    repository.write("new.odata", WRONG);
    assert_eq!(changed(&root, &["--changed"]), set(&["staged.odata", "new.odata"]));
    let ran = dvkit(&root, &["--changed=main"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
}

#[test]
fn what_git_cannot_answer_is_said() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.odata"), WRONG).unwrap();
    let mut command = dvkit(folder.path(), &["--changed"]);
    // The folder of the test could be in a repository.
    let output = command.env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(err(&output).contains("not a git repository"), "{}", err(&output));
    assert!(err(&output).contains("`--changed`"), "{}", err(&output));
    let output = dvkit(folder.path(), &["--changed"]).env("PATH", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(err(&output).contains("cannot run `git`; install it"), "{}", err(&output));
    // A file outside of the repository is not among its changed files, which is said.
    let repository = Repository::new();
    repository.write("a.odata", RIGHT);
    let outside = folder.path().join("a.odata");
    let output =
        dvkit(&repository.root(), &["--changed", "--paths", outside.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(err(&output).contains("outside of the repository"), "{}", err(&output));
}

/// Writes a zip archive with these entries.
fn archive(path: &Path, entries: &[(&str, &str)]) {
    let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}

const FLOW: &str = r#"{"properties":{"definition":{"$schema":"https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#",
"triggers":{},"actions":{"List":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_commondataserviceforapps","operationId":"ListRecords","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},
"parameters":{"entityName":"contacts","$select":"fullnme"}}}}}}}"#;

const CUSTOMIZATIONS: &str = r#"<ImportExportXml><Entities><Entity><Name>contact</Name><SavedQueries><savedqueries><savedquery>
<fetchxml><fetch><entity name="contact"><attribute name="fulname"/></entity></fetch></fetchxml>
</savedquery></savedqueries></SavedQueries></Entity></Entities></ImportExportXml>"#;

#[test]
fn the_queries_of_a_solution_zip_are_checked_and_not_fixed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("Solution.zip");
    archive(
        &path,
        &[
            ("solution.xml", "<ImportExportXml><SolutionManifest/></ImportExportXml>"),
            ("customizations.xml", CUSTOMIZATIONS),
            ("Workflows/List-0D504EE6.json", FLOW),
            ("WebResources/form.js", "Xrm.WebApi.retrieveRecord('account', id, '?$select=nam');"),
            ("../outside.odata", WRONG),
            ("image.png", "\u{1}"),
        ],
    );
    let before = fs::read(&path).unwrap();
    let output = dvkit(folder.path(), &["--format", "json", "--paths", "Solution.zip"]).output().unwrap();
    let wanted = [
        "Solution.zip!/customizations.xml",
        "Solution.zip!/Workflows/List-0D504EE6.json",
        "Solution.zip!/WebResources/form.js",
    ];
    assert_eq!(wrong_files(&output), set(&wanted));
    assert!(err(&output).contains("leads out of the archive"), "{}", err(&output));
    let text = dvkit(folder.path(), &["--paths", "Solution.zip"]).output().unwrap();
    let said = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(said.contains("Solution.zip!/customizations.xml:2:"), "{said}");
    assert!(said.contains("did you mean `fullname`"), "{said}");
    // The archive is only read.
    let fixed = dvkit(folder.path(), &["--fix", "--paths", "Solution.zip"]).output().unwrap();
    assert_eq!(fixed.status.code(), Some(1), "{fixed:?}");
    assert!(err(&fixed).contains("unpack it"), "{}", err(&fixed));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(!folder.path().parent().unwrap().join("outside.odata").exists());
    // `--list` names what is found in it, and what was left out.
    let list =
        dvkit(folder.path(), &["--list", "--format", "json", "--paths", "Solution.zip"]).output().unwrap();
    let lines = String::from_utf8(list.stdout).unwrap();
    assert_eq!(lines.lines().filter(|line| line.contains("Solution.zip!/")).count(), 4, "{lines}");
    // A damaged archive is told.
    fs::write(folder.path().join("damaged.zip"), &before[..before.len() / 2]).unwrap();
    let output = dvkit(folder.path(), &["--paths", "damaged.zip"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(err(&output).contains("damaged.zip") && err(&output).contains("ZIP archive"), "{}", err(&output));
}

#[test]
fn a_changed_archive_is_checked_like_a_changed_file() {
    let repository = Repository::new();
    let root = repository.root();
    archive(&root.join("a.zip"), &[("customizations.xml", CUSTOMIZATIONS)]);
    repository.commit();
    assert_eq!(changed(&root, &["--changed", "--paths", "a.zip"]), set(&[]));
    archive(&root.join("a.zip"), &[("customizations.xml", CUSTOMIZATIONS), ("a.txt", "x")]);
    assert_eq!(changed(&root, &["--changed", "--paths", "a.zip"]), set(&["a.zip!/customizations.xml"]));
}
