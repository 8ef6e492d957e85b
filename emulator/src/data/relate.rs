//! Connects and disconnects rows along relationships, in both directions.

use std::collections::{BTreeMap, HashSet};

use dvkit_execute::sqlite::TableLayout;
use dvkit_schema::{CascadeAction, ColumnType, Relationship, Side, Table};
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::service_error::ServiceError;
use super::session::{Session, key_of};
use super::store::{VERSION, insert_sql, quoted};
use super::write::{base_rows, create, delete, owner, update};

/// The most rows that are assigned together.
const MAX_ASSIGNED: usize = 100_000;

/// The table that has the pairs of an N:N relationship, with its columns.
struct Pairs {
    /// The logical name of the table.
    table: String,
    /// The column with the ids of this table's rows.
    own: String,
    /// The column with the ids of the other table's rows.
    other: String,
    /// The key of the table, if it is not the pair itself.
    key: Option<String>,
}

impl Pairs {
    /// Returns the table of an N:N relationship, after making sure that it exists in the database.
    fn of(session: &Session<'_>, relationship: &Relationship) -> Result<Self, ServiceError> {
        let (Some(table), Some(own), Some(other)) =
            (&relationship.intersect, &relationship.column, &relationship.referenced)
        else {
            return Err(ServiceError::not_emulated(format_args!(
                "the relationship {}, whose intersect table is unknown",
                relationship.schema_name.as_deref().unwrap_or_default()
            )));
        };
        let mut pairs = Self { table: table.clone(), own: own.clone(), other: other.clone(), key: None };
        let described =
            session.store.table(table)?.filter(|t| t.column(own).is_some() && t.column(other).is_some());
        match described {
            Some(known) => {
                let layout = session.layout(&known.logical_name)?;
                pairs.key = key_of(&layout).ok().filter(|key| key != own && key != other);
            }
            None => {
                let mut columns = [own.as_str(), other.as_str()];
                columns.sort_unstable();
                let layout = TableLayout::for_intersect(table, columns);
                session.rows.ensure(session.store, session.state.number, &[layout])?;
            }
        }
        Ok(pairs)
    }
}

/// Creates a row at the other end of a collection, connected to the row `id` of `table`. `depth` is the number
/// of rows that the new one is within. Returns the table and the id of the new row.
///
/// # Errors
/// Returns an error if a value of the row is refused.
pub(crate) fn create_related<'a>(
    session: &Session<'a>,
    table: &Table,
    id: Uuid,
    relationship: &Relationship,
    members: &Map<String, Json>,
    depth: usize,
) -> Result<(&'a Table, Uuid), ServiceError> {
    let target = session.table(&relationship.table)?;
    let own = session.table(&table.logical_name)?;
    match (relationship.side, &relationship.column) {
        (Side::OneToMany, Some(column)) => {
            let preset = vec![(column.clone(), Stored::Text(id.to_string()), Some(own))];
            Ok((target, create::create_with(session, target, None, members, preset, depth)?))
        }
        (Side::ManyToMany, _) => {
            let created = create::create_with(session, target, None, members, Vec::new(), depth)?;
            associate(session, table, id, relationship, target, created)?;
            Ok((target, created))
        }
        _ => Err(ServiceError::not_emulated(format_args!(
            "creating a row through {}",
            relationship.navigation.as_deref().unwrap_or_default()
        ))),
    }
}

