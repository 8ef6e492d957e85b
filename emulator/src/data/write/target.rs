//! Finds the table and the row that the path of a writing request names.

use dvkit_schema::{Column, Edm, Key, Relationship, Table};
use http::StatusCode;
use odata_parser::ast::{Argument, ExprKind, LiteralKind, SegmentKind};
use odata_parser::url::encode;
use odata_parser::{ParseOptions, RequestText, parse_request};
use rusqlite::types::Value as Stored;
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::cells;
use super::super::service_error::{INVALID_REQUEST, ServiceError};
use super::super::session::{Session, column_of};
use super::super::url::RowUrl;
use crate::state::WEB_API_ROOT;

/// The service's code of an alternate key that no row has (`RecordNotFoundByEntityKey`).
const NO_ROW_WITH_KEY: &str = "0x80060891";

/// What the path of a writing request names.
#[derive(Clone, Debug)]
pub(crate) enum Target<'a> {
    /// An entity set.
    Set(&'a Table),
    /// A row of an entity set.
    Row(&'a Table, RowKey<'a>),
    /// A property of a row.
    Property(&'a Table, RowKey<'a>, &'a Column),
    /// A navigation property of a row.
    Navigation(&'a Table, RowKey<'a>, &'a Relationship),
    /// The references of a navigation property of a row (`…/$ref`), or that to one row of a collection.
    References(&'a Table, RowKey<'a>, &'a Relationship, Option<RowKey<'a>>),
}

/// The key of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RowKey<'a> {
    /// The value of the primary key.
    Id(Uuid),
    /// An alternate key: the logical names of its columns with their stored values.
    Alternate(Vec<(&'a str, Stored)>),
}

/// A step of a path: a name, and the key after it.
type Step<'s> = (&'s str, Option<&'s [Argument<'s>]>);

/// Parses a decoded path, and calls `work` with its steps and the system segment at its end (`$ref`).
fn with_steps<T>(
    path: &str,
    work: impl FnOnce(&[Step<'_>], Option<&str>) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    let encoded = encoded(path);
    let text = RequestText::new(&encoded);
    let request = parse_request(&text, &ParseOptions::default()).map_err(ServiceError::of_finding)?;
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut system = None;
    for segment in &request.path.segments {
        match &segment.kind {
            SegmentKind::Name(name) if system.is_none() => steps.push((*name, None)),
            SegmentKind::Call(call) if system.is_none() => steps.push((call.name, Some(&call.args))),
            SegmentKind::Key(arguments) if system.is_none() => match steps.last_mut() {
                Some((_, key @ None)) => *key = Some(arguments),
                _ => return Err(ServiceError::bad(format!("The path '{path}' is not valid."))),
            },
            SegmentKind::System(name) if system.is_none() => system = Some(*name),
            _ => return Err(ServiceError::not_emulated(format_args!("writing to {path}"))),
        }
    }
    work(&steps, system)
}

/// Returns a decoded path in one way of encoding, so that the texts in its keys may contain every character.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    // A quote within a text is written twice, which ends the text and begins it again.
    for (index, part) in path.split('\'').enumerate() {
        if index > 0 {
            out.push('\'');
        }
        let encoded = encode(part).replace('?', "%3F");
        out.push_str(&if index % 2 == 1 { encoded.replace('/', "%2F") } else { encoded });
    }
    out
}

/// Finds what a URL names.
///
/// # Errors
/// Returns an error with the status 404 if the organisation has no such entity set or property, and with the
/// status 501 for paths that the emulator does not support.
pub(crate) fn find<'a>(session: &Session<'a>, url: &RowUrl) -> Result<Target<'a>, ServiceError> {
    with_steps(&url.path, |steps, system| match (steps, system) {
        ([(set, None)], None) => Ok(Target::Set(session.table_of_set(set)?)),
        ([(set, Some(arguments))], None) => {
            let table = session.table_of_set(set)?;
            Ok(Target::Row(table, key(table, arguments)?))
        }
        ([(set, Some(arguments)), (name, inner)], None | Some("$ref")) => {
            let table = session.table_of_set(set)?;
            let row = key(table, arguments)?;
            if let (Some(column), None, None) = (table.property(name), inner, system) {
                return Ok(Target::Property(table, row, column));
            }
            let relationship = table.navigation(name).ok_or_else(|| ServiceError::no_segment(name))?;
            match (system, inner) {
                (None, None) => Ok(Target::Navigation(table, row, relationship)),
                (Some(_), inner) => {
                    let related = session.table(&relationship.table)?;
                    let inner = inner.map(|arguments| key(related, arguments)).transpose()?;
                    Ok(Target::References(table, row, relationship, inner))
                }
                _ => Err(ServiceError::not_emulated(format_args!("writing to {}", url.path))),
            }
        }
        _ => Err(ServiceError::not_emulated(format_args!("writing to {}", url.path))),
    })
}

