//! Ctrl-C during a check of many files: what was found so far is shown, and no file is half written.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

/// The number of files, whose findings are more than a pipe holds: the command cannot end before they are read.
const FILES: usize = 1500;

/// A file with a finding that has a certain fix, and one that has none.
const WRONG: &str = "contacts?$select=fullnme&$top=1\ncontacts?$select=nothing_like_it_at_all&$top=1\n";

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interrupted_check_ends_with_what_was_found_so_far() {
    for (name, status, args) in
        [("-INT", 130, &["check", "./"][..]), ("-TERM", 143, &["check", "--fix", "./"])]
    {
        let dir = tempfile::tempdir().unwrap();
        for n in 0..FILES {
            fs::write(dir.path().join(format!("q{n:04}.odata")), WRONG).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_dvkit"))
            .current_dir(dir.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        signal(&child, name);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(status), "{said}");
        assert!(
            said.contains("interrupted: ") && said.contains(&format!(" of {FILES} files checked")),
            "{said}"
        );
        let last = rest.lines().last().unwrap();
        let queries: usize = last.split(' ').next().unwrap().parse().unwrap();
        assert!(0 < queries && queries < 2 * FILES, "{last}");
        // Every file is as it was or as a whole fixed.
        let fixed = WRONG.replace("fullnme", "fullname");
        let texts: Vec<String> = fs::read_dir(dir.path())
            .unwrap()
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect();
        assert_eq!(texts.len(), FILES, "no other file is left");
        assert!(texts.iter().all(|text| text == WRONG || *text == fixed));
        let changed = texts.iter().filter(|text| **text == fixed).count();
        assert_eq!(changed > 0, args.contains(&"--fix"));
    }
}
