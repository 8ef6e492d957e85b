//! What people type and see, command by command: `cmd/*.md`, on the embedded sample organisation.
//! README.md and the pages of docs/book run in `book.rs`.
//!
//! `TRYCMD=overwrite cargo test -p dvkit-cli --test cmd` writes down what it prints now.

#[test]
fn commands() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("tests/cmd/*.toml");
}
