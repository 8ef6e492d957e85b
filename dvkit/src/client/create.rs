//! Creates rows, and returns references to them or the rows as the service stored them.

use core::marker::PhantomData;

use dvkit_client::{Client, Error, ErrorKind, Prefer, Request, Result};

use crate::Guid;
use crate::column::Marker;
use crate::entity::{self, Entity};
use crate::query::QueryOptions;
use crate::request::{annotated, referring};
use crate::row::Row;
use crate::row_write::{Create, RowWrite};
use crate::table::EntitySet;
use crate::value::Ref;

impl<T: EntitySet> RowWrite<T, Create> {
    /// Returns the request that creates the row.
    #[must_use]
    pub fn request(&self) -> Request {
        // Where the client prefers the written row, the service leaves out the row's address, which `send` reads and to
        // which later changes of a change set refer.
        // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-entity-web-api ("Create with
        // data returned")
        let request = Request::post(T::ENTITY_SET).prefer(Prefer::new().return_minimal());
        referring(request.json(self), &self.content_ids)
    }

    /// Creates the row and returns a reference to it.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]) or the response does not contain the id
    /// of the new row.
    pub async fn send(&self, client: &Client) -> Result<Ref<T>> {
        let answer = client.send(self.request()).await?;
        let id = answer.entity_id().and_then(id_of);
        id.map(Ref::new).ok_or_else(|| {
            Error::new(
                ErrorKind::Unexpected,
                format!("the service did not say which row of `{}` it created", T::TABLE),
            )
        })
    }

    /// Returns the write as one whose response contains the new row, decoded into `E`: with the values that the
    /// service set, and with the related rows that `E` expands.
    ///
    /// The compiler reports an error if `E` is about another table.
    pub fn returning<E: Entity>(self) -> Returning<T, E> {
        const { entity::is_about::<E, T>() }
        Returning { write: self, marker: PhantomData }
    }
}

/// Returns the id in the parentheses at the end of a row's URL,
/// `…/contacts(78914942-34cb-ed11-b596-0022481d68cd)`; `None` if the URL does not end with an id.
fn id_of(address: &str) -> Option<Guid> {
    let (_, key) = address.strip_suffix(')')?.rsplit_once('(')?;
    Guid::try_parse(key).ok()
}

/// A write that creates a row of table `T`, and whose response contains the new row as the [`Entity`] `E`.
#[must_use = "changes do nothing until they are sent"]
pub struct Returning<T, E> {
    write: RowWrite<T, Create>,
    marker: Marker<E>,
}

impl<T: EntitySet, E: Entity + Send> Returning<T, E> {
    /// Returns the request that creates the row. Its response is the JSON of a [`Row<E>`](Row).
    #[must_use]
    pub fn request(&self) -> Request {
        representation(Request::post(entity_url::<E>(T::ENTITY_SET)), &self.write.content_ids)
            .json(&self.write)
    }

    /// Creates the row and returns it.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]) or the row cannot be decoded.
    pub async fn send(&self, client: &Client) -> Result<E> {
        client.json::<Row<E>>(self.request()).await.map(|row| row.0)
    }
}

impl<T, E> Clone for Returning<T, E> {
    fn clone(&self) -> Self {
        Self { write: self.write.clone(), marker: PhantomData }
    }
}

/// Returns the URL of `path` with the columns and expansions of the entity `E`.
pub(super) fn entity_url<E: Entity>(path: &str) -> String {
    let mut options = QueryOptions::default();
    entity::add_to::<E>(&mut options);
    options.url(path)
}

/// Returns `request` as one whose response contains the written row with its annotations.
pub(super) fn representation(request: Request, content_ids: &[dvkit_client::ContentId]) -> Request {
    referring(annotated(request).prefer(Prefer::new().return_representation()), content_ids)
}
