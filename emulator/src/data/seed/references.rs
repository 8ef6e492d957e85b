//! Finds the rows that references in seeds name.

use std::cell::RefCell;
use std::collections::HashMap;

use dvkit_schema::Table;
use odata_parser::ast::SegmentKind;
use odata_parser::{ParseOptions, RequestText, parse_request};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::cells;
use super::super::session::Session;
use super::super::write::target::{RowKey, key};
use super::plan::PlannedRow;
use crate::state::WEB_API_ROOT;

/// A reference to a row, as the seeds give it.
#[derive(Debug)]
pub(super) enum Reference<'a> {
    Id(Uuid),
    /// A path such as `/accounts(accountnumber='A1')`, or the value of the primary name column.
    Text(&'a str),
    /// The values of columns that belong to one row, such as `{"accountnumber": "A1"}`. The member
    /// `@odata.type` may name the table.
    Columns(&'a Map<String, Json>),
}

impl<'a> Reference<'a> {
    /// Parses a reference.
    ///
    /// # Errors
    /// Returns an error if the value is of another type.
    pub(super) fn parse(value: &'a Json) -> Result<Self, String> {
        match value {
            Json::String(text) => Ok(match Uuid::parse_str(text.trim()) {
                Ok(id) => Self::Id(id),
                Err(_) => Self::Text(text),
            }),
            Json::Object(members) if members.keys().any(|name| !name.starts_with('@')) => {
                Ok(Self::Columns(members))
            }
            _ => Err(format!(
                "`{value}` is not a reference; a reference is an id, a name, `/accounts(…)`, or the values of columns: {{\"accountnumber\": \"A1\"}}"
            )),
        }
    }
}

/// Returns the tables with these logical names. For the abstract owner of rows these are users and teams.
pub(super) fn tables<'a, 'n>(session: &Session<'a>, names: impl Iterator<Item = &'n str>) -> Vec<&'a Table> {
    let mut found: Vec<&Table> = Vec::new();
    for name in names {
        let concrete: &[&str] = match name {
            "owner" | "principal" => &["systemuser", "team"],
            _ => &[name],
        };
        for name in concrete {
            let table = session.store.table(name).ok().flatten().filter(|t| t.primary_id.is_some());
            found.extend(table.filter(|t| found.iter().all(|f| f.logical_name != t.logical_name)));
        }
    }
    found
}

/// The planned rows by id and by name.
#[derive(Debug)]
pub(super) struct Index {
    by_id: HashMap<(String, Uuid), usize>,
    by_name: HashMap<(String, String), Vec<(usize, Uuid)>>,
    /// The rows of a table by the values of some columns, as far as references needed them.
    by_columns: RefCell<HashMap<(String, Vec<String>), RowsByValues>>,
}

/// The numbers and ids of rows by the values of some columns.
type RowsByValues = HashMap<Vec<String>, Vec<(usize, Uuid)>>;

impl Index {
    pub(super) fn of(rows: &[PlannedRow<'_>]) -> Self {
        let mut index =
            Self { by_id: HashMap::new(), by_name: HashMap::new(), by_columns: RefCell::default() };
        for (number, row) in rows.iter().enumerate() {
            let table = &row.table.logical_name;
            let first = *index.by_id.entry((table.clone(), row.id)).or_insert(number);
            if let Some(name) = name(row) {
                let named = index.by_name.entry((table.clone(), name.to_lowercase())).or_default();
                if !named.contains(&(first, row.id)) {
                    named.push((first, row.id));
                }
            }
        }
        index
    }
}

/// Returns the name of a planned row: the value of the primary name column, or first and last name.
fn name(row: &PlannedRow<'_>) -> Option<String> {
    let text = |column: &str| {
        let found = row.values.iter().find(|(c, _, _)| c.logical_name == column)?;
        found.1.as_str().map(str::to_owned)
    };
    let primary = row.table.primary_name.as_deref()?;
    text(primary).or_else(|| {
        let parts: Vec<String> = ["firstname", "lastname"].into_iter().filter_map(text).collect();
        (primary == "fullname" && !parts.is_empty()).then(|| parts.join(" "))
    })
}

/// The row that a reference names: its table, its id, and its index among the planned rows.
type Target<'a> = (&'a Table, Uuid, Option<usize>);

