//! Tests that hold for every feature, and what the tests of the features share.

use std::fs;
use std::path::Path;

use dvkit_diagnostic::Span;
use dvkit_query::CheckOptions;
use dvkit_schema::Store;
use proptest::prelude::*;

use super::{QueryContext, RenameOutcome, Symbol};
use crate::QueryForm;

/// Returns the sample organisation.
pub(super) fn sample() -> Store {
    crate::sample::open().unwrap()
}

/// Returns the context of a query whose form is recognised.
pub(super) fn context<'a>(store: &'a Store, query: &'a str, table: Option<&'a str>) -> QueryContext<'a> {
    QueryContext::new(store, QueryForm::untrimmed(query), table)
}

/// Returns the queries of the fixtures, each with its table.
fn queries() -> Vec<(String, Option<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/queries");
    let mut queries = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let member = |name: &str| value[name].as_str().map(str::to_owned);
            for name in ["query", "filter", "odata", "fetchxml", "expect"] {
                queries.extend(member(name).map(|query| (query, member("table"))));
            }
        }
    }
    // Some are encoded, as in the address of a request.
    for n in (0..queries.len()).step_by(9) {
        let (query, table) = &queries[n];
        let encoded = odata_parser::url::encode(query);
        let query = match QueryForm::read(query) {
            QueryForm::Fetch(_) => format!("contacts?fetchXml={encoded}"),
            QueryForm::Filter(_) => encoded.into_owned(),
            QueryForm::Request(text) => text.replace(' ', "%20").replace('\'', "%27").replace('(', "%28"),
        };
        let table = table.clone();
        queries.push((query, table));
    }
    queries.sort();
    queries.dedup();
    assert!(queries.len() > 500, "{}", queries.len());
    queries
}

fn is_in(span: Span, text: &str) -> bool {
    text.get(span.range()).is_some()
}

/// Checks every feature that does not depend on an offset.
fn check_whole(store: &Store, query: &str, table: Option<&str>) {
    let context = context(store, query, table);
    let tokens = context.tokens().unwrap();
    let mut end = 0;
    for token in &tokens {
        assert!(is_in(token.span, query) && !token.span.is_empty(), "{token:?} in {query}");
        assert!(token.span.start >= end, "{token:?} overlaps in {query}: {tokens:?}");
        end = token.span.end;
    }
    check_symbols(&context.symbols().unwrap(), query);
    assert!(context.inlay_hints().unwrap().iter().all(|hint| query.is_char_boundary(hint.offset)));
    assert!(context.folding_ranges().unwrap().iter().all(|span| is_in(*span, query)), "{query}");
}

fn check_symbols(symbols: &[Symbol], query: &str) {
    for symbol in symbols {
        assert!(is_in(symbol.span, query) && is_in(symbol.selection, query), "{symbol:?} in {query}");
        let within = symbol.span.start <= symbol.selection.start && symbol.selection.end <= symbol.span.end;
        assert!(within, "{symbol:?} in {query}");
        check_symbols(&symbol.children, query);
    }
}

/// Checks every feature at an offset, which need not be in the text or at the start of a character.
fn check_at(store: &Store, query: &str, table: Option<&str>, at: usize) {
    let context = context(store, query, table);
    if let Some(hover) = context.hover(at).unwrap() {
        assert!(is_in(hover.span, query) && !hover.markdown.is_empty(), "{hover:?} in {query}");
    }
    let ranges = context.selection_ranges(at).unwrap();
    assert_eq!(ranges.last(), Some(&Span::new(0, query.len())), "{query}");
    for pair in ranges.windows(2) {
        let (inner, outer) = (pair[0], pair[1]);
        assert!(outer.start <= inner.start && inner.end <= outer.end && inner.len() < outer.len(), "{query}");
        assert!(is_in(inner, query));
    }
    let references = context.references(at).unwrap();
    assert!(references.iter().all(|r| is_in(r.span, query)), "{query}");
    context.definition(at).unwrap();
    if let RenameOutcome::Edits(edits) = context.rename(at, "new_name_1").unwrap() {
        let renamed = dvkit_diagnostic::apply(query, &edits).unwrap();
        assert!(renamed.contains("new_name_1"), "{query}");
    }
}

/// Every query of the fixtures has valid results as a whole, and every tenth one at every offset.
#[test]
fn every_feature_answers_at_every_offset_of_every_query() {
    let store = sample();
    for (n, (query, table)) in queries().iter().enumerate() {
        check_whole(&store, query, table.as_deref());
        if n % 10 == 0 {
            (0..=query.len() + 1).for_each(|at| check_at(&store, query, table.as_deref(), at));
        }
    }
}

/// Every beginning of a query is a text that someone is about to type.
#[test]
fn every_feature_answers_while_a_query_is_typed() {
    let store = sample();
    for (query, table) in queries().iter().step_by(15) {
        for (end, _) in query.char_indices() {
            let typed = &query[..end];
            check_whole(&store, typed, table.as_deref());
            check_at(&store, typed, table.as_deref(), end);
        }
    }
}

#[test]
fn actions_fit_the_text() {
    let store = sample();
    for (query, table) in queries().iter().step_by(4) {
        let whole = Span::new(0, query.len());
        let context = context(&store, query, table.as_deref());
        for action in context.actions(whole, &CheckOptions::default()).unwrap() {
            assert!(!action.title.is_empty());
            dvkit_diagnostic::apply(query, &action.edits).unwrap();
        }
    }
}

/// A chain of a thousand operators and a hundred parentheses are as deep as a text may be.
#[test]
fn a_deep_query_needs_no_deep_stack() {
    let store = sample();
    let chain = vec!["statecode eq 0"; 990].join(" or ");
    let nested = format!("{}statecode eq 0{}", "(".repeat(90), ")".repeat(90));
    let lambdas = format!(
        "accounts?$filter={}name eq 'x'{}",
        (0..20).map(|n| format!("contact_customer_accounts/any(v{n}:")).collect::<String>(),
        ")".repeat(20)
    );
    for query in [chain.as_str(), &nested, &lambdas] {
        check_whole(&store, query, Some("contact"));
        check_at(&store, query, Some("contact"), query.len() / 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Texts of any kind get results, whatever a person does to a query.
    #[test]
    fn damaged_queries_get_results(
        n in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        put in "[a-z'\"(){}<>/=&?$@%é\\n ]{0,6}",
    ) {
        let queries = queries();
        let (query, table) = n.get(&queries);
        let mut bounds: Vec<usize> = query.char_indices().map(|(at, _)| at).collect();
        bounds.push(query.len());
        let (a, b) = (*cut.get(&bounds), *to.get(&bounds));
        let mut damaged = query.clone();
        damaged.replace_range(a.min(b)..a.max(b), &put);
        let store = sample();
        check_whole(&store, &damaged, table.as_deref());
        for at in 0..damaged.len().min(40) {
            check_at(&store, &damaged, table.as_deref(), (at * 7) % (damaged.len() + 1));
        }
    }
}
