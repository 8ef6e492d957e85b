//! Defines the state of a translation to OData, and the positions (a lambda and a path) by which OData names
//! the rows of joins. The other modules of `to_odata` implement their translations on [`Translator`].

use dvkit_diagnostic::Code;
use dvkit_query::hir::{ColumnRef, Link, Predicate, Property, Test};
use dvkit_schema::Store;

use crate::fidelity::TranslationReport;
use crate::subject::Subject;

/// The state of a translation to OData: the joins translated so far, and the differences and reasons found so
/// far.
pub(super) struct Translator<'a> {
    pub(super) store: &'a Store,
    pub(super) report: TranslationReport,
    /// The alias of each join, with the position of its joined row in OData.
    pub(super) aliases: Vec<(String, RowPosition)>,
    /// The logical name of the table whose rows the query returns.
    pub(super) table: String,
    /// Whether the query returns a limited number of rows, so that their order decides which ones.
    pub(super) is_limited: bool,
}

impl Translator<'_> {
    /// Adds a reason: an order cannot be translated. In a limited query other rows are selected without it.
    pub(super) fn cannot_order(&mut self, code: Code, subject: Subject, message: impl Into<String>) {
        if self.is_limited {
            self.report.cannot_translate(code, subject, message);
        } else {
            self.report.cannot_translate_part(code, subject, message);
        }
    }
}

/// How conditions in OData can name the joined row to which an alias refers.
pub(super) enum RowPosition {
    At(RowPath),
    /// The row is one of many in a collection, so only the lambda over that collection can name it.
    Many,
    /// The join to the row has a condition, which a path would ignore. So no path can name the row.
    OnCondition,
}

/// The position of a row in OData: a lambda, and the lookups that a path follows from the lambda's row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RowPath {
    /// The number of the lambda from whose row the path starts, counted from 1 for the outermost lambda; 0
    /// for the row of the query.
    pub(super) scope: usize,
    /// The lookups that the path follows, first to last.
    pub(super) path: Vec<Link>,
    /// The logical name of the row's table.
    pub(super) table: String,
}

impl RowPath {
    /// Returns the position of the row to which the lookup `link` of the row at this position points.
    pub(super) fn behind(&self, link: Link) -> Self {
        let table = link.table.clone();
        let path = self.path.iter().cloned().chain([link]).collect();
        Self { scope: self.scope, path, table }
    }
}

/// The positions of the rows that a condition can name. The index of a row is its [`ColumnRef::scope`] in the
/// HIR before the translation.
pub(super) struct Rows(pub(super) Vec<RowPath>);

impl Rows {
    pub(super) fn at(place: RowPath) -> Self {
        Self(vec![place])
    }

    pub(super) fn get(&self, scope: usize) -> Option<RowPath> {
        self.0.get(scope).cloned()
    }
}

/// Returns a reference to the value of a column, not to its label or another property. `scope` and `path`
/// lead to the column's row ([`ColumnRef::scope`], [`ColumnRef::path`]).
pub(super) fn plain(column: String, scope: usize, path: Vec<Link>) -> ColumnRef {
    ColumnRef { scope, join: None, path, column, property: Property::Plain }
}

/// Returns the condition that the row at `place` exists: its column `key` has a value.
pub(super) fn present(key: &str, place: &RowPath) -> Predicate {
    Predicate::Test(plain(key.to_owned(), place.scope, place.path.clone()), Test::NotNull)
}
