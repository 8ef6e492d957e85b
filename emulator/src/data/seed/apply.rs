//! Writes the planned rows of the seeds.

use std::collections::BTreeMap;

use dvkit_schema::{Column, SourceType, Table, TableKind};
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json, json};

use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, insert_sql};
use super::super::write;
use super::super::write::rules;
use super::plan::{Link, PlannedRow};
use super::{SEED_CALLER, SeedError, SeedRow};
use crate::request::ApiRequest;
use crate::token::Caller;

/// Writes the planned rows of `seeds`: each row after those that it refers to. References that go round in a
/// circle are written at the end.
///
/// # Errors
/// Returns an error if a row is refused.
pub(super) fn apply(
    session: &Session<'_>,
    seeds: &[SeedRow],
    rows: Vec<PlannedRow<'_>>,
) -> Result<(), SeedError> {
    let (order, late) = order(&rows);
    let at = |index: usize, error: ServiceError| match seeds.get(index) {
        Some(seed) => seed.error(None, error.message),
        None => error.into(),
    };
    for index in &order {
        let Some(row) = rows.get(*index) else { continue };
        let now = row.links.iter().enumerate().filter(|(n, _)| !late.contains(&(*index, *n)));
        let links: Vec<&Link<'_>> = now.map(|(_, link)| link).collect();
        write_row(session, row, &links).map_err(|e| at(*index, e))?;
    }
    for (index, number) in &late {
        let Some(row) = rows.get(*index) else { continue };
        let Some(link) = row.links.get(*number) else { continue };
        let members = link_member(row.table, link).into_iter().collect();
        write::update::update(session, row.table, row.id, &members).map_err(|e| at(*index, e))?;
    }
    for index in &order {
        let Some(row) = rows.get(*index) else { continue };
        finish(session, row).map_err(|e| at(*index, e))?;
    }
    Ok(())
}

