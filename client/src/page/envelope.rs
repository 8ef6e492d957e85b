//! Decodes a response that contains rows. The rows are decoded together if that is possible, and one by one if
//! it is not, so that one unreadable value costs one row.
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Page, nested};
use crate::error::{truncate, without_byte_order_mark};
use crate::{Client, ErrorKind, Request, Response, Result};

/// A page, and what a FetchXML response says about further pages.
pub(super) struct Envelope<T> {
    /// The page. For FetchXML its `next` is not set.
    pub(super) page: Page<T>,
    /// The annotation with the paging cookie.
    pub(super) cookie: Option<String>,
    /// Whether there are further rows (FetchXML).
    pub(super) more: bool,
}

impl<T> Envelope<T> {
    /// Returns the envelope with every row made another.
    pub(super) fn map<R>(self, other: impl Fn(T) -> R) -> Envelope<R> {
        let Self { page: Page { rows, next, delta, count, count_limit_exceeded }, cookie, more } = self;
        let rows = rows.into_iter().map(|row| row.map(&other)).collect();
        Envelope { page: Page { rows, next, delta, count, count_limit_exceeded }, cookie, more }
    }
}

/// The JSON of a response that contains rows.
#[derive(Deserialize)]
pub(super) struct Body<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
    #[serde(rename = "@odata.count")]
    count: Option<i64>,
    /// The number of all rows; -1 if it was not asked for.
    #[serde(rename = "@Microsoft.Dynamics.CRM.totalrecordcount")]
    total: Option<i64>,
    #[serde(rename = "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded", default)]
    limit_exceeded: bool,
    #[serde(rename = "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie")]
    cookie: Option<String>,
    #[serde(rename = "@Microsoft.Dynamics.CRM.morerecords", default)]
    more: bool,
}

impl<T> Body<T> {
    pub(super) fn envelope<R>(self, rows: impl FnOnce(Vec<T>) -> Vec<Result<R>>) -> Envelope<R> {
        let page = Page {
            rows: rows(self.value),
            next: self.next,
            delta: self.delta,
            count: self.count.or(self.total.filter(|total| *total >= 0)),
            count_limit_exceeded: self.limit_exceeded,
        };
        Envelope { page, cookie: self.cookie, more: self.more }
    }
}

impl Client {
    /// Decodes the rows of a response to `request`, and reads expanded collections that go on.
    pub(super) async fn read_page<T: DeserializeOwned>(
        &self,
        request: &Request,
        response: &Response,
    ) -> Result<Envelope<T>> {
        let body = without_byte_order_mark(response.bytes());
        if nested::goes_on(body) {
            let mut body: Body<Box<RawValue>> = response.json()?;
            let mut rows = Vec::with_capacity(body.value.len());
            for row in std::mem::take(&mut body.value) {
                rows.push(self.complete_nested(request, row).await?);
            }
            return Ok(body.envelope(|_| rows.iter().map(|row| response.row(row)).collect()));
        }
        if let Ok(whole) = serde_json::from_slice::<Body<T>>(body) {
            return Ok(whole.envelope(|rows| rows.into_iter().map(Ok).collect()));
        }
        let rows: Body<&RawValue> = response.json_borrowed()?;
        Ok(rows.envelope(|rows| rows.into_iter().map(|row| response.row(row)).collect()))
    }
}

impl Response {
    /// Decodes a row of the response.
    fn row<T: DeserializeOwned>(&self, row: &RawValue) -> Result<T> {
        serde_json::from_str(row.get()).map_err(|error| {
            let message = format!("a row cannot be read: {}", truncate(&error.to_string(), 500));
            self.error(ErrorKind::Row, message, row.get())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_was_not_asked_for_is_none() {
        let body: Body<u8> = serde_json::from_str(
            r#"{"@Microsoft.Dynamics.CRM.totalrecordcount":-1,"value":[1],"@Microsoft.Dynamics.CRM.morerecords":true}"#,
        )
        .unwrap();
        let envelope = body.envelope(|rows| rows.into_iter().map(Ok).collect::<Vec<Result<u8>>>());
        assert_eq!((envelope.page.count, envelope.more), (None, true));
    }
}
