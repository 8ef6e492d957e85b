//! Values that the service makes of other columns of a row, and the numbers that it gives to rows.

use std::collections::BTreeMap;

use dvkit_schema::Table;
use jiff::tz::TimeZone;
use rusqlite::OptionalExtension as _;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::service_error::ServiceError;
use super::super::session::Session;

/// The first number of a sequence of automatic numbers.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/create-auto-number-attributes>
const FIRST_NUMBER: i64 = 1_000;
/// The most random characters in an automatic number.
const MAX_RANDOM_CHARACTERS: usize = 6;
/// The most digits to which a number of a sequence is padded.
const MAX_DIGITS: usize = 16;

/// A column whose value is made of other columns: its name, those of the others, and the function.
type Composite = (String, Vec<String>, fn(&[Option<String>]) -> String);

/// Returns the columns of a table whose values are made of other columns.
fn composites(table: &Table) -> Vec<Composite> {
    let has = |name: &str| table.column(name).is_some();
    let mut all: Vec<Composite> = Vec::new();
    if has("firstname") && has("lastname") {
        let parts = || vec!["firstname".to_owned(), "lastname".to_owned()];
        for (name, first, last) in
            [("fullname", "firstname", "lastname"), ("yomifullname", "yomifirstname", "yomilastname")]
        {
            if has(name) {
                let own = has(first) && has(last);
                let parts = if own { vec![first.to_owned(), last.to_owned()] } else { parts() };
                all.push((name.to_owned(), parts, full_name));
            }
        }
    }
    for number in 1..=3 {
        let name = format!("address{number}_composite");
        if has(&name) {
            let parts = ["line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country"];
            let parts = parts.iter().map(|part| format!("address{number}_{part}")).collect();
            all.push((name, parts, address));
        }
    }
    all
}

/// Returns a full name: first name and last name.
fn full_name(parts: &[Option<String>]) -> String {
    let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    parts.join(" ")
}

/// Returns an address with several lines.
fn address(parts: &[Option<String>]) -> String {
    let part = |index: usize| parts.get(index).and_then(Option::as_deref).unwrap_or_default();
    let region = [part(4), part(5)].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
    let town = [part(3), &region].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ");
    let lines = [part(0), part(1), part(2), &town, part(6)];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\r\n")
}

