//! The unbound messages for files: `InitializeFileBlocksUpload`, `UploadBlock`, `CommitFileBlocksUpload`,
//! `InitializeFileBlocksDownload`, `DownloadBlock` and `DeleteFile`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvkit_schema::ColumnType;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::Session;
use super::{CHUNK_BYTES, FileColumn, store, upload};
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// The most bytes of a block's id before encoding, as documented.
const MAX_BLOCK_ID_BYTES: usize = 64;

/// Responds to one of the messages; `None` for other paths.
///
/// # Errors
/// Returns an error if a parameter is missing or refused.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
    path: &str,
) -> Result<Option<HttpResponse>, ServiceError> {
    let body = || -> Result<Map<String, Json>, ServiceError> {
        serde_json::from_slice(&call.body)
            .map_err(|error| ServiceError::bad(format!("The body is not a JSON object: {error}")))
    };
    let response = match path {
        "InitializeFileBlocksUpload" => {
            let body = body()?;
            let target = target(session, &body)?;
            let token = store::start_upload(session, &target, text(&body, "FileName")?)?;
            answer(session, path, json!({ "FileContinuationToken": token }))
        }
        "UploadBlock" => upload_block(session, &body()?)?,
        "CommitFileBlocksUpload" => commit(session, path, &body()?)?,
        "InitializeFileBlocksDownload" => {
            let target = target(session, &body()?)?;
            let file = store::find(session, &target)?.ok_or_else(|| target.no_file())?;
            answer(
                session,
                path,
                json!({
                    "FileSizeInBytes": file.size, "FileName": file.name, "FileContinuationToken": file.id,
                    "IsChunkingSupported": true,
                }),
            )
        }
        "DownloadBlock" => {
            let body = body()?;
            let number = |name| body.get(name).and_then(Json::as_u64).ok_or_else(|| missing(name));
            let (offset, length) = (number("Offset")?, number("BlockLength")?);
            let bytes = store::bytes(session, text(&body, "FileContinuationToken")?, offset, length)?;
            let bytes = bytes.ok_or_else(bad_token)?;
            answer(session, path, json!({ "Data": STANDARD.encode(bytes) }))
        }
        "DeleteFile" => {
            let body = body()?;
            let id = text(&body, "FileId")?.to_ascii_lowercase();
            let missing = || ServiceError::no_row("fileattachment", &id);
            let [entity, row, column] = store::owner(session, &id)?.ok_or_else(missing)?;
            let target = column_of(session, &entity, &row, &column)?.ok_or_else(missing)?;
            store::put(session, &target, None)?;
            HttpResponse::odata_empty()
        }
        "InitializeAttachmentBlocksUpload"
        | "CommitAttachmentBlocksUpload"
        | "InitializeAttachmentBlocksDownload"
        | "InitializeAnnotationBlocksUpload"
        | "CommitAnnotationBlocksUpload"
        | "InitializeAnnotationBlocksDownload" => return Err(ServiceError::not_emulated(path)),
        _ => return Ok(None),
    };
    Ok(Some(response))
}

fn answer(session: &Session<'_>, name: &str, mut body: Json) -> HttpResponse {
    if let Some(members) = body.as_object_mut() {
        let context = format!("{}$metadata#Microsoft.Dynamics.CRM.{name}Response", session.web_api());
        members.insert("@odata.context".into(), context.into());
    }
    HttpResponse::odata(body.to_string())
}

fn missing(name: &str) -> ServiceError {
    ServiceError::new(
        http::StatusCode::BAD_REQUEST,
        INVALID_ARGUMENT,
        format!("Required field '{name}' is missing for the request."),
    )
}

fn bad_token() -> ServiceError {
    ServiceError::bad("The FileContinuationToken is not valid.")
}

fn text<'b>(body: &'b Map<String, Json>, name: &str) -> Result<&'b str, ServiceError> {
    body.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
}

