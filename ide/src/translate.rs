//! Translation of the queries of a workspace.

use dvkit_query::hir::Query;
use dvkit_schema::Store;
use dvkit_translate::{Language, TranslationOutcome};
use fetchxml::{FetchText, PrintStyle};
use odata_parser::url;

use crate::Error;
use crate::workspace::{CheckRequest, Prepared, Workspace};

/// The result of a translation.
#[derive(Clone, Debug, PartialEq)]
pub enum TranslateOutcome {
    /// The query was translated, or refused with the reasons.
    Translated(Box<TranslationOutcome>),
    /// The table of the query is not known.
    NoTable,
    /// The named organisation is unknown, or no organisation was named and there is no default; a sentence.
    NoOrg(String),
}

impl Workspace {
    /// Translates one query. If its table does not exist, the only finding is about that, with spans into the
    /// table name.
    ///
    /// # Errors
    /// If the snapshot cannot be read.
    pub fn translate(&self, request: &CheckRequest<'_>, to: Language) -> Result<TranslateOutcome, Error> {
        Ok(match self.prepared(request)? {
            Prepared::Ready(store, source, options) => TranslateOutcome::Translated(Box::new(
                dvkit_translate::translate(store, source, to, &options)?,
            )),
            Prepared::WrongTable { diagnostic, .. } => {
                TranslateOutcome::Translated(Box::new(TranslationOutcome::from_error(*diagnostic)))
            }
            Prepared::NoTable => TranslateOutcome::NoTable,
            Prepared::NoOrg(why) => TranslateOutcome::NoOrg(why),
        })
    }
}

/// Returns the shortest relative URL of a FetchXML query. Returns `None` if the table of `query` has no
/// entity set, because no URL addresses its rows.
#[must_use]
pub fn fetch_url(store: &Store, query: &Query, text: &str, placeholders: bool) -> Option<String> {
    let set = store.entry(&query.table).and_then(|e| e.entity_set.as_deref())?;
    let text = FetchText::new(text);
    let options = fetchxml::ParseOptions { placeholders, ..fetchxml::ParseOptions::default() };
    let short = fetchxml::print(&fetchxml::parse_text(&text, &options).fetch, &PrintStyle::minified());
    Some(format!("{set}?fetchXml={}", url::encode(&short)))
}
