//! Reads the error from an unsuccessful response. Its body may be the service's JSON, a sign-in page, a
//! gateway's page, or empty.
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::{Error, ErrorKind};
use crate::retry::retry_after;

/// The maximum number of characters that a message quotes from a text of the service or a gateway.
const MAX_QUOTED: usize = 300;

/// The maximum length of an error code in characters. Longer codes are cut.
pub(crate) const MAX_CODE_LENGTH: usize = 100;

/// The service's error codes that are transient: service protection limits, SQL time-outs and locks, no free
/// sandbox worker. The comments give the names from Microsoft's list of error codes.
const TRANSIENT_CODES: &[&str] = &[
    "0x80072321", // combined execution time
    "0x80072322", // number of requests
    "0x80072326", // concurrent requests
    "0x80044150", // generic SQL error
    "0x80044151", // SQL time-out expired
    "0x80044339", // lock not obtained
    "0x8004418d", // sandbox worker not available
];

/// Returns the error for a response whose status is not 2xx. `now` is the current time, to which a date in
/// `Retry-After` is compared.
pub(crate) fn error_from_response(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
    now: Timestamp,
) -> Error {
    let id = request_id(headers);
    let error = if status.is_redirection() {
        redirect_error(headers)
    } else if let Some((code, message)) = service_error(body) {
        from_service(status, code, message)
    } else if is_html(headers, body) {
        html_error(status, body)
    } else {
        other_error(status, body)
    };
    let after = retry_after(headers, now);
    error.with_status(status).with_request_id(id).with_retry_after(after).with_response(headers, body)
}

/// Returns the id of the request, by which Microsoft's support can find it; `None` if the headers contain no
/// id.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-ms-service-request-id", "REQ_ID"]
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .map(|text| truncate(text, 80))
}

/// Returns a body without the byte-order mark at its beginning. The service writes one before some numbers,
/// such as the response to `/$count`.
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Returns whether the headers say that the body is an HTML page.
pub(crate) fn is_html_type(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/html"))
}

/// Returns whether a body is an HTML page, judging by its media type and its beginning.
pub(crate) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let start = start_of_text(body).trim_start().to_ascii_lowercase();
    is_html_type(headers) || start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// Returns the error for a response with a success status whose body is an HTML page, from a proxy or the
/// sign-in service, instead of data.
pub(crate) fn unexpected_html(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Error {
    html_error(status, body)
        .with_status(status)
        .with_request_id(request_id(headers))
        .with_response(headers, body)
}

/// Returns code and message from `{"error":{"code":…,"message":…}}` or from the older `{"Message":…}`; `None`
/// if the body has neither form. A code that is a number is returned as text.
fn service_error(body: &[u8]) -> Option<(String, String)> {
    let body: Value = serde_json::from_slice(without_byte_order_mark(body)).ok()?;
    if let Some(error) = body.get("error").filter(|error| error.is_object()) {
        let code = match error.get("code") {
            Some(Value::String(code)) => code.clone(),
            Some(Value::Number(code)) => {
                code.as_i64().map_or_else(|| code.to_string(), |code| format!("0x{:08x}", code as u32))
            }
            _ => String::new(),
        };
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        return Some((code, message.to_owned()));
    }
    let message = ["Message", "message", "error_description", "error"]
        .iter()
        .find_map(|key| body.get(key)?.as_str())?;
    let code = body.get("ErrorCode").or_else(|| body.get("code")).and_then(Value::as_str).unwrap_or_default();
    Some((code.to_owned(), message.to_owned()))
}

/// Returns the kind of the errors that have one code in spite of several statuses: a duplicate key comes as 412,
/// as a changed version does. The codes are those of Microsoft's list "Web service error codes".
fn kind_of_code(code: &str) -> Option<ErrorKind> {
    Some(match code.to_ascii_lowercase().as_str() {
        // ObjectDoesNotExist; RecordNotFoundByEntityKey
        "0x80040217" | "0x80060891" => ErrorKind::NotFound,
        // DuplicateRecord; DuplicateRecordEntityKey; DuplicateRecordsFound
        "0x80040237" | "0x80060892" | "0x80040333" => ErrorKind::Conflict,
        // ExpiredVersionStamp
        "0x80044352" => ErrorKind::ExpiredDeltaLink,
        // ConcurrencyVersionMismatch
        "0x80060882" => ErrorKind::PreconditionFailed,
        _ => return None,
    })
}

/// Returns the kind of an error of the service with this status.
fn kind_of_status(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
        StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::CONFLICT => ErrorKind::Conflict,
        StatusCode::PRECONDITION_FAILED => ErrorKind::PreconditionFailed,
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
        // The server gave up waiting for the request.
        StatusCode::REQUEST_TIMEOUT => ErrorKind::Network,
        status if status.is_client_error() => ErrorKind::BadRequest,
        _ => ErrorKind::Service,
    }
}