/// Connects the row `id` of `table` to the row `target_id` of `target`.
///
/// # Errors
/// Returns an error if rows of an N:N relationship are connected already, or if a value is refused.
pub(crate) fn associate(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    relationship: &Relationship,
    target: &Table,
    target_id: Uuid,
) -> Result<(), ServiceError> {
    let (table, target) = (session.table(&table.logical_name)?, session.table(&target.logical_name)?);
    let link = |column: &String, to: Uuid| BTreeMap::from([(column.clone(), Stored::Text(to.to_string()))]);
    match (relationship.side, &relationship.column) {
        (Side::ManyToOne, Some(column)) => {
            let bound = BTreeMap::from([(column.clone(), target)]);
            update::update_values(session, table, id, link(column, target_id), &bound)
        }
        (Side::OneToMany, Some(column)) => {
            let child = base_rows::concrete(session, target, target_id)?;
            let bound = BTreeMap::from([(column.clone(), table)]);
            update::update_values(session, child, target_id, link(column, id), &bound)
        }
        (Side::ManyToMany, _) => {
            let pairs = Pairs::of(session, relationship)?;
            let connection = &session.rows.connection;
            let exists = format!(
                "SELECT EXISTS (SELECT 1 FROM {} WHERE {} = ?1 AND {} = ?2)",
                quoted(&pairs.table),
                quoted(&pairs.own),
                quoted(&pairs.other)
            );
            let ids = (id.to_string(), target_id.to_string());
            if connection.prepare_cached(&exists)?.query_row((&ids.0, &ids.1), |row| row.get(0))? {
                return Err(create::duplicate());
            }
            let version = session.rows.next_version();
            let mut columns = vec![&*pairs.own, &*pairs.other, VERSION];
            let mut values = vec![Stored::Text(ids.0), Stored::Text(ids.1), Stored::Integer(version)];
            if let Some(key) = &pairs.key {
                columns.push(key);
                values.push(Stored::Text(Uuid::new_v4().to_string()));
                if session.layout(&pairs.table)?.kind("versionnumber").is_some() {
                    columns.push("versionnumber");
                    values.push(Stored::Integer(version));
                }
            }
            let insert = insert_sql("INSERT", &pairs.table, columns.into_iter());
            connection.prepare_cached(&insert)?.execute(rusqlite::params_from_iter(values))?;
            Ok(())
        }
        _ => Err(ServiceError::not_emulated(format_args!(
            "connecting rows through {}",
            relationship.navigation.as_deref().unwrap_or_default()
        ))),
    }
}

/// Disconnects the row `id` of `table` from the row `target_id`, or from the row that its lookup points to.
/// Rows that are not connected stay as they are.
///
/// # Errors
/// Returns an error if a collection is disconnected without the row at its other end, or if the lookup must
/// have a value.
pub(crate) fn disassociate(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    relationship: &Relationship,
    target_id: Option<Uuid>,
) -> Result<(), ServiceError> {
    let table = session.table(&table.logical_name)?;
    let clear = |row_table: &Table, row: Uuid, column: &String| {
        let values = BTreeMap::from([(column.clone(), Stored::Null)]);
        update::update_values(session, row_table, row, values, &BTreeMap::new())
    };
    let points_to = |row_table: &Table, row: Uuid, column: &String, to: Uuid| {
        let values = session.values(row_table, row, &[column])?.unwrap_or_default();
        Ok::<_, ServiceError>(values.first() == Some(&Stored::Text(to.to_string())))
    };
    match (relationship.side, &relationship.column, target_id) {
        (Side::ManyToOne, Some(column), None) => clear(table, id, column),
        (Side::ManyToOne, Some(column), Some(target_id)) => match points_to(table, id, column, target_id)? {
            true => clear(table, id, column),
            false => session.choice("rows that are not connected"),
        },
        (Side::OneToMany, Some(column), Some(target_id)) => {
            let target = session.table(&relationship.table)?;
            let child = base_rows::concrete(session, target, target_id)?;
            match points_to(child, target_id, column, id)? {
                true => clear(child, target_id, column),
                false => session.choice("rows that are not connected"),
            }
        }
        (Side::ManyToMany, _, Some(target_id)) => {
            let pairs = Pairs::of(session, relationship)?;
            let condition = format!("{} = ?1 AND {} = ?2", quoted(&pairs.own), quoted(&pairs.other));
            delete_pairs(session, &pairs, &condition, &[id, target_id])
        }
        _ => Err(ServiceError::bad(
            "A row can be removed from a collection only by naming it: …/navigation(id)/$ref, or …/navigation/$ref?$id=….",
        )),
    }
}

