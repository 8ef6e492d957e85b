//! Decides which path of the organisation a path of the proxy means, and refuses those that could mean another one
//! to a server than they seem to.
use percent_encoding::percent_decode;

use crate::error::ApiError;

/// The maximum length of a path with its query, in bytes. The client sends long ones in the body of a batch.
const MAX_LENGTH: usize = 256 << 10;

/// The path of the Web API that is meant if a path does not begin with `api/`.
const DEFAULT_ROOT: &str = "/api/data/v9.2/";

/// How often a path is decoded to look for segments that lead upwards.
const DECODINGS: usize = 4;

/// Returns the path and query of the organisation for `path`, which is what follows `/proxy/<account>/`, and `query`.
/// Both are percent-encoded, and stay as they are.
///
/// # Errors
/// Returns an error if the path is none of the Web API, or one that a server could read in another way: one with
/// segments that lead upwards, empty segments, backslashes, or encoded slashes outside of quotation marks.
pub(crate) fn organisation_path(path: &str, query: Option<&str>) -> Result<String, ApiError> {
    let refused = |what: &str| ApiError::bad_request(format!("the path after `/proxy/<account>/` {what}"));
    if path.len() + query.map_or(0, str::len) > MAX_LENGTH {
        return Err(refused("is longer than 256 KiB"));
    }
    check_segments(path).map_err(refused)?;
    let mut target = match path.split_once('/') {
        Some(("api", below)) => {
            let (service, below) = below.split_once('/').unwrap_or((below, ""));
            let version = below.split('/').next().unwrap_or_default();
            let numbers = version.strip_prefix('v').unwrap_or_default();
            let is_version = !numbers.is_empty() && numbers.chars().all(|c| c.is_ascii_digit() || c == '.');
            if !matches!(service, "data" | "search") || !is_version {
                return Err(refused("has to begin with `api/data/v9.2/`, or to be a path below it"));
            }
            format!("/{path}")
        }
        _ if path == "api" => return Err(refused("has to begin with `api/data/v9.2/`")),
        _ => format!("{DEFAULT_ROOT}{path}"),
    };
    if let Some(query) = query {
        target.push('?');
        target.push_str(query);
    }
    Ok(target)
}

