//! Reads results page by page. The service links the pages of an OData query; the pages of a FetchXML query
//! are requested by page number and paging cookie.
//!
//! A [`Page`] contains the link or query of the next page. A program can save it, and continue later in
//! another process.
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt, try_unfold};
use serde::de::DeserializeOwned;

use crate::{Client, Error, ErrorKind, Prefer, Request, Response, Result};

mod changes;
mod envelope;
mod fetchxml;
mod nested;
mod text;

pub use changes::{Change, Changes};
use envelope::Envelope;
pub use text::RowText;

/// One page of rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows of this page. A row that cannot be decoded is an error of the kind [`ErrorKind::Row`] in its
    /// place, and costs no other row.
    pub rows: Vec<Result<T>>,
    /// The link to the next page (OData), or the query of the next page (FetchXML); `None` on the last page.
    /// A program can save it to continue later.
    pub next: Option<String>,
    /// The delta link: a later request to this link returns the changes since this request. `None` except on
    /// the last page of a request with [`Prefer::track_changes`].
    pub delta: Option<String>,
    /// The number of rows of the whole result, at most 5,000; `None` unless the request had `$count=true`, or
    /// the FetchXML query `returntotalrecordcount="true"`.
    pub count: Option<i64>,
    /// Whether the result has more rows than [`Page::count`] says, because the service does not count further.
    /// It is known only if the service was asked for its annotations.
    pub count_limit_exceeded: bool,
}

impl<T> Page<T> {
    /// Returns the rows, if all of them could be decoded.
    ///
    /// # Errors
    /// Returns the error of the first row that cannot be decoded.
    pub fn into_rows(self) -> Result<Vec<T>> {
        self.rows.into_iter().collect()
    }
}

/// The names of the annotations that a FetchXML request asks for: the paging cookie, whether there are more
/// rows, and the number of all rows.
const PAGING_ANNOTATIONS: &str = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords,\
     Microsoft.Dynamics.CRM.totalrecordcount,Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";

/// A function that reads the rows of a response.
type ReadPage<T> = for<'a> fn(&'a Client, &'a Request, &'a Response) -> BoxFuture<'a, Result<Envelope<T>>>;

