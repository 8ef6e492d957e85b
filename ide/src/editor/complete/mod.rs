//! Completes names and values at a position in a query. Editors offer the results as a list.
//!
//! [`QueryContext::complete`] decodes the text, decides what is expected at the cursor from the text before it,
//! and collects candidates from the tables that the query touches; [`rank`] orders them. Each place in a query
//! has a module: [`request`] the path and the options, [`lists`] the options that list names, [`filter`]
//! expressions, [`apply`] aggregations, [`fetch`] FetchXML.

mod apply;
mod columns;
mod describe;
mod expression;
mod fetch;
mod filter;
mod functions;
mod lexer;
mod lists;
mod path;
mod rank;
mod request;
mod rows;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod weight;

use std::collections::HashMap;
use std::ops::Range;

use dvkit_diagnostic::{Edit, Span};
use dvkit_schema::{Store, StoreError, Table};

use super::QueryContext;
use crate::{Error, QueryForm};

pub(super) use describe::function_documentation;
pub(super) use expression::{Frame, FrameKind, analyze};
pub(super) use functions::{STANDARD, query_function};
pub(super) use lexer::{Token, TokenKind, lex};
use rank::{Candidate, rank};
pub(super) use request::split_request;
pub(super) use text::CursorText;

/// The maximum number of completions that are returned for one position.
pub const MAX_COMPLETIONS: usize = 200;

/// A text that can be inserted at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text that a list shows, usually the inserted name.
    pub label: String,
    /// The kind of thing that is inserted.
    pub kind: CompletionKind,
    /// A short description, such as the display name of a column and its type; `None` if there is none.
    pub detail: Option<String>,
    /// The description that the organisation has for the object; `None` if there is none.
    pub documentation: Option<String>,
    /// The texts that what is typed is compared with, separated by spaces: the replaced text begins like one
    /// of them. Editors that filter the list themselves filter by it.
    pub filter: String,
    /// The edit of the query's text. It replaces the word at the cursor, also the part behind the cursor.
    pub edit: Edit,
    /// The offset in bytes in the replacement at which the cursor belongs afterwards; `None` for its end.
    pub caret: Option<usize>,
}

/// The kind of thing that a completion inserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionKind {
    /// A table or an entity set.
    Table,
    /// A column.
    Column,
    /// A navigation property.
    Navigation,
    /// A function.
    Function,
    /// An operator.
    Operator,
    /// A keyword such as `and`, `desc` or `any`.
    Keyword,
    /// An option of a choice.
    Choice,
    /// Any other value: `true`, `null`, a date, a keyword of FetchXML.
    Value,
    /// A query option such as `$select`.
    QueryOption,
    /// An element of FetchXML.
    Element,
    /// An attribute of an element of FetchXML.
    Attribute,
    /// A name that the query itself defines: an alias of a column or a link.
    Alias,
    /// The variable of a lambda.
    Variable,
    /// A text of several parts, such as a whole `<link-entity>`.
    Snippet,
}

impl QueryContext<'_> {
    /// Returns what can be inserted at the byte offset `offset` of the query's text, the best first, at most
    /// [`MAX_COMPLETIONS`]. An offset beyond the end means the end, and one within a character its beginning. The
    /// white space before the cursor matters: [`QueryForm::untrimmed`] keeps it.
    ///
    /// ```
    /// use dvkit_ide::{QueryForm, editor::QueryContext};
    /// let store = dvkit_ide::sample::open()?;
    /// let query = "contacts?$filter=statecode eq ";
    /// let context = QueryContext::new(&store, QueryForm::untrimmed(query), None);
    /// let found = context.complete(query.len())?;
    /// assert_eq!((found[0].label.as_str(), found[0].edit.replacement.as_str()), ("0 Active", "0"));
    /// # Ok::<(), dvkit_ide::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the file of a table that the query touches cannot be read. Mistakes in the query
    /// are no errors.
    pub fn complete(&self, offset: usize) -> Result<Vec<Completion>, Error> {
        let (text, cursor) = self.cursor_text(offset);
        let Some(cursor) = cursor else { return Ok(Vec::new()) };
        Ok(self.collected(&text, cursor)?.finish(&text))
    }

    /// Returns the completer that has collected the candidates at the offset `cursor` of the decoded text.
    fn collected<'c>(&'c self, text: &'c CursorText<'_>, cursor: usize) -> Result<Completer<'c>, Error> {
        let mut completer = Completer::new(self.store, text.text(), cursor);
        match text {
            CursorText::Plain(_) | CursorText::Filter(..) => {
                let table = self.default_table()?;
                let tokens = lex(text.text(), 0..text.text().len());
                completer.expression(&tokens, table)?;
            }
            CursorText::Request(_) => completer.request(self.table)?,
            CursorText::Fetch(_) => completer.fetch()?,
        }
        Ok(completer)
    }

    /// Returns the decoded text of the query, and the offset in it that corresponds to `offset`.
    pub(super) fn cursor_text(&self, offset: usize) -> (CursorText<'_>, Option<usize>) {
        let text = match self.query {
            QueryForm::Filter(text) => CursorText::filter(text),
            QueryForm::Request(text) if !fetchxml::is_fetchxml(text) => CursorText::request(text),
            QueryForm::Request(text) | QueryForm::Fetch(text) => {
                let fetch = CursorText::fetch(text);
                if let Some(cursor) = fetch.offset(offset) {
                    return (fetch, Some(cursor));
                }
                // The cursor is in the path or in another option of the URL.
                CursorText::request(text)
            }
        };
        let cursor = text.offset(offset);
        (text, cursor)
    }

    /// Returns the table of the query, if its text does not name one.
    pub(super) fn default_table(&self) -> Result<Option<&Table>, StoreError> {
        self.table.map_or(Ok(None), |name| rows::named_table(self.store, name))
    }
}

