//! What people type and see, command by command: `cmd/*.md` and the README, on the embedded sample organisation.
//!
//! `TRYCMD=overwrite cargo test -p dvkit-cli --test cmd` writes down what it prints now.

#[test]
fn commands() {
    trycmd::TestCases::new().case("tests/cmd/*.md").case("tests/cmd/*.toml").case("../README.md");
}
