//! Results that come in pages: OData's by the link that the service gives, FetchXML's by page and cookie.
//!
//! A page carries what leads to the next one. Whoever keeps that can go on from there later, in another process.
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
    /// The rows.
    pub rows: Vec<T>,
    /// What leads to the next page: the service's link, to be followed as it is, or for FetchXML the query of the next
    /// page. `None` on the last one. Keep it to go on later.
    pub next: Option<String>,
    /// Where changes since can be had, on the last page of a request with [`Prefer::track_changes`].
    pub delta: Option<String>,
    /// The number of rows, where `$count=true` asked for it; the service counts to 5,000.
    pub count: Option<i64>,
}

/// What the service sends.
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

/// Asks for the annotations without which FetchXML has no second page.
const PAGING_ANNOTATIONS: &str =
    "Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords";

impl Client {
    /// All pages of a request, one after the other, each asked for when the one before was taken.
    ///
    /// A saved [`Page::next`] goes on from there: `client.pages(Request::get(link))`, with the same preferences. After an
    /// error the stream ends; the last page's link is good for another try.
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

    /// The rows of all pages of a request.
    #[must_use]
    pub fn rows<T: DeserializeOwned + Send + 'static>(
        &self,
        request: Request,
    ) -> BoxStream<'static, Result<T>> {
        flatten_pages(self.pages(request))
    }

    /// All pages of a FetchXML query against an entity set: by cookie, where the service gives one, else by number.
    ///
    /// A saved [`Page::next`] is the query of the next page: `client.fetch_pages("accounts", &next)` goes on from there.
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
                // Read before asking: a query without a second page is told at once, not after five thousand rows.
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

    /// The rows of all pages of a FetchXML query.
    #[must_use]
    pub fn fetch_rows<T: DeserializeOwned + Send + 'static>(
        &self,
        entity_set: &str,
        fetchxml: &str,
    ) -> BoxStream<'static, Result<T>> {
        flatten_pages(self.fetch_pages(entity_set, fetchxml))
    }

    /// The error of links that lead nowhere. The link was written by the service.
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

/// Stands for a link, which may be long: of very many pages a number each is remembered.
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
