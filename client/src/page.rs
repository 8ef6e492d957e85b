//! Reads results page by page. The service links the pages of an OData query; the pages of a FetchXML query
//! are requested by page number and paging cookie.
//!
//! A [`Page`] contains the link or query of the next page. A program can save it, and continue later in
//! another process.
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt, try_unfold};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Client, Error, ErrorKind, Prefer, Request, Result};

mod fetchxml;

/// One page of rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// The link to the next page (OData), or the query of the next page (FetchXML); `None` on the last page.
    /// A program can save it to continue later.
    pub next: Option<String>,
    /// The delta link: a later request to this link returns the changes since this request. `None` except on
    /// the last page of a request with [`Prefer::track_changes`].
    pub delta: Option<String>,
    /// The number of rows of the whole result, at most 5,000; `None` unless the request had `$count=true`.
    pub count: Option<i64>,
}

/// The JSON of a response that contains rows.
#[derive(Deserialize)]
struct Envelope<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
    #[serde(rename = "@odata.count")]
    count: Option<i64>,
    #[serde(rename = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie")]
    cookie: Option<String>,
    #[serde(rename = "@Microsoft.Dynamics.CRM.morerecords", default)]
    more: bool,
}

/// The names of the annotations that a FetchXML request asks for: the paging cookie, and whether there are
/// more rows.
const PAGING_ANNOTATIONS: &str =
    "Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords";

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
        let client = self.clone();
        let start = (Some(request), HashSet::new());
        try_unfold(start, move |(request, mut seen)| {
            let client = client.clone();
            async move {
                let Some(request) = request else { return Ok(None) };
                let Envelope { value, next, delta, count, .. } =
                    client.json::<Envelope<T>>(request.clone()).await?;
                let following = match &next {
                    Some(link) if !seen.insert(fingerprint(link)) => {
                        return Err(client.repeated_page_error(&request));
                    }
                    Some(link) => Some(Request { target: link.clone(), ..request }),
                    None => None,
                };
                Ok(Some((Page { rows: value, next, delta, count }, (following, seen))))
            }
        })
        .boxed()
    }

    /// Returns a stream of the rows of all pages of a request. Each page is requested only when its first row
    /// is polled. The stream ends after the first error, which is one of [`Client::json`].
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
                let request = Request::get(set).query("fetchXml", &query);
                let request = match client.prefers_all_annotations() {
                    true => request,
                    false => request.prefer(Prefer::new().annotations(PAGING_ANNOTATIONS)),
                };
                let name = request.clone();
                let Envelope { value, count, cookie, more, .. } = client.json::<Envelope<T>>(request).await?;
                if more && cookie.is_some() && cookie == last {
                    return Err(client.repeated_page_error(&name));
                }
                let next = if more { Some(parts.next(&query, cookie.as_deref())?) } else { None };
                Ok(Some((Page { rows: value, next: next.clone(), delta: None, count }, (next, cookie))))
            }
        })
        .boxed()
    }

    /// Returns a stream of the rows of all pages of a FetchXML query on the entity set `entity_set`. Pages
    /// are requested as in [`Client::fetch_pages`]. The stream ends after the first error.
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
        .redacted(self.0.redactor())
    }

    fn prefers_all_annotations(&self) -> bool {
        self.0.settings.prefer.to_string().contains("include-annotations=\"*\"")
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
    pages.map_ok(|page| futures_util::stream::iter(page.rows.into_iter().map(Ok))).try_flatten().boxed()
}
