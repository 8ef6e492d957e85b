//! Hand-written structs as requests: what `#[derive(Entity)]` implements, and what of it is shared.

use core::fmt::Write as _;

use crate::Record;
use crate::row::Slot;

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
    /// How deep its expansions go.
    #[doc(hidden)]
    const DEPTH: usize;

    /// Says what the request needs; for the derive.
    #[doc(hidden)]
    fn options(options: &mut Options);

    /// What `$select` says: the columns of the fields, with commas between. Empty where there are none.
    #[must_use]
    fn select() -> String {
        Options::of::<Self>().select
    }

    /// What `$expand` says: each navigation with the options of its own struct. Empty where there are none.
    #[must_use]
    fn expand() -> String {
        Options::of::<Self>().expand
    }

    /// The request for all rows, relative and readable (a client encodes it): `contacts?$select=…&$expand=…`.
    #[must_use]
    fn request() -> String {
        let mut out = String::from(Self::ENTITY_SET);
        Options::of::<Self>().write(&mut out, '?', '&');
        out
    }
}

/// The options of a request, while the fields of a struct say them.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Options {
    select: String,
    expand: String,
}

impl Options {
    fn of<E: Entity>() -> Self {
        let mut options = Self::default();
        E::options(&mut options);
        options
    }

    /// The columns.
    pub fn select(&mut self, columns: &str) {
        self.select.push_str(columns);
    }

    /// The rows of a navigation; `options` are those beside the struct's own, each with its `;`.
    pub fn expand<E: Entity>(&mut self, navigation: &str, options: &str) {
        if !self.expand.is_empty() {
            self.expand.push(',');
        }
        self.expand.push_str(navigation);
        let mut inner = String::from(options);
        Self::of::<E>().write(&mut inner, ';', ';');
        let inner = inner.trim_matches(';').replace(";;", ";");
        if !inner.is_empty() {
            // Writing into a String never fails.
            let _ = write!(self.expand, "({inner})");
        }
    }

    fn write(&self, out: &mut String, first: char, next: char) {
        let mut sign = first;
        for (option, text) in [("$select", &self.select), ("$expand", &self.expand)] {
            if !text.is_empty() {
                let _ = write!(out, "{sign}{option}={text}");
                sign = next;
            }
        }
    }
}

/// A navigation that leads to one row at most.
#[derive(Clone, Copy, Debug)]
pub enum One {}

/// A navigation that leads to many rows.
#[derive(Clone, Copy, Debug)]
pub enum Many {}

/// A field that holds the rows of an expanded navigation, [`One`] or [`Many`].
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot hold the rows of this navigation ({N})",
    label = "wrong type for this navigation",
    note = "a navigation to one row is held by `Option<Entity>`, one to many rows by `Vec<Entity>`"
)]
pub trait Expanded<N> {
    /// The struct of a row.
    type Row: Entity;

    /// The field, to be filled.
    fn slot(&mut self) -> Slot<'_>;
}

impl<E: Entity> Expanded<One> for Option<E> {
    type Row = E;

    fn slot(&mut self) -> Slot<'_> {
        Slot::Rows(self)
    }
}

impl<E: Entity> Expanded<Many> for Vec<E> {
    type Row = E;

    fn slot(&mut self) -> Slot<'_> {
        Slot::Rows(self)
    }
}

/// Is the struct of this field about one of these tables?
#[doc(hidden)]
#[must_use]
pub const fn is_about<F: Expanded<N>, N>(tables: &[&str]) -> bool {
    let mut at = 0;
    while at < tables.len() {
        if crate::hole::same(<F::Row as Record>::TABLE, tables[at]) {
            return true;
        }
        at += 1;
    }
    false
}

/// The greater of a depth and that of the struct of this field, one deeper.
#[doc(hidden)]
#[must_use]
pub const fn deeper<F: Expanded<N>, N>(depth: usize) -> usize {
    let inner = <F::Row as Entity>::DEPTH + 1;
    if inner > depth { inner } else { depth }
}
