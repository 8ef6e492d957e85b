//! A request that reads: its URL, preferences and the format that it accepts.

use http::header::{ACCEPT, HeaderValue};
use http::{HeaderMap, header::CONTENT_TYPE};
use uuid::Uuid;

use super::super::preferences::Preferences;
use super::super::service_error::ServiceError;
use super::super::url::RowUrl;
use crate::response::HttpResponse;
use crate::web_api::ApiRequest;

/// A request that reads rows.
pub(super) struct ReadRequest<'r> {
    pub(super) call: &'r ApiRequest,
    pub(super) url: &'r RowUrl,
    pub(super) preferences: &'r Preferences,
    pub(super) format: Format,
    /// The id of the row that is requested, for a query that is kept for all ids.
    pub(super) id: Option<Uuid>,
}

/// The form of JSON that a request accepts (header `Accept`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    /// Whether control information such as ETags is omitted (`odata.metadata=none`).
    pub(super) without_metadata: bool,
    /// Whether `Edm.Int64` and `Edm.Decimal` are texts (`IEEE754Compatible=true`).
    pub(super) exact_numbers: bool,
}

impl Format {
    /// Parses the header `Accept`.
    ///
    /// # Errors
    /// Returns an error with the status 501 for `odata.metadata=full`.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ServiceError> {
        let mut format = Self::default();
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        // The first media type for JSON decides.
        let json = accepted
            .flat_map(|list| list.split(','))
            .find(|item| item.trim().starts_with("application/json"));
        for parameter in json.unwrap_or_default().split(';').skip(1) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_ascii_lowercase());
            match (name.as_str(), value.as_str()) {
                ("odata.metadata" | "metadata", "none") => format.without_metadata = true,
                ("odata.metadata" | "metadata", "full") => {
                    return Err(ServiceError::not_emulated("Accept: application/json;odata.metadata=full"));
                }
                ("ieee754compatible", "true") => format.exact_numbers = true,
                _ => {}
            }
        }
        Ok(format)
    }
}

impl ReadRequest<'_> {
    /// Returns the response with this JSON, with the headers that name its format and the preferences that it
    /// applies.
    pub(super) fn response(&self, body: Vec<u8>) -> HttpResponse {
        let mut response = HttpResponse::odata(body);
        let content_type = match (self.format.without_metadata, self.format.exact_numbers) {
            (false, false) => None,
            (true, false) => Some("application/json; odata.metadata=none"),
            (false, true) => Some("application/json; odata.metadata=minimal; IEEE754Compatible=true"),
            (true, true) => Some("application/json; odata.metadata=none; IEEE754Compatible=true"),
        };
        if let Some(content_type) = content_type {
            response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        match HeaderValue::from_str(&self.preferences.applied_to_reads()) {
            Ok(value) if !value.is_empty() => response.with("preference-applied", value),
            _ => response,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_media_type_for_json_decides_about_the_format() {
        let format = |without_metadata, exact_numbers| Some(Format { without_metadata, exact_numbers });
        for (accepted, expected) in [
            (&[][..], format(false, false)),
            (&["application/json"], format(false, false)),
            (&["application/json;odata.metadata=none"], format(true, false)),
            (&["application/json; metadata=None"], format(true, false)),
            (&["application/json;odata.metadata=minimal"], format(false, false)),
            (&["application/json;IEEE754Compatible=true"], format(false, true)),
            (&["application/json; IEEE754Compatible = TRUE"], format(false, true)),
            (&["application/json;IEEE754Compatible=false"], format(false, false)),
            (&["application/json;ieee754compatible"], format(false, false)),
            (&["application/json; odata.metadata=none ;IEEE754Compatible=true"], format(true, true)),
            (&["application/json;odata.metadata=full"], None),
            (&["application/json;Metadata=full"], None),
            (&["text/plain;odata.metadata=none"], format(false, false)),
            (&["text/plain;odata.metadata=full, application/json;metadata=none"], format(true, false)),
            (&["text/plain", "application/json;metadata=none"], format(true, false)),
            (&["application/json, application/json;metadata=none"], format(false, false)),
            (&["application/json;metadata=none", "application/json;metadata=full"], format(true, false)),
        ] {
            let mut headers = HeaderMap::new();
            for value in accepted {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            let found = Format::of(&headers);
            assert_eq!(found.as_ref().ok(), expected.as_ref(), "{accepted:?}");
            if let Err(error) = found {
                let message =
                    "The emulator does not support this: Accept: application/json;odata.metadata=full.";
                assert_eq!(
                    error,
                    ServiceError::new(http::StatusCode::NOT_IMPLEMENTED, "DVKIT_NOT_EMULATED", message)
                );
            }
        }
    }

    #[test]
    fn a_response_says_its_format_and_the_preferences_that_it_follows() {
        let call = ApiRequest {
            method: http::Method::GET,
            url: "accounts".to_owned(),
            caller: crate::token::Caller { name: "ann".to_owned() },
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        let url = RowUrl::parse("accounts");
        for (without_metadata, exact_numbers, size, expected) in [
            (false, false, None, "application/json; odata.metadata=minimal"),
            (true, false, None, "application/json; odata.metadata=none"),
            (false, true, Some(3), "application/json; odata.metadata=minimal; IEEE754Compatible=true"),
            (true, true, Some(3), "application/json; odata.metadata=none; IEEE754Compatible=true"),
        ] {
            let preferences = Preferences { max_page_size: size, ..Preferences::default() };
            let format = Format { without_metadata, exact_numbers };
            let request = ReadRequest { call: &call, url: &url, preferences: &preferences, format, id: None };
            let response = request.response(b"{}".to_vec());
            let header =
                |name: &str| response.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(header("content-type").as_deref(), Some(expected));
            assert_eq!(
                header("preference-applied"),
                size.map(|n| format!("odata.maxpagesize={n}")),
                "{expected}"
            );
            assert_eq!(header("odata-version").as_deref(), Some("4.0"), "{expected}");
        }
    }
}
