//! Completes expanded collections. The service sends at most a page of the rows of an expanded collection, and a
//! link with a `$skiptoken` to the others in the annotation `NAME@odata.nextLink` (learn.microsoft.com, "Join tables using OData").
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::pin::Pin;

use memchr::memmem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::{Client, Error, ErrorKind, Request, Result};

/// The suffix of the annotations that link to further rows.
const NEXT: &str = "@odata.nextLink";

/// The maximum number of pages that are read to complete one row. A service that links without end would
/// otherwise never let a program go on.
const MAX_NESTED_PAGES: usize = 10_000;

/// Returns whether a response's body contains an expanded collection that goes on. A text that looks like the
/// annotation makes a false alarm, which costs time only.
pub(super) fn goes_on(body: &[u8]) -> bool {
    let name = b"@odata.nextLink\"";
    memmem::find_iter(body, name).any(|at| {
        at > 0 && body[at - 1] != b'"' && {
            let value = body[at + name.len()..].splitn(3, |byte| *byte == b'"').nth(1);
            value.is_some_and(|link| leads_on(&String::from_utf8_lossy(link)))
        }
    })
}

/// Returns whether a link leads to further rows. The service gives every expanded collection a link, and one
/// without a `$skiptoken` returns the same rows once more.
fn leads_on(link: &str) -> bool {
    link.contains("skiptoken=")
}

/// The members of a JSON object, each as its text.
type Members = BTreeMap<String, Box<RawValue>>;

/// A page of rows of an expanded collection.
#[derive(Deserialize)]
struct NestedPage {
    value: Option<Vec<Box<RawValue>>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

impl Client {
    /// Reads the further pages of all expanded collections in `row`, at any depth, and returns the row with their
    /// rows appended. `request` is the request that returned the row.
    ///
    /// Rows are handled as texts, because a [`serde_json::Value`] would keep only 15 digits of a number.
    pub(super) async fn complete_nested(
        &self,
        request: &Request,
        row: Box<RawValue>,
    ) -> Result<Box<RawValue>> {
        let mut seen = HashSet::new();
        self.complete(request, row, &mut seen).await
    }

    fn complete<'a>(
        &'a self,
        request: &'a Request,
        json: Box<RawValue>,
        seen: &'a mut HashSet<String>,
    ) -> Pin<Box<dyn Future<Output = Result<Box<RawValue>>> + Send + 'a>> {
        Box::pin(async move {
            if !json.get().contains(NEXT) {
                return Ok(json);
            }
            match json.get().as_bytes().first() {
                Some(b'[') => {
                    let rows: Vec<Box<RawValue>> = self.parsed(request, &json)?;
                    let mut whole = Vec::with_capacity(rows.len());
                    for row in rows {
                        whole.push(self.complete(request, row, seen).await?);
                    }
                    self.written(request, &whole)
                }
                Some(b'{') => {
                    let members = self.parsed(request, &json)?;
                    self.complete_members(request, members, seen).await
                }
                _ => Ok(json),
            }
        })
    }

    /// Completes the collections of a row, and what they contain.
    async fn complete_members(
        &self,
        request: &Request,
        mut members: Members,
        seen: &mut HashSet<String>,
    ) -> Result<Box<RawValue>> {
        let is_link = |name: &&String| name.len() > NEXT.len() && name.ends_with(NEXT);
        let links: Vec<String> = members.keys().filter(is_link).cloned().collect();
        for annotation in links {
            let link = members.remove(&annotation).and_then(|link| serde_json::from_str(link.get()).ok());
            let Some(link) = link.filter(|link: &String| leads_on(link)) else { continue };
            let name = annotation[..annotation.len() - NEXT.len()].to_owned();
            let mut rows: Vec<Box<RawValue>> = match members.get(&name) {
                Some(rows) => self.parsed(request, rows)?,
                None => Vec::new(),
            };
            rows.extend(self.follow(request, link, seen).await?);
            members.insert(name, self.written(request, &rows)?);
        }
        for member in members.values_mut() {
            let whole =
                self.complete(request, std::mem::replace(member, RawValue::NULL.to_owned()), seen).await?;
            *member = whole;
        }
        self.written(request, &members)
    }

    fn parsed<T: DeserializeOwned>(&self, request: &Request, json: &RawValue) -> Result<T> {
        serde_json::from_str(json.get()).map_err(|error| self.unreadable(request, &error))
    }

    fn written(&self, request: &Request, json: &impl Serialize) -> Result<Box<RawValue>> {
        to_raw_value(json).map_err(|error| self.unreadable(request, &error))
    }

    fn unreadable(&self, request: &Request, error: &serde_json::Error) -> Error {
        let message = format!("an expanded collection cannot be read: {error}");
        Error::new(ErrorKind::Unexpected, message).with_request(request.name()).redacted(self.core.redactor())
    }

    /// Returns the rows of the page that `link` leads to, and of the pages after it.
    async fn follow(
        &self,
        request: &Request,
        link: String,
        seen: &mut HashSet<String>,
    ) -> Result<Vec<Box<RawValue>>> {
        let (mut rows, mut next) = (Vec::new(), Some(link));
        while let Some(link) = next {
            if seen.len() >= MAX_NESTED_PAGES || !seen.insert(link.clone()) {
                return Err(self.endless(request));
            }
            let page: NestedPage = self.json(request.following(link)).await?;
            rows.extend(page.value.unwrap_or_default());
            next = page.next;
        }
        Ok(rows)
    }

    fn endless(&self, request: &Request) -> Error {
        let message = "the pages of an expanded collection do not end";
        Error::new(ErrorKind::Unexpected, message).with_request(request.name()).redacted(self.core.redactor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_of_an_expanded_collection_counts() {
        assert!(goes_on(br#"{"value":[{"tasks":[],"tasks@odata.nextLink": "x?$skiptoken=1"}]}"#));
        assert!(!goes_on(br#"{"value":[{"tasks":[],"tasks@odata.nextLink":"x"}]}"#));
        assert!(!goes_on(br#"{"value":[{"tasks":[]}],"@odata.nextLink":"x?$skiptoken=1"}"#));
        assert!(!goes_on(b"@odata.nextLink\""));
    }
}
