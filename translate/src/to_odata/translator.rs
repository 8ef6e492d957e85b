//! The state of a translation to OData, and the paths by which OData names the rows of joins.

use dvkit_query::hir::{ColumnRef, Link, Predicate, Property, Test};
use dvkit_schema::Store;

use crate::fidelity::TranslationReport;

/// The state of a translation to OData.
pub(super) struct Translator<'a> {
    pub(super) store: &'a Store,
    pub(super) report: TranslationReport,
    /// For each join, its alias and how OData names the joined row.
    pub(super) aliases: Vec<(String, RowPosition)>,
    /// The table whose rows are returned.
    pub(super) table: String,
}

/// The position of a joined row in OData.
pub(super) enum RowPosition {
    At(RowPath),
    /// The row is one of many in a collection, so only a lambda can name it.
    Many,
    /// The join to the row has a condition, so no path leads to it.
    OnCondition,
}

/// The position of a row in OData: the variable of a lambda, and a path from there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowPath {
    /// The index of the lambda from whose row the path starts; 0 for the row of the query.
    pub(super) scope: usize,
    /// The lookups that the path follows.
    pub(super) path: Vec<Link>,
    /// The table of the row.
    pub(super) table: String,
}

impl RowPath {
    /// Returns the position of the row that the lookup `link` of this row points to.
    pub(super) fn behind(&self, link: Link) -> Self {
        let table = link.table.clone();
        let path = self.path.iter().cloned().chain([link]).collect();
        Self { scope: self.scope, path, table }
    }
}

/// The positions of the rows that a condition can name. The index is the scope of the row in the original
/// HIR.
pub(super) struct Rows(pub(super) Vec<RowPath>);

impl Rows {
    pub(super) fn at(place: RowPath) -> Self {
        Self(vec![place])
    }

    pub(super) fn get(&self, scope: usize) -> Option<RowPath> {
        self.0.get(scope).cloned()
    }
}

/// Returns a reference to the value of a column itself, not to its label or another property.
pub(super) fn plain(column: String, scope: usize, path: Vec<Link>) -> ColumnRef {
    ColumnRef { scope, join: None, path, column, property: Property::Plain }
}

/// Returns the condition that a row exists at `place`: the column `key` has a value.
pub(super) fn present(key: &str, place: &RowPath) -> Predicate {
    Predicate::Test(plain(key.to_owned(), place.scope, place.path.clone()), Test::NotNull)
}