impl Client {
    /// Returns a stream of the pages of a request. Each page is requested only when the stream is polled for
    /// it.
    ///
    /// To continue from a saved [`Page::next`], call `client.pages(Request::get(link))` with the same
    /// preferences. The stream ends after an error; to try again, continue from the `next` of the last page
    /// received.
    ///
    /// ```no_run
    /// # async fn run(client: dvkit_client::Client) -> dvkit_client::Result<()> {
    /// use dvkit_client::{Prefer, Request};
    /// use futures_util::TryStreamExt;
    ///
    /// let request = Request::get("accounts").query("$select", "name").prefer(Prefer::new().max_page_size(500));
    /// let mut pages = client.pages::<serde_json::Value>(request);
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} rows", page.rows.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn pages<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request,
    ) -> BoxStream<'static, Result<Page<T>>> {
        self.pages_read_by(request, |client, request, response| client.read_page(request, response).boxed())
    }

    /// Returns a stream of the pages of a request whose rows are not decoded, as [`Client::pages`] does. The rows are parts
    /// of the responses: nothing is copied, for programs that pass rows on or read few of their columns.
    #[must_use]
    pub fn text_pages(&self, request: Request) -> BoxStream<'static, Result<Page<RowText>>> {
        self.pages_read_by(request, |client, request, response| client.read_texts(request, response).boxed())
    }

    fn pages_read_by<T: Send + 'static>(
        &self,
        request: Request,
        read: ReadPage<T>,
    ) -> BoxStream<'static, Result<Page<T>>> {
        let client = self.clone();
        // The service ignores `$top` in some requests with pages, and would return all rows.
        let left = request.query_option("$top").and_then(|top| top.parse::<usize>().ok());
        let start = (Some(request), HashSet::new(), left);
        try_unfold(start, move |(request, mut seen, mut left)| {
            let client = client.clone();
            async move {
                let Some(request) = request else { return Ok(None) };
                let response = client.send(request.clone()).await?;
                let mut page = read(&client, &request, &response).await?.page;
                if let Some(left) = &mut left {
                    page.rows.truncate(*left);
                    *left -= page.rows.len();
                    if *left == 0 {
                        page.next = None;
                    }
                }
                let following = match &page.next {
                    Some(link) if !seen.insert(fingerprint(link)) => {
                        return Err(client.repeated_page_error(&request));
                    }
                    Some(link) => Some(request.following(link.clone())),
                    None => None,
                };
                Ok(Some((page, (following, seen, left))))
            }
        })
        .boxed()
    }

    /// Requests one row and returns it, decoded. Expanded collections of the row that go on are read on, page by
    /// page, so that none of their rows is missing.
    ///
    /// # Errors
    /// Returns the errors of [`Client::json`].
    pub async fn row<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        let response = self.send(request.clone()).await?;
        if !nested::goes_on(response.bytes()) {
            return response.json();
        }
        let row = self.complete_nested(&request, response.json()?).await?;
        serde_json::from_str(row.get()).map_err(|error| response.unexpected_structure(&error))
    }

    /// Returns a stream of the rows of all pages of a request. Each page is requested only when its first row
    /// is polled. A row that cannot be decoded is an error of the kind [`ErrorKind::Row`], after which the stream
    /// goes on; it ends after any other error.
    #[must_use]
    pub fn rows<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request,
    ) -> BoxStream<'static, Result<T>> {
        flatten_pages(self.pages(request))
    }

    /// Returns a stream of the pages of a FetchXML query on the entity set `entity_set`. Pages are requested
    /// by the paging cookie, or by page number if the service gives no cookie. The stream ends after the
    /// first error: one of [`Client::json`], or that the text is not FetchXML that can be paged.
    ///
    /// To continue from a saved [`Page::next`], which is the query of the next page, call
    /// `client.fetch_pages("accounts", &next)`.
    #[must_use]
    pub fn fetch_pages<T: DeserializeOwned + Send + 'static>(
        &self,
        entity_set: &str,
        fetchxml: &str,
    ) -> BoxStream<'static, Result<Page<T>>> {
        let (client, set) = (self.clone(), entity_set.to_owned());
        try_unfold((Some(fetchxml.to_owned()), None), move |(query, last)| {
            let (client, set) = (client.clone(), set.clone());
            async move {
                let Some(query) = query else { return Ok(None) };
                // Parsed before the request, so that a query that cannot be paged is reported at once, not
                // after five thousand rows.
                let parts = fetchxml::PagingAttributes::read(&query)?;
                let request = Request::get(set)
                    .query("fetchXml", &query)
                    .prefer(Prefer::new().annotations(PAGING_ANNOTATIONS));
                let response = client.send(request.clone()).await?;
                let Envelope { mut page, cookie, more } = client.read_page::<T>(&request, &response).await?;
                if more && cookie.is_some() && cookie == last {
                    return Err(client.repeated_page_error(&request));
                }
                page.next = if more { Some(parts.next(&query, cookie.as_deref())?) } else { None };
                let next = page.next.clone();
                Ok(Some((page, (next, cookie))))
            }
        })
        .boxed()
    }

    /// Returns a stream of the rows of all pages of a FetchXML query on the entity set `entity_set`. Pages
    /// are requested as in [`Client::fetch_pages`]. A row that cannot be decoded is an error of the kind
    /// [`ErrorKind::Row`], after which the stream goes on; it ends after any other error.
    #[must_use]
    pub fn fetch_rows<T: DeserializeOwned + Send + 'static>(
        &self,
        entity_set: &str,
        fetchxml: &str,
    ) -> BoxStream<'static, Result<T>> {
        flatten_pages(self.fetch_pages(entity_set, fetchxml))
    }

    /// Returns the error for a link that leads to a page that was already read. Secrets in the link are
    /// masked, because the service wrote the link.
    fn repeated_page_error(&self, request: &Request) -> Error {
        Error::new(
            ErrorKind::Unexpected,
            "the service leads to a page that was already read; the rows would never end",
        )
        .with_request(request.name())
        .redacted(self.core.redactor())
    }
}

/// Returns a hash of a link. Hashes are stored instead of links, to save memory when a program reads very
/// many pages.
fn fingerprint(link: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    link.hash(&mut hasher);
    hasher.finish()
}

fn flatten_pages<T: Send + 'static>(
    pages: BoxStream<'static, Result<Page<T>>>,
) -> BoxStream<'static, Result<T>> {
    pages.map_ok(|page| futures_util::stream::iter(page.rows)).try_flatten().boxed()
}
