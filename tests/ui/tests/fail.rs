//! Programs with mistakes in them, and what the compiler says: each `fail/*.rs` has its messages in `fail/*.stderr`.
//!
//! `TRYBUILD=overwrite cargo test -p dvkit-ui --test fail` writes them anew; read them before they are kept.

use std::process::Command;

/// Set for the second run of this program, in which the programs are compiled.
const INNER: &str = "DVKIT_UI_INNER";

#[test]
fn the_compiler_says_what_is_wrong() {
    if std::env::var_os(INNER).is_some() {
        trybuild::TestCases::new().compile_fail("fail/*.rs");
        return;
    }
    // The programs are compiled in a folder of their own, without a build script: the variable leads their macros to what
    // this crate's left. A program cannot set its own environment safely, so it is run again.
    let run = Command::new(std::env::current_exe().expect("a program knows where it is"))
        .args(["--exact", "the_compiler_says_what_is_wrong", "--nocapture"])
        .env(INNER, "1")
        .env("OUT_DIR", env!("OUT_DIR"))
        .status()
        .expect("this program can be run again");
    assert!(run.success(), "messages have changed: read them above");
}
