//! Typed rows and writes over the Web API.
//!
//! Each operation is available as a [`Request`], which can be sent alone, in a [`Batch`](dvkit_client::Batch) or in a
//! [`ChangeSet`](dvkit_client::ChangeSet). The methods that take a client send the request and read the response.

use dvkit_client::{Client, ContentId, Error, ErrorKind, Page, Request, Result};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

use crate::Guid;
use crate::entity::Entity;
use crate::query::{Query, RowQuery};
use crate::request::annotated;
use crate::row::{Record, Row};
use crate::row_ref::RowAddress;
use crate::row_write::{BindTarget, Create, RowWrite, Update};
use crate::table::EntitySet;
use crate::value::Ref;

impl<T: EntitySet + Send, X> Query<T, X> {
    /// Returns the request, which asks for all annotations.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Requests the rows page by page. A page is requested when the rows of the page before were taken from the stream.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<T>> {
        self.rows_as(client)
    }

    /// Requests the rows as another type: a hand-written record of the selected columns.
    #[must_use]
    pub fn rows_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<R>> {
        client.rows::<Row<R>>(self.request()).map_ok(|row| row.0).boxed()
    }

    /// Requests the pages, each with the link to the next one, and with the number of all rows where
    /// [`count`](Self::count) asked for it.
    #[must_use]
    pub fn pages(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<T>>>> {
        client.pages(self.request())
    }

    /// Requests the pages as [`pages`](Self::pages) does, with rows of another type: a hand-written record of the
    /// selected columns.
    #[must_use]
    pub fn pages_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<R>>>> {
        client.pages(self.request())
    }

    /// Requests the first row; `None` where there is no row.
    ///
    /// # Errors
    /// As [`Client::send`], and where the row cannot be read.
    pub async fn first(&self, client: &Client) -> Result<Option<T>> {
        self.first_as(client).await
    }

    /// Requests the first row as another type; `None` where there is no row.
    ///
    /// # Errors
    /// As [`first`](Self::first).
    pub async fn first_as<R: Record + Send>(&self, client: &Client) -> Result<Option<R>> {
        self.clone().top(1).rows_as(client).try_next().await
    }
}

impl<T: EntitySet + Send> Query<T> {
    /// Requests the columns and expansions of an [`Entity`], and reads the rows of all pages into it:
    ///
    /// `Contact::query().filter(Contact::STATECODE.eq(ContactState::Active)).entities::<Card>(&client)`
    #[must_use]
    pub fn entities<E: Entity + Send>(&self, client: &Client) -> BoxStream<'static, Result<E>> {
        self.clone().select_entity::<E>().rows_as(client)
    }
}

impl<T: EntitySet + Send, X> RowQuery<T, X> {
    /// Returns the request, which asks for all annotations.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Requests the row.
    ///
    /// # Errors
    /// Those of [`Client::send`]; also an error where there is no such row, and where it cannot be read.
    pub async fn get(&self, client: &Client) -> Result<T> {
        self.get_as(client).await
    }

    /// Requests the row as another type: a hand-written record of the selected columns.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_as<R: Record + Send>(&self, client: &Client) -> Result<R> {
        client.json::<Row<R>>(self.request()).await.map(|row| row.0)
    }
}

impl<T: EntitySet + Send> RowQuery<T> {
    /// Requests the columns and expansions of an [`Entity`], and reads the row into it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn entity<E: Entity + Send>(&self, client: &Client) -> Result<E> {
        self.clone().select_entity::<E>().get_as(client).await
    }
}

impl<T: EntitySet> RowWrite<T, Create> {
    /// Returns the request that creates the row.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::post(T::ENTITY_SET).json(self)
    }

    /// Creates the row and returns a reference to it.
    ///
    /// # Errors
    /// As [`Client::send`].
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
}

/// Returns the id at the end of an address: `…/contacts(78914942-34cb-ed11-b596-0022481d68cd)`.
fn id_of(address: &str) -> Option<Guid> {
    let (_, key) = address.strip_suffix(')')?.rsplit_once('(')?;
    Guid::try_parse(key).ok()
}

impl<T: EntitySet> RowWrite<T, Update> {
    /// Returns the request that changes an existing row.
    #[must_use]
    pub fn update_request(&self, row: &impl RowAddress<T>) -> Request {
        self.upsert_request(row).only_update()
    }

    /// Returns the request that changes a row, or creates it where it does not exist.
    #[must_use]
    pub fn upsert_request(&self, row: &impl RowAddress<T>) -> Request {
        Request::patch(row.address()).json(self)
    }

    /// Changes an existing row.
    ///
    /// # Errors
    /// As [`Client::send`], and where there is no such row.
    pub async fn send(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.update_request(row)).await.map(drop)
    }

    /// Changes a row only if its version is still `etag` ([`RowExtras::etag`](crate::RowExtras::etag)).
    ///
    /// # Errors
    /// As [`Client::send`]; the service answers 412 where the row has changed since.
    pub async fn send_if_match(&self, client: &Client, row: &impl RowAddress<T>, etag: &str) -> Result<()> {
        client.send(self.upsert_request(row).if_match(etag)).await.map(drop)
    }

    /// Changes a row, or creates it where it does not exist. With an alternate key, this imports data of another system.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn upsert(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.upsert_request(row)).await.map(drop)
    }
}

/// Returns the request that deletes a row.
#[must_use]
pub fn delete_request<T>(row: &impl RowAddress<T>) -> Request {
    Request::delete(row.address())
}

/// Deletes a row.
///
/// # Errors
/// As [`Client::send`], and where there is no such row.
pub async fn delete<T>(client: &Client, row: &impl RowAddress<T>) -> Result<()> {
    client.send(delete_request(row)).await.map(drop)
}

/// The row that an earlier request of the same change set creates.
impl<B> BindTarget<B> for ContentId {
    fn address(self) -> String {
        self.reference()
    }
}
