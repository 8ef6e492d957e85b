//! The views of real solutions, checked against a snapshot of the same solution: nothing that the solution
//! uses is called unknown, and every translated view is a request that checks clean.
//!
//! A solution is a part of its organisation, so most unknown names are "not in this snapshot". The remaining
//! errors are in a list with reasons.

#![expect(clippy::unwrap_used, reason = "files of the data may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dvkit_diagnostic::{CodeFamily, Severity};
use dvkit_query::{CheckOptions, QueryText, check_fetchxml, check_request};
use dvkit_schema::Store;
use dvkit_tests::{corpus_dir, list};
use dvkit_translate::{Language, translate};

/// Collects every file below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

/// Returns the queries within a text, each from `<fetch` to its end.
fn queries(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("<fetch ").or_else(|| rest.find("<fetch>")) {
        let Some(end) = rest[start..].find("</fetch>") else { break };
        let end = start + end + "</fetch>".len();
        found.push(&rest[start..end]);
        rest = &rest[end..];
    }
    found
}

/// Counts of the views that became requests, of those that did exactly, and of the reasons why others did
/// not.
#[derive(Debug, Default)]
struct Translated {
    requests: usize,
    exact: usize,
    refused: BTreeMap<String, usize>,
}

impl Translated {
    fn count(&mut self, store: &Store, view: &str, options: &CheckOptions) {
        let done = translate(store, QueryText::FetchXml(view), Language::OData, options).unwrap();
        if let Some(emitted) = &done.translation {
            let there = check_request(store, None, &emitted.text, options).unwrap();
            assert!(there.is_ok(), "{view}\n{}\n{:?}", emitted.text, there.diagnostics);
            self.requests += 1;
            self.exact += usize::from(emitted.is_exact());
            return;
        }
        // A refusal has at least one reason, and each reason has a position.
        let reasons: Vec<_> = done.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(!reasons.is_empty(), "{view}\n{:?}", done.diagnostics);
        for reason in reasons {
            let piece = view.get(reason.span.range()).unwrap_or(view);
            assert!(piece.len() < view.len(), "{view}\n{reason}");
            *self.refused.entry(reason.code.to_string()).or_default() += 1;
        }
    }
}

#[test]
fn no_view_of_a_solution_names_anything_unknown_to_it() {
    let Some(data) =
        corpus_dir().and_then(|c| Some(c.parent()?.join("data/solutions"))).filter(|d| d.is_dir())
    else {
        println!("skipped: no corpus");
        return;
    };
    let reasons: BTreeMap<String, String> = list("solution_views.txt").into_iter().collect();
    let (mut views, mut unknown, mut not_here) = (0, BTreeSet::new(), 0);
    let mut translated = Translated::default();
    for repository in std::fs::read_dir(data).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let home = tempfile::tempdir().unwrap();
        let snapshot = home.path().join("schema");
        dvkit_schema_fetch::import_into(&snapshot, std::slice::from_ref(&repository), &mut ()).unwrap();
        let store = Store::open(&snapshot).unwrap();
        let mut paths = Vec::new();
        files(&repository, &mut paths);
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for query in queries(&text) {
                let options = CheckOptions { placeholders: true, ..CheckOptions::default() };
                let checked = check_fetchxml(&store, query, &options).unwrap();
                views += 1;
                translated.count(&store, query, &options);
                for d in checked
                    .diagnostics
                    .iter()
                    .filter(|d| d.is_error() || d.code.family() == CodeFamily::Names)
                {
                    if d.severity == Severity::Error {
                        unknown.insert(format!("{}: {} ({})", d.code, d.message, d.span.of(query)));
                    } else {
                        not_here += 1;
                    }
                }
            }
        }
    }
    println!(
        "{views} views: {} unknown, {not_here} times not in the snapshot; as OData: {translated:?}",
        unknown.len()
    );
    // Most views are simple lists: if few of them become requests, too much is refused.
    assert!(translated.requests * 10 > views * 8, "{translated:?}");
    let wrong: Vec<&String> = unknown.iter().filter(|u| !reasons.contains_key(*u)).collect();
    assert!(
        wrong.is_empty(),
        "{}:\n{}",
        wrong.len(),
        wrong.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("\n")
    );
    let stale: Vec<&String> = reasons.keys().filter(|r| !unknown.contains(*r)).collect();
    assert!(stale.is_empty(), "no such finding any more: {stale:?}");
    assert!(views > 1000);
}
