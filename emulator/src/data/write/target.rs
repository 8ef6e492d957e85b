//! Finds the table and the row that the path of a writing request names.

use dvkit_schema::Table;
use http::StatusCode;
use odata_parser::ast::{Argument, ExprKind, SegmentKind};
use odata_parser::{ParseOptions, RequestText, parse_request};
use rusqlite::types::Value as Stored;
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::cells;
use super::super::service_error::ServiceError;
use super::super::session::{Session, column_of};
use super::super::url::RowUrl;

/// What the path of a writing request names.
#[derive(Clone, Debug)]
pub(super) enum Target<'a> {
    /// An entity set.
    Set(&'a Table),
    /// A row of an entity set.
    Row(&'a Table, RowKey<'a>),
}

/// The key of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RowKey<'a> {
    /// The value of the primary key.
    Id(Uuid),
    /// An alternate key: the logical names of its columns with their stored values.
    Alternate(Vec<(&'a str, Stored)>),
}

/// Finds what a URL names.
///
/// # Errors
/// Returns an error with the status 404 if the organisation has no such entity set, and with the status 501
/// for paths that the emulator does not support.
pub(super) fn find<'a>(session: &Session<'a>, url: &RowUrl) -> Result<Target<'a>, ServiceError> {
    let encoded = url.encoded_without(|_| false);
    let text = RequestText::new(&encoded);
    let request = parse_request(&text, &ParseOptions::default()).map_err(ServiceError::of_finding)?;
    let kinds: Vec<_> = request.path.segments.iter().map(|s| &s.kind).collect();
    match kinds.as_slice() {
        [SegmentKind::Name(set)] => Ok(Target::Set(session.table_of_set(set)?)),
        [SegmentKind::Call(call)] => {
            let table = session.table_of_set(call.name)?;
            Ok(Target::Row(table, key(table, &call.args)?))
        }
        [SegmentKind::Name(set), SegmentKind::Key(arguments)] => {
            let table = session.table_of_set(set)?;
            Ok(Target::Row(table, key(table, arguments)?))
        }
        _ => Err(ServiceError::not_emulated(format_args!("writing to {}", url.path))),
    }
}

/// Parses the key of a row of `table`.
///
/// # Errors
/// Returns an error if the key is not a guid, or does not name an alternate key of the table.
pub(super) fn key<'a>(table: &'a Table, arguments: &[Argument<'_>]) -> Result<RowKey<'a>, ServiceError> {
    let invalid =
        || ServiceError::bad(format!("The key of '{}' in the URL is not valid.", table.logical_name));
    let literal = |argument: &Argument<'_>| match &argument.value.kind {
        ExprKind::Literal(literal) => Ok(literal.string_value().into_owned()),
        _ => Err(invalid()),
    };
    if let [Argument { name: None, .. }] = arguments {
        let text = literal(arguments.first().ok_or_else(invalid)?)?;
        return Ok(RowKey::Id(Uuid::parse_str(&text).map_err(|_| invalid())?));
    }
    let mut values = Vec::new();
    for argument in arguments {
        let (name, _) = argument.name.ok_or_else(invalid)?;
        let column = column_of(table, name)?;
        let text = literal(argument)?;
        if Some(column.logical_name.as_str()) == table.primary_id.as_deref() {
            return Ok(RowKey::Id(Uuid::parse_str(&text).map_err(|_| invalid())?));
        }
        // A number in a key is a number in JSON, too; everything else is a text.
        let json = match text.parse::<serde_json::Number>() {
            Ok(number) if column.ty.edm() != Some(dvkit_schema::Edm::String) => Json::Number(number),
            _ => Json::String(text),
        };
        values.push((column.logical_name.as_str(), cells::parse(table, column, &json)?));
    }
    let columns_match = |key: &&dvkit_schema::Key| {
        key.columns.len() == values.len()
            && values.iter().all(|(name, _)| key.columns.iter().any(|c| c == name))
    };
    if !table.keys.iter().any(|key| columns_match(&key)) {
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            super::super::service_error::INVALID_REQUEST,
            "The specified key properties do not match an alternate key of the table.",
        ));
    }
    Ok(RowKey::Alternate(values))
}

impl RowKey<'_> {
    /// Returns the id of the row with this key. For an id it is that id, whether or not there is such a row;
    /// for an alternate key it is `None` if there is no row.
    ///
    /// # Errors
    /// Returns an error if the rows cannot be read.
    pub(super) fn id(&self, session: &Session<'_>, table: &Table) -> Result<Option<Uuid>, ServiceError> {
        match self {
            Self::Id(id) => Ok(Some(*id)),
            Self::Alternate(values) => Ok(session.find(table, values, 1)?.first().copied()),
        }
    }

    /// Returns the error of a row that does not exist.
    pub(super) fn missing(&self, table: &Table) -> ServiceError {
        match self {
            Self::Id(id) => ServiceError::no_row(&table.logical_name, &id.to_string()),
            Self::Alternate(_) => ServiceError::new(
                StatusCode::NOT_FOUND,
                super::super::service_error::ROW_NOT_FOUND,
                format!(
                    "A record with the specified key values does not exist in {} entity",
                    table.logical_name
                ),
            ),
        }
    }
}
