//! Uploads to the column of a row, in one request or in chunks.

use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::Value as Json;

use super::super::preferences::Conditions;
use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::Session;
use super::super::url::RowUrl;
use super::store::NewFile;
use super::{CHUNK_BYTES, FileColumn, images, store};
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// Responds to an upload. Every request with a session token belongs to an upload in chunks; without one, the header
/// `x-ms-transfer-mode: chunked` starts one.
///
/// # Errors
/// Returns an error if the file is refused.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
    url: &RowUrl,
    target: &FileColumn<'_>,
) -> Result<HttpResponse, ServiceError> {
    let version = session.row_version(target.table, target.row)?.unwrap_or_default();
    let conditions = Conditions::of(&call.headers);
    if let Some(tag) =
        conditions.if_match.filter(|tag| tag != "*" && *tag != super::super::preferences::etag(version))
    {
        return Err(ServiceError::new(
            StatusCode::PRECONDITION_FAILED,
            "0x80060882",
            format!(
                "The version of the existing record doesn't match the RowVersion property provided. ({tag})"
            ),
        ));
    }
    if let Some(token) = url.option("sessiontoken") {
        return chunk(session, call, target, token);
    }
    let name = file_name(&call.headers, url);
    let header = |name: &str| call.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if header("x-ms-transfer-mode").eq_ignore_ascii_case("chunked") {
        let name = name.ok_or_else(no_name)?;
        let token = store::start_upload(session, target, &name)?;
        let address = format!("{}{}?sessiontoken={token}", session.web_api(), target.path());
        let mut response = HttpResponse { status: StatusCode::OK, ..HttpResponse::odata_empty() };
        if let Ok(address) = HeaderValue::from_str(&address) {
            response.headers.insert(LOCATION, address);
        }
        return Ok(response
            .with("accept-ranges", HeaderValue::from_static("bytes"))
            .with("x-ms-chunk-size", CHUNK_BYTES.into())
            .with("access-control-expose-headers", HeaderValue::from_static("x-ms-chunk-size")));
    }
    // A single property is also set by its value: `{"value": null}` removes the image.
    if header(CONTENT_TYPE.as_str()).starts_with("application/json") {
        let body: Json = serde_json::from_slice(&call.body)
            .map_err(|error| ServiceError::bad(format!("The body is not a JSON object: {error}")))?;
        return match (body.get("value"), target.is_image()) {
            (Some(Json::Null), _) => {
                store::put(session, target, None)?;
                Ok(HttpResponse::odata_empty())
            }
            (Some(Json::String(text)), true) => {
                let content = images::decode(target.column, text)?;
                save(session, target, name.as_deref().unwrap_or_default(), &content)?;
                Ok(HttpResponse::odata_empty())
            }
            _ => Err(ServiceError::bad(format!(
                "The value of '{}' has to be sent as application/octet-stream.",
                target.column.logical_name
            ))),
        };
    }
    let name = match (name, target.is_image()) {
        (Some(name), _) => name,
        (None, true) => String::new(),
        (None, false) => return Err(no_name()),
    };
    save(session, target, &name, &call.body)?;
    Ok(HttpResponse::odata_empty())
}

fn no_name() -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        INVALID_ARGUMENT,
        "The name of the file is missing: send it as the header or the query parameter x-ms-file-name.",
    )
}

/// Returns the name of the file. The header takes precedence over the query parameter, as documented.
fn file_name(headers: &HeaderMap, url: &RowUrl) -> Option<String> {
    let header = headers.get("x-ms-file-name").map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
    header.or_else(|| url.option("x-ms-file-name").map(str::to_owned)).filter(|name| !name.is_empty())
}

/// Checks a file or image, and stores it. Returns its id.
///
/// # Errors
/// Returns an error if it is too large, or if an image is not of one of the documented types.
pub(super) fn save(
    session: &Session<'_>,
    target: &FileColumn<'_>,
    name: &str,
    content: &[u8],
) -> Result<uuid::Uuid, ServiceError> {
    target.check_size(content.len() as u64)?;
    if target.is_image() {
        session.choice("thumbnails")?;
    }
    let mime = match target.is_image() {
        true => images::mime(content)
            .ok_or_else(|| images::not_an_image(target.table, target.column, target.row))?,
        false => mime_of(name),
    };
    let file = NewFile { name, mime, content };
    let id = store::put(session, target, Some(&file))?;
    id.ok_or_else(|| target.no_file())
}

