//! Completion in real queries: the right name is among the first, every edit fits, and few files are read.
//!
//! The queries are those of the corpora that check clean against the metadata of a real organisation. Each is
//! cut at a random name, of which two letters, one or none are typed; the text behind the name stays or goes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "files of the data may panic; says what it measured"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dvkit_ide::QueryForm;
use dvkit_ide::editor::{Completion, MAX_COMPLETIONS, QueryContext};
use dvkit_query::{CheckOptions, analyze};
use dvkit_schema::Store;
use dvkit_tests::{corpus_dir, sample};
use serde_json::Value;

/// A query that checks clean against a snapshot.
struct Subject {
    store: usize,
    text: String,
    fetch: bool,
    table: Option<String>,
}

impl Subject {
    fn form<'t>(&self, text: &'t str) -> QueryForm<'t> {
        if self.fetch { QueryForm::Fetch(text) } else { QueryForm::Request(text) }
    }
}

/// Generates the same numbers in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    found.sort();
    found
}

/// Returns the snapshots of real organisations and solutions; empty if there is no data.
fn stores() -> &'static [Store] {
    static STORES: OnceLock<Vec<Store>> = OnceLock::new();
    STORES.get_or_init(|| {
        let Some(data) = corpus_dir().map(|c| c.join("../data")).filter(|d| d.is_dir()) else {
            return Vec::new();
        };
        let solutions = std::fs::read_dir(data.join("solutions")).into_iter().flatten().flatten();
        let mut solutions: Vec<PathBuf> = solutions.map(|entry| entry.path()).collect();
        solutions.sort();
        let sources: Vec<PathBuf> = files(&data.join("csdl"), "xml").into_iter().chain(solutions).collect();
        let import = |path: &PathBuf| {
            let import = dvkit_schema_fetch::import(std::slice::from_ref(path), &mut ()).unwrap();
            Store::from_schema(import.schema)
        };
        std::thread::scope(|scope| {
            let imports: Vec<_> = sources.iter().map(|path| scope.spawn(move || import(path))).collect();
            imports.into_iter().map(|import| import.join().unwrap()).collect()
        })
    })
}

/// A query, whether it is FetchXML, and its table, if it does not name one.
type Text = (String, bool, Option<String>);

/// Returns the queries of the corpora, each with its table, if it does not name one.
fn corpus() -> Vec<Text> {
    let Some(dir) = corpus_dir() else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut rows = |file: &str, take: &mut dyn FnMut(&Value) -> Option<Text>| {
        let text = std::fs::read_to_string(dir.join(file)).unwrap();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            if let Some((text, fetch, table)) = take(&row)
                && seen.insert(text.split_whitespace().collect::<String>())
            {
                found.push((text, fetch, table));
            }
        }
    };
    let text = |row: &Value, name: &str| row[name].as_str().map(str::to_owned);
    rows("savedqueries_fetchxml.jsonl", &mut |row| Some((text(row, "fetchxml")?, true, None)));
    rows("mock_fetchxml.jsonl", &mut |row| Some((text(row, "fetchxml")?, true, None)));
    rows("docs_fetchxml.jsonl", &mut |row| Some((text(row, "q")?, true, None)));
    rows("docs_odata.jsonl", &mut |row| Some((text(row, "q")?, false, text(row, "entity"))));
    rows("realworld_filters.jsonl", &mut |row| {
        let input = text(row, "input")?;
        if let Some(set) = text(row, "entity_set").filter(|_| input.starts_with(['?', '$'])) {
            return Some((
                format!("{set}{}{input}", if input.starts_with('?') { "" } else { "?" }),
                false,
                None,
            ));
        }
        Some((input, false, None))
    });
    found
}

