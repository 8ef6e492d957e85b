//! What a query names, and where: what the lints go by, beside tree and meaning.

use crate::hir::Extra;
use dvkit_diagnostic::Span;
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::Item;

/// Everything that was named and found.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Every column that was found, in the order of resolving.
    pub(crate) uses: Vec<Use<'a>>,
    /// Every expansion that was found, outer ones before inner ones.
    pub(crate) expands: Vec<Expand<'a>>,
    /// Where the links stand that find many rows for one.
    pub(crate) many: Vec<Span>,
    /// How many conditions there are.
    pub(crate) conditions: usize,
    /// The path leads to one row.
    pub(crate) one_row: bool,
    /// What the text says beside rows and columns, each once.
    pub(crate) extras: Vec<Extra>,
    /// What of FetchXML went into the meaning: elements and attributes, by where their names begin.
    pub(crate) read: Marks,
    /// Attributes of a closed set whose value is a placeholder: where the name begins, and the value.
    pub(crate) holes: Vec<(u32, Span)>,
}

/// Offsets that are marked: a bit for each byte of the text, up to the last mark.
#[derive(Debug, Default)]
pub(crate) struct Marks(Vec<u64>);

impl Marks {
    pub(crate) fn insert(&mut self, at: u32) {
        let (word, bit) = Self::place(at);
        if word >= self.0.len() {
            // Marks go on to the end of the text, one after the other.
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

/// A column that a query names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use<'a> {
    pub(crate) table: &'a Table,
    pub(crate) column: &'a Column,
    /// The whole path to it.
    pub(crate) span: Span,
    pub(crate) role: Role,
    /// Reached through a lookup.
    pub(crate) related: bool,
    /// Asked for nothing but whether there is a value.
    pub(crate) null_test: bool,
}

impl Facts<'_> {
    /// Something that FetchXML says beside rows and columns.
    pub(crate) fn add(&mut self, extra: Extra) {
        // Of what may come often there are no two alike.
        if !self.extras.iter().rev().take(64).any(|other| *other == extra) {
            self.extras.push(extra);
        }
    }

    /// The column named at `span` is compared with null.
    pub(crate) fn note_null_test(&mut self, span: Span) {
        if let Some(used) = self.uses.iter_mut().rev().find(|u| u.span == span) {
            used.null_test = true;
        }
    }
}

/// What a column is named for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// To come back.
    Select,
    /// In a condition.
    #[default]
    Filter,
    /// To order by.
    Order,
    /// To group by.
    Group,
    /// To compute from.
    Aggregate,
}

impl Role {
    /// A bit of its own, for sets of roles.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A navigation property that is expanded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expand<'a> {
    pub(crate) relationship: &'a Relationship,
    pub(crate) item: &'a Item<'a>,
    /// 1 at the top.
    pub(crate) depth: usize,
    /// The table that is expanded from, and the one it leads to where the snapshot has it.
    pub(crate) target: Option<&'a Table>,
}
