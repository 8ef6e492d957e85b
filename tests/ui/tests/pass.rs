//! Programs that compile, grouped so that they are linked once; each test is one.
#![allow(clippy::unwrap_used)]

#[path = "../pass/entities.rs"]
mod entities;
#[path = "../pass/filters.rs"]
mod filters;
#[path = "../pass/holes.rs"]
mod holes;
#[path = "../pass/requests.rs"]
mod requests;

/// What the macros read is a dependency of the program, so that a changed snapshot compiles it again. cargo keeps the list
/// beside the program.
#[test]
fn the_files_of_the_snapshot_are_dependencies() {
    let list = std::env::current_exe().unwrap().with_extension("d");
    let list = std::fs::read_to_string(&list).unwrap();
    for file in ["org.json", "tables/contact.json", "tables/account.json"] {
        let file = format!("fixtures/schema/{file}");
        assert!(list.replace('\\', "/").contains(&file), "{file}\n{list}");
    }
}
