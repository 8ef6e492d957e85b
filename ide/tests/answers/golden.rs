//! Cases with their exact answers in text files. `UPDATE_EXPECT=1 cargo test -p dvkit-ide --test answers` writes down
//! what comes out now; read the difference before it is committed.
//!
//! A case is a line `#### ` with a sentence, the input, a line `----`, and the answer. In the input, `␍` is a carriage
//! return, and `␀` a zero byte.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the path of the file or folder `name` of cases.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers").join(name)
}

/// Compares the answers of `answer` with those in the file `name` of cases.
pub fn check(name: &str, answer: impl Fn(&str) -> String) {
    let path = path(name);
    let text = fs::read_to_string(&path).unwrap();
    let mut parts = text.split("#### ");
    let mut anew = parts.next().unwrap_or_default().to_owned();
    let mut wrong = String::new();
    let mut count = 0;
    for case in parts {
        count += 1;
        let (title, body) = case.split_once('\n').unwrap_or((case, ""));
        let (input, expected) = body.split_once("\n----\n").unwrap_or((body.trim_end_matches('\n'), ""));
        let found = answer(&input.replace('␍', "\r").replace('␀', "\0"));
        let (found, expected) = (found.trim_end(), expected.trim_end());
        if found != expected {
            let _ = write!(wrong, "\n{title}\nexpected:\n{expected}\nfound:\n{found}\n");
        }
        let _ = write!(anew, "#### {title}\n{input}\n----\n{found}\n\n");
    }
    assert!(count > 0, "{name} has no cases");
    let anew = format!("{}\n", anew.trim_end());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, anew).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{name}:{wrong}");
    assert_eq!(text, anew, "{name} has another layout");
}