/// Sets the columns of a row that are made of other columns, if one of these is written. `id` is the id of the
/// row that is changed; `None` for a new row.
///
/// # Errors
/// Returns an error if the row cannot be read.
pub(crate) fn compose(
    session: &Session<'_>,
    table: &Table,
    id: Option<Uuid>,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    for (name, parts, join) in composites(table) {
        if layout.kind(&name).is_none() || !parts.iter().any(|part| values.contains_key(part)) {
            continue;
        }
        let known: Vec<&str> =
            parts.iter().map(String::as_str).filter(|p| layout.kind(p).is_some()).collect();
        let current = match id {
            Some(id) => session.values(table, id, &known)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let text = |part: &String| {
            let stored = || known.iter().position(|k| k == part).and_then(|index| current.get(index));
            match values.get(part).or_else(stored) {
                Some(Stored::Text(text)) => Some(text.clone()),
                _ => None,
            }
        };
        let made = join(&parts.iter().map(text).collect::<Vec<_>>());
        let max = match &table.column(&name).map(|c| &c.ty) {
            Some(
                dvkit_schema::ColumnType::String { max_length: Some(max), .. }
                | dvkit_schema::ColumnType::Memo { max_length: Some(max), .. },
            ) => *max as usize,
            _ => usize::MAX,
        };
        let made: String = made.chars().take(max).collect();
        values.insert(name, if made.is_empty() { Stored::Null } else { Stored::Text(made) });
    }
    Ok(())
}

/// Sets the columns with automatic numbers of a new row that have no value.
///
/// # Errors
/// Returns an error if SQLite fails.
pub(crate) fn number(
    session: &Session<'_>,
    table: &Table,
    values: &mut BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    for column in &table.columns {
        // Cases are numbered by a setting that is not in the metadata of the column.
        let of_case = table.logical_name == "incident" && column.logical_name == "ticketnumber";
        let format = match column.auto_number.as_deref().filter(|format| !format.is_empty()) {
            Some(format) => format,
            None if of_case => "CAS-{SEQNUM:5}-{RANDSTRING:6}",
            None => continue,
        };
        if matches!(values.get(&column.logical_name), None | Some(Stored::Null)) {
            let sequence = format!("number {}.{}", table.logical_name, column.logical_name);
            let text = formatted(session, &sequence, format)?;
            values.insert(column.logical_name.clone(), Stored::Text(text));
        }
    }
    Ok(())
}

/// Returns the next automatic number in the format `format`.
fn formatted(session: &Session<'_>, sequence: &str, format: &str) -> Result<String, ServiceError> {
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, token)) = rest.split_once('{') {
        // A brace that is never closed is text, like all that follows.
        let Some((token, after)) = token.split_once('}') else { break };
        out.push_str(before);
        rest = after;
        let (name, argument) = token.split_once(':').unwrap_or((token, ""));
        let size = || argument.parse::<usize>().unwrap_or(0);
        match name {
            "SEQNUM" => {
                let width = size().min(MAX_DIGITS);
                out.push_str(&format!("{:0width$}", next_number(session, sequence)?));
            }
            "RANDSTRING" => {
                let random = Uuid::new_v4().simple().to_string().to_ascii_uppercase();
                out.extend(random.chars().take(size().min(MAX_RANDOM_CHARACTERS)));
            }
            "DATETIMEUTC" => {
                let now = session.context.now.to_zoned(TimeZone::UTC);
                out.push_str(&now.strftime(&pattern(argument)).to_string());
            }
            _ => out.push_str(&format!("{{{token}}}")),
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Returns the next number of a sequence.
fn next_number(session: &Session<'_>, sequence: &str) -> Result<i64, ServiceError> {
    let connection = &session.rows.connection;
    let mut last = connection.prepare_cached("SELECT value FROM \"*meta\" WHERE name = ?1")?;
    let last: Option<i64> = last.query_row([sequence], |row| row.get(0)).optional()?;
    let next = last.map_or(FIRST_NUMBER, |last| last.saturating_add(1));
    connection
        .prepare_cached("INSERT OR REPLACE INTO \"*meta\" (name, value) VALUES (?1, ?2)")?
        .execute((sequence, next))?;
    Ok(next)
}

/// Translates a format of dates of .NET (`yyyyMMdd`) to one of `strftime`.
fn pattern(format: &str) -> String {
    let tokens = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
    ];
    let mut out = String::new();
    let mut rest = format;
    while let Some(next) = rest.chars().next() {
        match tokens.iter().find_map(|(token, strftime)| Some((rest.strip_prefix(token)?, strftime))) {
            Some((after, strftime)) => {
                out.push_str(strftime);
                rest = after;
            }
            None => {
                out.push_str(if next == '%' {
                    "%%"
                } else {
                    rest.get(..next.len_utf8()).unwrap_or_default()
                });
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_line_for_town_and_region() {
        let part = |text: &str| Some(text.to_owned());
        let parts =
            [part("1 Main St"), None, None, part("Springfield"), part("IL"), part("62701"), part("US")];
        assert_eq!(address(&parts), "1 Main St\r\nSpringfield, IL 62701\r\nUS");
        assert_eq!(address(&[None, None, None, None, None, None, None]), "");
    }

    #[test]
    fn formats_of_dates_are_translated() {
        assert_eq!(pattern("yyyyMMdd-HHmmss"), "%Y%m%d-%H%M%S");
        assert_eq!(pattern("100% é"), "100%% é");
    }
}
