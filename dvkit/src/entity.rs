//! Hand-written structs as requests: what `#[derive(Entity)]` implements, and what of it is shared.

use core::fmt::Write as _;

#[cfg(feature = "client")]
use dvkit_client::{Client, Result};
#[cfg(feature = "client")]
use futures_util::stream::BoxStream;

#[cfg(feature = "client")]
use crate::Guid;
use crate::Record;

/// A hand-written struct that stands for rows of a table, and for the request that gives them.
///
/// [`#[derive(Entity)]`](derive@crate::Entity) implements it, after checking every field against the organisation's
/// snapshot.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no entity",
    note = "a struct with `#[derive(dvkit::Entity)]` and `#[dvkit(table = \"…\")]` is one"
)]
pub trait Entity: Record {
    /// The entity set that the rows are asked of: `contacts`.
    const ENTITY_SET: &'static str;
    /// The columns of its fields, with commas between.
    const SELECT: &'static str;
    /// Its expansions.
    #[doc(hidden)]
    const EXPANSIONS: &'static [Expansion];
    /// How deep they go. A struct that comes back to itself has no such number, and the compiler says so.
    #[doc(hidden)]
    const DEPTH: usize = Expansion::depth(Self::EXPANSIONS);

    /// What `$expand` says: each navigation with the options of its own struct. Empty where there are none.
    #[must_use]
    fn expand() -> String {
        EntityOptions::of::<Self>().expand
    }

    /// The request for all rows, relative and readable (a client encodes it): `contacts?$select=…&$expand=…`.
    #[must_use]
    fn request() -> String {
        let mut out = String::from(Self::ENTITY_SET);
        EntityOptions::of::<Self>().write(&mut out, "?", "&");
        out
    }

    /// All rows of the table, of all pages. Rows that fulfil a condition, and their order, are those of a query of the table:
    /// `Contact::query().filter(…).entities::<Card>(&client)`.
    #[cfg(feature = "client")]
    #[must_use]
    fn rows(client: &Client) -> BoxStream<'static, Result<Self>>
    where
        Self: Send,
    {
        crate::client::entities(client)
    }

    /// The row with this id. By an alternate key it is `Account::NEW_KEY.row(("A-1",)).query().entity::<Card>(&client)`.
    ///
    /// # Errors
    /// As [`Client::send`], where there is no such row, and where it cannot be read.
    #[cfg(feature = "client")]
    fn get(client: &Client, id: Guid) -> impl Future<Output = Result<Self>> + Send
    where
        Self: Send,
    {
        crate::client::entity(client, id)
    }
}

/// Columns and expansions of an entity asked of this path, percent-encoded.
#[cfg(feature = "client")]
pub(crate) fn url<E: Entity>(path: &str) -> String {
    crate::query::QueryOptions::entity::<E>().url(path)
}

/// The options of a request.
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

/// A navigation that leads to one row at most.
#[derive(Clone, Copy, Debug)]
pub enum ToOne {}

/// A navigation that leads to many rows.
#[derive(Clone, Copy, Debug)]
pub enum ToMany {}

/// A field that holds the rows of an expanded navigation, [`ToOne`] or [`ToMany`].
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold the rows of this navigation ({N})",
    label = "wrong type for this navigation",
    note = "a navigation to one row is held by an `Option` of an entity, one to many rows by a `Vec` of entities"
)]
pub trait ExpandedRows<N> {
    /// The struct of a row.
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

/// An expansion of a struct; the derive has one for each field of the kind.
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
    /// The rows of this navigation in a field of type `F`; `options` are those beside the struct's own, each with `;`.
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

    /// Is its struct about one of these tables?
    #[must_use]
    pub const fn is_of_table(&self, tables: &[&str]) -> bool {
        let mut at = 0;
        while at < tables.len() {
            if crate::query_values::same(self.table, tables[at]) {
                return true;
            }
            at += 1;
        }
        false
    }

    /// How deep these go.
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
