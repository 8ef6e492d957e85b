//! What stays the same from query to query: the schema and how to check.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Diagnostic, Severity};
use dvkit_query::{CheckOptions, CheckReport, QueryText};
use dvkit_schema::{Store, StoreError};
use odata_parser::{RequestText, parse_filter_recovering, parse_request_recovering};

use crate::config;
use crate::files::Entry;
use crate::input::{TableName, Text};
use crate::lints::Levels;
use crate::output::Outcome;

/// What is asked about one query.
pub(crate) struct Ask<'a> {
    pub(crate) text: Text<'a>,
    /// The table that the query itself names beside its text; the session's stands in.
    pub(crate) table: Option<&'a TableName>,
    /// Over those of the session.
    pub(crate) targets: &'a BTreeMap<String, String>,
    /// Instead of the session's.
    pub(crate) placeholders: Option<bool>,
}

impl<'a> Ask<'a> {
    /// A query that says nothing but its text.
    fn plain(text: Text<'a>) -> Self {
        const NONE: &BTreeMap<String, String> = &BTreeMap::new();
        Self { text, table: None, targets: NONE, placeholders: None }
    }

    /// A query with what is said beside it; `table` is the [`table`] that it names.
    pub(crate) fn entry(query: &'a Entry<'_>, table: Option<&'a TableName>) -> Self {
        let plain = Self::plain(query.text());
        match query.question() {
            Some(question) => {
                Self { table, targets: &question.targets, placeholders: question.placeholders, ..plain }
            }
            None => plain,
        }
    }
}

/// The table that is named beside a query. That it is one only was seen when it was read.
pub(crate) fn table(query: &Entry<'_>) -> Option<TableName> {
    query.question().and_then(|question| question.table().ok().flatten())
}

/// What came of it.
pub(crate) enum Verdict {
    Checked(Box<CheckReport>),
    /// The name of its table is wrong; spans are into the name.
    WrongTable {
        diagnostic: Box<Diagnostic>,
        parsed: bool,
    },
    /// Nobody said which table it is about.
    NoTable,
}

/// A query with all that is to be known of it before it is read.
pub(crate) enum Prepared<'s> {
    Ready(QueryText<'s>, CheckOptions),
    /// As in [`Verdict`].
    WrongTable {
        diagnostic: Box<Diagnostic>,
        parsed: bool,
    },
    /// As in [`Verdict`].
    NoTable,
}

/// Everything that stays the same from query to query.
pub(crate) struct Session {
    pub(crate) store: Store,
    /// The table of queries that do not name one.
    pub(crate) table: Option<TableName>,
    pub(crate) placeholders: bool,
    pub(crate) targets: BTreeMap<String, String>,
    pub(crate) severities: Levels,
    /// Do warnings count as errors for the exit status?
    pub(crate) deny_warnings: bool,
}

impl Session {
    /// Checks one query.
    ///
    /// # Errors
    /// Where the snapshot cannot be read.
    pub(crate) fn check(&self, ask: &Ask<'_>) -> Result<Verdict, StoreError> {
        let (source, options) = match self.prepared(ask) {
            Prepared::Ready(source, options) => (source, options),
            Prepared::WrongTable { diagnostic, parsed } => {
                return Ok(Verdict::WrongTable { diagnostic, parsed });
            }
            Prepared::NoTable => return Ok(Verdict::NoTable),
        };
        let checked = match source {
            QueryText::Filter { table, text } => {
                dvkit_query::check_filter(&self.store, table, text, &options)?
            }
            QueryText::Request { table, text } => {
                dvkit_query::check_request(&self.store, table, text, &options)?
            }
            QueryText::FetchXml(text) => dvkit_query::check_fetchxml(&self.store, text, &options)?,
        };
        Ok(Verdict::Checked(Box::new(checked)))
    }

    /// Finds the table that a query is about, and how it is to be checked.
    pub(crate) fn prepared<'s>(&'s self, ask: &Ask<'s>) -> Prepared<'s> {
        let placeholders = ask.placeholders.unwrap_or(self.placeholders);
        // A word alone that is an entity set asks for its rows, unless a table says that it is a filter.
        let text = match ask.text {
            Text::Filter(word)
                if ask.table.or(self.table.as_ref()).is_none()
                    && self.store.table_by_entity_set(word).is_some() =>
            {
                Text::Request(word)
            }
            text => text,
        };
        let table = match ask.table.or(self.table.as_ref()).map(|name| name.find(&self.store)) {
            Some(Ok(entry)) => Some(entry.logical_name.as_str()),
            Some(Err(diagnostic)) => {
                let options = odata_parser::ParseOptions { placeholders, ..Default::default() };
                let parsed = match text {
                    Text::Filter(text) => parse_filter_recovering(text, &options).is_ok(),
                    Text::Request(text) => {
                        parse_request_recovering(&RequestText::new(text), &options).is_ok()
                    }
                    Text::Fetch(text) => {
                        let options = fetchxml::ParseOptions { placeholders, ..Default::default() };
                        fetchxml::parse_text(&fetchxml::FetchText::new(text), &options).is_ok()
                    }
                };
                return Prepared::WrongTable { diagnostic, parsed };
            }
            None if text.has_path() => None,
            None => return Prepared::NoTable,
        };
        let mut targets = self.targets.clone();
        config::overlay(&mut targets, ask.targets);
        let severities = self.severities.clone();
        let options = CheckOptions { targets, placeholders, severities, ..CheckOptions::default() };
        let source = match (text, table) {
            (Text::Filter(text), Some(table)) => QueryText::Filter { table, text },
            (Text::Filter(_), None) => return Prepared::NoTable,
            (Text::Request(text), table) => QueryText::Request { table, text },
            (Text::Fetch(text), _) => QueryText::FetchXml(text),
        };
        Prepared::Ready(source, options)
    }

    /// Checks a query with what is said beside it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn check_entry(&self, query: &Entry<'_>) -> Result<Verdict, StoreError> {
        self.check(&Ask::entry(query, table(query).as_ref()))
    }

    /// What these findings make of the exit status.
    pub(crate) fn outcome(&self, diagnostics: &[Diagnostic]) -> Outcome {
        let least = if self.deny_warnings { Severity::Warning } else { Severity::Error };
        if diagnostics.iter().any(|d| d.severity >= least) { Outcome::Findings } else { Outcome::Clean }
    }
}
