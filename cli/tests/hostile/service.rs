//! A hostile service: every response contains the payload.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::json;

use crate::organisation::ACTING;

/// Starts the service on loopback until the process ends. Returns its URL.
pub(crate) fn lying_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let here = url.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let here = here.clone();
            thread::spawn(move || answer(stream, &here));
        }
    });
    url
}

fn answer(mut stream: TcpStream, here: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut length, mut signed_in) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        signed_in |= header.starts_with("authorization:");
        length = header.strip_prefix("content-length:").map_or(length, |n| n.trim().parse().unwrap_or(0));
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    let error = json!({"error": ACTING, "error_description": ACTING});
    let (status, header, body) = if first.contains("/devicecode") {
        let body = json!({
            "device_code": "x", "user_code": ACTING, "verification_uri": "https://example.com/\u{202e}\u{9b}5S",
            "expires_in": 900, "interval": 1, "message": ACTING,
        });
        ("200 OK", String::new(), body)
    } else if first.contains("/token") {
        ("400 Bad Request", String::new(), error)
    } else if signed_in {
        ("403 Forbidden", String::new(), json!({"error": {"code": ACTING, "message": ACTING}}))
    } else {
        let challenge = format!(
            "WWW-Authenticate: Bearer authorization_uri={here}/t/oauth2/authorize, resource_id={here}/\r\n"
        );
        ("401 Unauthorized", challenge, error)
    };
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{header}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()
}
