//! References to rows that earlier requests of a change set created: `$1` in a URL, and as the value of
//! `@odata.bind` and `@odata.id` in a body.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::Value;

use super::parse::{BatchOperation, relative};
use crate::request::ApiRequest;

/// The most levels of a body that are searched for references.
const MAX_DEPTH: usize = 64;

/// The URLs of the rows that the requests of a change set created, by content id.
#[derive(Debug, Default)]
pub(super) struct CreatedRows(HashMap<String, String>);

impl CreatedRows {
    /// Records the row that a request created or changed. `url` is the value of `OData-EntityId`.
    pub(super) fn record(&mut self, content_id: &str, url: &str) {
        self.0.insert(content_id.to_owned(), url.to_owned());
    }

    /// Returns a text in which the reference at its beginning is replaced by the URL of the row; `None` if it
    /// does not begin with a reference to a content id.
    ///
    /// # Errors
    /// Returns an error if no request of the change set has the content id.
    fn replaced(&self, text: &str) -> Result<Option<String>, String> {
        let Some(rest) = text.strip_prefix('/').unwrap_or(text).strip_prefix('$') else { return Ok(None) };
        let end = rest.find(['/', '?', '(']).unwrap_or(rest.len());
        let (id, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        match self.0.get(id) {
            Some(url) => Ok(Some(format!("{url}{rest}"))),
            None if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => {
                Err(format!("Content-ID Reference: '${id}' does not exist in the batch context."))
            }
            None => Ok(None),
        }
    }

    /// Replaces the references in the URL and in the body of a request.
    ///
    /// # Errors
    /// Returns an error if a reference names no request of the change set.
    pub(super) fn apply(&self, operation: &mut BatchOperation) -> Result<(), String> {
        if let Some(url) = self.replaced(&operation.url)? {
            operation.url = relative(&url)?;
        }
        if !operation.body.windows(2).any(|pair| pair == b"\"$" || pair == b"/$") {
            return Ok(());
        }
        // A body that is not JSON is refused later, with the service's message.
        if let Ok(mut json) = serde_json::from_slice::<Value>(&operation.body) {
            self.replace_in(&mut json, 0)?;
            operation.body = Bytes::from(json.to_string());
        }
        Ok(())
    }

    /// Checks the URL of a request outside of a change set, which cannot refer to other requests.
    ///
    /// # Errors
    /// Returns an error if the URL begins with a reference.
    pub(super) fn apply_to(&self, call: &ApiRequest) -> Result<(), String> {
        self.replaced(&call.url).map(|_| ())
    }

    fn replace_in(&self, value: &mut Value, depth: usize) -> Result<(), String> {
        match value {
            _ if depth > MAX_DEPTH => {}
            Value::Array(items) => {
                for item in items {
                    self.replace_in(item, depth + 1)?;
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    if !(name.ends_with("@odata.bind") || name == "@odata.id") {
                        self.replace_in(member, depth + 1)?;
                        continue;
                    }
                    let items = match member {
                        Value::Array(items) => items.as_mut_slice(),
                        one => std::slice::from_mut(one),
                    };
                    for item in items {
                        if let Some(url) =
                            item.as_str().map(|text| self.replaced(text)).transpose()?.flatten()
                        {
                            *item = Value::String(url);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_replaced_in_urls_and_bindings_only() {
        let mut rows = CreatedRows::default();
        rows.record("1", "http://h/api/data/v9.2/accounts(a)");
        let body = json!({"name": "$1", "parentaccountid@odata.bind": "$1", "t": [{"x@odata.bind": ["/$1", "/contacts(b)"]}]});
        let mut operation = BatchOperation {
            method: Method::POST,
            url: "$1/contact_customer_accounts/$ref".into(),
            headers: HeaderMap::new(),
            body: body.to_string().into(),
            content_id: None,
        };
        rows.apply(&mut operation).unwrap();
        assert_eq!(operation.url, "accounts(a)/contact_customer_accounts/$ref");
        let url = "http://h/api/data/v9.2/accounts(a)";
        assert_eq!(
            serde_json::from_slice::<Value>(&operation.body).unwrap(),
            json!({"name": "$1", "parentaccountid@odata.bind": url, "t": [{"x@odata.bind": [url, "/contacts(b)"]}]})
        );
        operation.url = "$2".into();
        assert_eq!(
            rows.apply(&mut operation).unwrap_err(),
            "Content-ID Reference: '$2' does not exist in the batch context."
        );
    }
}