/// Collects the candidates for one position.
pub(super) struct Completer<'a> {
    pub(super) store: &'a Store,
    /// The decoded text of the query.
    pub(super) text: &'a str,
    /// The byte offset of the cursor in `text`.
    pub(super) cursor: usize,
    /// The byte range in `text` of the word that is replaced.
    pub(super) word: Range<usize>,
    /// The names in the query except the word at the cursor, each with its number of occurrences.
    mentioned: HashMap<&'a str, usize>,
    candidates: Vec<Candidate<'a>>,
}

impl<'a> Completer<'a> {
    pub(super) fn new(store: &'a Store, text: &'a str, cursor: usize) -> Self {
        let candidates = Vec::new();
        let mut this =
            Self { store, text, cursor, word: cursor..cursor, mentioned: HashMap::new(), candidates };
        this.word = this.word_around(cursor, lexer::is_name_char);
        let own = this.word.clone();
        let mut at = 0;
        for name in text.split(|c: char| !lexer::is_name_char(c)) {
            let start = name.as_ptr() as usize - text.as_ptr() as usize;
            at = at.max(start + name.len());
            if !name.is_empty() && start != own.start {
                *this.mentioned.entry(name).or_default() += 1;
            }
        }
        this
    }

    fn push(&mut self, candidate: Candidate<'a>) {
        self.candidates.push(candidate);
    }

    /// Returns whether the query names `name` at another position.
    fn is_mentioned(&self, name: &str) -> bool {
        self.mentioned.contains_key(name)
    }

    /// Returns the text of the word before the cursor.
    fn typed(&self) -> &'a str {
        self.text.get(self.word.start..self.cursor).unwrap_or_default()
    }

    /// Returns the text from the end of the word on.
    fn behind(&self) -> &'a str {
        self.text.get(self.word.end..).unwrap_or_default()
    }

    /// Returns the range of the characters around the offset `at` for which `is_part` is true.
    fn word_around(&self, at: usize, is_part: impl Fn(char) -> bool) -> Range<usize> {
        let (before, after) = self.text.split_at(at);
        let start = before
            .rfind(|c| !is_part(c))
            .map_or(0, |n| n + before[n..].chars().next().map_or(0, char::len_utf8));
        let end = after.find(|c| !is_part(c)).map_or(self.text.len(), |n| at + n);
        start..end
    }

    /// Sets the word to the token at the cursor. Returns the number of tokens before it, and the token, if
    /// there is one.
    fn take_word<'t>(&mut self, tokens: &'t [Token]) -> (usize, Option<&'t Token>) {
        let cursor = self.cursor;
        let touches = |token: &&Token| match token.kind {
            TokenKind::Name | TokenKind::Number | TokenKind::Placeholder => {
                token.range.start <= cursor && cursor <= token.range.end
            }
            TokenKind::Text(closed) | TokenKind::JsonText(closed) => {
                token.range.start < cursor
                    && (cursor < token.range.end || (!closed && cursor == token.range.end))
            }
            _ => false,
        };
        let token = tokens.iter().find(touches);
        self.word = token.map_or(cursor..cursor, |token| token.range.clone());
        let before = tokens.iter().take_while(|t| t.range.end <= self.word.start).count();
        (before, token)
    }

    fn finish(self, text: &CursorText<'_>) -> Vec<Completion> {
        let typed = self.typed().trim_start_matches(['\'', '"']);
        let replaced = self.text.get(self.word.clone()).unwrap_or_default();
        let quote = replaced.get(..1).filter(|q| matches!(*q, "'" | "\"")).unwrap_or_default();
        let ranked = rank(self.store, typed, self.candidates, MAX_COMPLETIONS);
        let mut edits = Vec::with_capacity(ranked.len());
        let mut completions = Vec::with_capacity(ranked.len());
        for candidate in &ranked {
            let start = candidate.from.unwrap_or(self.word.start);
            let mut filter = match candidate.from {
                Some(from) => self.text.get(from..self.word.start).unwrap_or_default().to_owned(),
                None => String::new(),
            };
            filter.push_str(quote);
            filter.push_str(&candidate.label);
            for more in [candidate.alias.as_deref(), candidate.display_name(self.store)].into_iter().flatten()
            {
                filter.push(' ');
                filter.push_str(more);
            }
            let inserted = candidate.insert.as_deref().unwrap_or(&candidate.label);
            let (before, behind) = inserted.split_once(rank::CARET).unwrap_or((inserted, ""));
            let span = Span::new(start, self.word.end);
            // The encoded text before the caret tells where the caret is in the encoded replacement.
            edits.push(Edit { span, replacement: format!("{before}{behind}") });
            edits.push(Edit { span, replacement: before.to_owned() });
            completions.push(Completion {
                label: candidate.label.to_string(),
                kind: candidate.kind,
                detail: describe::detail(self.store, candidate),
                documentation: describe::documentation(self.store, candidate),
                filter,
                edit: Edit { span: Span::at(0), replacement: String::new() },
                caret: None,
            });
        }
        let mut edits = text.edits_to_given(edits).into_iter();
        for completion in &mut completions {
            let (Some(edit), Some(before)) = (edits.next(), edits.next()) else { break };
            completion.edit = edit;
            let caret = before.replacement.len();
            completion.caret = (caret < completion.edit.replacement.len()).then_some(caret);
        }
        completions
    }
}
