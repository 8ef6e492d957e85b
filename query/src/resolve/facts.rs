//! Facts that resolving collects for the lints: the columns, expansions and hints of a query, with their
//! spans.

use crate::hir::QueryHint;
use dvkit_diagnostic::Span;
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Item;

/// The facts about one query.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Every column that was resolved, in the order of resolving.
    pub(crate) uses: Vec<ColumnUse<'a>>,
    /// Every expansion that was resolved; an expansion comes before those nested in it.
    pub(crate) expands: Vec<Expand<'a>>,
    /// The spans of the links that find several rows for one.
    pub(crate) multi_row_links: Vec<Span>,
    /// The number of conditions.
    pub(crate) conditions: usize,
    /// Whether the path leads to one row.
    pub(crate) one_row: bool,
    /// Hints, limits and unread parts, each once.
    pub(crate) hints: Vec<QueryHint>,
    /// The elements and attributes of FetchXML that went into the meaning, by the offset of their names.
    pub(crate) read: Marks,
    /// Attributes with a closed set of values whose value is a placeholder: the offset of the name, and the
    /// span of the value.
    pub(crate) placeholders: Vec<(u32, Span)>,
}

/// A set of offsets in a text: one bit for each byte, up to the last offset in the set.
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

/// A column that a query uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnUse<'a> {
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    /// The span of the whole path to the column.
    pub(crate) span: Span,
    pub(crate) role: Role,
    /// Whether the column belongs to a row that a lookup leads to.
    pub(crate) related: bool,
    /// Whether the column is only tested for null.
    pub(crate) null_test: bool,
}

impl Facts<'_> {
    /// Adds a hint, unless the query has it already.
    pub(crate) fn add_hint(&mut self, hint: QueryHint) {
        // Hints that may be numerous all differ, so comparing with the last ones is enough.
        if !self.hints.iter().rev().take(64).any(|other| *other == hint) {
            self.hints.push(hint);
        }
    }

    /// Records that the column used at `span` is compared with null.
    pub(crate) fn record_null_test(&mut self, span: Span) {
        if let Some(used) = self.uses.iter_mut().rev().find(|u| u.span == span) {
            used.null_test = true;
        }
    }
}

/// The role of a column in a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// The column is returned.
    Select,
    /// The column is used in a condition.
    #[default]
    Filter,
    /// The rows are ordered by the column.
    Order,
    /// The rows are grouped by the column.
    Group,
    /// The column is aggregated.
    Aggregate,
}

impl Role {
    /// Returns a bit for this role, for use in sets of roles.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A navigation property that is expanded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expand<'a> {
    pub(crate) relationship: &'a Relationship,
    pub(crate) item: &'a Item<'a>,
    /// The nesting depth; 1 for an expansion that is not nested.
    pub(crate) depth: usize,
    /// The table that the navigation property leads to, if the snapshot contains it.
    pub(crate) target: Option<&'a Table>,
}
