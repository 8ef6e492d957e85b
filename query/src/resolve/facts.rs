//! Collects facts about a query while it is resolved: its columns, expansions and hints, with their spans.
//! The lints read these facts afterwards.

use crate::hir::QueryHint;
use dvkit_diagnostic::Span;
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Item;

/// Facts about one query that the resolver collects for the lints.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Every use of a column, in the order in which the columns were resolved.
    pub(crate) uses: Vec<ColumnUse<'a>>,
    /// Every expansion, each before the expansions nested in it.
    pub(crate) expands: Vec<Expand<'a>>,
    /// The spans of the FetchXML links that may match several rows.
    pub(crate) multi_row_links: Vec<Span>,
    /// The number of conditions in the query, which the service limits.
    pub(crate) conditions: usize,
    /// Whether the path of the request leads to a single row, such as `accounts(<id>)`.
    pub(crate) one_row: bool,
    /// The hints of the query, and the parts of the text that the resolver did not use, each once.
    pub(crate) hints: Vec<QueryHint>,
    /// The elements and attributes of FetchXML that the resolver used. Each is identified by the byte offset
    /// of its name in the text.
    pub(crate) read: Marks,
    /// The attributes of FetchXML whose value should be one of a few words and is a placeholder. Each entry
    /// is the byte offset of the attribute's name and the span of its value.
    pub(crate) placeholders: Vec<(u32, Span)>,
}

/// A set of byte offsets in a text. It stores one bit for each byte of the text, up to the greatest offset in
/// the set.
#[derive(Debug, Default)]
pub(crate) struct Marks(Vec<u64>);

impl Marks {
    pub(crate) fn insert(&mut self, at: u32) {
        let (word, bit) = Self::place(at);
        if word >= self.0.len() {
            // Offsets are inserted in ascending order up to the end of the text, so grow in steps.
            self.0.resize((word + 1).next_multiple_of(32), 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    pub(crate) fn contains(&self, at: u32) -> bool {
        let (word, bit) = Self::place(at);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn place(at: u32) -> (usize, u64) {
        ((at / 64) as usize, 1 << (at % 64))
    }
}

/// One use of a column in a query: which column, where, and for what purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnUse<'a> {
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    /// The span of the path to the column, including the column itself.
    pub(crate) span: Span,
    pub(crate) role: Role,
    /// Whether the column belongs to a related row, to which a path through a lookup leads.
    pub(crate) related: bool,
    /// Whether this use is a comparison of the column with null.
    pub(crate) null_test: bool,
}

impl Facts<'_> {
    /// Adds a hint, unless an equal hint has been added before.
    pub(crate) fn add_hint(&mut self, hint: QueryHint) {
        // Hints that may be numerous all differ, so comparing with the last ones is enough.
        if !self.hints.iter().rev().take(64).any(|other| *other == hint) {
            self.hints.push(hint);
        }
    }

    /// Records that the use of a column at `span` is a comparison with null.
    pub(crate) fn record_null_test(&mut self, span: Span) {
        if let Some(used) = self.uses.iter_mut().rev().find(|u| u.span == span) {
            used.null_test = true;
        }
    }
}

/// The purpose for which a query uses a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// The query returns the column.
    Select,
    /// The query tests the column in a condition.
    #[default]
    Filter,
    /// The rows are ordered by the column.
    Order,
    /// The rows are grouped by the column.
    Group,
    /// The column's values are aggregated.
    Aggregate,
}

impl Role {
    /// Returns a number with one bit set, which represents this role in a set of roles. The bits of two roles
    /// are different.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// One expansion: a navigation property in an `$expand`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expand<'a> {
    pub(crate) relationship: &'a Relationship,
    pub(crate) item: &'a Item<'a>,
    /// The depth of nesting: 1 for an `$expand` of the request, 2 for an `$expand` within an expansion, and
    /// so on.
    pub(crate) depth: usize,
    /// The table that the navigation property leads to; `None` if the snapshot does not contain it.
    pub(crate) target: Option<&'a Table>,
}