/// Returns the column that `Target` and `FileAttributeName` name.
fn target<'a>(session: &Session<'a>, body: &Map<String, Json>) -> Result<FileColumn<'a>, ServiceError> {
    let Some(Json::Object(row)) = body.get("Target") else { return Err(missing("Target")) };
    let entity = text(row, "@odata.type")?.rsplit('.').next().unwrap_or_default();
    let table = session.table(entity)?;
    let key = table.primary_id.as_deref().unwrap_or_default();
    let id = text(row, key)?;
    let column = text(body, "FileAttributeName")?;
    column_of(session, &table.logical_name, id, column)?.ok_or_else(|| {
        ServiceError::bad(format!("The column '{column}' of '{entity}' is not a file or an image."))
    })
}

/// Returns the column of a row; `None` if it is not a column of files or images.
fn column_of<'a>(
    session: &Session<'a>,
    table: &str,
    row: &str,
    column: &str,
) -> Result<Option<FileColumn<'a>>, ServiceError> {
    let table = session.table(table)?;
    let missing = || ServiceError::no_row(&table.logical_name, row);
    let id = Uuid::parse_str(row).map_err(|_| missing())?;
    session.row_version(table, id)?.ok_or_else(missing)?;
    let found = table.column(column);
    let found = found.filter(|c| matches!(c.ty, ColumnType::File { .. } | ColumnType::Image { .. }));
    Ok(found.map(|column| FileColumn { table, column, row: id, raw: false }))
}

fn upload_block(session: &Session<'_>, body: &Map<String, Json>) -> Result<HttpResponse, ServiceError> {
    let token = text(body, "FileContinuationToken")?;
    let upload = store::upload(session, token)?.filter(|u| !u.done).ok_or_else(bad_token)?;
    let block = text(body, "BlockId")?;
    let decoded = STANDARD.decode(block).ok().filter(|id| id.len() <= MAX_BLOCK_ID_BYTES);
    if decoded.is_none() {
        return Err(ServiceError::bad("The BlockId has to be the Base64 form of at most 64 bytes."));
    }
    let content = STANDARD
        .decode(text(body, "BlockData")?)
        .map_err(|_| ServiceError::bad("The BlockData is not valid Base64."))?;
    if content.len() as u64 > CHUNK_BYTES {
        return Err(ServiceError::bad("A block can have at most 4 MB."));
    }
    let target = column_of(session, &upload.entity, &upload.row, &upload.column)?.ok_or_else(bad_token)?;
    target.check_size(store::add_part(session, token, block, &content)?)?;
    Ok(HttpResponse::odata_empty())
}

fn commit(session: &Session<'_>, path: &str, body: &Map<String, Json>) -> Result<HttpResponse, ServiceError> {
    let token = text(body, "FileContinuationToken")?;
    let upload = store::upload(session, token)?.filter(|u| !u.done).ok_or_else(bad_token)?;
    let Some(Json::Array(blocks)) = body.get("BlockList") else { return Err(missing("BlockList")) };
    let blocks: Vec<String> = blocks.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    // A block that is named twice is there once only, so the list cannot make a file larger than its blocks.
    let mut distinct = blocks.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() != blocks.len() {
        return Err(ServiceError::bad("The BlockList names a block twice."));
    }
    let name = text(body, "FileName")?;
    let target = column_of(session, &upload.entity, &upload.row, &upload.column)?.ok_or_else(bad_token)?;
    let content = store::finish(session, token, &blocks)?;
    target.check_size(content.len() as u64)?;
    let mime = body.get("MimeType").and_then(Json::as_str).filter(|mime| !mime.is_empty());
    let id = match (mime, target.is_image()) {
        (Some(mime), false) => {
            let file = store::NewFile { name, mime, content: &content };
            store::put(session, &target, Some(&file))?
        }
        _ => Some(upload::save(session, &target, name, &content)?),
    };
    Ok(answer(
        session,
        path,
        json!({ "FileId": id.map(|id| id.to_string()), "FileSizeInBytes": content.len() }),
    ))
}