/// Returns the queries that check clean against one of the snapshots.
fn subjects() -> Vec<Subject> {
    let options = CheckOptions { placeholders: true, ..CheckOptions::default() };
    let mut found = Vec::new();
    for (text, fetch, table) in corpus() {
        // A query without a table may be for one of the tables that have all its columns.
        let tables: Vec<Option<&str>> = match &table {
            Some(table) => vec![Some(table.as_str())],
            None if fetch || QueryForm::Request(&text).has_path() => vec![None],
            None => ["account", "contact", "opportunity", "incident", "systemuser"].map(Some).to_vec(),
        };
        // A snapshot without the table of the query need not be asked.
        let has_table = |store: &Store| {
            let name = text.split("<entity").nth(1).and_then(|rest| rest.split(['"', '\'']).nth(1));
            match QueryForm::Request(&text).has_path() {
                _ if fetch => name.is_none_or(|name| store.entry(name).is_some()),
                true => {
                    let mut words = text.split('?').next().unwrap_or("").split(['/', '(']);
                    words.any(|word| store.table_by_entity_set(word).is_some())
                }
                false => !store.is_partial(),
            }
        };
        let clean =
            stores().iter().enumerate().filter(|(_, store)| has_table(store)).find_map(|(at, store)| {
                tables.iter().find_map(|table| {
                    let form = if fetch { QueryForm::Fetch(&text) } else { QueryForm::Request(&text) };
                    let report = analyze(store, form.with_table(*table)?, &options).unwrap();
                    let names = dvkit_diagnostic::CodeFamily::Names;
                    let clean = !report.diagnostics.iter().any(dvkit_diagnostic::Diagnostic::is_error)
                        && report.table.is_some()
                        && report.query.is_some()
                        && !report.diagnostics.iter().any(|d| d.code.family() == names);
                    clean.then(|| (at, table.map(str::to_owned)))
                })
            });
        if let Some((store, table)) = clean {
            found.push(Subject { store, text, fetch, table });
        }
    }
    found
}

/// Returns the byte ranges of the names in a query: tables, columns, navigation properties.
fn names(subject: &Subject) -> Vec<(std::ops::Range<usize>, &'static str)> {
    let text = subject.text.as_str();
    let mut found = Vec::new();
    if subject.fetch {
        for (attribute, place) in [
            (" name=", "name"),
            (" attribute=", "attribute"),
            (" from=", "from/to"),
            (" to=", "from/to"),
            (" operator=", "operator"),
        ] {
            for (at, _) in text.match_indices(attribute) {
                let start = at + attribute.len() + 1;
                let Some(quote) = text[start - 1..].chars().next().filter(|c| matches!(c, '\'' | '"')) else {
                    continue;
                };
                let Some(end) = text[start..].find(quote).map(|n| start + n) else { continue };
                let value = &text[start..end];
                let element = text[..at].rsplit('<').next().unwrap_or("");
                let element = element.split_whitespace().next().unwrap_or("");
                let place = match (element, place) {
                    ("entity", "name") => "entity name",
                    ("link-entity", "name") => "link-entity name",
                    ("attribute", "name") => "attribute name",
                    ("order", "attribute") => "order attribute",
                    ("condition", "attribute") => "condition attribute",
                    ("link-entity", "from/to") => "link from and to",
                    ("condition", "operator") => "operator",
                    _ => continue,
                };
                if !value.is_empty()
                    && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
                {
                    found.push((start..end, place));
                }
            }
        }
        return found;
    }
    // The names of OData are found by a plain split; keywords, literals and options are left out.
    let mut quoted = false;
    let mut start = None;
    let path_end = text.find('?').unwrap_or(0);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c == '\'' {
            quoted = !quoted;
        }
        let is_part =
            c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '@' | '.' | '-' | ':' | '%' | '{' | '}');
        match (start, is_part && !quoted) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                start = None;
                let name = &text[from..at];
                let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let letter = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
                let keyword = [
                    "and",
                    "or",
                    "not",
                    "eq",
                    "ne",
                    "gt",
                    "ge",
                    "lt",
                    "le",
                    "null",
                    "true",
                    "false",
                    "asc",
                    "desc",
                    "any",
                    "all",
                    "contains",
                    "startswith",
                    "endswith",
                    "fetchXml",
                    "in",
                    "with",
                    "as",
                    "sum",
                    "api",
                    "data",
                    "https",
                    "http",
                    "groupby",
                    "aggregate",
                    "average",
                    "min",
                    "max",
                    "guid",
                    "filter",
                    "tolower",
                    "toupper",
                    "length",
                    "year",
                    "month",
                    "day",
                    "hour",
                    "minute",
                    "countdistinct",
                    "substring",
                    "indexof",
                    "trim",
                    "concat",
                    "date",
                ];
                let variable = name.len() < 2 || text[at..].starts_with(':') || text[at..].starts_with('=');
                if word && letter && !keyword.contains(&name) && !variable {
                    let option = text[..from].rsplit(['?', '&', ';']).next().unwrap_or("");
                    let place = match option {
                        _ if from < path_end => "path",
                        option if option.contains("$select") => "$select",
                        option if option.contains("$filter") => "$filter",
                        option if option.contains("$orderby") => "$orderby",
                        option if option.contains("$expand") => "$expand",
                        // The values of other options are no names.
                        _ => continue,
                    };
                    found.push((from..at, place));
                }
            }
            _ => {}
        }
    }
    found
}

