//! Reads the changes of a table: first all rows, later what was created, changed and deleted since.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems>

use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use dvkit_client::url::form_urlencoded;
use dvkit_client::{Change, Changes, Client, Error, ErrorKind, Request, Result};
use futures_util::stream::{Stream, StreamExt as _};

use crate::column::Marker;
use crate::const_str;
use crate::entity::{self, Entity};
use crate::query::{Columns, QueryOptions};
use crate::request::{annotated, annotating};
use crate::row::{Record, Row};
use crate::table::EntitySet;

/// The changes of a table. All tables with an entity set implement the trait.
pub trait ChangeTracking: EntitySet {
    /// Returns a query for the changes of the table. Its methods select columns.
    ///
    /// The compiler reports an error if the snapshot says that change tracking is turned off for the table.
    ///
    /// ```no_run
    /// # use dvkit::prelude::*;
    /// # use dvkit::row::{FieldMut, FieldRef};
    /// # #[derive(Default)] struct Contact;
    /// # impl dvkit::Record for Contact {
    /// #     const TABLE: &'static str = "contact";
    /// #     const COLUMNS: &'static [&'static str] = &["contactid", "fullname"];
    /// #     fn fields_mut(&mut self) -> Vec<FieldMut<'_>> { Vec::new() }
    /// #     fn fields(&self) -> Vec<FieldRef<'_>> { Vec::new() }
    /// # }
    /// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
    /// # impl Contact { const FULLNAME: dvkit::Column<Self, dvkit::kind::Text> = dvkit::column(1); }
    /// # async fn run(client: dvkit::dvkit_client::Client, saved: Option<String>) -> dvkit::dvkit_client::Result<()> {
    /// use dvkit::dvkit_client::{Change, futures_util::TryStreamExt as _};
    ///
    /// let query = Contact::changes().select(Contact::FULLNAME);
    /// let mut changes = match saved {
    ///     Some(link) => query.since(&client, link),
    ///     None => query.start(&client),
    /// };
    /// while let Some(change) = changes.try_next().await? {
    ///     match change {
    ///         Change::Upserted(row) => drop::<Contact>(row),
    ///         Change::Deleted { id, .. } => println!("{id} was deleted"),
    ///     }
    /// }
    /// let saved = changes.link();
    /// # let _ = saved;
    /// # Ok(())
    /// # }
    /// ```
    fn changes() -> ChangeQuery<Self> {
        const {
            if !Self::TRACKS_CHANGES {
                const_str::panic(&[
                    "change tracking is turned off for the table `",
                    Self::TABLE,
                    "`: turn it on in the table's properties and refresh the snapshot, or read the rows by `query()`",
                ]);
            }
        }
        ChangeQuery { select: Vec::new(), marker: PhantomData }
    }
}

impl<T: EntitySet> ChangeTracking for T {}

/// A query for the changes of table `T`, whose rows are decoded into `R`.
///
/// The service tracks whole tables, so the query has no filter, order, expansion or limit.
#[must_use = "a query does nothing until it is sent"]
pub struct ChangeQuery<T, R = T> {
    select: Vec<&'static str>,
    marker: Marker<(T, R)>,
}

/// An argument that a query for changes takes. No type implements the trait: the methods with such an argument exist
/// so that the compiler says why the query does not have them.
#[diagnostic::on_unimplemented(
    message = "the changes of a table cannot be filtered, ordered, expanded, limited or counted",
    label = "not possible with change tracking: the service tracks whole tables",
    note = "`select` and `select_entity` choose columns; look at each change as it arrives, or read rows by `query()`"
)]
pub trait TakenWithChanges {}

#[doc(hidden)]
impl<T, R> ChangeQuery<T, R> {
    pub fn filter<A: TakenWithChanges>(self, _: A) -> Self {
        self
    }

    pub fn order_by<A: TakenWithChanges>(self, _: A) -> Self {
        self
    }

    pub fn expand<A: TakenWithChanges>(self, _: A) -> Self {
        self
    }

    pub fn top<A: TakenWithChanges>(self, _: A) -> Self {
        self
    }
}

impl<T: EntitySet> ChangeQuery<T> {
    /// Selects columns of the rows, in addition to those of earlier calls. If no column is selected, the service
    /// sends all columns.
    pub fn select(mut self, columns: impl Columns<T>) -> Self {
        columns.add(&mut self.select);
        self
    }

