//! Commands with their output, one file per command: `cmd/*.md`, on the embedded sample organisation.
//! README.md and the pages of docs/book run in `book.rs`.
//!
//! `TRYCMD=overwrite cargo test -p dvkit-cli --test cmd` writes the current output into the files.

#[test]
fn commands() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("tests/cmd/*.toml");
}
