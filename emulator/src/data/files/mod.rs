//! Files and images of rows: uploads in one request, in chunks and in blocks, downloads, and deletions.
//!
//! The documentation is "Use file column data" and "Use image column data". `store` keeps the bytes, `upload`
//! and `download` are requests on the column of a row, `blocks` the unbound messages, `images` the images in
//! the bodies of creates and updates.

mod blocks;
mod download;
pub(super) mod images;
mod store;
mod upload;

use dvkit_schema::{Column, ColumnType, Table};
use http::{Method, StatusCode};
use odata_parser::url::encode;
use uuid::Uuid;

use super::service_error::ServiceError;
use super::session::Session;
use super::url::RowUrl;
use super::write::target::reference;
use crate::request::ApiRequest;
use crate::response::HttpResponse;

pub(super) use store::{forget_column, forget_table};

/// The recommended size of a chunk in bytes (header `x-ms-chunk-size`).
const CHUNK_BYTES: u64 = 4 << 20;

/// The column of a row that contains a file or an image.
struct FileColumn<'a> {
    table: &'a Table,
    column: &'a Column,
    row: Uuid,
    /// Whether the path ends in `/$value`.
    raw: bool,
}

impl FileColumn<'_> {
    fn is_image(&self) -> bool {
        matches!(self.column.ty, ColumnType::Image { .. })
    }

    /// Returns the most bytes that the column can contain.
    fn max_bytes(&self) -> u64 {
        match self.column.ty {
            // The defaults of the service.
            ColumnType::Image { max_size_kb, .. } => u64::from(max_size_kb.unwrap_or(10_240)) << 10,
            ColumnType::File { max_size_kb } => u64::from(max_size_kb.unwrap_or(32_768)) << 10,
            _ => 0,
        }
    }

    /// Returns an error if a file of this size is too large for the column.
    fn check_size(&self, bytes: u64) -> Result<(), ServiceError> {
        let most = self.max_bytes();
        if bytes <= most {
            return Ok(());
        }
        // "Use image column data", maximum image size; "Use file data with Attachment and Note records", file size
        // limits (`unManagedidsattachmentinvalidfilesize`), which file columns answer, too:
        // https://learn.microsoft.com/power-apps/developer/data-platform/attachment-annotation-files
        Err(match self.is_image() {
            true => ServiceError::new(
                StatusCode::BAD_REQUEST,
                "0x80072553",
                format!(
                    "Error occured when processing image. Reason: File size is too big. MaxSize: {} MB, Uploaded filesize: {} MB.",
                    most >> 20,
                    bytes >> 20
                ),
            ),
            false => {
                ServiceError::new(StatusCode::BAD_REQUEST, "0x80044a02", "Attachment file size is too big.")
            }
        })
    }

    /// Returns the error for a column without a file.
    fn no_file(&self) -> ServiceError {
        ServiceError::new(
            StatusCode::NOT_FOUND,
            super::service_error::ROW_NOT_FOUND,
            format!(
                "No file attachment found for attribute: {} EntityId: {}.",
                self.column.logical_name, self.row
            ),
        )
    }

    /// Returns the path of the column after the root of the Web API.
    fn path(&self) -> String {
        let set = self.table.entity_set.as_deref().unwrap_or(&self.table.logical_name);
        format!("{set}({})/{}", self.row, self.column.property_name())
    }
}

/// Responds to a request on files and images; `None` for other requests.
///
/// # Errors
/// Returns an error if the request is refused.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    let url = RowUrl::parse(&call.url);
    if call.method == Method::POST
        && let Some(response) = blocks::respond(session, call, &url.path)?
    {
        return Ok(Some(response));
    }
    let Some(target) = target(session, &url.path)? else { return Ok(None) };
    let response = match call.method {
        Method::GET => download::respond(session, call, &url, &target),
        Method::PATCH | Method::PUT => upload::respond(session, call, &url, &target),
        Method::DELETE => {
            store::put(session, &target, None)?;
            Ok(HttpResponse::odata_empty())
        }
        _ => Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            super::service_error::INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", call.method),
        )),
    };
    response.map(Some)
}

/// Finds the column of a file or image that a path names; `None` if it names something else.
fn target<'a>(session: &Session<'a>, path: &str) -> Result<Option<FileColumn<'a>>, ServiceError> {
    let (path, raw) = match path.strip_suffix("/$value") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let Some((row, property)) = path.rsplit_once('/') else { return Ok(None) };
    let set = row.split('(').next().unwrap_or_default();
    if !row.ends_with(')') || session.store.table_by_entity_set(set).is_none() {
        return Ok(None);
    }
    let table = session.table_of_set(set)?;
    let Some(column) = table.property(property) else { return Ok(None) };
    if !matches!(column.ty, ColumnType::File { .. } | ColumnType::Image { .. }) {
        return Ok(None);
    }
    let (table, row) = reference(session, &encode(row))?;
    Ok(Some(FileColumn { table, column, row, raw }))
}