    /// Selects the columns of the [`Entity`] `E`, into which the rows are decoded.
    ///
    /// The compiler reports an error if `E` is about another table, or if it expands related rows.
    pub fn select_entity<E: Entity>(mut self) -> ChangeQuery<T, E> {
        const {
            entity::is_about::<E, T>();
            if !E::EXPANSIONS.is_empty() {
                const_str::panic(&[
                    "this entity of `",
                    T::TABLE,
                    "` expands related rows, which the service does not track: use an entity without them",
                ]);
            }
        }
        for column in E::SELECT.split(',').filter(|column| !column.is_empty()) {
            if !self.select.contains(&column) {
                self.select.push(column);
            }
        }
        ChangeQuery { select: self.select, marker: PhantomData }
    }
}

impl<T: EntitySet, R: Record + Send> ChangeQuery<T, R> {
    /// Returns the GET request for all rows. The request asks for all annotations, such as formatted values.
    /// [`Client::track_changes`] sends it.
    #[must_use]
    pub fn request(&self) -> Request {
        let options = QueryOptions { select: self.select.clone(), ..QueryOptions::default() };
        annotated(Request::get(options.url(T::ENTITY_SET)))
    }

    /// Returns a stream of all rows of the table. [`RowChanges::link`] at its end is the delta link for the changes
    /// after this moment.
    pub fn start(&self, client: &Client) -> RowChanges<R> {
        RowChanges { changes: client.track_changes(self.request()).map_err(Some) }
    }

    /// Returns a stream of the changes since `link`, the delta link of an earlier stream of this table.
    ///
    /// The stream ends with an error of the kind [`ErrorKind::ExpiredDeltaLink`] if the link has expired (after seven
    /// days by default); begin again with [`start`](Self::start). It ends with an error of the kind
    /// [`ErrorKind::Configuration`], and nothing is sent, if the link belongs to another table, or to a query that
    /// did not select all columns of this one: the rows would lack their values.
    pub fn since(&self, client: &Client, link: impl Into<String>) -> RowChanges<R> {
        let link = link.into();
        let changes = match self.mistake_of(&link) {
            Some(mistake) => Err(Some(Error::new(ErrorKind::Configuration, mistake))),
            None => Ok(annotating(client).changes_since(link)),
        };
        RowChanges { changes }
    }

    /// Returns why a delta link cannot be continued by this query; `None` if it can.
    fn mistake_of(&self, link: &str) -> Option<String> {
        let (path, options) = link.split_once('?').unwrap_or((link, ""));
        let set = path.rsplit('/').next().unwrap_or_default();
        if !set.eq_ignore_ascii_case(T::ENTITY_SET) {
            return Some(format!(
                "the delta link is one of `{set}`, and the changes are those of `{}`",
                T::ENTITY_SET
            ));
        }
        let options: Vec<_> = form_urlencoded::parse(options.as_bytes()).collect();
        let option = |name: &str| options.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        if option("$deltatoken").or(option("$skiptoken")).is_none() {
            return Some("the text is not a delta link: it has no `$deltatoken`".to_owned());
        }
        let (_, selected) = option("$select")?;
        let is_selected = |column: &str| selected.split(',').any(|own| own.trim() == column);
        let missing = match self.select.as_slice() {
            [] => "all columns".to_owned(),
            columns => format!("`{}`", columns.iter().find(|column| !is_selected(column))?),
        };
        Some(format!(
            "the delta link is one of a query without {missing}: begin again with `start`, so that no value is missing"
        ))
    }
}

impl<T, R> Clone for ChangeQuery<T, R> {
    fn clone(&self) -> Self {
        Self { select: self.select.clone(), marker: PhantomData }
    }
}

/// A stream of the changes of a table, each a [`Change`] of a row `R`. When it has ended without an error,
/// [`link`](Self::link) is the delta link for the next time.
///
/// A row that cannot be decoded is an error of the kind [`ErrorKind::Row`], after which the stream goes on; it ends
/// after any other error.
#[must_use = "a stream does nothing unless it is polled"]
pub struct RowChanges<R> {
    /// The changes, or the error that the stream consists of; `None` after the error.
    changes: core::result::Result<Changes<Row<R>>, Option<Error>>,
}

impl<R> RowChanges<R> {
    /// Returns the delta link for the next time, [`ChangeQuery::since`]; `None` until the stream has ended without an
    /// error.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.changes.as_ref().ok().and_then(Changes::link)
    }
}

impl<R> Stream for RowChanges<R> {
    type Item = Result<Change<R>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let change = match &mut self.changes {
            Ok(changes) => changes.poll_next_unpin(context),
            Err(error) => return Poll::Ready(error.take().map(Err)),
        };
        change.map(|change| {
            change.map(|change| {
                change.map(|change| match change {
                    Change::Upserted(row) => Change::Upserted(row.0),
                    Change::Deleted { id, reason } => Change::Deleted { id, reason },
                })
            })
        })
    }
}

// Nothing of a stream is pinned in place.
impl<R> Unpin for RowChanges<R> {}