/// Finds the row of one of `tables` that a reference names: among the planned rows first, then among those
/// that exist.
///
/// # Errors
/// Returns an error if there is no such row, or more than one.
pub(super) fn resolve<'a>(
    session: &Session<'a>,
    index: &Index,
    rows: &[PlannedRow<'a>],
    tables: &[&'a Table],
    reference: &Reference<'_>,
) -> Result<Target<'a>, String> {
    let names = || tables.iter().map(|t| format!("`{}`", t.logical_name)).collect::<Vec<_>>().join(" or ");
    match reference {
        Reference::Id(id) => by_id(session, index, tables, *id)?
            .ok_or_else(|| format!("no row of {} has the id {id}", names())),
        Reference::Text(text) => {
            if let Some((table, key)) = path(session, text) {
                return by_key(session, index, rows, table, &key)?
                    .ok_or_else(|| format!("no row is named by `{text}`"));
            }
            let found = by_name(session, index, tables, text)?;
            one(
                found,
                || format!("no row of {} is named `{text}`", names()),
                || format!("several rows of {} are named `{text}`; give the id or an alternate key", names()),
            )
        }
        Reference::Columns(members) => {
            let ty = members.get("@odata.type").and_then(Json::as_str);
            let ty = ty.map(|ty| ty.trim_start_matches('#').trim_start_matches("Microsoft.Dynamics.CRM."));
            let mut found = Vec::new();
            for table in tables.iter().filter(|t| ty.is_none_or(|ty| t.logical_name == ty)) {
                let Some(values) = values(table, members) else { continue };
                found.extend(by_values(session, index, rows, table, &values)?);
            }
            let shown = Json::Object((*members).clone());
            one(
                found,
                || format!("no row of {} has the values {shown}", names()),
                || format!("several rows of {} have the values {shown}", names()),
            )
        }
    }
}

fn one<'a>(
    mut found: Vec<Target<'a>>,
    none: impl FnOnce() -> String,
    several: impl FnOnce() -> String,
) -> Result<Target<'a>, String> {
    found.dedup_by_key(|(table, id, _)| (table.logical_name.clone(), *id));
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(none()),
        _ => Err(several()),
    }
}

fn by_id<'a>(
    session: &Session<'a>,
    index: &Index,
    tables: &[&'a Table],
    id: Uuid,
) -> Result<Option<Target<'a>>, String> {
    for table in tables {
        if let Some(row) = index.by_id.get(&(table.logical_name.clone(), id)) {
            return Ok(Some((table, id, Some(*row))));
        }
    }
    for table in tables {
        if session.row_version(table, id).map_err(|e| e.message)?.is_some() {
            return Ok(Some((table, id, None)));
        }
    }
    Ok(None)
}

fn by_name<'a>(
    session: &Session<'a>,
    index: &Index,
    tables: &[&'a Table],
    text: &str,
) -> Result<Vec<Target<'a>>, String> {
    let mut found = Vec::new();
    for table in tables {
        let named = index.by_name.get(&(table.logical_name.clone(), text.to_lowercase()));
        found.extend(named.into_iter().flatten().map(|(row, id)| (*table, *id, Some(*row))));
    }
    if !found.is_empty() {
        return Ok(found);
    }
    for table in tables {
        let Some(name) = &table.primary_name else { continue };
        let values = [(name.as_str(), Stored::Text(text.to_owned()))];
        let ids = session.find(table, &values, 2).map_err(|e| e.message)?;
        found.extend(ids.into_iter().map(|id| (*table, id, None)));
    }
    Ok(found)
}

