//! Answers what an editor asks of one query: completion, hover, and what else depends on a position in its
//! text.
//!
//! Each question is a method of [`QueryContext`]. Offsets and spans are bytes of the query's text, and results
//! are plain structs. The text may be broken or half typed, and may contain placeholders (`{id}`, `@{…}`).
//! Questions about a query in a source file go through [`Workspace`], which finds the query at
//! a position and converts the positions.

mod actions;
mod class;
mod complete;
mod definition;
mod diagnose;
mod folding;
mod hover;
mod inlay;
mod open_files;
mod parts;
mod references;
mod rename;
mod selection;
mod signature;
mod source;
mod symbols;
#[cfg(test)]
mod tests;
mod tokens;

use dvkit_schema::Store;

use crate::workspace::form_for;
use crate::{CheckRequest, Error, QueryForm, Workspace};

pub use actions::{Action, ActionClass};
pub use class::{SymbolClass, TokenClass};
pub use complete::{Completion, CompletionKind, MAX_COMPLETIONS};
pub use definition::{Definition, FilePosition};
pub use diagnose::{SourceDiagnosis, UnusableQuery};
pub use hover::Hover;
pub use inlay::InlayHint;
pub use open_files::OpenFileRules;
pub use references::Reference;
pub use rename::{RenameOutcome, RenameTarget};
pub use signature::Signature;
pub use source::SourceCompletion;
pub use symbols::Symbol;
pub use tokens::Token;

/// A query with the snapshot and the table that apply to it, as an editor asks about it.
#[derive(Clone, Copy, Debug)]
pub struct QueryContext<'a> {
    /// The snapshot that the query is for.
    pub store: &'a Store,
    /// The text of the query with its form.
    pub query: QueryForm<'a>,
    /// The logical name of the table, if the text does not name one.
    pub table: Option<&'a str>,
}

impl<'a> QueryContext<'a> {
    /// Returns the context of the query `query` for the snapshot `store`.
    #[must_use]
    pub fn new(store: &'a Store, query: QueryForm<'a>, table: Option<&'a str>) -> Self {
        Self { store, query, table }
    }
}

impl Workspace {
    /// Returns the context of a query for the features of an editor. A table that does not exist counts as
    /// unknown. Returns `None` if there is no snapshot for the organisation of the request.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    ///
    /// ```
    /// use dvkit_ide::{CheckRequest, QueryForm, Schemas, Settings, Workspace};
    /// let workspace = Workspace::new(Schemas::of(dvkit_ide::sample::open()?), Settings::default());
    /// let request = CheckRequest::plain(QueryForm::read("contacts?$select=fullname"));
    /// let context = workspace.query_context(&request)?.expect("there is a default snapshot");
    /// let hover = context.hover(20)?.expect("it is the name of a column");
    /// assert!(hover.markdown.starts_with("**`contact.fullname`** — Full Name"));
    /// # Ok::<(), dvkit_ide::Error>(())
    /// ```
    pub fn query_context<'a>(
        &'a self,
        request: &CheckRequest<'a>,
    ) -> Result<Option<QueryContext<'a>>, Error> {
        let store = match self.store(request.org) {
            Ok(store) => store,
            Err(Error::Org(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let table = request.table.or(self.settings.table.as_ref());
        let query = form_for(store, request.query, table.is_some());
        let table = table.and_then(|name| name.find(store).ok()).map(|entry| entry.logical_name.as_str());
        Ok(Some(QueryContext::new(store, query, table)))
    }
}
