//! Listens on loopback for the browser of a person who signs in, and receives the authorization code from it
//! (RFC 8252).
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use super::web::RedirectResponse;
use crate::{Error, ErrorKind, Result};

/// The longest time that the listener waits for a person to sign in.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// The maximum size of a request that is read, in bytes. The request of a redirected browser is smaller.
const MAX_REQUEST_BYTES: usize = 16 * 1024;
/// The longest time that a connection may take to send its request. It is short because browsers open
/// connections in advance and send nothing on them.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A listener on loopback that waits for the browser's request with the result of the sign-in.
pub(super) struct RedirectListener {
    listener: TcpListener,
    port: u16,
}

impl RedirectListener {
    pub(super) async fn open() -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::SignIn, "no port of this machine can be listened on for the sign-in")
                .with_source(error)
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// Returns the redirect URI for the sign-in service: `http://localhost` with the listener's port. The
    /// service accepts any port if the application is registered with `http://localhost`.
    pub(super) fn redirect(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for a redirect whose `state` parameter equals `state`, and returns its authorization code.
    /// Redirects with another state are ignored. Returns an error if the redirect contains an error instead,
    /// or if nobody signs in within five minutes.
    pub(super) async fn code(self, state: &str) -> Result<SecretString> {
        let (send, mut receive) = mpsc::channel(1);
        let accept = async {
            loop {
                let Ok((connection, _)) = self.listener.accept().await else { continue };
                let (send, state) = (send.clone(), state.to_owned());
                tokio::spawn(async move {
                    if let Ok(Some(result)) =
                        tokio::time::timeout(REQUEST_TIMEOUT, serve_redirect(connection, &state)).await
                    {
                        // Nobody receives the result if another connection delivered one first.
                        drop(send.send(result).await);
                    }
                });
            }
        };
        let result = tokio::select! {
            result = receive.recv() => result,
            () = accept => None,
            () = tokio::time::sleep(SIGN_IN_TIMEOUT) => None,
        };
        result.unwrap_or_else(|| Err(Error::new(ErrorKind::SignIn, "nobody signed in within five minutes")))
    }
}

/// Reads one request and responds to it. Returns the authorization code or the error in the redirect; `None`
/// if the request is not a redirect with the state `state`.
async fn serve_redirect(mut connection: TcpStream, state: &str) -> Option<Result<SecretString>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut chunk = [0; 2048];
        let read = connection.read(&mut chunk).await.ok()?;
        if read == 0 || head.len() + read > MAX_REQUEST_BYTES {
            return None;
        }
        head.extend_from_slice(&chunk[..read]);
    }
    let result = parse_redirect(&head, state);
    let (status, text) = match &result {
        None => ("404 Not Found", "There is nothing here."),
        Some(Ok(_)) => ("200 OK", "You are signed in. This window can be closed."),
        Some(Err(_)) => {
            ("200 OK", "The sign-in did not succeed; the program says why. This window can be closed.")
        }
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\ncache-control: no-store\r\n\r\n{text}",
        text.len()
    );
    // If the browser is gone, the code is valid all the same.
    drop(connection.write_all(page.as_bytes()).await);
    drop(connection.shutdown().await);
    result
}

