//! Downloads from the column of a row.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_DISPOSITION, HeaderValue, LOCATION, RANGE};
use http::{HeaderMap, StatusCode};
use odata_parser::url::encode;
use serde_json::json;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::url::RowUrl;
use super::{CHUNK_BYTES, FileColumn, store};
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// Responds with the bytes of a file, alone (`/$value`) or as base64 in JSON.
///
/// # Errors
/// Returns an error if the column has no file, or if the range is not valid.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    target: &FileColumn<'_>,
) -> Result<HttpResponse, ServiceError> {
    let Some(file) = store::find(session, target)? else {
        // An image column without an image is a property without a value.
        return if target.is_image() { Ok(HttpResponse::odata_empty()) } else { Err(target.no_file()) };
    };
    let (range, partial) = match range(&call.headers, file.size)? {
        Some(range) => (range, true),
        None => ((0, file.size), false),
    };
    if partial && range.0 == file.size && file.size > 0 {
        session.choice("range at the end of a file")?;
    }
    let bytes = store::bytes(session, &file.id, range.0, range.1)?.unwrap_or_default();
    let mut response = if target.raw {
        let mut raw = HttpResponse::new(StatusCode::OK, "application/octet-stream", bytes);
        raw.headers.insert("odata-version", HeaderValue::from_static("4.0"));
        raw
    } else {
        let context = format!("{}$metadata#{}", session.web_api(), target.path());
        HttpResponse::odata(
            json!({ "@odata.context": context, "value": STANDARD.encode(&bytes) }).to_string(),
        )
    };
    if partial {
        response.status = StatusCode::PARTIAL_CONTENT;
        response = response.with("x-ms-chunk-size", CHUNK_BYTES.into());
        // Clients continue at this address.
        let size = url.option("size").map_or_else(String::new, |size| format!("?size={}", encode(size)));
        let raw = if target.raw { "/$value" } else { "" };
        if let Ok(address) =
            HeaderValue::from_str(&format!("{}{}{raw}{size}", session.web_api(), target.path()))
        {
            response.headers.insert(LOCATION, address);
        }
    }
    // Names beyond ASCII are percent-encoded, because headers are ASCII.
    let name = if file.name.is_ascii() {
        file.name.replace(['"', '\r', '\n'], "_")
    } else {
        encode(&file.name).into_owned()
    };
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers.insert(CONTENT_DISPOSITION, disposition);
    }
    if let Ok(name) = HeaderValue::from_str(&name) {
        response = response.with("x-ms-file-name", name);
    }
    if let Ok(mime) = HeaderValue::from_str(&file.mime) {
        response = response.with("mimetype", mime);
    }
    Ok(response
        .with("x-ms-file-size", file.size.into())
        .with("accept-ranges", HeaderValue::from_static("bytes"))
        .with(
            "access-control-expose-headers",
            HeaderValue::from_static("x-ms-file-size; x-ms-file-name; x-ms-chunk-size; mimetype"),
        ))
}

/// Parses the header `Range` for a file of `size` bytes: `bytes=0-4194303` gives the first byte and the length.
/// `None` without the header. A range that begins at the end of the file is empty, because a client of a file
/// of whole chunks asks for it.
///
/// # Errors
/// Returns an error with the status 416 if the range begins after the end of the file.
fn range(headers: &HeaderMap, size: u64) -> Result<Option<(u64, u64)>, ServiceError> {
    let Some(text) = headers.get(RANGE).and_then(|v| v.to_str().ok()) else { return Ok(None) };
    let parsed =
        text.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')).and_then(|(from, to)| {
            Some(match (from.trim(), to.trim()) {
                ("", last) => (size.saturating_sub(last.parse().ok()?), u64::MAX),
                (from, "") => (from.parse().ok()?, u64::MAX),
                (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.saturating_add(1)),
            })
        });
    let (from, to) =
        parsed.ok_or_else(|| ServiceError::bad("The header Range is not valid: bytes=0-4194303."))?;
    match from <= size {
        true => Ok(Some((from, to.min(size).saturating_sub(from)))),
        false => Err(ServiceError::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            super::super::service_error::INVALID_REQUEST,
            format!("The range begins after the end of the file, which has {size} bytes."),
        )),
    }
}
