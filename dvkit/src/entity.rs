//! Defines the trait [`Entity`], which `#[derive(Entity)]` implements for hand-written structs, and the code
//! that all entities share.

use core::fmt::Write as _;

#[cfg(feature = "client")]
use dvkit_client::{Client, Request, Result};
#[cfg(feature = "client")]
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

#[cfg(feature = "client")]
use crate::Guid;
use crate::const_str;
use crate::query::{QueryOptions, decode};
#[cfg(feature = "client")]
use crate::request::annotated;
use crate::row::Record;
#[cfg(feature = "client")]
use crate::row::Row;
use crate::table::EntitySet;

/// A hand-written struct into which a row of a table is decoded. Its fields determine the request: the
/// selected columns and the expansions.
///
/// [`#[derive(Entity)]`](derive@crate::Entity) implements the trait, and checks every field against the
/// organisation's snapshot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    note = "a struct with `#[derive(dvkit::Entity)]` and `#[dvkit(table = \"…\")]` is one"
)]
pub trait Entity: Record {
    /// The name of the table's entity set: `contacts`.
    const ENTITY_SET: &'static str;
    /// The names of the selected columns, separated by commas: `fullname,statecode`.
    const SELECT: &'static str;
    /// The expansions; there is one for each field that holds related rows, in the order of the fields.
    #[doc(hidden)]
    const EXPANSIONS: &'static [Expansion];
    /// The number of levels of nested expansions; 0 without expansions. Computing it makes the compiler
    /// report an error if structs expand each other in a circle.
    #[doc(hidden)]
    const DEPTH: usize = Expansion::depth(Self::EXPANSIONS);

    /// Returns the value of `$expand`: each navigation property, followed in parentheses by the options that
    /// the struct of its rows determines. The text is empty if the struct has no expansions.
    #[must_use]
    fn expand() -> String {
        EntityOptions::of::<Self>().expand
    }

    /// Returns the relative URL of the request for all rows: `contacts?$select=…&$expand=…`. The text is not
    /// percent-encoded; the client encodes it.
    #[must_use]
    fn request() -> String {
        let mut out = String::from(Self::ENTITY_SET);
        EntityOptions::of::<Self>().write(&mut out, "?", "&");
        out
    }

    /// Returns a stream of all rows of the table. The rows are requested page by page. A row that cannot be
    /// decoded is an error of the kind `Row`, after which the stream goes on; it ends after any other error.
    ///
    /// To filter or order the rows, start from a query of the table:
    /// `Contact::query().filter(…).entities::<Card>(&client)`.
    #[cfg(feature = "client")]
    #[must_use]
    fn rows(client: &Client) -> BoxStream<'static, Result<Self>>
    where
        Self: Send,
    {
        client.rows::<Row<Self>>(request_at::<Self>(Self::ENTITY_SET)).map_ok(|row| row.0).boxed()
    }

    /// Requests the row with the id `id` and returns it.
    ///
    /// To identify the row by an alternate key, write
    /// `Account::NEW_KEY.row(("A-1",)).query().entity::<Card>(&client)`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    #[cfg(feature = "client")]
    fn get(client: &Client, id: Guid) -> impl Future<Output = Result<Self>> + Send
    where
        Self: Send,
    {
        async move {
            let request = request_at::<Self>(&format!("{}({id})", Self::ENTITY_SET));
            client.row::<Row<Self>>(request).await.map(|row| row.0)
        }
    }
}

/// Stops the compilation with an error if the entity `E` is not about the table `T`.
pub(crate) const fn is_about<E: Entity, T: EntitySet>() {
    if !const_str::equal(E::TABLE, T::TABLE) {
        const_str::panic(&[
            "this entity is about another table: its `#[dvkit(table = \"…\")]` is `",
            E::TABLE,
            "`, and the rows here are of `",
            T::TABLE,
            "`",
        ]);
    }
}

/// Stops the compilation with an error if the entity `E` expands related rows.
#[cfg(feature = "client")]
pub(crate) const fn has_no_expansions<E: Entity>() {
    if !E::EXPANSIONS.is_empty() {
        const_str::panic(&[
            "this entity of `",
            E::TABLE,
            "` expands related rows, which the service ignores in the response to a change: read them by `get_as`",
        ]);
    }
}