/// Parses the first line of a request. Returns the authorization code or the error of the sign-in; `None` if
/// the request does not contain the state `state`.
fn parse_redirect(head: &[u8], state: &str) -> Option<Result<SecretString>> {
    let line = std::str::from_utf8(head).ok()?.lines().next()?;
    let target = line.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    let response = RedirectResponse::parse(url.query().unwrap_or_default()).ok()?;
    if url.path() != "/" || !response.has_state(state) {
        return None;
    }
    match response.code(false) {
        Ok(Some(code)) => Some(Ok(code)),
        Ok(None) => None,
        Err(error) => Some(Err(error)),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use secrecy::ExposeSecret;

    use super::*;

    fn result(line: &str) -> Option<Result<String>> {
        let head = format!("{line}\r\nhost: localhost\r\n\r\n");
        parse_redirect(head.as_bytes(), "st").map(|result| result.map(|code| code.expose_secret().to_owned()))
    }

    #[test]
    fn a_redirect_with_another_state_is_ignored() {
        assert_eq!(result("GET /?code=a%20b&state=st HTTP/1.1").unwrap().unwrap(), "a b");
        for other in [
            "GET /?code=a&state=other HTTP/1.1",
            "GET /?code=a HTTP/1.1",
            "GET /?state=st HTTP/1.1",
            "GET /?code=a&code=b&state=st HTTP/1.1",
            "GET /?code=a&state=other&state=st HTTP/1.1",
            "GET /favicon.ico HTTP/1.1",
            "POST /?code=a&state=st HTTP/1.1",
            "GET",
            "",
        ] {
            assert!(result(other).is_none(), "{other}");
        }
        let error = result("GET /?error=access_denied&error_description=No%0Away&state=st HTTP/1.1")
            .unwrap()
            .unwrap_err();
        assert_eq!(error.message(), "the sign-in was refused: No");
        assert_eq!(error.code(), Some("access_denied"));
    }

    #[tokio::test]
    async fn silent_and_invalid_connections_do_not_disturb_the_sign_in() {
        let listener = RedirectListener::open().await.unwrap();
        let port = listener.port;
        let browser = async {
            let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            for request in [
                "GET /?code=x&state=wrong HTTP/1.1\r\n\r\n",
                "nonsense\r\n\r\n",
                "GET /?code=right&state=st HTTP/1.1\r\n\r\n",
            ] {
                let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                connection.write_all(request.as_bytes()).await.unwrap();
                let mut page = String::new();
                connection.read_to_string(&mut page).await.unwrap();
                assert!(!page.contains("right"));
            }
        };
        let (code, ()) = tokio::join!(listener.code("st"), browser);
        assert_eq!(code.unwrap().expose_secret(), "right");
    }

    /// Sends a request to a listener, and returns the page that comes back.
    async fn page(port: u16, request: &str) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut page = String::new();
        // A request that is too long gets no answer, and its connection may be reset.
        let _ = connection.read_to_string(&mut page).await;
        page
    }

    #[tokio::test]
    async fn the_browser_is_told_how_the_sign_in_ended() {
        let head = |status: &str, length: usize| {
            format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\ncache-control: no-store\r\n\r\n"
            )
        };
        for (query, status, text, outcome) in [
            ("code=c&state=st", "200 OK", "You are signed in. This window can be closed.", Ok("c")),
            (
                "error=access_denied&state=st",
                "200 OK",
                "The sign-in did not succeed; the program says why. This window can be closed.",
                Err("the sign-in was refused: access_denied"),
            ),
        ] {
            let listener = RedirectListener::open().await.unwrap();
            let port = listener.port;
            assert_eq!(listener.redirect(), format!("http://localhost:{port}"));
            let browser = async {
                let nothing = page(port, "GET /other HTTP/1.1\r\n\r\n").await;
                assert_eq!(nothing, head("404 Not Found", 22) + "There is nothing here.");
                page(port, &format!("GET /?{query} HTTP/1.1\r\nhost: x\r\n\r\n")).await
            };
            let (code, shown) = tokio::join!(listener.code("st"), browser);
            assert_eq!(shown, head(status, text.len()) + text, "{query}");
            match (code, outcome) {
                (Ok(code), Ok(expected)) => assert_eq!(code.expose_secret(), expected),
                (Err(error), Err(why)) => assert_eq!(error.message(), why),
                (code, _) => panic!("{query}: {code:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_request_may_come_byte_by_byte_or_break_off() {
        let listener = RedirectListener::open().await.unwrap();
        let port = listener.port;
        let browser = async {
            let mut broken = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            broken.write_all(b"GET /?code=broken&state=st HTTP/1.1\r\n").await.unwrap();
            broken.shutdown().await.unwrap();
            let mut nothing = String::new();
            broken.read_to_string(&mut nothing).await.unwrap();
            assert_eq!(nothing, "");
            let mut slow = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            slow.set_nodelay(true).unwrap();
            for byte in b"GET /?code=slow&state=st HTTP/1.1\r\n\r\n" {
                slow.write_all(&[*byte]).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut page = String::new();
            slow.read_to_string(&mut page).await.unwrap();
            assert!(page.contains("You are signed in"), "{page}");
        };
        let (code, ()) = tokio::join!(listener.code("st"), browser);
        assert_eq!(code.unwrap().expose_secret(), "slow");
    }

    #[tokio::test]
    async fn a_request_of_a_browser_has_at_most_sixteen_kibibytes() {
        let listener = RedirectListener::open().await.unwrap();
        let port = listener.port;
        let request = |length: usize, code: &str| {
            let start = format!("GET /?code={code}&state=st HTTP/1.1\r\nx: ");
            format!("{start}{}\r\n\r\n", "a".repeat(length - start.len() - 4))
        };
        let browser = async {
            assert_eq!(page(port, &request(MAX_REQUEST_BYTES + 1, "long")).await, "");
            assert!(page(port, &request(MAX_REQUEST_BYTES, "fits")).await.contains("You are signed in"));
        };
        let (code, ()) = tokio::join!(listener.code("st"), browser);
        assert_eq!(code.unwrap().expose_secret(), "fits");
    }

    #[tokio::test(start_paused = true)]
    async fn a_sign_in_in_the_browser_ends_after_five_minutes() {
        let listener = RedirectListener::open().await.unwrap();
        let start = tokio::time::Instant::now();
        let error = listener.code("st").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::SignIn, "nobody signed in within five minutes")
        );
        assert_eq!(start.elapsed().as_secs(), 300);
    }
}
