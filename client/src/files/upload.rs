//! Uploads a file in pieces. Small files are one request; larger ones begin a session of the service, whose
//! address can be saved to continue later.
use std::fmt;
use std::io::SeekFrom;
use std::path::Path;

use bytes::Bytes;
use dvkit_files::{LinkPolicy, WriteMode};
use http::Method;
use http::header::LOCATION;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncSeek, AsyncSeekExt as _};

use super::{CHUNK_BYTES, FILE_NAME, FileColumn, encoded, number};
use crate::{Error, ErrorKind, Request, Result};

/// The media type of contents.
const CONTENT: &str = "application/octet-stream";

/// The maximum size of a saved state in bytes.
const MAX_STATE_BYTES: u64 = 64 << 10;

/// The smallest and the largest size of a piece that is accepted from the service, in bytes.
const CHUNK_RANGE: std::ops::RangeInclusive<u64> = (64 << 10)..=(16 << 20);

/// An upload to a file column, from [`FileColumn::upload`].
#[must_use = "an upload does nothing until it is sent"]
pub struct Upload<S> {
    column: FileColumn,
    name: String,
    source: S,
    session: Option<UploadCheckpoint>,
    /// Whether the last piece was sent and its response was lost.
    last_in_doubt: bool,
    on_progress: Option<Box<dyn FnMut(u64, u64) + Send>>,
}

/// The state of an unfinished upload. A program can save it, and continue with [`Upload::resume`] in another
/// process. The session that it names belongs to the user who began it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCheckpoint {
    /// The address to which the pieces are sent.
    session: String,
    /// The size of the pieces in bytes.
    chunk: u64,
    /// The size of the file in bytes.
    size: u64,
    /// The number of bytes that the service has received.
    sent: u64,
}

