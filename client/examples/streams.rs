//! Reads a large response piece by piece, so that it is never in memory as a whole.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, ErrorKind, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Reads `$metadata` piece by piece, and writes its size to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let mut response = client.stream(Request::get("$metadata").accept("application/xml")).await?;
    let (mut bytes, mut tables) = (0, 0);
    while let Some(piece) = response.chunk().await? {
        bytes += piece.len();
        tables += String::from_utf8_lossy(&piece).matches("<EntityType ").count();
    }
    writeln!(out, "more than 50 kB: {}, tables: {}", bytes > 50_000, tables > 10)?;

    // A response that is read whole has at most 64 MiB, or the bound that the request sets.
    let error = client.send(Request::get("accounts").max_bytes(1_000)).await.err().ok_or("it is small")?;
    writeln!(out, "too large: {}", error.kind() == ErrorKind::TooLarge)?;
    Ok(())
}
