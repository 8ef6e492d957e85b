//! Checks all queries of a document and returns their findings. The command `check` calls it for files.
//!
//! Each finding is returned in two forms: with positions in the text of the query, and with positions in the
//! lines of the document. The two kinds of position differ if the query is in a JSON object.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Diagnostic, Span};
use dvkit_query::lint;

use crate::Error;
use crate::document::{Document, QueryItem};
use crate::workspace::{CheckOutcome, CheckRequest, Workspace};

/// A query of a document with the result of checking it.
#[derive(Debug)]
pub struct DiagnosedQuery<'d> {
    /// The query, with its position in the document.
    pub item: QueryItem<'d>,
    /// The result of checking the query.
    pub diagnosis: Diagnosis,
}

/// The result of checking one query of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Diagnosis {
    /// The query was checked, or the table named in its JSON object does not exist.
    Findings(Findings),
    /// The query cannot be checked. The field is a sentence with the reason.
    Unusable(String),
    /// The query names no table, and no table was given for it.
    NoTable,
}

/// The findings of a query, and the fixed query.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Whether the query was checked. If not, the findings are about a table name that does not exist.
    pub is_checked: bool,
    /// The logical name of the table whose rows the query selects; `None` if it is unknown.
    pub table: Option<String>,
    /// Whether the text is syntactically valid OData or FetchXML.
    pub parsed: bool,
    /// The findings. Their spans refer to the text of the query, or to the table name if the query was not
    /// checked.
    pub diagnostics: Vec<Diagnostic>,
    /// The findings of `diagnostics`, in the same order, but with spans that refer to the lines of the query
    /// ([`QueryItem::lines`]).
    pub located: Vec<Diagnostic>,
    /// The query with every certain fix applied, which Dataverse accepts; `None` if an error remains that has
    /// no certain fix.
    pub rewritten: Option<String>,
}

/// Findings about queries that differ only in one id, such as one request for each row. The key is the
/// position of the first of these queries: its line number, and its byte offset in that line.
pub(crate) type RepeatedQueries = BTreeMap<(usize, usize), Diagnostic>;

/// Returns the sentence about a query in a file that names no table. `is_object` says whether it is a JSON
/// object.
#[must_use]
pub fn no_table(is_object: bool) -> &'static str {
    if is_object {
        "no `table` and no `entity_set`"
    } else {
        "which table is this about? write `contacts?$filter=…` or `{\"table\":\"contact\",\"filter\":\"…\"}`"
    }
}

impl Workspace {
    /// Checks the queries of a document, and returns the results in the order of the document. The queries
    /// are read twice: first to find queries that differ only in one id, and then to check each query. A
    /// group of such queries is reported with the first of them.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn diagnose<'d>(
        &'d self,
        document: &'d Document,
    ) -> Result<impl Iterator<Item = Result<DiagnosedQuery<'d>, Error>> + 'd, Error> {
        let mut repeated = self.repeated(document, None)?;
        Ok(document.items().map(move |item| {
            let mut diagnosis = self.diagnose_item(&item)?;
            if let Diagnosis::Findings(findings) = &mut diagnosis
                && findings.is_checked
                && let Some(diagnostic) = repeated.remove(&(item.line, item.range.start))
                && let Ok(entry) = &item.entry
            {
                findings.located.push(entry.query.locate(diagnostic.clone()));
                findings.diagnostics.push(diagnostic);
            }
            Ok(DiagnosedQuery { item, diagnosis })
        }))
    }

    /// Checks one query of a document.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub fn diagnose_item(&self, item: &QueryItem<'_>) -> Result<Diagnosis, Error> {
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => return Ok(Diagnosis::Unusable(why.clone())),
        };
        Ok(match self.check_entry(entry)? {
            CheckOutcome::Checked(checked) => {
                let located = checked.diagnostics.iter().map(|d| entry.query.locate(d.clone())).collect();
                Diagnosis::Findings(Findings {
                    is_checked: true,
                    table: checked.table,
                    parsed: checked.parsed,
                    diagnostics: checked.diagnostics,
                    located,
                    rewritten: checked.rewritten,
                })
            }
            CheckOutcome::WrongTable { diagnostic, parsed } => {
                let located = match &entry.table {
                    Some(name) => name.locate((*diagnostic).clone()),
                    None => (*diagnostic).clone(),
                };
                Diagnosis::Findings(Findings {
                    is_checked: false,
                    table: None,
                    parsed,
                    diagnostics: vec![*diagnostic],
                    located: vec![located],
                    rewritten: None,
                })
            }
            CheckOutcome::NoTable => Diagnosis::NoTable,
            CheckOutcome::NoOrg(why) => Diagnosis::Unusable(why),
        })
    }

    /// Returns the findings about queries of a document that differ only in one id. Queries that name no
    /// organisation are for `org`, or for the default one if that is `None`.
    ///
    /// # Errors
    /// Returns an error if a snapshot cannot be read.
    pub(crate) fn repeated(&self, document: &Document, org: Option<&str>) -> Result<RepeatedQueries, Error> {
        // An editor asks after each letter.
        if document.items().take(lint::MIN_REPETITIONS).count() < lint::MIN_REPETITIONS {
            return Ok(RepeatedQueries::new());
        }
        // Equal requests to different organisations are not repetitions.
        let mut by_org: BTreeMap<Option<String>, lint::RequestLog> = BTreeMap::new();
        let mut places = Vec::new();
        for item in document.items() {
            let Ok(entry) = &item.entry else { continue };
            let table = entry.table_name();
            let request = CheckRequest::of_entry(entry, table.as_ref());
            if let CheckOutcome::Checked(checked) =
                self.check(&CheckRequest { org: request.org.or(org), ..request })?
                && let Some(meaning) = &checked.query
            {
                let org = entry.request.as_ref().and_then(|request| request.org.clone());
                by_org.entry(org).or_default().add(places.len(), meaning);
                places.push((item.line, item.range.start, entry.text().as_str().len()));
            }
        }
        let mut repeated = RepeatedQueries::new();
        for group in by_org.into_values().flat_map(lint::RequestLog::finish) {
            let Some((first, others)) = group.members.split_first() else { continue };
            let Some((line, start, length)) = places.get(*first) else { continue };
            let mut found = vec![group.diagnostic(Span::new(0, *length))];
            lint::set_severities(&mut found, &self.settings.levels);
            let lines = others.iter().take(5).filter_map(|n| places.get(*n));
            let lines: Vec<String> = lines.map(|(line, ..)| line.to_string()).collect();
            let more = if others.len() > 5 { " …" } else { "" };
            repeated.extend(found.pop().map(|mut d| {
                d.message = format!("{} (lines {}{more} too)", d.message, lines.join(", "));
                ((*line, *start), d)
            }));
        }
        Ok(repeated)
    }
}
