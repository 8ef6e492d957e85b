//! Typed queries: what is asked of a table's rows, printed as a relative URL.

mod columns;
mod expand;
mod order;
mod url;

pub use columns::Columns;
pub use expand::{
    CombinesWith, Expand, ExpandMany, ExpandOne, ExpandsFurther, FromEntity, ManyToManyOnly, Nestable,
    Nested, NoExpand, OneLevel, Ordered,
};
pub use order::{OrderBy, OrderColumns, Sortable};
pub(crate) use url::encode_value;

use core::fmt::{self, Write as _};
use core::marker::PhantomData;

use crate::column::Marker;
use crate::filter::IntoFilter;
use crate::{Entity, EntitySet, Filter};

/// What is asked: columns, expansions, conditions, order and number, as the options of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueryOptions {
    pub(crate) select: Vec<&'static str>,
    pub(crate) expand: String,
    pub(crate) filter: String,
    pub(crate) order: String,
    pub(crate) top: Option<u32>,
    pub(crate) count: bool,
}

impl QueryOptions {
    /// The options with `first` before them and `next` between.
    pub(crate) fn write(&self, out: &mut String, first: char, next: char) {
        let mut sign = first;
        let mut option = |name: &str, write: &dyn Fn(&mut String)| {
            if sign != '\0' {
                out.push(sign);
            }
            sign = next;
            out.push_str(name);
            out.push('=');
            write(out);
        };
        if !self.select.is_empty() {
            option("$select", &|out| {
                for (at, column) in self.select.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(column);
                }
            });
        }
        if !self.expand.is_empty() {
            option("$expand", &|out| out.push_str(&self.expand));
        }
        if !self.filter.is_empty() {
            option("$filter", &|out| out.push_str(&self.filter));
        }
        if !self.order.is_empty() {
            option("$orderby", &|out| out.push_str(&self.order));
        }
        if let Some(top) = self.top {
            // Writing into a String never fails.
            option("$top", &|out| _ = write!(out, "{top}"));
        }
        if self.count {
            option("$count", &|out| out.push_str("true"));
        }
    }

    /// These options of this path, percent-encoded.
    pub(crate) fn url(&self, path: &str) -> String {
        let mut out = String::from(path);
        self.encoded().write(&mut out, '?', '&');
        out
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn select<T>(&mut self, columns: impl Columns<T>) {
        columns.add(&mut self.select);
    }

    /// The columns and expansions of an entity.
    pub(crate) fn entity<E: Entity>() -> Self {
        let select = E::SELECT.split(',').filter(|column| !column.is_empty()).collect();
        Self { select, expand: url::decode(&E::expand()), ..Self::default() }
    }

    /// Adds the columns and expansions of an entity.
    fn select_entity<E: Entity>(&mut self) {
        let Self { select, expand, .. } = Self::entity::<E>();
        for column in select {
            if !self.select.contains(&column) {
                self.select.push(column);
            }
        }
        self.expand = expand;
    }
}

/// Is an entity about rows of this table? OfEntity by the compiler, where a program uses it.
const fn is_entity_of<E: Entity, T: EntitySet>() {
    assert!(
        crate::query_values::same(E::TABLE, T::TABLE),
        "the entity is about another table: the query must be of the table that its `#[dvkit(table = \"…\")]` names"
    );
}

/// A query over the rows of table `T`; `X` is how it expands, which decides what may stand beside.
#[must_use = "a query does nothing until it is sent"]
pub struct Query<T, X = NoExpand> {
    parts: QueryOptions,
    /// Not printed before all are known: one condition is not put in parentheses.
    filter: Option<Filter<T>>,
    marker: Marker<(T, X)>,
}

impl<T: EntitySet> Query<T> {
    /// All rows, all columns.
    pub fn new() -> Self {
        Self { parts: QueryOptions::default(), filter: None, marker: PhantomData }
    }
}

