//! `dvkit emulator export`: all rows, as JSON for `--seed`.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
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

/// Asks a running emulator. It is on this machine, so a plain request is enough.
fn of_running(url: &str) -> Result<String> {
    let wrong = || format!("`{url}` is not the address of an emulator; it looks like http://127.0.0.1:40123");
    let host = url.strip_prefix("http://").with_context(wrong)?;
    let host = host.split('/').next().unwrap_or_default();
    let mut addresses = host.to_socket_addrs().with_context(wrong)?;
    let address = addresses.find(|a| a.ip().is_loopback()).with_context(wrong)?;
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
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