/// Returns the order in which the rows are written, and the references that have to be written later: pairs of
/// the row and the number of the link.
fn order(rows: &[PlannedRow<'_>]) -> (Vec<usize>, Vec<(usize, usize)>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; rows.len()];
    let mut order = Vec::with_capacity(rows.len());
    let mut late = Vec::new();
    for start in 0..rows.len() {
        let mut open = vec![(start, 0)];
        while let Some((index, next)) = open.pop() {
            let Some(state) = states.get_mut(index) else { continue };
            if next == 0 {
                if *state != State::New {
                    continue;
                }
                *state = State::Open;
            }
            let link = rows.get(index).and_then(|row| row.links.get(next));
            let Some(link) = link else {
                *state = State::Done;
                order.push(index);
                continue;
            };
            open.push((index, next + 1));
            if let Some(target) = link.target {
                match states.get(target) {
                    Some(State::New) => open.push((target, 0)),
                    Some(State::Open) => late.push((index, next)),
                    _ => {}
                }
            }
        }
    }
    (order, late)
}

/// Returns whether a request can set the column when it creates a row. The state of a row is not: it is set
/// without the rules of transitions.
fn is_writable(column: &Column, exists: bool) -> bool {
    let computed =
        matches!(column.source, Some(SourceType::Calculated | SourceType::Rollup | SourceType::Formula));
    let valid = if exists { column.valid_for_update } else { column.valid_for_create };
    let state =
        matches!(column.ty, dvkit_schema::ColumnType::State { .. } | dvkit_schema::ColumnType::Status { .. });
    column.is_property()
        && valid != Some(false)
        && !computed
        && !state
        && !SYSTEM_COLUMNS.contains(&column.logical_name.as_str())
}

/// The columns that the service sets itself.
const SYSTEM_COLUMNS: [&str; 7] = [
    "createdon",
    "modifiedon",
    "createdby",
    "modifiedby",
    "createdonbehalfby",
    "modifiedonbehalfby",
    "overriddencreatedon",
];

/// Returns the member `navigation@odata.bind` for a reference; `None` if its column has no navigation property
/// to the table.
fn link_member(table: &Table, link: &Link<'_>) -> Option<(String, Json)> {
    let leads = |to: &str| {
        to == link.table.logical_name
            || (matches!(to, "owner" | "principal")
                && matches!(link.table.logical_name.as_str(), "systemuser" | "team"))
    };
    let relationship =
        table.lookups_of(&link.column.logical_name).find(|r| leads(&r.table) && r.navigation.is_some())?;
    let set = link.table.entity_set.as_deref()?;
    let navigation = relationship.navigation.as_deref()?;
    Some((format!("{navigation}@odata.bind"), Json::String(format!("/{set}({})", link.id))))
}

fn write_row(session: &Session<'_>, row: &PlannedRow<'_>, links: &[&Link<'_>]) -> Result<(), ServiceError> {
    let exists = session.row_version(row.table, row.id)?.is_some();
    if is_inserted(row.table) {
        return insert(session, row, exists);
    }
    let mut members = Map::new();
    for (column, json, _) in row.values.iter().filter(|(column, _, _)| is_writable(column, exists)) {
        members.insert(column.property_name().into_owned(), json.clone());
    }
    for link in links.iter().filter(|link| is_writable(link.column, exists)) {
        members.extend(link_member(row.table, link));
    }
    match exists {
        true => write::update::update(session, row.table, row.id, &members),
        false => write::create::create(session, row.table, Some(row.id), &members).map(|_| ()),
    }
}

/// Returns whether the rows of a table are inserted as they are, because requests do not write them: the pairs
/// of an N:N relationship, and the parties of activities.
fn is_inserted(table: &Table) -> bool {
    table.kind == Some(TableKind::Intersect) || table.logical_name == rules::PARTY
}

/// Inserts a row that requests do not write.
fn insert(session: &Session<'_>, row: &PlannedRow<'_>, exists: bool) -> Result<(), ServiceError> {
    if exists {
        return Ok(());
    }
    let layout = session.layout(&row.table.logical_name)?;
    let mut cells = vec![
        (key_of(&layout)?, Stored::Text(row.id.to_string())),
        (VERSION.to_owned(), Stored::Integer(session.rows.next_version())),
    ];
    let values = row.values.iter().filter_map(|(c, _, v)| Some((c.logical_name.clone(), v.clone()?)));
    cells.extend(values);
    cells.extend(row.links.iter().map(|l| (l.column.logical_name.clone(), Stored::Text(l.id.to_string()))));
    let sql = insert_sql("INSERT", &layout.name, cells.iter().map(|(name, _)| name.as_str()));
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(cells.iter().map(|(_, value)| value)))?;
    Ok(())
}

/// Sets the values that a request cannot write, and associates the row with others.
fn finish(session: &Session<'_>, row: &PlannedRow<'_>) -> Result<(), ServiceError> {
    if !is_inserted(row.table) {
        let mut cells: BTreeMap<String, Stored> = BTreeMap::new();
        for (column, _, stored) in row.values.iter().filter(|(column, _, _)| !is_writable(column, false)) {
            cells.extend(stored.clone().map(|stored| (column.logical_name.clone(), stored)));
        }
        for link in &row.links {
            if !is_writable(link.column, false) || link_member(row.table, link).is_none() {
                cells.insert(link.column.logical_name.clone(), Stored::Text(link.id.to_string()));
            }
        }
        if !cells.is_empty() {
            write::state::add_status(session, row.table, row.id, &mut cells)?;
            write::update::write(session, row.table, row.id, cells)?;
        }
    }
    for (navigation, table, id) in &row.associated {
        let set = |table: &Table| table.entity_set.clone().unwrap_or_else(|| table.logical_name.clone());
        let reference = json!({ "@odata.id": format!("{}{}({id})", session.web_api(), set(table)) });
        let call = ApiRequest {
            method: http::Method::POST,
            url: format!("{}({})/{navigation}/$ref", set(row.table), row.id),
            caller: Caller { name: SEED_CALLER.to_owned() },
            headers: http::HeaderMap::new(),
            body: reference.to_string().into(),
        };
        write::respond(session, &call)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use dvkit_schema::ColumnType;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_row_is_written_once_and_after_the_rows_that_it_refers_to() {
        let table = Table::default();
        let column = Column::new("a", ColumnType::BigInt);
        let link = |target: &Option<usize>| Link {
            column: &column,
            table: &table,
            id: Uuid::nil(),
            target: *target,
        };
        // Of each row the rows that it refers to; `None` is a row that exists already.
        for (rows, order_of_rows, late) in [
            (&[][..], &[][..], &[][..]),
            (&[&[][..], &[]], &[0, 1], &[]),
            (&[&[None][..]], &[0], &[]),
            (&[&[Some(1)][..], &[]], &[1, 0], &[]),
            (&[&[][..], &[Some(0)]], &[0, 1], &[]),
            (&[&[Some(1), Some(2)][..], &[], &[]], &[1, 2, 0], &[]),
            (&[&[Some(2)][..], &[Some(0)], &[]], &[2, 0, 1], &[]),
            (&[&[Some(1), Some(1)][..], &[None, None]], &[1, 0], &[]),
            (&[&[Some(1), Some(2)][..], &[Some(2)], &[]], &[2, 1, 0], &[]),
            // A reference that closes a circle is written later.
            (&[&[Some(0)][..]], &[0], &[(0, 0)]),
            (&[&[Some(1)][..], &[Some(0)]], &[1, 0], &[(1, 0)]),
            (&[&[Some(1)][..], &[None, Some(0), Some(2)], &[Some(1)]], &[2, 1, 0], &[(1, 1), (2, 0)]),
        ] {
            let planned: Vec<PlannedRow<'_>> = rows
                .iter()
                .map(|links| PlannedRow {
                    table: &table,
                    id: Uuid::nil(),
                    values: Vec::new(),
                    links: links.iter().map(link).collect(),
                    associated: Vec::new(),
                })
                .collect();
            assert_eq!(order(&planned), (order_of_rows.to_vec(), late.to_vec()), "{rows:?}");
        }
    }

    #[test]
    fn a_request_writes_the_columns_that_are_valid_for_it() {
        let column = |change: fn(&mut Column)| {
            let mut column = Column::new("new_a", ColumnType::BigInt);
            column.odata = Some(true);
            change(&mut column);
            column
        };
        for (column, creates, updates) in [
            (column(|_| {}), true, true),
            (column(|c| c.valid_for_create = Some(false)), false, true),
            (column(|c| c.valid_for_update = Some(false)), true, false),
            (column(|c| c.source = Some(SourceType::Simple)), true, true),
            (column(|c| c.source = Some(SourceType::Calculated)), false, false),
            (column(|c| c.source = Some(SourceType::Rollup)), false, false),
            (column(|c| c.source = Some(SourceType::Formula)), false, false),
            (column(|c| c.logical_name = "createdon".into()), false, false),
            (column(|c| c.logical_name = "overriddencreatedon".into()), false, false),
            (column(|c| c.odata = Some(false)), false, false),
        ] {
            assert_eq!(is_writable(&column, false), creates, "{column:?}");
            assert_eq!(is_writable(&column, true), updates, "{column:?}");
        }
    }
}
