//! Sends queries for groups of rows, and reads the groups.

use dvkit_client::{Client, Request, Result};
use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;

use crate::query::GroupQuery;
use crate::request::annotated;
use crate::row::GroupRow;
use crate::table::EntitySet;

impl<T: EntitySet + Send> GroupQuery<T> {
    /// Returns the GET request of the query. The request asks for all annotations, such as formatted values.
    ///
    /// A query that the service would refuse is refused when the request is sent: two values of one name, a path over
    /// several lookups, or nothing to group by and to aggregate.
    #[must_use]
    pub fn request(&self) -> Request {
        let request = annotated(Request::get(self.url()));
        match self.mistake() {
            Some(mistake) => request.refuse(mistake),
            None => request,
        }
    }

    /// Returns a stream of the groups. A group that cannot be decoded is an error of the kind `Row`, after which the
    /// stream goes on; it ends after any other error.
    #[must_use]
    pub fn rows(&self, client: &Client) -> BoxStream<'static, Result<GroupRow<T>>> {
        self.rows_as(client)
    }

    /// Returns a stream of the groups, each decoded into `S`, a struct whose fields have the names of the values in
    /// the response: the columns and the aliases of the aggregates. Errors are as of
    /// [`rows`](Self::rows).
    #[must_use]
    pub fn rows_as<S: DeserializeOwned + Send + 'static>(
        &self,
        client: &Client,
    ) -> BoxStream<'static, Result<S>> {
        client.rows(self.request())
    }
}
