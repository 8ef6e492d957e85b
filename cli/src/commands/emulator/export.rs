//! `dvkit emulator export`: all rows, as JSON for `--seed`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::output::{Outcome, Screen};
use crate::schema_args::{OpenedSchema, OrgArgs};
use anyhow::{Context as _, Result, bail};

/// The time within which a running emulator has to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The largest export that is read from a running emulator, in bytes.
const MAX_EXPORT: u64 = 1 << 30;

/// Print all rows as JSON that `--seed` accepts; equal rows give equal text
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address that a running emulator has printed, such as http://127.0.0.1:40123
    #[arg(value_name = "URL", required_unless_present = "data", conflicts_with_all = ["data", "schema", "org"])]
    url: Option<String>,
    /// The file with the rows of an emulator (`--data`) that is not running
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The snapshot that the rows belong to; otherwise that of dvkit.toml, then ./schema, then the sample organisation
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let text = match (&args.url, &args.data) {
        (Some(url), _) => of_running(url)?,
        (None, Some(path)) => of_file(args, path)?,
        (None, None) => bail!("name a running emulator, or a file with rows: --data FILE"),
    };
    let mut screen = Screen::plain();
    screen.result(text.trim_end())?;
    screen.flush()?;
    Ok(Outcome::Clean)
}

fn of_file(args: &Args, path: &Path) -> Result<String> {
    if !dvkit_files::is_file(path) {
        bail!("`{}` is not a file", path.display());
    }
    let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
    let builder = super::served::builder(&opened)?.data(path);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = builder.start().await.with_context(|| path.display().to_string())?;
        let text = running.export()?;
        running.stop().await;
        Ok(text)
    })
}

/// Connects to an address, which has [`TIMEOUT`] for the connection and for each part of its answer.
fn connect(address: &SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// Asks a running emulator. It is on this machine, so a plain request is enough.
fn of_running(url: &str) -> Result<String> {
    let wrong = || format!("`{url}` is not the address of an emulator; it looks like http://127.0.0.1:40123");
    let host = url.strip_prefix("http://").with_context(wrong)?;
    let host = host.split('/').next().unwrap_or_default();
    let mut addresses = host.to_socket_addrs().with_context(wrong)?;
    let address = addresses.find(|a| a.ip().is_loopback()).with_context(wrong)?;
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = connect(&address)?;
        let request = format!(
            "GET /_emulator/export HTTP/1.1\r\nHost: {host}\r\nX-Dvkit-Emulator: 1\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut response = Vec::new();
        stream.take(MAX_EXPORT).read_to_end(&mut response)?;
        Ok(response)
    };
    let response = ask().with_context(|| format!("no emulator answers at {url}"))?;
    let response = String::from_utf8(response).with_context(wrong)?;
    match response.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        Some((head, body)) => bail!("{}: {body}", head.lines().next().unwrap_or_default()),
        None => bail!(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Responds to one request with a text, and returns what the export is then.
    fn exported(response: &'static str) -> Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(response.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        let result = of_running(&url);
        let request = server.join().unwrap();
        assert!(request.starts_with("GET /_emulator/export HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
        assert!(request.contains("\r\nX-Dvkit-Emulator: 1\r\nConnection: close\r\n"), "{request}");
        result
    }

    #[test]
    fn an_emulator_that_says_nothing_is_not_waited_for_without_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = connect(&listener.local_addr().unwrap()).unwrap();
        assert_eq!(stream.read_timeout().unwrap(), Some(TIMEOUT));
    }

    #[test]
    fn the_export_is_the_body_of_a_good_response() {
        for (response, body) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"accounts\":[]}", Ok("{\"accounts\":[]}")),
            ("HTTP/1.1 200 OK\r\n\r\na\r\n\r\nb", Ok("a\r\n\r\nb")),
            ("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\nno", Err("HTTP/1.1 404 Not Found: no")),
            ("SSH-2.0\r\n", Err("is not the address of an emulator")),
            ("", Err("is not the address of an emulator")),
        ] {
            match (exported(response), body) {
                (Ok(text), Ok(body)) => assert_eq!(text, body, "{response:?}"),
                (Err(error), Err(words)) => {
                    assert!(error.to_string().contains(words), "{response:?}: {error}")
                }
                (found, _) => panic!("{response:?}: {found:?}"),
            }
        }
        for url in
            ["127.0.0.1:1", "https://127.0.0.1:1", "http://", "http://127.0.0.1", "http://192.0.2.1:1/"]
        {
            let error = of_running(url).unwrap_err().to_string();
            assert!(error.contains("it looks like http://127.0.0.1:40123"), "{url}: {error}");
        }
    }
}
