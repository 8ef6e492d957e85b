//! What is said about names, codes and words of the sample organisation.

use dvkit_ide::explain::{Explanation, FindRequest, explain, find};

use crate::golden;

#[test]
fn names_are_explained_with_all_their_spellings() {
    let store = dvkit_ide::sample::open().unwrap();
    golden::check("explain/names.txt", |name| match explain(&store, name.trim_end()).unwrap() {
        Explanation::Page(page) => {
            let mut out = format!("{}{}\n{}\n", page.name, page.subtitle(), page.lines().join("\n"));
            let (short, dropped) = page.clone().within(300);
            out.push_str(&format!("within 300: {} uses, {dropped} dropped\n", short.uses.len()));
            out.push_str(&page.markdown());
            out
        }
        Explanation::Unknown(diagnostic) => {
            let near: Vec<_> = diagnostic
                .suggestions
                .iter()
                .map(|s| {
                    format!("{} {:?}", s.message, s.edits.iter().map(|e| &e.replacement).collect::<Vec<_>>())
                })
                .collect();
            format!("{} at {:?}\n{}", diagnostic.message, diagnostic.span.range(), near.join("\n"))
        }
    });
}

#[test]
fn names_are_found_by_words_with_the_best_first() {
    let store = dvkit_ide::sample::open().unwrap();
    golden::check("explain/find.txt", |input| {
        let (table, words) = match input.strip_prefix("table: ").and_then(|rest| rest.split_once('\n')) {
            Some((table, words)) => (Some(table), words),
            None => (None, input),
        };
        let found = find(&store, &FindRequest { words, table, limit: 12 }).unwrap();
        let shown: Vec<_> =
            found.iter().map(|f| format!("{:?} {} ({}) {}", f.class, f.name, f.label, f.summary)).collect();
        shown.join("\n")
    });
}