/// Returns the columns and expansions of the entity `E` as the options of a request.
fn options<E: Entity>() -> QueryOptions {
    let select = E::SELECT.split(',').filter(|column| !column.is_empty()).collect();
    QueryOptions { select, expand: decode(&E::expand()), ..QueryOptions::default() }
}

/// Adds the columns of the entity `E` to `query`, and replaces the query's expansions by those of `E`.
pub(crate) fn add_to<E: Entity>(query: &mut QueryOptions) {
    let QueryOptions { select, expand, .. } = options::<E>();
    for column in select {
        if !query.select.contains(&column) {
            query.select.push(column);
        }
    }
    query.expand = expand;
}

/// Returns the GET request for `path` (an entity set or one row) with the columns and expansions of the
/// entity `E`.
#[cfg(feature = "client")]
fn request_at<E: Entity>(path: &str) -> Request {
    annotated(Request::get(options::<E>().url(path)))
}

/// The query options `$select` and `$expand` of the request for an entity.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct EntityOptions {
    select: &'static str,
    expand: String,
}

impl EntityOptions {
    fn of<E: Entity>() -> Self {
        let mut options = Self { select: E::SELECT, expand: String::new() };
        for (at, expansion) in E::EXPANSIONS.iter().enumerate() {
            if at > 0 {
                options.expand.push(',');
            }
            options.expand.push_str(expansion.navigation);
            let mut inner = String::from(expansion.options);
            (expansion.inner)().write(&mut inner, "", ";");
            let inner = inner.trim_end_matches(';');
            if !inner.is_empty() {
                // Writing into a String never fails.
                let _ = write!(options.expand, "({inner})");
            }
        }
        options
    }

    fn write(&self, out: &mut String, first: &str, next: &str) {
        let mut sign = first;
        for (option, text) in [("$select", self.select), ("$expand", &self.expand)] {
            if !text.is_empty() {
                let _ = write!(out, "{sign}{option}={text}");
                sign = next;
            }
        }
    }
}

/// Marks a navigation property that leads to one row at most.
#[derive(Clone, Copy, Debug)]
pub enum ToOne {}

/// Marks a navigation property that leads to many rows.
#[derive(Clone, Copy, Debug)]
pub enum ToMany {}

/// A type for fields with related rows: an `Option` of an entity if `N` is [`ToOne`], a `Vec` of entities if
/// `N` is [`ToMany`].
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold the rows of this navigation ({N})",
    label = "wrong type for this navigation",
    note = "a navigation to one row takes an `Option` of an entity, one to many rows takes a `Vec` of entities"
)]
pub trait ExpandedRows<N> {
    /// The entity into which each related row is decoded.
    type Row: Entity;
}

#[diagnostic::do_not_recommend]
impl<E: Entity> ExpandedRows<ToOne> for Option<E> {
    type Row = E;
}

#[diagnostic::do_not_recommend]
impl<E: Entity> ExpandedRows<ToMany> for Vec<E> {
    type Row = E;
}

/// The expansion of one navigation property into one field of an entity. `#[derive(Entity)]` writes the
/// values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Expansion {
    navigation: &'static str,
    options: &'static str,
    depth: usize,
    table: &'static str,
    inner: fn() -> EntityOptions,
}

impl Expansion {
    /// Returns the expansion of the navigation property `navigation` into a field of type `F`.
    ///
    /// `options` are the query options that the field's attribute sets (`$filter`, `$orderby`, `$top`), each
    /// followed by `;`. The columns and expansions of the field's entity are added to them.
    #[must_use]
    pub const fn of<F: ExpandedRows<N>, N>(navigation: &'static str, options: &'static str) -> Self {
        Self {
            navigation,
            options,
            depth: <F::Row as Entity>::DEPTH + 1,
            table: <F::Row as Record>::TABLE,
            inner: EntityOptions::of::<F::Row>,
        }
    }

    /// Returns whether the table of the field's entity is one of `tables`, given by logical name.
    #[must_use]
    pub const fn is_of_table(&self, tables: &[&str]) -> bool {
        let mut at = 0;
        while at < tables.len() {
            if const_str::equal(self.table, tables[at]) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Returns the number of levels of the deepest of the expansions `all`; 0 if there are none.
    #[must_use]
    pub const fn depth(all: &[Self]) -> usize {
        let (mut depth, mut at) = (0, 0);
        while at < all.len() {
            if all[at].depth > depth {
                depth = all[at].depth;
            }
            at += 1;
        }
        depth
    }
}