/// Parses the key of a row of `table`.
///
/// # Errors
/// Returns an error if the key is not a guid, or does not name an active alternate key of the table.
pub(crate) fn key<'a>(table: &'a Table, arguments: &[Argument<'_>]) -> Result<RowKey<'a>, ServiceError> {
    let invalid =
        || ServiceError::bad(format!("The key of '{}' in the URL is not valid.", table.logical_name));
    let literal = |argument: &Argument<'_>| match &argument.value.kind {
        ExprKind::Literal(literal) if literal.kind != LiteralKind::Null => {
            Ok(literal.string_value().into_owned())
        }
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
        if Some(column.logical_name.as_str()) == table.primary_id.as_deref() && arguments.len() == 1 {
            return Ok(RowKey::Id(Uuid::parse_str(&text).map_err(|_| invalid())?));
        }
        // A number in a key is a number in JSON, too; everything else is a text.
        let json = match text.parse::<serde_json::Number>() {
            Ok(number) if column.ty.edm() != Some(Edm::String) => Json::Number(number),
            _ => Json::String(text),
        };
        values.push((column.logical_name.as_str(), cells::parse(table, column, &json)?));
    }
    let columns_match = |key: &Key| {
        key.columns.len() == values.len()
            && values.iter().all(|(name, _)| key.columns.iter().any(|c| c == name))
    };
    let is_active = |key: &Key| key.status.as_deref().is_none_or(|status| status == "Active");
    if !table.keys.iter().any(|key| is_active(key) && columns_match(key)) {
        return Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            INVALID_REQUEST,
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
    pub(crate) fn id(&self, session: &Session<'_>, table: &Table) -> Result<Option<Uuid>, ServiceError> {
        match self {
            Self::Id(id) => Ok(Some(*id)),
            Self::Alternate(values) => Ok(session.find(table, values, 1)?.first().copied()),
        }
    }

    /// Returns the id and the version of the row with this key.
    ///
    /// # Errors
    /// Returns an error with the status 404 if there is no such row.
    pub(crate) fn existing(&self, session: &Session<'_>, table: &Table) -> Result<(Uuid, i64), ServiceError> {
        let id = self.id(session, table)?.ok_or_else(|| self.missing(table))?;
        let version = session.row_version(table, id)?.ok_or_else(|| self.missing(table))?;
        Ok((id, version))
    }

    /// Returns the error of a row that does not exist.
    pub(crate) fn missing(&self, table: &Table) -> ServiceError {
        match self {
            Self::Id(id) => ServiceError::no_row(&table.logical_name, &id.to_string()),
            Self::Alternate(_) => ServiceError::new(
                StatusCode::NOT_FOUND,
                NO_ROW_WITH_KEY,
                format!(
                    "A record with the specified key values does not exist in {} entity",
                    table.logical_name
                ),
            ),
        }
    }
}

/// Returns the table and the id of the row that a reference names: `/accounts(…)`, `accounts(…)`, or the whole
/// URL of a row.
///
/// # Errors
/// Returns an error if the reference is not valid, or if there is no such row.
pub(crate) fn reference<'a>(session: &Session<'a>, text: &str) -> Result<(&'a Table, Uuid), ServiceError> {
    let path = match text.split_once(WEB_API_ROOT) {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => text.trim_start_matches('/'),
    };
    let invalid = || {
        let shown: String = text.chars().take(200).collect();
        ServiceError::bad(format!("The reference '{shown}' does not name a row."))
    };
    let decoded = odata_parser::url::decode_keeping_plus(path).text;
    with_steps(&decoded, |steps, system| match (steps, system) {
        ([(set, Some(arguments))], None) => {
            let table = session.table_of_set(set)?;
            let (id, _) = key(table, arguments)?.existing(session, table)?;
            Ok((table, id))
        }
        _ => Err(invalid()),
    })
    .map_err(|error| if error.finding.is_some() { invalid() } else { error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_and_a_question_mark_within_a_text_do_not_end_it() {
        for (path, expected) in [
            ("accounts", "accounts"),
            ("accounts(name='a/b')/x", "accounts(name='a%2Fb')/x"),
            ("accounts(name='a?b')/x?y", "accounts(name='a%3Fb')/x%3Fy"),
            ("accounts(name='a''/b')/x", "accounts(name='a''%2Fb')/x"),
            ("accounts(name='a/'/'b/')", "accounts(name='a%2F'/'b%2F')"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(encoded(path), expected, "{path}");
        }
    }
}
