//! Splits the text of a query into parts with their meaning: names, values, operators and keywords, and the tree
//! of the clauses around them. Most features of an editor only read these parts.
//!
//! [`odata`] and [`fetch`] create the parts from the syntax trees, which parsers make of broken texts too.
//! [`lexer`] splits the text that is in no tree.

mod apply;
mod builder;
mod fetch;
mod lexer;
mod odata;
mod part;
mod path;
mod values;

use dvkit_schema::Table;
use fetchxml::FetchText;
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use super::QueryContext;
use crate::{Error, QueryForm};
use builder::Builder;
pub(super) use part::{Clause, Local, LocalKind, Meaning, Part, QueryParts};

impl<'a> QueryContext<'a> {
    /// Splits the text of the query into its parts. Returns an error if the snapshot cannot be read.
    pub(super) fn parts(&self) -> Result<QueryParts<'a>, Error> {
        let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
        let mut builder = Builder::new(self.store);
        match self.query {
            QueryForm::Filter(text) => {
                let table = self.own_table()?;
                let parsed = parse_filter_recovering(text, &options);
                if parsed.is_ok() || !url::is_encoded(text) {
                    builder.filter(text, &parsed.expr, table)?;
                    return Ok(builder.finish(text, text, |span| span));
                }
                let decoded = url::decode(text);
                let parsed = parse_filter_recovering(&decoded.text, &options);
                builder.filter(&decoded.text, &parsed.expr, table)?;
                Ok(builder.finish(&decoded.text, text, |span| decoded.to_encoded(span)))
            }
            QueryForm::Request(text) => {
                let request = RequestText::new(text);
                let parsed = parse_request_recovering(&request, &options);
                builder.request(request.decoded(), &parsed.request, self.own_table()?)?;
                Ok(builder.finish(request.decoded(), text, |span| request.to_original(span)))
            }
            QueryForm::Fetch(text) => {
                let fetch = FetchText::new(text);
                let options = fetchxml::ParseOptions { placeholders: true, ..Default::default() };
                let parsed = fetchxml::parse_text(&fetch, &options);
                builder.fetch(fetch.decoded(), &parsed.fetch)?;
                Ok(builder.finish(fetch.decoded(), text, |span| fetch.to_original(span)))
            }
        }
    }

    fn own_table(&self) -> Result<Option<&'a Table>, Error> {
        Ok(match self.table {
            Some(name) => self.store.table(name)?,
            None => None,
        })
    }

    /// Returns `offset` as an offset in the text: at most the length of the text, and not within a character.
    pub(super) fn clamp(&self, offset: usize) -> usize {
        let text = self.query.as_str();
        let mut at = offset.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
