//! Sends typed queries, and reads the rows of the responses.

use dvkit_client::{Client, Page, Request, Result};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};

use crate::entity::Entity;
use crate::query::{Query, RowQuery};
use crate::request::annotated;
use crate::row::{Record, Row};
use crate::table::EntitySet;

impl<T: EntitySet + Send, X> Query<T, X> {
    /// Returns the GET request of the query. The request asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Returns a stream of the rows that the query selects. Each page is requested when all rows of the page
    /// before it have been taken. A row that cannot be decoded is an error of the kind `Row`, after which the stream
    /// goes on; it ends after any other error.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<T>> {
        self.rows_as(client)
    }

    /// Returns a stream of the rows that the query selects, each decoded into `R`, for example a hand-written
    /// record of the selected columns. Pages are requested as by [`rows`](Self::rows), and errors are as there.
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
    /// pages, each decoded into `E`. Errors are as of [`rows`](Self::rows):
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
        client.row::<Row<R>>(self.request()).await.map(|row| row.0)
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
