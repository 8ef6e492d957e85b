//! Provides the valid queries to be damaged: those of `fixtures/queries`, and random ones.

use std::sync::OnceLock;

use dvkit_query::hir::Query;
use dvkit_query::odata;
use dvkit_query::{CheckOptions, CheckReport, check_fetchxml, check_filter, check_request};

use super::Numbers;
use crate::generate::{Dice, fetch, predicate, request, table};
use crate::sample::{field, rows, store};

/// The language of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Language {
    /// A filter on the rows of a table. The field is the logical name of the table.
    Filter(String),
    /// A whole OData request.
    Request,
    /// FetchXML.
    Fetch,
}

/// A valid query.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The language of the query.
    pub language: Language,
    /// The query's text.
    pub text: String,
    /// The meaning of the query.
    pub meaning: Query,
}

impl Language {
    /// Checks a text in this language, as a query on the sample organisation.
    ///
    /// # Panics
    /// Panics only if the sample organisation in memory is damaged.
    #[must_use]
    pub fn check(&self, text: &str, options: &CheckOptions) -> CheckReport {
        match self {
            Self::Filter(table) => check_filter(store(), table, text, options),
            Self::Request => check_request(store(), None, text, options),
            Self::Fetch => check_fetchxml(store(), text, options),
        }
        .expect("the snapshot is in memory")
    }
}

impl Subject {
    /// Returns the query with this text; `None` if it is not valid or if a fix would change it.
    #[must_use]
    pub fn new(language: Language, text: String) -> Option<Self> {
        let checked = language.check(&text, &CheckOptions::default());
        let stays = checked.is_ok() && checked.rewritten.as_ref() == Some(&text);
        let meaning = checked.query.filter(|_| stays)?;
        Some(Self { language, text, meaning })
    }
}

/// Returns the queries of `fixtures/queries` that are valid.
fn samples() -> &'static [Subject] {
    static SAMPLES: OnceLock<Vec<Subject>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let mut all: Vec<(Language, String)> = Vec::new();
        for file in
            ["right.jsonl", "wrong.jsonl", "requests.jsonl", "lints.jsonl", "fetchxml.jsonl", "mapping.jsonl"]
        {
            for row in rows(file) {
                let mut add = |language, text: &str| all.push((language, text.to_owned()));
                if row["filter"].is_string() {
                    add(Language::Filter(field(&row, "table").to_owned()), field(&row, "filter"));
                }
                if row["query"].is_string() {
                    add(Language::Request, field(&row, "query"));
                }
                if row["odata"].is_string() {
                    add(Language::Request, field(&row, "odata"));
                }
                if row["fetchxml"].is_string() {
                    add(Language::Fetch, field(&row, "fetchxml"));
                }
            }
        }
        all.into_iter().filter_map(|(language, text)| Subject::new(language, text)).collect()
    })
}

/// Returns a valid query: one of `fixtures/queries`, or a random one.
#[must_use]
pub fn subject(numbers: &mut Numbers) -> Subject {
    loop {
        let bytes: Vec<u8> = (0..25).flat_map(|_| numbers.next_number().to_le_bytes()).collect();
        let mut dice = Dice(bytes.iter());
        let (language, text) = match numbers.roll(6) {
            0 => {
                let root = ["account", "contact", "new_project", "task", "incident"][numbers.roll(5)];
                let query = Query::rows(root, predicate(&mut dice, &mut vec![table(root)], 2));
                (Language::Filter(root.to_owned()), odata::filter(&query))
            }
            1 => (Language::Request, odata::request(&request(&mut dice))),
            2 => (Language::Fetch, fetch(&mut dice)),
            _ => return numbers.pick(samples()).expect("there are samples").clone(),
        };
        // Damaging a very long text finds no more than damaging a short one, but takes longer.
        if text.len() < 600
            && let Some(subject) = Subject::new(language, text)
        {
            return subject;
        }
    }
}
