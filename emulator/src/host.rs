//! Checks that a request is addressed to this machine by one of its loopback names.
//!
//! A malicious web page may make its host name resolve to 127.0.0.1 (DNS rebinding). The browser then sends
//! requests with that name to the emulator, and would let the page read the responses. The emulator therefore
//! responds only to requests that use a loopback name.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::{HeaderMap, StatusCode, Uri};

use crate::response::HttpResponse;

/// Returns the response that refuses a request because it is addressed to another host or to none, or `None`
/// if the request is acceptable. Both the target and the `Host` header are checked: a host in the target
/// takes precedence by the standard (RFC 9112, 3.2.2), and a proxy may have written either. HTTP/1.0 allows a
/// request without a host; no browser sends one, so it is refused as well.
pub(crate) fn refusal(uri: &Uri, headers: &HeaderMap, port: u16) -> Option<HttpResponse> {
    let refuse = |status, text: String| Some(HttpResponse::new(status, "text/plain; charset=utf-8", text));
    let mut named = headers.get_all(HOST).iter();
    let host = match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (None, _) => {
            return refuse(
                StatusCode::BAD_REQUEST,
                "The request has no Host header; it names localhost or 127.0.0.1.\n".to_owned(),
            );
        }
        (Some(_), Some(_)) => {
            return refuse(
                StatusCode::BAD_REQUEST,
                "The request has more than one Host header.\n".to_owned(),
            );
        }
    };
    let strange = [Some(host), uri.authority().map(http::uri::Authority::as_str)]
        .into_iter()
        .flatten()
        .find(|authority| !is_here(authority, port))?;
    let shown: String = strange.chars().filter(|c| c.is_ascii_graphic()).take(100).collect();
    refuse(
        StatusCode::MISDIRECTED_REQUEST,
        format!(
            "The emulator responses on this machine alone, as localhost, 127.0.0.1 or [::1], with port {port} or none; \
             this request is for `{shown}`.\n"
        ),
    )
}

/// Returns whether `authority` (a host with an optional port) is a loopback name without a port or with the
/// port of the emulator.
fn is_here(authority: &str, port: u16) -> bool {
    let (host, given) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, after)) if host.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()) => {
                ("localhost", after.strip_prefix(':').or(after.is_empty().then_some("")))
            }
            _ => return false,
        },
        None => match authority.split_once(':') {
            Some((host, given)) => (host, Some(given)),
            None => (authority, Some("")),
        },
    };
    let right_port = given.is_some_and(|given| given.is_empty() || given.parse() == Ok(port));
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_name = name == "localhost" || name.strip_suffix(".localhost").is_some_and(is_domain);
    right_port && (is_name || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()))
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_accepted() {
        for here in [
            "localhost",
            "LocalHost:4000",
            "localhost.",
            "localhost.:4000",
            "crm.localhost:4000",
            "a.b-c.localhost",
            "127.0.0.1",
            "127.0.0.1:4000",
            "127.8.9.10:4000",
            "[::1]",
            "[::1]:4000",
            "[0:0:0:0:0:0:0:1]:4000",
            "localhost:",
        ] {
            assert!(is_here(here, 4000), "{here}");
        }
        for elsewhere in [
            "",
            "evil.example",
            "evil.example:4000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evillocalhost",
            ".localhost",
            "a..localhost",
            "evil.example@localhost",
            "localhost:4001",
            "localhost:4000:4000",
            "localhost:four",
            "localhost:99999",
            "127.0.0.1:80",
            "127.1",
            "2130706433",
            "0.0.0.0:4000",
            "128.0.0.1",
            "::1",
            "[::2]:4000",
            "[::1]4000",
            "[::1",
            "[127.0.0.1]",
            "[::ffff:10.0.0.1]",
            "local host",
        ] {
            assert!(!is_here(elsewhere, 4000), "{elsewhere}");
        }
    }

    #[test]
    fn both_the_target_and_the_host_header_are_checked() {
        let status = |uri: &str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            refusal(&uri.parse().unwrap(), &headers, 4000).map(|response| response.status.as_u16())
        };
        assert_eq!(status("/x", &["localhost:4000"]), None);
        assert_eq!(status("http://localhost:4000/x", &["localhost:4000"]), None);
        assert_eq!(status("http://localhost:4000/x", &["evil.example"]), Some(421));
        assert_eq!(status("http://evil.example/x", &["localhost:4000"]), Some(421));
        assert_eq!(status("http://localhost:4000/x", &[]), Some(400));
        assert_eq!(status("/x", &[]), Some(400));
        assert_eq!(status("/x", &["localhost", "localhost"]), Some(400));
    }

    #[test]
    fn a_refused_request_learns_which_names_are_accepted() {
        let text = |uri: &str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            let response = refusal(&uri.parse().unwrap(), &headers, 4000).unwrap();
            let content_type = response.headers.get("content-type").unwrap().to_str().unwrap().to_owned();
            assert_eq!(content_type, "text/plain; charset=utf-8", "{uri} {hosts:?}");
            String::from_utf8(response.content.to_bytes().to_vec()).unwrap()
        };
        let elsewhere = |host: &str| {
            format!(
                "The emulator responses on this machine alone, as localhost, 127.0.0.1 or [::1], with port 4000 or \
                 none; this request is for `{host}`.\n"
            )
        };
        assert_eq!(text("/x", &["evil.example:4000"]), elsewhere("evil.example:4000"));
        assert_eq!(text("http://other.example/x", &["evil.example"]), elsewhere("evil.example"));
        assert_eq!(text("http://other.example/x", &["localhost"]), elsewhere("other.example"));
        // What is no graphic character of ASCII is left out, and a long name is cut.
        assert_eq!(text("/x", &["a b.example"]), elsewhere("ab.example"));
        let long = "abcdefghij".repeat(11);
        assert_eq!(text("/x", &[&long[..100]]), elsewhere(&long[..100]));
        assert_eq!(text("/x", &[&long[..101]]), elsewhere(&long[..100]));
        assert_eq!(text("/x", &[]), "The request has no Host header; it names localhost or 127.0.0.1.\n");
        assert_eq!(text("/x", &["localhost", "localhost"]), "The request has more than one Host header.\n");
    }
}