impl UploadCheckpoint {
    /// Returns the number of bytes that the service has received.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Writes the state to the file at `path`. A crash leaves the former state or the new one, and only the
    /// current user can read the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> std::io::Result<()> {
        dvkit_files::replace(path.as_ref(), &serde_json::to_vec(self)?, WriteMode::Secret)
    }

    /// Reads a state that [`save`](Self::save) has written; `None` if there is no file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or contains something else.
    pub fn load(path: impl AsRef<Path>) -> std::io::Result<Option<Self>> {
        match dvkit_files::read(path.as_ref(), LinkPolicy::Refuse, MAX_STATE_BYTES) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for UploadCheckpoint {
    /// Shows the state without the address, which contains the token of the session.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadCheckpoint")
            .field("size", &self.size)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

impl FileColumn {
    /// Returns an upload of `source` as the content of the column, under the file name `name`. `source` is read
    /// from its beginning, one piece at a time, so that the file is never in memory as a whole.
    pub fn upload<S: AsyncRead + AsyncSeek + Unpin + Send>(&self, name: &str, source: S) -> Upload<S> {
        Upload {
            column: self.clone(),
            name: name.to_owned(),
            source,
            session: None,
            last_in_doubt: false,
            on_progress: None,
        }
    }
}

impl<S: AsyncRead + AsyncSeek + Unpin + Send> Upload<S> {
    /// Continues an upload that was broken off. The source has to be the same file.
    pub fn resume(mut self, checkpoint: UploadCheckpoint) -> Self {
        self.session = Some(checkpoint);
        self
    }

    /// Calls `report` after each piece with the number of bytes sent, and the size of the file.
    pub fn on_progress(mut self, report: impl FnMut(u64, u64) + Send + 'static) -> Self {
        self.on_progress = Some(Box::new(report));
        self
    }

    /// Returns the state to continue from; `None` before the first piece and after the last.
    #[must_use]
    pub fn checkpoint(&self) -> Option<UploadCheckpoint> {
        self.session.clone()
    }

    /// Sends the file, or the rest of it. After an error it can be called again, and continues with the piece
    /// that failed.
    ///
    /// # Errors
    /// Returns the errors of [`Client::send`](crate::Client::send), and an error if the source cannot be read
    /// or is not the file that the checkpoint was made for.
    pub async fn send(&mut self) -> Result<()> {
        while self.send_next().await? {}
        Ok(())
    }

    /// Sends the next piece, and returns whether there are more. A program that saves
    /// [`checkpoint`](Self::checkpoint) after each piece can continue after a crash.
    ///
    /// # Errors
    /// Returns the errors of [`Upload::send`].
    pub async fn send_next(&mut self) -> Result<bool> {
        let size = self.source.seek(SeekFrom::End(0)).await.map_err(unreadable)?;
        let Some(session) = self.session.clone() else {
            if size <= CHUNK_BYTES {
                let content = self.piece(0, size).await?;
                self.column.client.send(self.column.write(&self.name).bytes(CONTENT, content)).await?;
                self.report(size, size);
                return Ok(false);
            }
            self.session = Some(self.begin(size).await?);
            return Ok(true);
        };
        if session.size != size {
            return Err(Error::new(
                ErrorKind::Configuration,
                format!("the file has {size} bytes, and the upload began with one of {} bytes", session.size),
            ));
        }
        self.send_piece(session).await?;
        Ok(self.session.is_some())
    }

    /// Begins a session.
    async fn begin(&mut self, size: u64) -> Result<UploadCheckpoint> {
        let request = self.column.write(&self.name).header("x-ms-transfer-mode", "chunked");
        let name = request.name();
        let response = self.column.client.send(request).await?;
        let session = response.header(LOCATION.as_str()).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "the service gave no address for the pieces of the file")
                .with_request(name)
        })?;
        let chunk = number(response.headers(), "x-ms-chunk-size").filter(|size| CHUNK_RANGE.contains(size));
        let chunk = chunk.unwrap_or(CHUNK_BYTES);
        Ok(UploadCheckpoint { session: session.to_owned(), chunk, size, sent: 0 })
    }

    async fn send_piece(&mut self, session: UploadCheckpoint) -> Result<()> {
        let UploadCheckpoint { session: address, chunk, size, sent } = &session;
        let (sent, length) = (*sent, (*chunk).min(size - sent));
        let end = sent + length;
        let content = self.piece(sent, length).await?;
        // A piece may be sent twice: it belongs to one place of the file.
        let request = Request::new(Method::PATCH, address)
            .header(FILE_NAME, encoded(&self.name))
            .header("Content-Range", format!("bytes {sent}-{}/{size}", end - 1))
            .bytes(CONTENT, content)
            .idempotent(true);
        let is_last = end == *size;
        match self.column.client.send(request).await {
            Ok(_) => {
                self.last_in_doubt = false;
                self.session = (!is_last).then(|| UploadCheckpoint { sent: end, ..session.clone() });
                self.report(end, *size);
                Ok(())
            }
            // The session ends with the last piece, so its repetition is refused if it had arrived. Nothing says
            // that the file is whole then, and it is sent again in a new session.
            Err(error) if is_last && is_refused(&error) && (self.last_in_doubt || error.may_have_run()) => {
                self.last_in_doubt = false;
                self.session = Some(self.begin(*size).await?);
                Ok(())
            }
            Err(error) => {
                self.last_in_doubt |= is_last && error.may_have_run();
                Err(error)
            }
        }
    }

    /// Reads `length` bytes of the source from `at` on.
    async fn piece(&mut self, at: u64, length: u64) -> Result<Bytes> {
        self.source.seek(SeekFrom::Start(at)).await.map_err(unreadable)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut piece = vec![0; length];
        self.source.read_exact(&mut piece).await.map_err(unreadable)?;
        Ok(piece.into())
    }

    fn report(&mut self, sent: u64, size: u64) {
        if let Some(report) = &mut self.on_progress {
            report(sent, size);
        }
    }
}

impl<S> fmt::Debug for Upload<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("column", &self.column.path)
            .field("name", &self.name)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// Returns whether the service refuses a piece, for example because the session has ended.
fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::BadRequest | ErrorKind::NotFound | ErrorKind::Conflict)
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Configuration, "the file cannot be read").with_source(error)
}
