//! Images in the bodies of creates and updates.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvkit_schema::{Column, ColumnType, Table};
use http::StatusCode;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::{FileColumn, store, upload};

/// Images that a body sets; `None` for one that it removes.
pub(in crate::data) type Images<'a> = Vec<(&'a Column, Option<Vec<u8>>)>;

/// Takes the images out of the members of a row of `table`. Returns the other members, and the images. `creates` says
/// whether the row is created.
///
/// # Errors
/// Returns an error if a value is not Base64, or if a row is created with an image that is not the primary one.
pub(in crate::data) fn take<'a, 'm>(
    table: &'a Table,
    members: &'m Map<String, Json>,
    creates: bool,
) -> Result<(Cow<'m, Map<String, Json>>, Images<'a>), ServiceError> {
    let mut rest = Cow::Borrowed(members);
    let mut images = Vec::new();
    for (name, value) in members {
        let Some(column) = table.property(name) else { continue };
        let ColumnType::Image { primary, .. } = column.ty else { continue };
        rest.to_mut().remove(name);
        let is_primary =
            primary == Some(true) || table.primary_image.as_deref() == Some(&column.logical_name);
        match value {
            Json::Null if creates => {}
            Json::Null => images.push((column, None)),
            // "Only primary images can be set for create".
            Json::String(_) if creates && !is_primary => {
                return Err(ServiceError::new(
                    StatusCode::BAD_REQUEST,
                    "0x80090487",
                    format!(
                        "Non-primary image attribute {} of entity {} is not allowed to upload during Create operation.",
                        column.logical_name, table.logical_name
                    ),
                ));
            }
            Json::String(text) => images.push((column, Some(decode(column, text)?))),
            _ => return Err(not_base64(column)),
        }
    }
    Ok((rest, images))
}

/// Stores the images of a row.
///
/// # Errors
/// Returns an error if an image is too large, or is not of one of the documented types.
pub(in crate::data) fn apply(
    session: &Session<'_>,
    table: &Table,
    row: Uuid,
    images: Images<'_>,
) -> Result<(), ServiceError> {
    for (column, content) in images {
        let target = FileColumn { table, column, row, raw: false };
        match content {
            Some(content) => {
                upload::save(session, &target, "", &content)?;
            }
            None => {
                store::put(session, &target, None)?;
            }
        }
    }
    Ok(())
}

/// Decodes the Base64 text of an image.
///
/// # Errors
/// Returns an error if the text is not Base64.
pub(super) fn decode(column: &Column, text: &str) -> Result<Vec<u8>, ServiceError> {
    STANDARD.decode(text).map_err(|_| not_base64(column))
}

fn not_base64(column: &Column) -> ServiceError {
    ServiceError::bad(format!(
        "An error occurred while validating input parameters: Microsoft.OData.ODataException: Cannot convert the literal of the property '{}' to the expected type 'Edm.Binary'.",
        column.logical_name
    ))
}

/// Returns the MIME type of an image by its first bytes; `None` for other content ("Image file types").
pub(super) fn mime(content: &[u8]) -> Option<&'static str> {
    match content {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'B', b'M', ..] => Some("image/bmp"),
        [b'I', b'I', 0x2a, 0, ..] | [b'M', b'M', 0, 0x2a, ..] => Some("image/tiff"),
        _ => None,
    }
}

/// Returns the error for content that is not an image.
pub(super) fn not_an_image(table: &Table, column: &Column, row: Uuid) -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        "0x80072553",
        format!(
            "Error occured when processing image. Reason: Update image properties failed for objectid: {row}, logicalName: {}, attribute: {}",
            table.logical_name, column.logical_name
        ),
    )
}