impl<T: EntitySet, X> Query<T, X> {
    /// These columns, and any that were selected before. Without any, the service sends all.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Only rows that fulfil this condition, and any that was given before.
    pub fn filter(mut self, condition: impl IntoFilter<T>) -> Self {
        let condition = condition.into_filter();
        self.filter = Some(match self.filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
        self
    }

    /// Rows that navigations lead to, with each row.
    pub fn expand<E: Expand<T>>(mut self, expansion: E) -> Query<T, X::Combined>
    where
        X: CombinesWith<E::Combination>,
    {
        expansion.add(&mut self.parts.expand);
        Query { parts: self.parts, filter: self.filter, marker: PhantomData }
    }

    /// By which columns the rows are ordered; earlier ones first.
    pub fn order_by(mut self, columns: impl OrderColumns<T>) -> Self {
        columns.add(&mut self.parts.order);
        self
    }

    /// At most so many rows; the service takes 1 to 5000, and more come in pages without it.
    pub fn top(mut self, rows: u32) -> Self {
        self.parts.top = Some(rows);
        self
    }

    /// With the number of all rows that fulfil the condition, up to 5000.
    pub fn count(mut self) -> Self {
        self.parts.count = true;
        self
    }

    /// The relative URL, readable: text stands in it as it was given. To be encoded by whoever sends it.
    #[must_use]
    pub fn odata(&self) -> String {
        self.write(Clone::clone)
    }

    /// The relative URL, percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        self.write(QueryOptions::encoded)
    }

    fn write(&self, form: impl FnOnce(&QueryOptions) -> QueryOptions) -> String {
        let mut parts = self.parts.clone();
        if let Some(filter) = &self.filter {
            parts.filter = filter.odata();
        }
        let mut out = String::from(T::ENTITY_SET);
        form(&parts).write(&mut out, '?', '&');
        out
    }
}

impl<T: EntitySet> Query<T> {
    /// The columns and expansions of an [`Entity`], so that rows can be read into it: `rows_as::<Card>(&client)`.
    ///
    /// An entity about another table is an error of the compiler. Nothing more is expanded: what else is wanted is a field of it.
    pub fn select_entity<E: Entity>(mut self) -> Query<T, FromEntity> {
        const { is_entity_of::<E, T>() }
        self.parts.select_entity::<E>();
        Query { parts: self.parts, filter: self.filter, marker: PhantomData }
    }
}

impl<T: EntitySet> Default for Query<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, X> Clone for Query<T, X> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), filter: self.filter.clone(), marker: PhantomData }
    }
}

impl<T: EntitySet, X> fmt::Display for Query<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

impl<T: EntitySet, X> fmt::Debug for Query<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}

/// A query of one row, by its id or by an alternate key.
#[must_use = "a query does nothing until it is sent"]
pub struct RowQuery<T, X = NoExpand> {
    path: String,
    parts: QueryOptions,
    marker: Marker<(T, X)>,
}

impl<T> RowQuery<T> {
    pub(crate) fn new(path: String) -> Self {
        Self { path, parts: QueryOptions::default(), marker: PhantomData }
    }
}

impl<T: EntitySet> RowQuery<T> {
    /// The columns and expansions of an [`Entity`], so that the row can be read into it: `get_as::<Card>(&client)`.
    ///
    /// An entity about another table is an error of the compiler. Nothing more is expanded: what else is wanted is a field of it.
    pub fn select_entity<E: Entity>(mut self) -> RowQuery<T, FromEntity> {
        const { is_entity_of::<E, T>() }
        self.parts.select_entity::<E>();
        RowQuery { path: self.path, parts: self.parts, marker: PhantomData }
    }
}

impl<T: EntitySet, X> RowQuery<T, X> {
    /// These columns, and any that were selected before. Without any, the service sends all.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        self.parts.select(columns);
        self
    }

    /// Rows that navigations lead to, with the row.
    pub fn expand<E: Expand<T>>(mut self, expansion: E) -> RowQuery<T, X::Combined>
    where
        X: CombinesWith<E::Combination>,
    {
        expansion.add(&mut self.parts.expand);
        RowQuery { path: self.path, parts: self.parts, marker: PhantomData }
    }

    /// The relative URL, readable: text stands in it as it was given, except in a key. To be encoded by whoever sends it.
    #[must_use]
    pub fn odata(&self) -> String {
        let mut out = self.path.clone();
        self.parts.write(&mut out, '?', '&');
        out
    }

    /// The relative URL, percent-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        self.parts.url(&self.path)
    }
}

impl<T, X> Clone for RowQuery<T, X> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), parts: self.parts.clone(), marker: PhantomData }
    }
}

impl<T: EntitySet, X> fmt::Debug for RowQuery<T, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.odata())
    }
}