fn from_service(status: StatusCode, code: String, message: String) -> Error {
    let kind = kind_of_code(&code).unwrap_or_else(|| kind_of_status(status));
    let transient =
        is_transient(status) || TRANSIENT_CODES.iter().any(|known| known.eq_ignore_ascii_case(&code));
    let message = match truncate(&message, 4_000) {
        message if message.is_empty() => {
            format!("the service gave an error without a message{}", status_suffix(status))
        }
        message => message,
    };
    let code = Some(truncate(&code, MAX_CODE_LENGTH)).filter(|code| !code.is_empty());
    Error::new(kind, message).with_code(code).with_transient(transient)
}

fn redirect_error(headers: &HeaderMap) -> Error {
    let to = headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| url::Url::parse(value).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    match to {
        Some(host) if host.contains("login.") => Error::new(
            ErrorKind::LoginPage,
            format!(
                "the service sends to the sign-in page of `{host}` instead of responding: the token was not accepted"
            ),
        ),
        Some(host) => Error::new(
            ErrorKind::Unexpected,
            format!(
                "the service sends to `{host}`: check the organisation's URL; redirects are not followed, so that no token leaves"
            ),
        ),
        None => Error::new(
            ErrorKind::Unexpected,
            "the service redirects, which the Web API does not do: check the organisation's URL",
        ),
    }
}

fn html_error(status: StatusCode, body: &[u8]) -> Error {
    let text = start_of_text(body);
    let title = title(&text);
    let lower = text.to_ascii_lowercase();
    let login = [
        "login.microsoftonline",
        "login.partner.microsoftonline",
        "login.chinacloudapi",
        "sign in to your account",
    ]
    .iter()
    .any(|mark| lower.contains(mark));
    if login {
        return Error::new(
            ErrorKind::LoginPage,
            "a sign-in page came instead of data: the token was not accepted",
        );
    }
    let named = title.map_or_else(String::new, |title| format!(", titled `{title}`"));
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status.is_success() {
        let message = format!(
            "an HTML page came instead of data{named}: a gateway or proxy responded in place of the service"
        );
        return Error::new(ErrorKind::Gateway, message).with_transient(is_transient(status));
    }
    let kind = match kind_of_status(status) {
        kind @ (ErrorKind::Unauthorized | ErrorKind::Forbidden) => kind,
        _ => ErrorKind::Unexpected,
    };
    Error::new(kind, format!("an HTML page came instead of data{named}{}", status_suffix(status)))
        .with_transient(false)
}

fn other_error(status: StatusCode, body: &[u8]) -> Error {
    let text = start_of_text(body);
    let text = text.trim();
    let message = if text.is_empty() {
        format!("the response was empty{}", status_suffix(status))
    } else {
        format!(
            "the response is not an error of the Web API{}: {}",
            status_suffix(status),
            truncate(text, MAX_QUOTED)
        )
    };
    let kind = match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ErrorKind::Gateway
        }
        status => kind_of_status(status),
    };
    Error::new(kind, message).with_transient(is_transient(status))
}

/// Returns whether a request that got a response with this status may succeed later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn status_suffix(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(String::new, |reason| format!(" (`{reason}`)"))
}

fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(truncate(text[start..end].trim(), 100)).filter(|title| !title.is_empty())
}

fn start_of_text(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]).into_owned()
}

/// Returns at most `limit` characters of a text, on one line and without control characters. Texts from
/// outside are shown in terminals.
pub(crate) fn truncate(text: &str, limit: usize) -> String {
    let clean: String =
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(limit + 1).collect();
    match clean.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use pretty_assertions::assert_eq;

    use super::*;

    fn error(status: u16, kind: &'static str, body: &str) -> Error {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert("x-ms-service-request-id", HeaderValue::from_static("11-22"));
        error_from_response(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            &Bytes::copy_from_slice(body.as_bytes()),
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn an_error_of_the_service_is_read_from_its_json() {
        let e = error(
            404,
            "application/json",
            r#"{"error":{"code":"0x80040217","message":"account does not exist"}}"#,
        );
        assert_eq!(e.kind(), ErrorKind::NotFound);
        assert_eq!(e.code(), Some("0x80040217"));
        assert!(!e.is_transient());
        assert_eq!(e.to_string(), "account does not exist (0x80040217, HTTP 404, request 11-22)");
    }

    #[test]
    fn a_transient_code_counts_whatever_the_status() {
        let e = error(500, "application/json", r#"{"error":{"code":"0x80044151","message":"SQL timeout"}}"#);
        assert!(e.is_transient());
        let e = error(
            500,
            "application/json",
            r#"{"error":{"code":-2147204784,"message":"Generic SQL error."}}"#,
        );
        assert_eq!(e.code(), Some("0x80044150"));
        assert!(e.is_transient());
        assert!(!error(500, "application/json", r#"{"error":{"code":"","message":"no"}}"#).is_transient());
    }

    #[test]
    fn sign_in_and_gateway_pages_are_recognised() {
        let login = "<html><head><title>Sign in to your account</title></head>…";
        assert_eq!(error(200, "text/html", login).kind(), ErrorKind::LoginPage);
        let gateway = error(502, "text/html; charset=utf-8", "<!DOCTYPE html><title>502 Bad Gateway</title>");
        assert_eq!(gateway.kind(), ErrorKind::Gateway);
        assert!(gateway.is_transient());
        assert!(gateway.message().contains("502 Bad Gateway"), "{gateway}");
        assert_eq!(error(404, "text/html", "<html>nothing here").kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn an_empty_or_invalid_body_gives_an_error() {
        let e = error(503, "text/plain", "");
        assert_eq!((e.kind(), e.is_transient()), (ErrorKind::Gateway, true));
        assert!(e.message().contains("empty"));
        let e = error(400, "application/json", "{\"error\": ");
        assert_eq!(e.kind(), ErrorKind::BadRequest);
        assert!(e.message().contains("not an error of the Web API"), "{e}");
        let e = error(400, "application/json", "\u{1b}[31mred");
        assert!(!e.to_string().contains('\u{1b}'));
    }

    #[test]
    fn a_redirect_gives_an_error_that_names_its_host() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static("https://login.microsoftonline.com/x"));
        let e = error_from_response(StatusCode::FOUND, &headers, &Bytes::new(), Timestamp::UNIX_EPOCH);
        assert_eq!(e.kind(), ErrorKind::LoginPage);
    }

    #[test]
    fn the_kind_tells_what_went_wrong() {
        for (status, code, kind) in [
            (400, "0x80048408", ErrorKind::BadRequest),
            (400, "0x80040237", ErrorKind::Conflict),
            (401, "", ErrorKind::Unauthorized),
            (403, "0x80040220", ErrorKind::Forbidden),
            (404, "", ErrorKind::NotFound),
            (409, "", ErrorKind::Conflict),
            (412, "0x80060882", ErrorKind::PreconditionFailed),
            (412, "0x80040237", ErrorKind::Conflict),
            (429, "0x80072322", ErrorKind::Throttled),
            (500, "0x80040216", ErrorKind::Service),
            (501, "", ErrorKind::Service),
        ] {
            let body = format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#);
            let e = error(status, "application/json", &body);
            assert_eq!(e.kind(), kind, "{status} {code}");
            assert_eq!(e.may_have_run(), kind == ErrorKind::Service, "{status} {code}");
        }
    }

    #[test]
    fn the_error_keeps_body_and_inner_error_but_does_not_print_them() {
        let body = r#"{"error":{"code":"0x80040265","message":"no","innererror":
            {"message":"secret detail","type":"System.Exception","stacktrace":"at Plugin.Execute"}}}"#;
        let e = error(400, "application/json", body);
        let inner = e.inner_error().unwrap();
        assert_eq!((inner.type_name.as_str(), inner.message.as_str()), ("System.Exception", "secret detail"));
        assert_eq!(e.body(), body.as_bytes());
        assert!(e.headers().contains_key("x-ms-service-request-id"));
        assert!(!format!("{e} {e:?}").contains("secret detail"));
    }

    #[test]
    fn a_long_message_is_cut_at_a_character_boundary() {
        let long = "ä".repeat(5_000);
        let e = error(400, "application/json", &format!(r#"{{"error":{{"code":"","message":"{long}"}}}}"#));
        assert_eq!(e.message().chars().count(), 4_001);
    }

    #[test]
    fn the_kind_follows_from_the_code_and_otherwise_from_the_status() {
        use ErrorKind as K;
        let of = |status: u16, code: &str| {
            error(status, "application/json", &format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#))
                .kind()
        };
        for (status, kind) in [
            (400, K::BadRequest),
            (401, K::Unauthorized),
            (403, K::Forbidden),
            (404, K::NotFound),
            (405, K::BadRequest),
            (408, K::Network),
            (409, K::Conflict),
            (412, K::PreconditionFailed),
            (429, K::Throttled),
            (500, K::Service),
            (501, K::Service),
            (503, K::Service),
        ] {
            assert_eq!(of(status, "0x1"), kind, "{status}");
        }
        for (code, kind) in [
            ("0x80040217", K::NotFound),
            ("0x80060891", K::NotFound),
            ("0X80040237", K::Conflict),
            ("0x80060892", K::Conflict),
            ("0x80040333", K::Conflict),
            ("0x80044352", K::ExpiredDeltaLink),
            ("0x80060882", K::PreconditionFailed),
        ] {
            assert_eq!((of(400, code), of(412, code)), (kind, kind), "{code}");
        }
    }

    #[test]
    fn only_known_statuses_and_codes_are_transient() {
        for (status, transient) in
            [(429, true), (502, true), (503, true), (504, true), (500, false), (408, false), (400, false)]
        {
            assert_eq!(is_transient(StatusCode::from_u16(status).unwrap()), transient, "{status}");
        }
        for (code, transient) in [
            ("0x80072321", true),
            ("0x80072322", true),
            ("0x80072326", true),
            ("0x80044150", true),
            ("0x80044151", true),
            ("0x80044339", true),
            ("0x8004418D", true),
            ("0x80044152", false),
        ] {
            let body = format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#);
            assert_eq!(error(500, "application/json", &body).is_transient(), transient, "{code}");
        }
    }

    #[test]
    fn an_error_is_read_in_all_the_forms_of_the_service() {
        for (body, code, message) in [
            (r#"{"error":{"code":"0x1","message":"m"}}"#, Some("0x1"), "m"),
            ("\u{feff}{\"error\":{\"code\":\"0x1\",\"message\":\"m\"}}", Some("0x1"), "m"),
            (r#"{"error":{"code":-2147220969,"message":"m"}}"#, Some("0x80040217"), "m"),
            (r#"{"error":{"code":1.5,"message":"m"}}"#, Some("1.5"), "m"),
            (r#"{"error":{"message":"m"}}"#, None, "m"),
            (
                r#"{"error":{"code":"0x1"}}"#,
                Some("0x1"),
                "the service gave an error without a message (`Bad Request`)",
            ),
            (r#"{"Message":"m","ErrorCode":"0x2"}"#, Some("0x2"), "m"),
            (r#"{"message":"m","code":"0x3"}"#, Some("0x3"), "m"),
            (r#"{"error":"invalid","error_description":"m"}"#, None, "m"),
            (r#"{"error":"invalid"}"#, None, "invalid"),
        ] {
            let found = error(400, "application/json", body);
            assert_eq!((found.code(), found.message()), (code, message), "{body}");
        }
    }

    #[test]
    fn a_redirect_says_where_it_leads_and_is_not_followed() {
        let redirected = |to: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(to) = to {
                headers.insert(LOCATION, HeaderValue::from_static(to));
            }
            error_from_response(StatusCode::FOUND, &headers, &Bytes::new(), Timestamp::UNIX_EPOCH)
        };
        for (to, kind, text) in [
            (
                Some("https://login.microsoftonline.com/x?secret"),
                ErrorKind::LoginPage,
                "`login.microsoftonline.com`",
            ),
            (Some("https://other.example/x?secret"), ErrorKind::Unexpected, "sends to `other.example`"),
            (Some("/x"), ErrorKind::Unexpected, "the service redirects"),
            (None, ErrorKind::Unexpected, "the service redirects"),
        ] {
            let found = redirected(to);
            assert_eq!(found.kind(), kind, "{to:?}");
            assert!(found.message().contains(text) && !found.message().contains("secret"), "{found}");
        }
    }

    #[test]
    fn a_page_is_of_a_gateway_a_sign_in_or_unexpected() {
        for (status, page, kind, transient) in [
            (200, "<html><title>Proxy</title>", ErrorKind::Gateway, false),
            (429, "<html>", ErrorKind::Gateway, true),
            (500, "<html>", ErrorKind::Gateway, false),
            (502, "<html>", ErrorKind::Gateway, true),
            (401, "<html>", ErrorKind::Unauthorized, false),
            (403, "<html>", ErrorKind::Forbidden, false),
            (404, "<html>", ErrorKind::Unexpected, false),
            (200, "<html>https://login.microsoftonline.com/", ErrorKind::LoginPage, false),
            (200, "<html>https://LOGIN.partner.microsoftonline.cn/", ErrorKind::LoginPage, false),
            (503, "<html>login.chinacloudapi.cn", ErrorKind::LoginPage, false),
        ] {
            let found = error(status, "text/html", page);
            assert_eq!((found.kind(), found.is_transient()), (kind, transient), "{status} {page}");
        }
        let found = error(500, "text/html", "<html><TITLE lang='en'> A\nB </title>");
        assert!(found.message().contains("titled `A B`"), "{found}");
        for untitled in ["<html><title></title>", "<html><title", "<html>"] {
            assert!(!error(500, "text/html", untitled).message().contains("titled"), "{untitled}");
        }
        for (kind, body, html) in [
            ("text/html", "x", true),
            (" TEXT/HTML; charset=utf-8", "x", true),
            ("text/plain", "  <!DOCTYPE html>", true),
            ("text/plain", "<HTML>", true),
            ("text/plain", "x <html>", false),
            ("application/json", "{}", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            assert_eq!(is_html(&headers, body.as_bytes()), html, "{kind} {body}");
        }
    }

    #[test]
    fn a_long_text_is_cut_to_one_line() {
        for (text, limit, cut) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc…"),
            (" a\nb ", 3, "a b"),
            ("äöüß", 3, "äöü…"),
            ("", 0, ""),
            ("a", 0, "…"),
        ] {
            assert_eq!(truncate(text, limit), cut, "{text:?} {limit}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(request_id(&headers), None);
        headers.insert("req_id", HeaderValue::from_static("1"));
        assert_eq!(request_id(&headers).as_deref(), Some("1"));
        headers.insert("x-ms-service-request-id", HeaderValue::from_static("2"));
        assert_eq!(request_id(&headers).as_deref(), Some("2"));
    }
}
