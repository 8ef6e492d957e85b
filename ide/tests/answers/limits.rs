//! What is still read, and what is refused just above a limit.

use std::path::PathBuf;

use dvkit_ide::document::Document;
use dvkit_ide::editor::{QueryContext, RenameOutcome};
use dvkit_ide::explain::{FindRequest, find};
use dvkit_ide::{QueryForm, sample};

#[test]
fn a_new_name_has_at_most_a_hundred_characters() {
    let store = sample::open().unwrap();
    let query = "contacts?$filter=fullname eq @a&@a='x'";
    let context = QueryContext::new(&store, QueryForm::untrimmed(query), None);
    let at = query.find("@a").unwrap() + 1;
    for (length, fits) in [(1, true), (100, true), (101, false)] {
        let outcome = context.rename(at, &"n".repeat(length)).unwrap();
        assert_eq!(matches!(outcome, RenameOutcome::Edits(_)), fits, "{length}: {outcome:?}");
    }
}

#[test]
fn eight_words_are_looked_for() {
    let store = sample::open().unwrap();
    let names = |words: &str| -> Vec<String> {
        let found = find(&store, &FindRequest { words, table: None, limit: 1000 }).unwrap();
        found.into_iter().map(|one| one.name).collect()
    };
    let eight = "c o n t a f u l";
    assert!(names(eight).contains(&"contact.fullname".to_owned()), "{:?}", names(eight));
    assert_eq!(names(&format!("{eight} zz")), names(eight), "the ninth word is ignored");
    assert_ne!(names("c o n t a f u zz"), names(eight), "the eighth is not");
}

#[test]
fn an_object_of_several_lines_is_nested_at_most_sixty_four_deep() {
    for (depth, is_one) in [(63, true), (64, false)] {
        // The object itself is the first level.
        let text = format!(
            "{{\"table\": \"contact\", \"filter\": \"statecode eq 0\", \"x\": {}\n{}}}\n",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        let document = Document::new(PathBuf::from("a.jsonl"), text.into_bytes()).unwrap();
        let entries: Vec<_> = document.items().map(|item| item.entry.map(|_| ())).collect();
        let expected = if is_one { vec![true] } else { vec![false, true] };
        let are_ok: Vec<_> = entries.iter().map(Result::is_ok).collect();
        assert_eq!(are_ok, expected, "{depth}: {entries:?}");
    }
}

#[test]
fn a_query_of_several_lines_is_at_most_a_mebibyte_long() {
    const MAX: usize = 1 << 20;
    let around = "<fetch>\n\n\n</fetch>".len();
    for (length, fits) in [(MAX, true), (MAX + 1, false)] {
        let half = "a".repeat((length - around) / 2);
        let rest = "a".repeat(length - around - half.len());
        let text = format!("<!-- above -->\n<fetch>\n{half}\n{rest}\n</fetch>\n");
        let document = Document::new(PathBuf::from("a.fetchxml"), text.into_bytes()).unwrap();
        let entries: Vec<_> = document.items().map(|item| item.entry.map(|_| ())).collect();
        let expected = if fits { Ok(()) } else { Err("longer than 1 MiB".to_owned()) };
        assert_eq!(entries, [expected], "{length}");
    }
}