fn complete(subject: &Subject, text: &str, offset: usize) -> Vec<Completion> {
    let store = &stores()[subject.store];
    QueryContext::new(store, subject.form(text), subject.table.as_deref()).complete(offset).unwrap()
}

/// Counts of the names at one place that were among the first five, by the number of typed letters.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: [usize; 3],
    first_five: [usize; 3],
}

impl Count {
    fn rate(&self, typed: usize) -> f64 {
        self.first_five[typed] as f64 * 100.0 / self.all[typed].max(1) as f64
    }
}

/// Cuts `wanted` random queries at a random name, and asserts that the right name is among the first five in nine
/// of ten.
fn measure(subjects: &[&Subject], wanted: usize, seed: u64) {
    let mut random = Random(seed);
    let mut places: BTreeMap<(&str, &str), Count> = BTreeMap::new();
    let (mut cut, mut fetch, mut missed) = (0, 0, Vec::new());
    while cut < wanted {
        let subject = subjects[random.below(subjects.len())];
        let names = names(subject);
        if names.is_empty() {
            continue;
        }
        let (range, place) = names[random.below(names.len())].clone();
        cut += 1;
        fetch += usize::from(subject.fetch);
        let name = &subject.text[range.clone()];
        for (rest, kind) in [(&subject.text[range.end..], "rest kept"), ("", "rest cut off")] {
            for typed in 0..=2 {
                let letters: String = name.chars().take(typed).collect();
                let text = format!("{}{letters}{rest}", &subject.text[..range.start]);
                let found = complete(subject, &text, range.start + letters.len());
                let at = found.iter().position(|c| c.label.rsplit('/').next() == Some(name));
                let right = at.is_some_and(|at| at < 5);
                for key in [(kind, place), (kind, "all")] {
                    let count = places.entry(key).or_default();
                    count.all[typed] += 1;
                    count.first_five[typed] += usize::from(right);
                }
                if typed == 2 && !right {
                    let first: Vec<&str> = found.iter().take(5).map(|c| c.label.as_str()).collect();
                    let text: Vec<&str> = text.split_whitespace().collect();
                    missed.push(format!(
                        "{kind} {place}: {name} at {at:?}, first {first:?}\n    {}",
                        text.join(" ")
                    ));
                }
            }
        }
    }
    println!("{} queries check clean; of {wanted} cuts {fetch} are in FetchXML", subjects.len());
    for ((kind, place), count) in &places {
        let [none, one, two] = [0, 1, 2].map(|typed| count.rate(typed));
        println!(
            "{kind:12} {place:20} {:4}   0 letters {none:5.1} %   1 letter {one:5.1} %   2 letters {two:5.1} %",
            count.all[2]
        );
    }
    for kind in ["rest kept", "rest cut off"] {
        let rate = places[&(kind, "all")].rate(2);
        assert!(rate >= 90.0, "{kind}: {rate:.1} %\n{}", missed.join("\n"));
    }
}

