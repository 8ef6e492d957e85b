//! Programs with mistakes and the messages of the compiler: each `fail/*.rs` has its messages in `fail/*.stderr`.
//!
//! `TRYBUILD=overwrite cargo test -p dvkit-ui --test fail` writes the messages anew. Read them before you commit them.

use std::process::Command;

/// Set for the second run of this program, in which the programs are compiled.
const INNER: &str = "DVKIT_UI_INNER";

#[test]
fn the_compiler_says_what_is_wrong() {
    if std::env::var_os(INNER).is_some() {
        trybuild::TestCases::new().compile_fail("fail/*.rs");
        return;
    }
    // trybuild compiles the programs in a folder of its own without a build script. The variable makes their macros use the
    // output of this crate's build script. A program cannot safely change its own environment, so it runs itself again.
    let run = Command::new(std::env::current_exe().expect("a program knows where it is"))
        .args(["--exact", "the_compiler_says_what_is_wrong", "--nocapture"])
        .env(INNER, "1")
        .env("OUT_DIR", env!("OUT_DIR"))
        .status()
        .expect("this program can be run again");
    assert!(run.success(), "messages have changed: read them above");
}