/// Parses a path that names a row: `/accounts(…)`, or the whole URL of a row. `None` for any other text.
fn path<'a>(session: &Session<'a>, text: &str) -> Option<(&'a Table, RowKey<'a>)> {
    let path = match text.split_once(WEB_API_ROOT) {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => text.trim_start_matches('/'),
    };
    if !path.ends_with(')') {
        return None;
    }
    let decoded = RequestText::new(path);
    let request = parse_request(&decoded, &ParseOptions::default()).ok()?;
    let kinds: Vec<_> = request.path.segments.iter().map(|s| &s.kind).collect();
    let (set, arguments) = match kinds.as_slice() {
        [SegmentKind::Call(call)] => (call.name, call.args.as_slice()),
        [SegmentKind::Name(set), SegmentKind::Key(arguments)] => (*set, arguments.as_slice()),
        _ => return None,
    };
    let table = session.table_of_set(set).ok()?;
    Some((table, key(table, arguments).ok()?))
}

fn by_key<'a>(
    session: &Session<'a>,
    index: &Index,
    rows: &[PlannedRow<'a>],
    table: &'a Table,
    key: &RowKey<'_>,
) -> Result<Option<Target<'a>>, String> {
    match key {
        RowKey::Id(id) => by_id(session, index, &[table], *id),
        RowKey::Alternate(values) => Ok(by_values(session, index, rows, table, values)?.first().copied()),
    }
}

/// Returns the stored values of the columns that a reference names; `None` if the table does not have them.
fn values<'t>(table: &'t Table, members: &Map<String, Json>) -> Option<Vec<(&'t str, Stored)>> {
    let members = members.iter().filter(|(name, _)| !name.starts_with('@'));
    members
        .map(|(name, value)| {
            let column = table.property(name).or_else(|| table.column(name))?;
            Some((column.logical_name.as_str(), cells::parse(table, column, value).ok()?))
        })
        .collect()
}

fn by_values<'a>(
    session: &Session<'a>,
    index: &Index,
    rows: &[PlannedRow<'a>],
    table: &'a Table,
    values: &[(&str, Stored)],
) -> Result<Vec<Target<'a>>, String> {
    let mut values = values.to_vec();
    values.sort_by_key(|(column, _)| *column);
    let columns: Vec<String> = values.iter().map(|(column, _)| (*column).to_owned()).collect();
    let wanted: Vec<String> = values.iter().map(|(_, value)| comparable(value)).collect();
    let mut by_columns = index.by_columns.borrow_mut();
    let known =
        by_columns.entry((table.logical_name.clone(), columns)).or_insert_with_key(|(table, columns)| {
            let mut known: RowsByValues = HashMap::new();
            for (number, row) in rows.iter().enumerate().filter(|(_, row)| row.table.logical_name == *table) {
                let value = |column: &String| {
                    let found = row.values.iter().find(|(c, _, _)| c.logical_name == *column)?;
                    found.2.as_ref().map(comparable)
                };
                if let Some(values) = columns.iter().map(value).collect::<Option<Vec<String>>>() {
                    let same = known.entry(values).or_default();
                    if same.iter().all(|(_, id)| *id != row.id) {
                        same.push((number, row.id));
                    }
                }
            }
            known
        });
    if let Some(found) = known.get(&wanted) {
        return Ok(found.iter().map(|(number, id)| (table, *id, Some(*number))).collect());
    }
    let ids = session.find(table, &values, 2).map_err(|e| e.message)?;
    Ok(ids.into_iter().map(|id| (table, id, None)).collect())
}

/// Returns a text that is the same for equal stored values; letter case does not matter.
fn comparable(value: &Stored) -> String {
    match value {
        Stored::Text(text) => text.to_lowercase(),
        other => format!("{other:?}"),
    }
}
