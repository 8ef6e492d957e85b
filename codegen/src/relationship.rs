//! Generates the constants of a table's navigation properties, with which programs write joins and
//! expansions.

use std::fmt;

use dvkit_schema::{Column, Relationship, Side, Table};

use crate::column::WriteAccess;
use crate::docs::{self, Comment, INDENT};
use crate::names::ident;

/// The path of a table's generated struct, as the module of another table refers to it.
#[derive(Clone, Debug)]
pub(crate) struct TablePath {
    pub(crate) module: String,
    pub(crate) ty: String,
}

impl fmt::Display for TablePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "super::{}::{}", ident(&self.module), self.ty)
    }
}

/// The generated constant of a navigation property.
#[derive(Debug)]
pub(crate) enum NavItem<'s> {
    /// A navigation property that leads to one row, through a lookup of this table.
    One {
        constant: String,
        navigation: &'s str,
        other: TablePath,
        /// The index of the lookup column among the generated columns of the table.
        column: u16,
        writable: WriteAccess,
        docs: Vec<String>,
    },
    /// A navigation property that leads to many rows.
    Many { constant: String, navigation: &'s str, other: TablePath, side: Side, docs: Vec<String> },
}

impl fmt::Display for NavItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One { constant, navigation, other, column, writable, docs } => {
                write!(
                    f,
                    "{}    pub const {constant}: ::dvkit::Nav<Self, {other}{writable}>",
                    Comment(docs, INDENT)
                )?;
                writeln!(f, " = ::dvkit::nav({navigation:?}, {column});")
            }
            Self::Many { constant, navigation, other, side, docs } => {
                // The service allows fewer expansions with many-to-many relationships, so their type differs.
                let kind = if *side == Side::ManyToMany { ", ::dvkit::ManyToMany" } else { "" };
                write!(
                    f,
                    "{}    pub const {constant}: ::dvkit::NavMany<Self, {other}{kind}>",
                    Comment(docs, INDENT)
                )?;
                writeln!(f, " = ::dvkit::nav_many({navigation:?});")
            }
        }
    }
}

/// Returns the navigation properties of a table: the name and the relationship of each.
///
/// If a badly merged file contains a navigation property twice, only the first one in the order of
/// [`Table::sort`] is returned.
pub(crate) fn navigable(table: &Table) -> impl Iterator<Item = (&str, &Relationship)> {
    let mut last = None;
    table.relationships.iter().filter_map(move |r| {
        let navigation = r.navigation.as_deref()?;
        let again = last.replace(navigation) == Some(navigation);
        (!again).then_some((navigation, r))
    })
}

/// Returns the name and the relationship of the navigation property of a lookup that has exactly one;
/// otherwise `None`. One constant then represents both the column and the navigation property.
pub(crate) fn only_navigation<'s>(table: &'s Table, column: &Column) -> Option<(&'s str, &'s Relationship)> {
    let is_its = |r: &Relationship| r.is_single() && r.column.as_ref() == Some(&column.logical_name);
    let mut its = navigable(table).filter(|(_, r)| is_its(r));
    let only = its.next()?;
    its.next().is_none().then_some(only)
}

/// Returns the lines of a navigation property's documentation. `navigation` is its name.
pub(crate) fn documentation(navigation: &str, relationship: &Relationship) -> Vec<String> {
    let (name, table) = (docs::code(navigation), docs::code(&relationship.table));
    let what = match relationship.side {
        Side::ManyToOne => format!("{name}: one row of {table}."),
        Side::OneToMany => format!("{name}: the rows of {table} that refer to this row."),
        Side::ManyToMany => format!("{name}: rows of {table}, many to many."),
    };
    docs::paragraphs([what], None)
}
