//! Completes expanded collections. The service sends at most a page of the rows of an expanded collection, and a
//! link with a `$skiptoken` to the others in the annotation `NAME@odata.nextLink` (learn.microsoft.com, "Join tables using OData").
use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

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
    body.windows(name.len()).enumerate().any(|(at, text)| {
        text == name && at > 0 && body[at - 1] != b'"' && {
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

impl Client {
    /// Reads the further pages of all expanded collections in `row`, at any depth, and appends their rows.
    /// `request` is the request that returned the row.
    pub(super) async fn complete_nested(&self, request: &Request, row: &mut Value) -> Result<()> {
        let mut seen = HashSet::new();
        self.complete(request, row, &mut seen).await
    }

    fn complete<'a>(
        &'a self,
        request: &'a Request,
        value: &'a mut Value,
        seen: &'a mut HashSet<String>,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            match value {
                Value::Array(rows) => {
                    for row in rows {
                        self.complete(request, row, seen).await?;
                    }
                }
                Value::Object(row) => {
                    let links: Vec<String> = row
                        .keys()
                        .filter(|name| name.len() > NEXT.len() && name.ends_with(NEXT))
                        .cloned()
                        .collect();
                    for annotation in links {
                        let leads = row[&annotation].as_str().is_some_and(leads_on);
                        let Some(Value::String(link)) = row.remove(&annotation).filter(|_| leads) else {
                            continue;
                        };
                        let name = annotation[..annotation.len() - NEXT.len()].to_owned();
                        let further = self.follow(request, link, seen).await?;
                        if let Value::Array(rows) =
                            row.entry(name).or_insert_with(|| Value::Array(Vec::new()))
                        {
                            rows.extend(further);
                        }
                    }
                    for nested in row.values_mut().filter(|v| v.is_array() || v.is_object()) {
                        self.complete(request, nested, seen).await?;
                    }
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// Returns the rows of the page that `link` leads to, and of the pages after it.
    async fn follow(
        &self,
        request: &Request,
        link: String,
        seen: &mut HashSet<String>,
    ) -> Result<Vec<Value>> {
        let (mut rows, mut next) = (Vec::new(), Some(link));
        while let Some(link) = next {
            if seen.len() >= MAX_NESTED_PAGES || !seen.insert(link.clone()) {
                return Err(self.endless(request));
            }
            let mut page: Value = self.json(request.following(link)).await?;
            if let Some(Value::Array(more)) = page.get_mut("value").map(Value::take) {
                rows.extend(more);
            }
            next = page.get(NEXT).and_then(Value::as_str).map(str::to_owned);
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
