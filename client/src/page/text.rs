//! Defines [`RowText`], the text of a row that is not decoded.
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Envelope, envelope::Body, nested};
use crate::error::without_byte_order_mark;
use crate::{Client, Request, Response, Result};

/// The JSON of a row, as [`Client::text_pages`] returns it. It is a part of the response, which is not copied, and stays in
/// memory as long as one of its rows does.
#[derive(Clone, PartialEq, Eq)]
pub struct RowText(Bytes);

impl RowText {
    /// Returns the text of the JSON.
    #[must_use]
    pub fn get(&self) -> &str {
        // The text was read from JSON, which is UTF-8.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the bytes of the JSON.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Decodes the row.
    ///
    /// # Errors
    /// Returns an error if the row is not what `T` is.
    pub fn decode<'r, T: Deserialize<'r>>(&'r self) -> serde_json::Result<T> {
        serde_json::from_str(self.get())
    }
}

/// A row that is JSON of its own, such as one whose expanded collections were read on.
impl From<Box<RawValue>> for RowText {
    fn from(json: Box<RawValue>) -> Self {
        Self(Bytes::from(Box::<str>::from(json).into_boxed_bytes()))
    }
}

impl fmt::Debug for RowText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowText").field("bytes", &self.0.len()).finish()
    }
}

impl Client {
    /// Reads the rows of a response as texts, and expanded collections that go on.
    pub(super) async fn read_texts(
        &self,
        request: &Request,
        response: &Response,
    ) -> Result<Envelope<RowText>> {
        if nested::goes_on(without_byte_order_mark(response.bytes())) {
            let envelope = self.read_page::<Box<RawValue>>(request, response).await?;
            return Ok(envelope.map(RowText::from));
        }
        let body: Body<&RawValue> = response.json_borrowed()?;
        let text = |row: &RawValue| Ok(RowText(response.bytes().slice_ref(row.get().as_bytes())));
        Ok(body.envelope(|rows| rows.into_iter().map(text).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_text_is_that_of_the_json_and_can_be_decoded() {
        let json = r#"{"name":"Ä","no":1}"#;
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        let row = RowText::from(raw);
        assert_eq!((row.get(), row.as_bytes()), (json, json.as_bytes()));
        assert_eq!(row.decode::<BTreeMap<&str, &RawValue>>().unwrap()["name"].get(), "\"Ä\"");
        assert!(row.decode::<Vec<u8>>().is_err());
        assert!(!format!("{row:?}").contains("name"), "rows are not logged: {row:?}");
    }
}
