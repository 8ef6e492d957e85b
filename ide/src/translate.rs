//! Translates the queries of a workspace between OData and FetchXML. The command `translate` and its batch
//! call [`Workspace::translate`].

use dvkit_query::hir::Query;
use dvkit_schema::Store;
use dvkit_translate::{Language, TranslationOutcome};
use fetchxml::{FetchText, PrintStyle};
use odata_parser::url;

use crate::Error;
use crate::workspace::{CheckRequest, Prepared, Workspace};

/// The result of translating a query of a workspace.
#[derive(Clone, Debug, PartialEq)]
pub enum TranslateOutcome {
    /// The query was translated, or could not be translated. The field has the translation or the reasons.
    Translated(Box<TranslationOutcome>),
    /// The query names no table, and no table was given for it.
    NoTable,
    /// The organisation named for the query is unknown, or none is named and there is no default one. The
    /// field is a sentence that says so.
    NoOrg(String),
}

impl Workspace {
    /// Translates one query to the language `to`. If the table given for it does not exist, the result has
    /// one finding about that, whose spans refer to the table name.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
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

/// Returns the shortest relative URL for a FetchXML query, such as `accounts?fetchXml=…`. `text` is the text
/// of `query`, and `placeholders` says whether it may contain placeholders such as `{id}`. Returns `None` if
/// the table of the query has no entity set, because no URL leads to its rows.
#[must_use]
pub fn fetch_url(store: &Store, query: &Query, text: &str, placeholders: bool) -> Option<String> {
    let set = store.entry(&query.table).and_then(|e| e.entity_set.as_deref())?;
    let text = FetchText::new(text);
    let options = fetchxml::ParseOptions { placeholders, ..fetchxml::ParseOptions::default() };
    let short = fetchxml::print(&fetchxml::parse_text(&text, &options).fetch, &PrintStyle::minified());
    Some(format!("{set}?fetchXml={}", url::encode(&short)))
}
