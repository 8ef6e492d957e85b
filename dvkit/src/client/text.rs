//! Sends the queries that `odata!` and `fetchxml!` have checked.

use dvkit_client::{Client, Error, ErrorKind, Expect, Page, Request, Result};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use serde::de::DeserializeOwned;

use crate::const_str;
use crate::request::{annotated, annotating};
use crate::row::{GroupRow, Record, Row};
use crate::text::{FetchXml, Groups, ManyRows, NumberOfRows, ODataText, OneRow, QueryTable};

/// What the response to a request contains (`Self`), if it is a list of rows or of groups of table `T`.
#[diagnostic::on_unimplemented(
    message = "the response to this request is no list of rows of `{T}`",
    label = "the request has `{Self}`",
    note = "`OneRow` is read by `get`, `NumberOfRows` by `number`, and the others by `client.send(text.request())`"
)]
pub trait ListOf<T>: 'static {
    /// The type into which a row is decoded.
    type Item: Send + 'static;
    /// The type that decodes a row.
    #[doc(hidden)]
    type Wire: DeserializeOwned + Send + 'static;
    #[doc(hidden)]
    fn item(wire: Self::Wire) -> Self::Item;
}

impl<T: Record + Send> ListOf<T> for ManyRows {
    type Item = T;
    type Wire = Row<T>;

    fn item(wire: Row<T>) -> T {
        wire.0
    }
}

impl<T: Send + 'static> ListOf<T> for Groups {
    type Item = GroupRow<T>;
    type Wire = GroupRow<T>;

    fn item(wire: GroupRow<T>) -> GroupRow<T> {
        wire
    }
}

impl<T, S> ODataText<T, S> {
    /// Returns the GET request. The request asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.as_str()))
    }
}

// What is in the response is a parameter of each method, so that the compiler finds the method and then reports the
// request whose response has something else.
impl<T, S> ODataText<T, S> {
    /// Returns a stream of the rows of all pages, or of the groups of an `$apply`. Each page is requested when all
    /// rows of the page before it have been taken. A row that cannot be decoded is an error of the kind `Row`, after
    /// which the stream goes on; it ends after any other error.
    #[must_use]
    pub fn rows<I, W>(&self, client: &Client) -> BoxStream<'static, Result<I>>
    where
        T: QueryTable,
        S: ListOf<T, Item = I, Wire = W>,
        I: Send + 'static,
        W: DeserializeOwned + Send + 'static,
    {
        client.rows::<W>(self.request()).map_ok(S::item).boxed()
    }

    /// Returns a stream of the pages of the result. The stream ends after the first error.
    #[must_use]
    pub fn pages<W>(&self, client: &Client) -> BoxStream<'static, Result<Page<W>>>
    where
        T: QueryTable,
        S: ListOf<T, Wire = W>,
        W: DeserializeOwned + Send + 'static,
    {
        client.pages(self.request())
    }
}

impl<T: Record + Send> ODataText<T, OneRow> {
    /// Requests the row and returns it.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]), the row does not exist, or the row
    /// cannot be decoded.
    pub async fn get(&self, client: &Client) -> Result<T> {
        client.row::<Row<T>>(self.request()).await.map(|row| row.0)
    }
}

impl<T> ODataText<T, NumberOfRows> {
    /// Requests the number of rows. The service counts up to 5,000 rows, and up to 500 of an elastic table, and the
    /// number does not show whether there are more; [`Query::total`](crate::Query::total) does.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]) or the response is not a number.
    pub async fn number(&self, client: &Client) -> Result<u64> {
        let response =
            client.send(Request::get(self.as_str()).accept("text/plain").expect(Expect::Text)).await?;
        // A byte-order mark may come before the number.
        let text = response.text()?.trim_start_matches('\u{feff}').trim();
        text.parse().map_err(|_| Error::new(ErrorKind::Unexpected, "the response to a count is not a number"))
    }
}

/// Stops the compilation with an error if `R` is not a row of the table of the query `T`.
const fn is_row_of<R: Record, T: QueryTable>() {
    if !const_str::equal(<R as Record>::TABLE, <T as QueryTable>::TABLE) {
        const_str::panic(&[
            "this query returns rows of `",
            <T as QueryTable>::TABLE,
            "`, and the named type is a row of `",
            <R as Record>::TABLE,
            "`",
        ]);
    }
}

impl<T> FetchXml<T> {
    /// Returns a stream of the rows of all pages, each decoded into `R`: a generated table or a hand-written record.
    /// Pages are requested by the paging cookie of the page before. A row that cannot be decoded is an error of the
    /// kind `Row`, after which the stream goes on; it ends after any other error.
    ///
    /// The compiler reports an error if `R` is not a row of the query's table.
    #[must_use]
    pub fn rows<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<R>>
    where
        T: QueryTable,
    {
        const { is_row_of::<R, T>() }
        annotating(client).fetch_rows::<Row<R>>(self.entity_set(), self.as_str()).map_ok(|row| row.0).boxed()
    }

    /// Returns a stream of the pages of the result, with each row decoded into `R`. The stream ends after the first
    /// error.
    ///
    /// The compiler reports an error if `R` is not a row of the query's table.
    #[must_use]
    pub fn pages<R: Record + Send>(&self, client: &Client) -> BoxStream<'static, Result<Page<Row<R>>>>
    where
        T: QueryTable,
    {
        const { is_row_of::<R, T>() }
        annotating(client).fetch_pages(self.entity_set(), self.as_str())
    }

    /// Returns the GET request for the first page. The request asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        annotated(Request::get(self.url()))
    }

    /// Returns a stream of the results of all pages, each decoded into `S`, a struct whose fields have the names in the
    /// response. It is for results that are not rows of a table, such as aggregates. A
    /// result that cannot be decoded is an error of the kind `Row`, after which the stream goes on.
    #[must_use]
    pub fn values<S: DeserializeOwned + Send + 'static>(
        &self,
        client: &Client,
    ) -> BoxStream<'static, Result<S>> {
        annotating(client).fetch_rows(self.entity_set(), self.as_str())
    }
}
