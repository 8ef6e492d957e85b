//! The command in an untrusted repository: nothing outside of it is read, written or waited for.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use dvkit_tests::listing;
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/org").join(name)
}

fn dvkit(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvkit"));
    command.current_dir(dir).stdin(Stdio::null());
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    dvkit(dir).args(args).output().unwrap()
}

/// Runs the command. It has to fail with `needle` in its message and without the content of the user's files.
#[track_caller]
fn refused(dir: &Path, args: &[&str], needle: &str) {
    let ran = run(dir, args);
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(2), "{args:?}: {out}{err}");
    assert!(err.contains(needle), "{args:?}: {err}");
    assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{args:?}: {out}{err}");
}

/// Creates a folder `repo`, and a folder `home` with a user's files.
fn scene() -> (TempDir, PathBuf, PathBuf) {
    let top = TempDir::new().unwrap();
    let (home, repo) = (top.path().join("home"), top.path().join("repo"));
    for folder in [&home, &repo] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(home.join("secret"), "hunter2 eq 'x'\n").unwrap();
    (top, home, repo)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn long(path: &Path) {
    // A file too large for memory; it is sparse, so it takes no disk space.
    fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
}

#[test]
fn a_configuration_that_was_found_is_a_file() {
    let (_top, _home, repo) = scene();
    let config = repo.join("dvkit.toml");
    let deep = repo.join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let refused = |needle: &str| {
        for dir in [&repo, &deep] {
            refused(dir, &["check", "--table", "contact", "fullname eq 'x'"], needle);
        }
        fs::remove_file(&config).unwrap();
    };
    symlink("../home/secret", &config).unwrap();
    refused("dvkit.toml`: it is a symbolic link");
    symlink("/dev/zero", &config).unwrap();
    refused("dvkit.toml`: it is a symbolic link");
    pipe(&config);
    refused("dvkit.toml`: it is a pipe");
    long(&config);
    refused("dvkit.toml`: it is longer than 1 MiB");
    fs::write(&config, "schema = \nhunter2").unwrap();
    refused("dvkit.toml: line 2, column");
}

#[test]
fn what_is_named_is_a_file_of_a_moderate_size() {
    let (_top, _home, repo) = scene();
    pipe(&repo.join("pipe.xml"));
    long(&repo.join("long.xml"));
    symlink("/dev/zero", repo.join("zero.xml")).unwrap();
    symlink("../home/secret", repo.join("secret.xml")).unwrap();
    fs::create_dir(repo.join("folder.xml")).unwrap();
    let url = "http://127.0.0.1:1";
    for (name, needle) in [
        ("pipe.xml", "it is a pipe"),
        ("long.xml", "than"),
        ("zero.xml", "it is a device"),
        ("secret.xml", "leads out of the working directory"),
        ("folder.xml", "folder"),
    ] {
        refused(&repo, &["translate", "--to", "odata", name], needle);
        refused(&repo, &["check", "--table", "contact", "--queries", name], needle);
        refused(&repo, &["fmt", "--file", name], needle);
        refused(&repo, &["schema", "import", name, "-o", "new"], needle);
        refused(&repo, &["schema", "diff", name, name], needle);
        refused(&repo, &["emulator", "--faults", name], needle);
        for flag in ["--client-secret-file", "--certificate-file"] {
            let args = ["schema", "fetch", "--url", url, "--client-id", "x", flag, name, "-o", "new"];
            refused(&repo, &args, needle);
        }
    }
    refused(&repo, &["translate", "--to", "odata", "long.xml"], "it is longer than 64 MiB");
    assert!(!repo.join("new").exists());
}

#[test]
fn a_link_out_of_the_working_directory_is_not_written_through() {
    let (top, _home, repo) = scene();
    symlink("../home/secret", repo.join("queries.odata")).unwrap();
    symlink("../home", repo.join("out")).unwrap();
    symlink("../home/secret", repo.join("crm.rs")).unwrap();
    let before = listing(top.path());
    let file = fixture("metadata.json");
    let file = file.to_str().unwrap();
    refused(
        &repo,
        &["fmt", "--minify", "--write", "--file", "queries.odata"],
        "leads out of the working directory",
    );
    refused(&repo, &["check", "--table", "contact", "--fix", "--queries", "queries.odata"], "leads out");
    for output in ["out", "out/crm", "crm.rs", "out/crm.rs"] {
        refused(&repo, &["generate", "-o", output, "contact"], "symbolic link");
    }
    for output in ["out", "out/schema"] {
        refused(&repo, &["schema", "import", file, "-o", output], "symbolic link");
        let args = ["schema", "fetch", "--url", "http://127.0.0.1:1", "--token-env", "HOME", "-o", output];
        refused(&repo, &args, "symbolic link");
    }
    assert_eq!(listing(top.path()), before);
}

#[test]
fn the_working_directory_is_not_replaced() {
    let (top, _home, repo) = scene();
    let schema = repo.join("schema");
    let file = fixture("metadata.json");
    assert!(run(&repo, &["schema", "import", file.to_str().unwrap()]).status.success());
    fs::create_dir(schema.join("deep")).unwrap();
    let before = listing(top.path());
    let more = fixture("csdl.xml");
    let more = more.to_str().unwrap();
    let whole = schema.to_str().unwrap();
    for output in [".", "./.", "../schema", "deep/..", whole] {
        refused(&schema, &["schema", "import", more, "-o", output], "name a folder in it");
    }
    refused(&schema.join("deep"), &["schema", "import", more, "-o", ".."], "name a folder in it");
    refused(&schema.join("deep"), &["schema", "import", more, "-o", whole], "name a folder in it");
    assert_eq!(listing(top.path()), before);
    // From another folder the snapshot can be imported, and it can be replaced by generated code.
    assert!(run(&repo, &["schema", "import", more]).status.success());
    fs::create_dir(repo.join("src")).unwrap();
    assert!(
        run(&repo.join("src"), &["generate", "-o", ".", "--schema", "../schema", "contact"]).status.success()
    );
    assert!(repo.join("src/mod.rs").exists());
}

#[test]
fn a_fetch_writes_where_the_configuration_says_only_below_it() {
    let (top, _home, repo) = scene();
    let fetch = ["schema", "fetch", "--url", "http://127.0.0.1:1", "--token-env", "HOME"];
    let before = listing(top.path());
    for path in ["../home/schema", "/nowhere/schema", "./../home/new"] {
        fs::write(repo.join("dvkit.toml"), format!("schema = '{path}'")).unwrap();
        refused(&repo, &fetch, "leads out of the file's folder");
        fs::remove_file(repo.join("dvkit.toml")).unwrap();
    }
    symlink("../home", repo.join("link")).unwrap();
    fs::write(repo.join("dvkit.toml"), "schema = 'link/new'").unwrap();
    refused(&repo, &fetch, "symbolic link");
    for name in ["link", "dvkit.toml"] {
        fs::remove_file(repo.join(name)).unwrap();
    }
    assert_eq!(listing(top.path()), before);
}

#[test]
fn a_signal_leaves_no_half_of_a_snapshot() {
    let (_top, _home, repo) = scene();
    let files = ["metadata.json", "csdl.xml", "globalchoices.json"].map(fixture);
    let (mut stopped, mut done) = (0, 0);
    for n in 0..24_u64 {
        let signal = if n % 2 == 0 { "-INT" } else { "-TERM" };
        let mut child = dvkit(&repo)
            .args(["schema", "import", "-q", "-o", "schema"])
            .args(&files)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // At whatever moment the signal arrives, the remaining files have to be valid.
        thread::sleep(Duration::from_millis(n * 25));
        let _ = Command::new("kill").arg(signal).arg(child.id().to_string()).stderr(Stdio::null()).status();
        let status = child.wait().unwrap();
        match status.code() {
            Some(0) => done += 1,
            Some(130 | 143) => stopped += 1,
            // The signal came before the handler was installed, and so before anything was written.
            None => {}
            Some(other) => panic!("{other}"),
        }
        let left: Vec<_> = fs::read_dir(&repo).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.is_empty() || left == ["schema"], "{left:?}");
        if repo.join("schema").exists() {
            assert!(repo.join("schema/org.json").exists());
            fs::remove_dir_all(repo.join("schema")).unwrap();
        }
    }
    assert!(done + stopped > 0);
}