fn check_segments(path: &str) -> Result<(), &'static str> {
    let bytes = path.as_bytes();
    let (mut quoted, mut at) = (false, 0);
    while at < bytes.len() {
        let (byte, encoded) = match bytes.get(at..at + 3) {
            Some([b'%', high, low]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let byte =
                    digit(high).zip(digit(low)).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
                (byte.ok_or("has a `%` that encodes nothing")?, true)
            }
            _ if bytes[at] == b'%' => return Err("has a `%` that encodes nothing"),
            _ => (bytes[at], false),
        };
        match byte {
            b'\'' => quoted = !quoted,
            b'\\' => return Err("has a backslash"),
            b'/' if encoded && !quoted => return Err("has an encoded slash outside of quotation marks"),
            0..=0x1f | 0x7f => return Err("has a control character"),
            _ => {}
        }
        at += if encoded { 3 } else { 1 };
    }
    if path.split('/').rev().skip(1).any(str::is_empty) {
        return Err("has an empty segment");
    }
    let mut decoded = bytes.to_vec();
    for _ in 0..DECODINGS {
        let upwards = |segment: &[u8]| {
            let trimmed = segment.trim_ascii();
            trimmed == b"." || trimmed == b".."
        };
        if decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(upwards) {
            return Err("has a segment that leads upwards");
        }
        decoded = percent_decode(&decoded).collect();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_path_means_one_of_the_web_api() {
        for (path, query, target) in [
            ("contacts", None, "/api/data/v9.2/contacts"),
            ("contacts", Some("$select=fullname"), "/api/data/v9.2/contacts?$select=fullname"),
            ("api/data/v9.1/contacts", None, "/api/data/v9.1/contacts"),
            ("api/search/v1.0/query", None, "/api/search/v1.0/query"),
            ("$batch", None, "/api/data/v9.2/$batch"),
            ("$metadata", None, "/api/data/v9.2/$metadata"),
            ("WhoAmI()", None, "/api/data/v9.2/WhoAmI()"),
            ("", None, "/api/data/v9.2/"),
            (
                "accounts(accountnumber='A%2FB')/name/$value",
                None,
                "/api/data/v9.2/accounts(accountnumber='A%2FB')/name/$value",
            ),
            ("apis", None, "/api/data/v9.2/apis"),
            ("a(b='..')", None, "/api/data/v9.2/a(b='..')"),
            ("a(b='%25')", None, "/api/data/v9.2/a(b='%25')"),
        ] {
            assert_eq!(organisation_path(path, query).unwrap(), target);
        }
    }

    #[test]
    fn a_path_that_a_server_could_read_in_another_way_is_refused() {
        for path in [
            "../main.aspx",
            "contacts/../../x",
            "contacts/..",
            "./x",
            "contacts/%2e%2e/x",
            "contacts/%2E%2e/x",
            "contacts/.%2e/x",
            "contacts/%252e%252e/x",
            "contacts/%25252e%25252e/x",
            "contacts/..%2fx",
            "contacts/%2f..%2fx",
            "contacts%2f..",
            "a(b='%2f..%2f..')",
            "contacts\\..\\x",
            "contacts%5c..%5cx",
            "/evil.example/x",
            "//evil.example/x",
            "https://evil.example/x",
            "https:/%2fevil.example",
            "contacts//x",
            "contacts/%00",
            "contacts%0d%0aHost:%20x",
            "contacts%",
            "contacts%zz",
            "contacts/%20../x",
            "contacts/..%20/x",
            "api/",
            "api",
            "api/data",
            "api/data/",
            "api/data/x/contacts",
            "api/data/v/contacts",
            "api/discovery/v9.2/x",
            "api/data/../search/v1.0/x",
        ] {
            assert!(organisation_path(path, None).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_that_is_refused_is_told_why() {
        const ROOT: &str = "has to begin with `api/data/v9.2/`, or to be a path below it";
        for (path, why) in [
            ("a%", "has a `%` that encodes nothing"),
            ("a%4", "has a `%` that encodes nothing"),
            ("a%4g", "has a `%` that encodes nothing"),
            ("a%+4", "has a `%` that encodes nothing"),
            ("a\\b", "has a backslash"),
            ("a%5Cb", "has a backslash"),
            ("a'%5C'", "has a backslash"),
            ("a%2Fb", "has an encoded slash outside of quotation marks"),
            ("a'b'%2f", "has an encoded slash outside of quotation marks"),
            ("a%27b%27%2f", "has an encoded slash outside of quotation marks"),
            ("a%00", "has a control character"),
            ("a%1f", "has a control character"),
            ("a%7F", "has a control character"),
            ("a//b", "has an empty segment"),
            ("/a", "has an empty segment"),
            ("a/./b", "has a segment that leads upwards"),
            ("a/..", "has a segment that leads upwards"),
            ("a/ ..", "has a segment that leads upwards"),
            ("api", "has to begin with `api/data/v9.2/`"),
            ("api/data/9.2/a", ROOT),
            ("api/data/v9x/a", ROOT),
            ("api/other/v9.2/a", ROOT),
            ("api/data/v", ROOT),
        ] {
            let error = organisation_path(path, None).unwrap_err();
            assert_eq!((error.status().as_u16(), error.code()), (400, "bad_request"), "{path}");
            let told = format!("the path after `/proxy/<account>/` {why}");
            assert_eq!(error.message(), told, "{path}");
        }
        for (path, target) in [
            ("a%20b", "/api/data/v9.2/a%20b"),
            ("a'%2f'", "/api/data/v9.2/a'%2f'"),
            ("a%27%2f%27", "/api/data/v9.2/a%27%2f%27"),
            ("a%7E", "/api/data/v9.2/a%7E"),
            ("a/", "/api/data/v9.2/a/"),
            ("...", "/api/data/v9.2/..."),
            ("api/data/v9.2", "/api/data/v9.2"),
            ("api/search/v2/x", "/api/search/v2/x"),
            ("API/data", "/api/data/v9.2/API/data"),
        ] {
            assert_eq!(organisation_path(path, None).unwrap(), target);
        }
    }

    /// A server that decodes a path several times reads the segments that lead upwards as well.
    #[test]
    fn a_path_is_decoded_three_times_to_look_for_segments_that_lead_upwards() {
        let encoded = |times: usize| {
            (0..times).fold("..".to_owned(), |text, n| {
                if n == 0 { text.replace('.', "%2e") } else { text.replace('%', "%25") }
            })
        };
        for times in 0..4 {
            assert!(organisation_path(&format!("a/{}/b", encoded(times)), None).is_err(), "{times}");
        }
        assert!(organisation_path(&format!("a/{}/b", encoded(4)), None).is_ok());
    }

    #[test]
    fn the_path_and_the_query_share_their_limit() {
        for (path, query, fits) in [
            (MAX_LENGTH, None, true),
            (MAX_LENGTH + 1, None, false),
            (MAX_LENGTH - 5, Some(5), true),
            (MAX_LENGTH - 5, Some(6), false),
            (1, Some(MAX_LENGTH - 1), true),
            (1, Some(MAX_LENGTH), false),
        ] {
            let query_text = query.map(|length| "q".repeat(length));
            let found = organisation_path(&"a".repeat(path), query_text.as_deref());
            assert_eq!(found.is_ok(), fits, "{path} {query:?}");
            if let Err(error) = found {
                assert_eq!(error.message(), "the path after `/proxy/<account>/` is longer than 256 KiB");
            }
        }
    }
}