/// Returns the MIME type for the extension of a file name.
pub(super) fn mime_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("txt" | "log") => "text/plain",
        Some("csv") => "text/csv",
        Some("htm" | "html") => "text/html",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        _ => "application/octet-stream",
    }
}

/// Parses `bytes 0-4194303/25870370` into the first byte and the size of the file.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, size.trim().parse().ok()?))
}

/// Stores one chunk of an upload. The response to the last one has the status 204, to the others 206.
fn chunk(
    session: &Session<'_>,
    call: &ApiRequest,
    target: &FileColumn<'_>,
    token: &str,
) -> Result<HttpResponse, ServiceError> {
    let upload = store::upload(session, token)?;
    let own = |u: &store::Upload| {
        u.entity == target.table.logical_name
            && u.row == target.row.to_string()
            && u.column == target.column.logical_name
    };
    let upload = upload
        .filter(own)
        .ok_or_else(|| ServiceError::bad("The session token of the upload is not valid."))?;
    let (start, size) = content_range(&call.headers).ok_or_else(|| {
        ServiceError::bad("The header Content-Range is missing or not valid: bytes 0-4194303/25870370.")
    })?;
    // DynamicsWebApi sends an empty chunk after the last one if the file consists of whole chunks.
    if upload.done && call.body.is_empty() {
        return Ok(HttpResponse::odata_empty());
    }
    let end = start.checked_add(call.body.len() as u64).filter(|end| *end <= size);
    if upload.done || end.is_none() {
        return Err(ServiceError::bad("The chunk does not belong to the rest of the file."));
    }
    target.check_size(size)?;
    // Names of parts sort as the numbers do.
    let stored = store::add_part(session, token, &format!("{start:020}"), &call.body)?;
    if stored > size {
        return Err(ServiceError::bad("The chunks overlap."));
    }
    let mut order = Vec::new();
    let mut next = 0;
    for (part, length) in store::parts(session, token)? {
        if part.parse() != Ok(next) {
            break;
        }
        next += length;
        order.push(part);
    }
    if next < size {
        return Ok(HttpResponse { status: StatusCode::PARTIAL_CONTENT, ..HttpResponse::odata_empty() });
    }
    let content = store::finish(session, token, &order)?;
    save(session, target, &upload.name, &content)?;
    Ok(HttpResponse::odata_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_type_of_its_last_extension() {
        for (name, expected) in [
            ("a.txt", "text/plain"),
            ("a.LOG", "text/plain"),
            ("a.csv", "text/csv"),
            ("a.htm", "text/html"),
            ("a.html", "text/html"),
            ("a.json", "application/json"),
            ("a.xml", "application/xml"),
            ("a.pdf", "application/pdf"),
            ("a.zip", "application/zip"),
            ("a.png", "image/png"),
            ("a.jpg", "image/jpeg"),
            ("a.jpeg", "image/jpeg"),
            ("a.gif", "image/gif"),
            ("a.pdf.zip", "application/zip"),
            (".png", "image/png"),
            ("png", "application/octet-stream"),
            ("a.", "application/octet-stream"),
            ("a.docx", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(mime_of(name), expected, "{name}");
        }
    }

    #[test]
    fn a_range_of_a_chunk_has_its_first_byte_and_the_size_of_the_file() {
        for (header, expected) in [
            ("bytes 0-3/4", Some((0, 4))),
            ("bytes 4194304-8388607/25870370", Some((4_194_304, 25_870_370))),
            (" bytes  5 - 6 / 7 ", Some((5, 7))),
            ("bytes 5-x/7", Some((5, 7))),
            ("bytes 5/7", None),
            ("bytes 5-6", None),
            ("bytes x-6/7", None),
            ("bytes 5-6/*", None),
            ("5-6/7", None),
            ("", None),
        ] {
            let headers = [(CONTENT_RANGE, header.parse().unwrap())].into_iter().collect();
            assert_eq!(content_range(&headers), expected, "{header}");
        }
        assert_eq!(content_range(&HeaderMap::new()), None);
    }
}
