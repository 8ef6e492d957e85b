//! Programs that compile, one in each test. They are in one binary, so that they are linked once.
#![allow(clippy::unwrap_used)]

#[path = "../pass/entities.rs"]
mod entities;
#[path = "../pass/filters.rs"]
mod filters;
#[path = "../pass/operations.rs"]
mod operations;
#[path = "../pass/placeholders.rs"]
mod placeholders;
#[path = "../pass/requests.rs"]
mod requests;

/// Tests that the files which the macros read are dependencies of the program, so that it is compiled again when the snapshot
/// changes. cargo writes the list of dependencies beside the program.
#[test]
fn the_files_of_the_snapshot_are_dependencies() {
    let list = std::env::current_exe().unwrap().with_extension("d");
    let list = std::fs::read_to_string(&list).unwrap();
    for file in ["org.json", "tables/contact.json", "tables/account.json"] {
        let file = format!("fixtures/schema/{file}");
        assert!(list.replace('\\', "/").contains(&file), "{file}\n{list}");
    }
}
