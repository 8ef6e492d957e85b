//! Moves the contents of file and image columns: uploads and downloads in pieces, with progress, that can be
//! broken off and continued (learn.microsoft.com, "Use file column data" and "Use image column data").
use std::fmt;

use http::{HeaderMap, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Client, Expect, Request, Result};

mod download;
mod upload;

pub use download::Download;
pub use upload::{Upload, UploadCheckpoint};

/// The size of the pieces in bytes: four megabytes, the size that the service asks for.
const CHUNK_BYTES: u64 = 4 << 20;

/// The header with the name of a file.
const FILE_NAME: &str = "x-ms-file-name";

/// The content of a file or image column of one row, from [`Client::file`] or [`Client::image`].
#[derive(Clone)]
pub struct FileColumn {
    client: Client,
    /// The path of the column: `accounts(…)/new_contract`.
    path: String,
    image: bool,
}

impl Client {
    /// Returns the content of the file column `column` of the row at `row`, which is a path such as
    /// `accounts(78914942-34cb-ed11-b596-0022481d68cd)`. Nothing is requested yet.
    ///
    /// ```no_run
    /// # async fn run(client: dvkit_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let contract = client.file("accounts(78914942-34cb-ed11-b596-0022481d68cd)", "new_contract");
    /// let source = std::io::Cursor::new(b"text".to_vec());             // or a tokio::fs::File
    /// contract.upload("contract.txt", source).on_progress(|sent, size| println!("{sent} of {size}")).send().await?;
    /// let mut download = contract.download().await?;
    /// while let Some(piece) = download.chunk().await? {
    ///     println!("{} bytes of {}", piece.len(), download.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn file(&self, row: impl AsRef<str>, column: &str) -> FileColumn {
        FileColumn { client: self.clone(), path: format!("{}/{column}", row.as_ref()), image: false }
    }

    /// Returns the content of the image column `column` of the row at `row`, in full size. Nothing is requested
    /// yet.
    #[must_use]
    pub fn image(&self, row: impl AsRef<str>, column: &str) -> FileColumn {
        FileColumn { image: true, ..self.file(row, column) }
    }
}

impl FileColumn {
    /// Deletes the content.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`].
    pub async fn delete(&self) -> Result<()> {
        self.client.send(Request::delete(&self.path)).await.map(drop)
    }

    /// Returns a request for the content, without a range.
    fn read(&self) -> Request {
        let size = if self.image { "?size=full" } else { "" };
        Request::get(format!("{}/$value{size}", self.path)).expect(Expect::Bytes)
    }

    /// Returns a request that writes content, or begins to.
    fn write(&self, name: &str) -> Request {
        Request::new(Method::PATCH, &self.path).header(FILE_NAME, encoded(name))
    }
}

impl fmt::Debug for FileColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileColumn").field(&self.path).finish()
    }
}

/// Returns a file name as a header can contain it: percent-encoded if it is not ASCII.
fn encoded(name: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && c != '%' || c == ' ';
    match name.chars().all(plain) {
        true => name.to_owned(),
        false => utf8_percent_encode(name, NON_ALPHANUMERIC).to_string(),
    }
}

/// Returns a header that is a number.
fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
