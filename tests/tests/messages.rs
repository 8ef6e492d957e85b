//! The full text of all messages on the sample's wrong queries, in a file for reviewers.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-tests --test messages` updates it.

use std::fmt::Write;

use dvkit_query::{CheckOptions, check_filter};
use dvkit_tests::sample::{field, rows, store};

#[test]
fn every_message_is_as_reviewed() {
    let mut text = String::new();
    for row in rows("wrong.jsonl") {
        let (table, filter) = (field(&row, "table"), field(&row, "filter"));
        let checked = check_filter(store(), table, filter, &CheckOptions::default())
            .expect("the snapshot is in memory");
        let _ = writeln!(text, "# {} ({table})", field(&row, "id"));
        for d in &checked.diagnostics {
            let _ = writeln!(text, "{}", d.display(filter));
        }
        let _ = writeln!(text, "→ {}\n", checked.rewritten.as_deref().unwrap_or("no certain fix"));
    }
    expect_test::expect_file!["../../fixtures/goldens/messages.txt"].assert_eq(&text);
}

/// The committed snapshot equals the import of the sample's metadata files.
#[test]
fn the_committed_snapshot_equals_the_imported_files() {
    let committed =
        dvkit_schema::Store::open(dvkit_tests::workspace().join("fixtures/schema")).expect("it is there");
    let loaded = committed.load().expect("it is whole");
    assert!(
        loaded == store().load().expect("in memory"),
        "import fixtures/org anew, as fixtures/README.md says"
    );
}
