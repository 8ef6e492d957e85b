//! Downloads a file in ranges, so that a broken connection costs one range and the file is never in memory as a
//! whole.
use std::fmt;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};
use http::StatusCode;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::{CHUNK_BYTES, FILE_NAME, FileColumn, number};
use crate::{Error, ErrorKind, Response, Result};

/// A download of a file column, from [`FileColumn::download`].
pub struct Download {
    column: FileColumn,
    name: String,
    size: u64,
    offset: u64,
    /// The piece that was read together with the size.
    first: Option<Bytes>,
}

impl FileColumn {
    /// Requests the first piece of the content, and with it the name and the size.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`](crate::Client::send); the kind is [`ErrorKind::NotFound`] if the
    /// column has no content.
    pub async fn download(&self) -> Result<Download> {
        self.download_from(0).await
    }

    /// Continues a download at the byte `offset`.
    ///
    /// # Errors
    /// Returns the errors of [`FileColumn::download`].
    pub async fn download_from(&self, offset: u64) -> Result<Download> {
        let response = self.range(offset).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Err(Error::new(ErrorKind::NotFound, "the column has no content"));
        }
        let name = response.header(FILE_NAME).unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
        let length = response.bytes().len() as u64;
        let whole = response.status() != StatusCode::PARTIAL_CONTENT;
        // A response without a range is the whole content.
        let size = match number(response.headers(), "x-ms-file-size") {
            _ if whole => length,
            Some(size) => size,
            None => total_of_content_range(&response).unwrap_or(offset + length),
        };
        let content = response.into_bytes();
        let first = match whole {
            true => content.slice(usize::try_from(offset).unwrap_or(usize::MAX).min(content.len())..),
            false => content,
        };
        Ok(Download { column: self.clone(), name, size, offset, first: Some(first) })
    }

    async fn range(&self, offset: u64) -> Result<Response> {
        let range = format!("bytes={offset}-{}", offset.saturating_add(CHUNK_BYTES - 1));
        self.client.send(self.read().header("Range", range)).await
    }
}

/// Returns the size of the file in `Content-Range: bytes 0-4194303/25870370`.
fn total_of_content_range(response: &Response) -> Option<u64> {
    response.header("content-range")?.rsplit_once('/')?.1.trim().parse().ok()
}

impl Download {
    /// Returns the name of the file; empty if the service gives none, as for images.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the size of the file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the number of bytes before the next piece. [`FileColumn::download_from`] continues there.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next piece; `None` at the end. After an error it can be called again, and requests the piece
    /// that failed.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`](crate::Client::send), and an error if the file has got another
    /// size meanwhile, because the pieces of two files do not fit together.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            self.offset += first.len() as u64;
            return Ok(Some(first));
        }
        if self.offset >= self.size {
            return Ok(None);
        }
        let response = self.column.range(self.offset).await?;
        let size = number(response.headers(), "x-ms-file-size").or_else(|| total_of_content_range(&response));
        let changed = size.is_some_and(|size| size != self.size)
            || response.status() != StatusCode::PARTIAL_CONTENT
            || response.bytes().is_empty();
        if changed {
            let message = "the file has changed while it was read; download it again from its beginning";
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
        let piece = response.into_bytes();
        self.offset += piece.len() as u64;
        Ok(Some(piece))
    }

    /// Returns the pieces as a stream. It ends after the first error.
    #[must_use]
    pub fn into_stream(self) -> BoxStream<'static, Result<Bytes>> {
        try_unfold(
            self,
            |mut download| async move { Ok(download.chunk().await?.map(|piece| (piece, download))) },
        )
        .boxed()
    }

    /// Writes the rest of the file to `target`. After an error it can be called again, if all that was written
    /// before is kept. Returns the number of bytes written by this call.
    ///
    /// # Errors
    /// Returns the errors of [`Download::chunk`], and an error if `target` cannot be written.
    pub async fn write_to(&mut self, target: &mut (impl AsyncWrite + Unpin)) -> Result<u64> {
        let unwritable = |error: std::io::Error| {
            Error::new(ErrorKind::Configuration, "the file cannot be written").with_source(error)
        };
        let mut written = 0;
        while let Some(piece) = self.chunk().await? {
            target.write_all(&piece).await.map_err(unwritable)?;
            written += piece.len() as u64;
        }
        target.flush().await.map_err(unwritable)?;
        Ok(written)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("column", &self.column.path)
            .field("size", &self.size)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