#[test]
fn the_right_name_is_among_the_first_five_in_nine_of_ten_real_queries() {
    if stores().is_empty() {
        println!("skipped: no corpus");
        return;
    }
    let subjects = subjects();
    let all: Vec<&Subject> = subjects.iter().collect();
    measure(&all, 1000, 0x9e37_79b9_7f4a_7c15);
    let odata: Vec<&Subject> = subjects.iter().filter(|subject| !subject.fetch).collect();
    measure(&odata, 400, 0x2545_f491_4f6c_dd1d);
}

/// Checks what every completion must have, at every offset of a text.
fn check_all_offsets(context: &QueryContext<'_>, text: &str) -> usize {
    let mut positions = 0;
    for offset in 0..=text.len() + 1 {
        let found = context.complete(offset).unwrap();
        let _ = context.signature(offset).unwrap();
        assert!(found.len() <= MAX_COMPLETIONS, "{text}");
        positions += usize::from(!found.is_empty());
        for completion in found {
            let edit = &completion.edit;
            let applied = dvkit_diagnostic::apply(text, std::slice::from_ref(edit));
            let applied = applied.unwrap_or_else(|e| panic!("{text} at {offset}: {completion:?}: {e}"));
            assert_eq!(
                applied.len(),
                text.len() - edit.span.len() + edit.replacement.len(),
                "{text} at {offset}: {completion:?}"
            );
            let end = edit.span.end as usize;
            assert!(
                // An offset within an escape means its beginning.
                (edit.span.start as usize) <= offset && offset.min(text.len()) <= end + 12,
                "{text} at {offset}: {completion:?}"
            );
            let caret = completion.caret.unwrap_or(edit.replacement.len());
            assert!(edit.replacement.is_char_boundary(caret), "{completion:?}");
            assert!(!edit.replacement.contains('\0') && !completion.label.is_empty(), "{completion:?}");
        }
    }
    positions
}

/// Returns the text in the encodings in which files contain it: percent-encoded, and escaped as in XML.
fn encoded(form: QueryForm<'_>) -> Vec<String> {
    let percent = |text: &str| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
    };
    match form {
        QueryForm::Fetch(text) if text.starts_with('<') => {
            vec![
                percent(text),
                fetchxml::escape_attribute(text),
                format!("accounts?fetchXml={}&$count=true", percent(text)),
            ]
        }
        QueryForm::Fetch(_) => Vec::new(),
        QueryForm::Filter(text) => vec![percent(text), odata_parser::url::encode(text).into_owned()],
        QueryForm::Request(text) => {
            // The delimiters of the options stay.
            let parts: Vec<String> = text
                .split('&')
                .map(|part| match part.split_once('=') {
                    Some((name, value)) => format!("{name}={}", percent(value)),
                    None => part.to_owned(),
                })
                .collect();
            vec![parts.join("&"), odata_parser::url::encode(text).replace("%26", "&")]
        }
    }
}

#[test]
fn every_edit_in_an_encoded_query_fits_the_text() {
    let (mut queries, mut positions) = (0, 0);
    for file in ["requests.jsonl", "fetchxml.jsonl", "right.jsonl"] {
        for row in sample::rows(file).iter().step_by(3) {
            for member in ["query", "filter", "fetchxml"] {
                let Some(text) = row[member].as_str().filter(|text| text.len() < 250) else { continue };
                for text in encoded(QueryForm::read(text)) {
                    let form = QueryForm::read(&text);
                    let context = QueryContext::new(sample::store(), form, row["table"].as_str());
                    positions += check_all_offsets(&context, form.as_str());
                    queries += 1;
                }
            }
        }
    }
    println!("{queries} queries, {positions} positions with completions");
    assert!(queries > 50 && positions > 1000, "{queries} queries, {positions} positions");
}

