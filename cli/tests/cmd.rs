//! Commands with their output, one file per command: `cmd/*.md`, on the embedded sample organisation.
//! README.md and the pages of docs/book run in `book.rs`.
//!
//! `TRYCMD=overwrite cargo test -p dvkit-cli --test cmd` writes the current output into the files.

use std::collections::BTreeSet;
use std::fs;

/// Declares a test for each file of commands, and the list of these files.
macro_rules! pages {
    ($($test:ident = $file:literal;)*) => {
        const PAGES: &[&str] = &[$($file),*];
        $(#[test]
        fn $test() {
            trycmd::TestCases::new().case(concat!("tests/cmd/", $file));
        })*
    };
}

pages! {
    check_prints_what_its_page_shows = "check.md";
    each_command_ends_with_the_status_that_its_page_shows = "exit.md";
    explain_prints_what_its_page_shows = "explain.md";
    schema_fetch_prints_what_its_page_shows = "fetch.md";
    fetchxml_is_treated_as_its_page_shows = "fetchxml.md";
    fetchxml_of_several_lines_is_read_from_standard_input = "fetchxml_stdin.toml";
    the_files_of_a_project_are_checked_as_their_page_shows = "files.md";
    fmt_prints_what_its_page_shows = "fmt.md";
    generate_prints_what_its_page_shows = "generate.md";
    help_prints_what_its_page_shows = "help.md";
    init_prints_what_its_page_shows = "init.md";
    several_organisations_are_checked_as_their_page_shows = "orgs.md";
    parse_prints_what_its_page_shows = "parse.md";
    files_of_queries_are_checked_as_their_page_shows = "queries.md";
    a_report_is_what_its_page_shows = "report.md";
    the_sample_organisation_is_used_as_its_page_shows = "samples.md";
    schema_show_prints_what_its_page_shows = "show.md";
    a_solution_is_imported_as_its_page_shows = "solution.md";
    queries_are_read_from_standard_input = "stdin.toml";
    translate_prints_what_its_page_shows = "translate.md";
    each_line_of_standard_input_is_translated = "translate_batch.toml";
    a_tree_of_files_is_checked_as_its_page_shows = "tree.md";
}

#[test]
fn each_file_of_commands_is_run() {
    let folder = fs::read_dir("tests/cmd").expect("the folder of the commands");
    let names = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let files: BTreeSet<String> =
        names.filter(|name| name.ends_with(".md") || name.ends_with(".toml")).collect();
    assert_eq!(files, PAGES.iter().map(|page| (*page).to_owned()).collect());
}
