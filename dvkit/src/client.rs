//! Sends typed queries and writes with a [`Client`], and reads the rows of the responses. The module adds
//! methods to the types of queries, rows and writes; it exists only with the feature `client`.
//!
//! Each operation is also available as a [`Request`], which can be sent alone, in a
//! [`Batch`](dvkit_client::Batch) or in a [`ChangeSet`](dvkit_client::ChangeSet).

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
    /// Returns the GET request of the query. The request asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Returns a stream of the rows that the query selects. Each page is requested when all rows of the page
    /// before it have been taken. The stream ends after the first error.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<T>> {
        self.rows_as(client)
    }

    /// Returns a stream of the rows that the query selects, each decoded into `R`, for example a hand-written
    /// record of the selected columns. Pages are requested as by [`rows`](Self::rows). The stream ends after
    /// the first error.
    #[must_use]
    pub fn rows_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<R>> {
        client.rows::<Row<R>>(self.request()).map_ok(|row| row.0).boxed()
    }

    /// Returns a stream of the pages of the result. Each page contains its rows, the link to the next page,
    /// and the number of all rows if [`count`](Self::count) was called. The stream ends after the first
    /// error.
    #[must_use]
    pub fn pages(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<T>>>> {
        client.pages(self.request())
    }

    /// Returns a stream of the pages of the result, as [`pages`](Self::pages) does, with each row decoded
    /// into `R`, for example a hand-written record of the selected columns. The stream ends after the first
    /// error.
    #[must_use]
    pub fn pages_as<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<R>>>> {
        client.pages(self.request())
    }

    /// Requests the first row of the result and returns it; `None` if the query selects no row.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]) or the row cannot be decoded.
    pub async fn first(&self, client: &Client) -> Result<Option<T>> {
        self.first_as(client).await
    }

    /// Requests the first row of the result and returns it, decoded into `R`; `None` if the query selects no
    /// row.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]) or the row cannot be decoded.
    pub async fn first_as<R: Record + Send>(&self, client: &Client) -> Result<Option<R>> {
        self.clone().top(1).rows_as(client).try_next().await
    }
}

impl<T: EntitySet + Send> Query<T> {
    /// Selects the columns and expansions of the [`Entity`] `E`, and returns a stream of the rows of all
    /// pages, each decoded into `E`. The stream ends after the first error:
    ///
    /// `Contact::query().filter(Contact::STATECODE.eq(ContactState::Active)).entities::<Card>(&client)`
    #[must_use]
    pub fn entities<E: Entity + Send>(&self, client: &Client) -> BoxStream<'static, Result<E>> {
        self.clone().select_entity::<E>().rows_as(client)
    }
}

impl<T: EntitySet + Send, X> RowQuery<T, X> {
    /// Returns the GET request for the row. The request asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Requests the row and returns it.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    pub async fn get(&self, client: &Client) -> Result<T> {
        self.get_as(client).await
    }

    /// Requests the row and returns it, decoded into `R`, for example a hand-written record of the selected
    /// columns.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    pub async fn get_as<R: Record + Send>(&self, client: &Client) -> Result<R> {
        client.json::<Row<R>>(self.request()).await.map(|row| row.0)
    }
}

impl<T: EntitySet + Send> RowQuery<T> {
    /// Selects the columns and expansions of the [`Entity`] `E`, requests the row, and returns the row
    /// decoded into `E`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
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
}

/// Returns the id in the parentheses at the end of a row's URL,
/// `…/contacts(78914942-34cb-ed11-b596-0022481d68cd)`; `None` if the URL does not end with an id.
fn id_of(address: &str) -> Option<Guid> {
    let (_, key) = address.strip_suffix(')')?.rsplit_once('(')?;
    Guid::try_parse(key).ok()
}

impl<T: EntitySet> RowWrite<T, Update> {
    /// Returns the request that changes the existing row `row`. The request fails if the row does not exist.
    #[must_use]
    pub fn update_request(&self, row: &impl RowAddress<T>) -> Request {
        self.upsert_request(row).only_update()
    }

    /// Returns the request that changes `row` if it exists, and otherwise creates it.
    #[must_use]
    pub fn upsert_request(&self, row: &impl RowAddress<T>) -> Request {
        Request::patch(row.address()).json(self)
    }

    /// Changes the existing row `row`.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), for example because the row does not
    /// exist.
    pub async fn send(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.update_request(row)).await.map(drop)
    }

    /// Changes `row` only if the version of the row is still `etag`.
    /// [`RowExtras::etag`](crate::RowExtras::etag) gives the version of a row that was read.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]). The status is 412 if the row has another
    /// version by now.
    pub async fn send_if_match(&self, client: &Client, row: &impl RowAddress<T>, etag: &str) -> Result<()> {
        client.send(self.upsert_request(row).if_match(etag)).await.map(drop)
    }

    /// Changes `row` if it exists, and otherwise creates it. With an alternate key as `row`, this imports
    /// rows that are identified by values of another system.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    pub async fn upsert(&self, client: &Client, row: &impl RowAddress<T>) -> Result<()> {
        client.send(self.upsert_request(row)).await.map(drop)
    }
}

/// Returns the request that deletes `row`.
#[must_use]
pub fn delete_request<T>(row: &impl RowAddress<T>) -> Request {
    Request::delete(row.address())
}

/// Deletes `row`.
///
/// # Errors
/// Returns an error if the request fails (see [`Client::send`]), for example because the row does not exist.
pub async fn delete<T>(client: &Client, row: &impl RowAddress<T>) -> Result<()> {
    client.send(delete_request(row)).await.map(drop)
}

/// Sets a lookup to the row that an earlier request of the same change set creates.
impl<B> BindTarget<B> for ContentId {
    fn address(self) -> String {
        self.reference()
    }
}