/// Deletes all pairs of an N:N relationship in which the row `id` of this table occurs.
///
/// # Errors
/// Returns an error if SQLite fails.
pub(crate) fn remove_pairs(
    session: &Session<'_>,
    relationship: &Relationship,
    id: Uuid,
) -> Result<(), ServiceError> {
    if relationship.intersect.is_none() || relationship.column.is_none() || relationship.referenced.is_none()
    {
        return Ok(());
    }
    let pairs = Pairs::of(session, relationship)?;
    let condition = format!("{} = ?1", quoted(&pairs.own));
    delete_pairs(session, &pairs, &condition, &[id])
}

/// Deletes the pairs that a condition selects. The deletion of a pair with an id of its own is recorded.
fn delete_pairs(
    session: &Session<'_>,
    pairs: &Pairs,
    condition: &str,
    ids: &[Uuid],
) -> Result<(), ServiceError> {
    let connection = &session.rows.connection;
    let parameters: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    match &pairs.key {
        Some(key) => {
            let select = format!("SELECT {} FROM {} WHERE {condition}", quoted(key), quoted(&pairs.table));
            let mut statement = connection.prepare_cached(&select)?;
            let found = statement
                .query_map(rusqlite::params_from_iter(&parameters), |row| row.get::<_, String>(0))?;
            let found: Vec<String> = found.collect::<Result<_, _>>()?;
            let table = session.table(&pairs.table)?;
            for id in found.iter().filter_map(|id| Uuid::parse_str(id).ok()) {
                delete::delete_row(session, table, id)?;
            }
        }
        None => {
            let delete = format!("DELETE FROM {} WHERE {condition}", quoted(&pairs.table));
            if connection.prepare_cached(&delete)?.execute(rusqlite::params_from_iter(&parameters))? > 0 {
                session.rows.next_version();
            }
        }
    }
    Ok(())
}

/// Assigns the rows that are assigned together with the row `id` of `table` to its new owner, as the
/// relationships say. `old_owner` is the owner that the row had.
///
/// # Errors
/// Returns an error if a row cannot be changed, or if too many rows would be.
pub(crate) fn cascade_assign(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    old_owner: &str,
    owner: Uuid,
) -> Result<(), ServiceError> {
    let mut seen = HashSet::from([id]);
    let mut pending = vec![(session.table(&table.logical_name)?, id, old_owner.to_owned())];
    while let Some((table, id, old_owner)) = pending.pop() {
        for relationship in table.relationships.iter().filter(|r| r.side == Side::OneToMany) {
            let action = relationship.cascade.and_then(|cascade| cascade.assign);
            let (Some(action), Some(column)) = (action, relationship.column.as_deref()) else { continue };
            let Some(child) = session.store.table(&relationship.table)? else { continue };
            // The relationships of the activities' own tables decide, not those of their base table.
            if base_rows::has_derived(session, child) {
                continue;
            }
            let layout = session.layout(&child.logical_name)?;
            let has_owner = matches!(child.column("ownerid").map(|c| &c.ty), Some(ColumnType::Owner { .. }));
            if action == CascadeAction::NoCascade || !has_owner || layout.kind(column).is_none() {
                continue;
            }
            let has_state = layout.kind("statecode").is_some();
            for row in session.find(child, &[(column, Stored::Text(id.to_string()))], MAX_ASSIGNED + 1)? {
                let columns: &[&str] = if has_state { &["ownerid", "statecode"] } else { &["ownerid"] };
                let values = session.values(child, row, columns)?.unwrap_or_default();
                let Some(Stored::Text(before)) = values.first() else { continue };
                let is_meant = match action {
                    CascadeAction::Active => matches!(values.get(1), None | Some(Stored::Integer(0))),
                    CascadeAction::UserOwned => *before == old_owner,
                    _ => true,
                };
                if !is_meant || !seen.insert(row) {
                    continue;
                }
                if seen.len() > MAX_ASSIGNED {
                    return Err(ServiceError::bad(format!(
                        "More than {MAX_ASSIGNED} rows would be assigned."
                    )));
                }
                let mut values = BTreeMap::from([("ownerid".to_owned(), Stored::Text(owner.to_string()))]);
                owner::on_update(session, &layout, &mut values)?;
                update::write(session, child, row, values)?;
                pending.push((child, row, before.clone()));
            }
        }
    }
    Ok(())
}