#[test]
fn damaged_texts_of_the_corpora_are_completed_without_panic() {
    if corpus_dir().is_none() {
        println!("skipped: no corpus");
        return;
    }
    let marks = ["", "'", "\"", "(", ")", "{", "}", "<", ">", "/", "&", "?", "=", "%2", "é", "@{", "\0", " "];
    let corpus = corpus();
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..3000 {
        let (text, fetch, table) = &corpus[random.below(corpus.len())];
        let mut at = random.below(text.len().min(2000) + 1).min(text.len());
        let mut end = (at + random.below(12)).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let mark = marks[random.below(marks.len())];
        let rest = if random.below(2) == 0 { &text[end..] } else { "" };
        let damaged = format!("{}{mark}{rest}", &text[..at]);
        let form = if *fetch { QueryForm::Fetch(&damaged) } else { QueryForm::Request(&damaged) };
        let context = QueryContext::new(sample::store(), form, table.as_deref().or(Some("account")));
        for offset in [at, at + mark.len(), at + 1, random.below(damaged.len() + 1)] {
            for completion in context.complete(offset).unwrap() {
                let applied = dvkit_diagnostic::apply(&damaged, std::slice::from_ref(&completion.edit));
                assert!(applied.is_ok(), "{damaged} at {offset}: {completion:?}");
            }
            let _ = context.signature(offset).unwrap();
        }
    }
}

#[test]
fn only_the_tables_that_a_query_touches_are_read() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("schema");
    dvkit_schema::store::write(&dir, &sample::store().load().unwrap()).unwrap();
    for (query, tables) in [
        ("acc", 0),
        ("accounts?$sel", 0),
        ("accounts?$filter=", 1),
        ("accounts?$filter=primarycontactid/", 2),
        ("accounts?$select=name&$expand=primarycontactid($select=", 2),
        ("<fetch><entity name='", 0),
        ("<fetch><entity name='account'><", 1),
        ("<fetch><entity name='account'><attribute name='", 1),
        ("<fetch><entity name='account'><link-entity name='", 1),
        ("<fetch><entity name='account'><link-entity name='contact' from='", 2),
        ("<fetch><entity name='account'><filter><condition attribute='statecode' operator='eq' value='", 1),
    ] {
        let store = Store::open(&dir).unwrap();
        let form = if query.starts_with('<') { QueryForm::Fetch(query) } else { QueryForm::Request(query) };
        let found = QueryContext::new(&store, form, None).complete(query.len()).unwrap();
        assert!(!found.is_empty(), "{query}");
        let read = store.files_read();
        let of_tables =
            read.iter().filter(|path| path.parent().is_some_and(|p| p.ends_with("tables"))).count();
        assert_eq!(of_tables, tables, "{query}: {read:?}");
    }
}

#[test]
fn every_edit_at_every_offset_of_the_sample_queries_fits_the_text() {
    let (mut queries, mut positions) = (0, 0);
    for file in ["requests.jsonl", "fetchxml.jsonl", "right.jsonl", "wrong.jsonl", "both.jsonl"] {
        for row in sample::rows(file) {
            let table = row["table"].as_str();
            for member in ["query", "filter", "fetchxml", "text", "odata", "fetch"] {
                let Some(text) = row[member].as_str().filter(|text| text.len() < 700) else { continue };
                let form = QueryForm::read(text);
                // The form is of the text without surrounding white space.
                let text = form.as_str();
                let context = QueryContext::new(sample::store(), form, table);
                positions += check_all_offsets(&context, text);
                queries += 1;
            }
        }
    }
    println!("{queries} queries, {positions} positions with completions");
    assert!(queries > 100 && positions > 1000, "{queries} queries, {positions} positions");
}
