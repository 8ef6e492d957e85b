//! Uploads a file to a file column and downloads it again, in pieces that can be broken off: started again, it goes on
//! where it was. `dvkit emulator` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.
//!
//! `cargo run -p dvkit-client --example files -- upload PATH ROW COLUMN`, for example with the row
//! `new_projects(78914942-34cb-ed11-b596-0022481d68cd)` and the column `new_contract`, or `download` in place of
//! `upload`. The state of an upload is kept beside the file.

use std::io::{self, SeekFrom, Write};
use std::path::PathBuf;

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, FileColumn, UploadCheckpoint};
use tokio::fs;
use tokio::io::AsyncSeekExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &arguments, &mut io::stdout()).await
}

/// Uploads or downloads, as the arguments say, and writes what was moved to `out`.
pub async fn run(
    client: &Client,
    arguments: &[String],
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let [what, path, row, column] = arguments else {
        return Err("write: upload|download PATH ROW COLUMN".into());
    };
    let column = client.file(row, column);
    match what.as_str() {
        "upload" => upload(&column, PathBuf::from(path), out).await,
        "download" => download(&column, PathBuf::from(path), out).await,
        other => Err(format!("`{other}` is neither `upload` nor `download`").into()),
    }
}

async fn upload(
    column: &FileColumn,
    path: PathBuf,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let state = path.with_extension("upload");
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut upload = column.upload(&name, fs::File::open(&path).await?);
    if let Some(checkpoint) = UploadCheckpoint::load(&state)? {
        upload = upload.resume(checkpoint);
    }
    // One piece at a time, so that the state can be saved after each.
    while upload.send_next().await? {
        if let Some(checkpoint) = upload.checkpoint() {
            checkpoint.save(&state)?;
        }
    }
    let _ = fs::remove_file(&state).await;
    writeln!(out, "uploaded {name}")?;
    Ok(())
}

async fn download(
    column: &FileColumn,
    path: PathBuf,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).await?;
    let have = file.seek(SeekFrom::End(0)).await?;
    let mut download = column.download_from(have).await?;
    download.write_to(&mut file).await?;
    writeln!(out, "{} bytes of {}", download.size(), download.name())?;
    Ok(())
}
