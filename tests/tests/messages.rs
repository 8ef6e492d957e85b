//! The whole text of every message on the sample's wrong queries, as a file that reviewers can read.
//!
//! `UPDATE_EXPECT=1 cargo test -p dvkit-tests --test messages` writes it anew.

use std::fmt::Write;

use dvkit_query::{CheckOptions, check_filter};
use dvkit_tests::sample::{field, rows, store};

#[test]
fn messages_are_as_reviewed() {
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

/// The committed snapshot is what the files in wire form give.
#[test]
fn the_committed_snapshot_is_current() {
    let committed =
        dvkit_schema::Store::open(dvkit_tests::workspace().join("fixtures/schema")).expect("it is there");
    let loaded = committed.load().expect("it is whole");
    assert!(
        loaded == store().load().expect("in memory"),
        "import fixtures/org anew, as fixtures/README.md says"
    );
}
