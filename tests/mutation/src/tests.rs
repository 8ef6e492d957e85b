//! Whole runs over a workspace of two small crates.

use std::collections::BTreeMap;

use super::*;
use crate::judge::{Fate, Judgement, lines};

/// The library: each function has one fate, whatever is changed in it.
const LIBRARY: &str = "//! A library.
/// Tested beside it.
pub fn seen(n: u32) -> bool {
    n > 3
}
/// Tested by the other crate.
pub fn crossed(n: u32) -> bool {
    n > 3
}
/// Called by a test that does not look.
pub fn weak(n: u32) -> bool {
    n > 3
}
/// Never called.
pub fn unseen(n: u32) -> bool {
    n > 3
}
/// A text.
pub type Text = String;
/// Has a mutant that does not compile, and no other.
pub fn joined(text: Text) -> Text {
    text + \"x\"
}
#[cfg(test)]
mod tests {
    #[test]
    fn seen_has_a_boundary() {
        assert_eq!([2, 3, 4, 5].map(super::seen), [false, false, true, true]);
    }
    #[test]
    fn weak_is_called() {
        super::weak(3);
    }
}
";

/// The tests of the other crate.
const OTHER: &str = "#[test]
fn crossed_has_a_boundary() {
    assert_eq!([2, 3, 4, 5].map(library::crossed), [false, false, true, true]);
}
#[test]
fn a_test_that_fails_judges_nothing() {
    library::weak(1);
    panic!();
}
";

/// Makes the workspace in a folder.
fn small_workspace(root: &Path) {
    let write = |file: &str, text: &str| {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"library\", \"other\"]\n");
    let package =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    write("library/Cargo.toml", &package("library"));
    write("library/src/lib.rs", LIBRARY);
    let dependency = "publish = false\n[dependencies]\nlibrary = { path = \"../library\" }\n";
    write("other/Cargo.toml", &(package("other") + dependency));
    write("other/src/lib.rs", "");
    write("other/tests/all.rs", OTHER);
}

/// Returns the fates by function, and the report.
fn fates(root: &Path, arguments: &[&str]) -> (BTreeMap<String, Fate>, String) {
    let options = ["dvkit-mutation", "--seed", "5", "--count", "9", "--per-file", "9"];
    let out = root.join("out").display().to_string();
    let options = Options::parse_from(options.iter().chain(arguments).chain(&["--out", &out]));
    run(&options, root).unwrap_or_else(|error| panic!("{error:?}"));
    let results = root.join("out/runs").join(name(&options));
    let all: Vec<Judgement> = lines(&results.join("mutants.jsonl"));
    let report = fs::read_to_string(results.join("report.md")).unwrap();
    (all.into_iter().map(|j| (j.mutant.function, j.fate)).collect(), report)
}

#[test]
fn mutants_are_judged_by_own_tests_and_by_those_of_others() {
    let home = tempfile::tempdir().unwrap();
    small_workspace(home.path());
    let expected = |crossed: Fate| {
        let all = [("crossed", crossed), ("seen", Fate::KilledByOwn), ("unseen", Fate::Unreached)];
        let all = all.into_iter().chain([("weak", Fate::Survived)]);
        all.map(|(name, fate)| (name.to_owned(), fate)).collect::<BTreeMap<_, _>>()
    };
    let (all, report) = fates(home.path(), &[]);
    assert_eq!(all, expected(Fate::KilledByOthers));
    assert!(report.contains("| library | 4 | 1 | 1 | 0 | 1 | 1 | 0 | 50.0 % | 25.0 % |"), "{report}");
    assert!(report.contains("did not judge: other::all a_test_that_fails_judges_nothing."), "{report}");
    assert!(report.contains("1 did not compile"), "{report}");

    let (all, _) = fates(home.path(), &["--own", "--package", "library", "--package", "other"]);
    assert_eq!(all, expected(Fate::Unreached), "the tests of the other crate run, but do not judge");

    // The tests of the other crate are not even built.
    fs::write(home.path().join("other/tests/all.rs"), "not Rust").unwrap();
    let (all, report) = fates(home.path(), &["--own"]);
    assert_eq!(all, expected(Fate::Unreached));

    // A line of the list takes a mutant out of the score, and the run goes on with the rest as it was.
    let line = report.lines().find(|line| line.contains("`weak`")).unwrap();
    let (_, change) = line.split_once(") ").unwrap();
    let (change, _) = change.rsplit_once(" [").unwrap();
    fs::create_dir_all(home.path().join("tests/mutation")).unwrap();
    let list = format!("library/src/lib.rs\tweak\t{change}\tnobody looks\n");
    fs::write(home.path().join("tests/mutation/equivalent.txt"), list).unwrap();
    let (all, report) = fates(home.path(), &["--own"]);
    assert_eq!(all["weak"], Fate::Equivalent);
    assert!(report.contains("| all | 3 | 1 | 0 | 0 | 0 | 2 | 1 | 33.3 % | 33.3 % |"), "{report}");
}

#[test]
fn a_package_that_does_not_exist_is_refused() {
    let home = tempfile::tempdir().unwrap();
    small_workspace(home.path());
    let options = Options::parse_from(["dvkit-mutation", "--seed", "1", "--package", "libary"]);
    let error = run(&options, home.path()).unwrap_err().to_string();
    assert_eq!(error, "the workspace has no package `libary`; it has library, other");
}
