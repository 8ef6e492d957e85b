//! Facts that resolving collects for the lints: the columns, expansions and hints of a query, with their
//! spans.

use crate::hir::QueryHint;
use dvkit_diagnostic::Span;
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Item;

/// Facts about one query, collected while it is resolved.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Every use of a column, in the order of resolving.
    pub(crate) uses: Vec<ColumnUse<'a>>,
    /// Every expansion. An expansion comes before those nested in it.
    pub(crate) expands: Vec<Expand<'a>>,
    /// The spans of the links that may match several rows.
    pub(crate) multi_row_links: Vec<Span>,
    /// The number of conditions in the query.
    pub(crate) conditions: usize,
    /// Whether the path of the request leads to one row.
    pub(crate) one_row: bool,
    /// The hints of the query, and the parts that resolving did not use. Each is contained once.
    pub(crate) hints: Vec<QueryHint>,
    /// The elements and attributes of FetchXML that resolving used, by the offsets of their names in the
    /// text.
    pub(crate) read: Marks,
    /// Attributes of FetchXML that accept only certain values and have a placeholder as their value. Each is
    /// the offset of the attribute's name and the span of its value.
    pub(crate) placeholders: Vec<(u32, Span)>,
}

/// A set of offsets in a text. It stores one bit for each byte of the text, up to the greatest offset in the
/// set.
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

/// One use of a column in a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnUse<'a> {
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    /// The span of the path to the column, including the column itself.
    pub(crate) span: Span,
    pub(crate) role: Role,
    /// Whether the column belongs to a related row, which a path reaches through a lookup.
    pub(crate) related: bool,
    /// Whether the column is compared with null at this position.
    pub(crate) null_test: bool,
}

impl Facts<'_> {
    /// Adds a hint unless an equal one is there already.
    pub(crate) fn add_hint(&mut self, hint: QueryHint) {
        // Hints that may be numerous all differ, so comparing with the last ones is enough.
        if !self.hints.iter().rev().take(64).any(|other| *other == hint) {
            self.hints.push(hint);
        }
    }

    /// Marks the use of a column at `span` as a comparison with null.
    pub(crate) fn record_null_test(&mut self, span: Span) {
        if let Some(used) = self.uses.iter_mut().rev().find(|u| u.span == span) {
            used.null_test = true;
        }
    }
}

/// The purpose that a query uses a column for.
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
    /// The column's values are aggregated.
    Aggregate,
}

impl Role {
    /// Returns the bit of this role in a set of roles. Each role has another bit.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A navigation property in `$expand`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expand<'a> {
    pub(crate) relationship: &'a Relationship,
    pub(crate) item: &'a Item<'a>,
    /// The depth of nesting: 1 for an expansion of the request itself.
    pub(crate) depth: usize,
    /// The table that the navigation property leads to; `None` if the snapshot does not contain it.
    pub(crate) target: Option<&'a Table>,
}
