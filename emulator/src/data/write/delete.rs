//! Deletes rows, and applies what relationships say about the rows that are related to them.
//!
//! <https://learn.microsoft.com/power-apps/developer/data-platform/configure-entity-relationship-cascading-behavior>

use std::collections::{BTreeMap, HashSet};

use dvkit_schema::{CascadeAction, Relationship, RequiredLevel, Side, Table};
use http::StatusCode;
use rusqlite::types::Value as Stored;
use uuid::Uuid;

use super::super::preferences::Conditions;
use super::super::relate;
use super::super::service_error::ServiceError;
use super::super::session::{Session, key_of};
use super::super::store::quoted;
use super::target::RowKey;
use super::update::{check_version, write};
use super::{base_rows, rules};

/// The most rows that one request deletes or disconnects.
pub(crate) const MAX_RELATED_ROWS: usize = 100_000;

/// `CannotDeleteDueToAssociation`
const ASSOCIATED: &str = "0x80040227";

/// Deletes the row with this key.
///
/// # Errors
/// Returns an error if there is no such row, if a condition is not met, or if a relationship restricts the
/// deletion.
pub(crate) fn delete(
    session: &Session<'_>,
    table: &Table,
    key: &RowKey<'_>,
    conditions: &Conditions,
) -> Result<(), ServiceError> {
    let (id, version) = key.existing(session, table)?;
    check_version(conditions, version)?;
    check_deletable(session, table, id)?;
    remove(session, table, id)
}

/// Checks that the service deletes rows of this table, and that it deletes this one.
fn check_deletable(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), ServiceError> {
    let refused =
        |code: &'static str, message: String| Err(ServiceError::new(StatusCode::BAD_REQUEST, code, message));
    let is_intersect = table.kind == Some(dvkit_schema::TableKind::Intersect);
    if is_intersect || table.logical_name == rules::PARTY || base_rows::has_derived(session, table) {
        return Err(rules::unsupported("Delete", table));
    }
    let own = &session.shared.identity;
    match table.logical_name.as_str() {
        "systemuser" | "organization" => Err(rules::unsupported("Delete", table)),
        // `CannotDeleteDefaultTeam`
        "team" if id == own.default_team_id() => {
            refused("0x80048307", format!("The default business unit team can't be deleted (TeamId = {id})."))
        }
        "businessunit" if id == own.business_unit_id() => associated(),
        "transactioncurrency" if id == own.base_currency_id() => associated(),
        _ => Ok(()),
    }
}

/// Returns the service's error of a row that other rows need.
fn associated() -> Result<(), ServiceError> {
    Err(ServiceError::new(
        StatusCode::BAD_REQUEST,
        ASSOCIATED,
        "The object you tried to delete is associated with another object and cannot be deleted.",
    ))
}

/// Returns what becomes of the rows of `child` whose lookup `column` points to a deleted row: what the
/// relationship says, or else what the service's relationships of this kind say.
fn on_delete(relationship: &Relationship, child: &Table, column: &str) -> CascadeAction {
    // A row always has an owner, and an owner in a business unit.
    if matches!(column, "ownerid" | "owninguser" | "owningteam" | "owningbusinessunit") {
        return CascadeAction::Restrict;
    }
    if let Some(stated) = relationship.cascade.and_then(|cascade| cascade.delete) {
        return stated;
    }
    let is_required = child.column(column).is_some_and(|c| c.required == Some(RequiredLevel::System));
    match column {
        "transactioncurrencyid" | "businessunitid" | "parentbusinessunitid" => CascadeAction::Restrict,
        // The parties belong to their activity, and keep the id of a row that is deleted.
        "partyid" if child.logical_name == rules::PARTY => CascadeAction::NoCascade,
        "activityid" if child.logical_name == rules::PARTY => CascadeAction::Cascade,
        // A row cannot lose a lookup that it must have.
        _ if is_required => CascadeAction::Cascade,
        _ => CascadeAction::RemoveLink,
    }
}

/// Deletes the row `id` of `table` and the rows that are deleted with it, and records the deletions.
///
/// # Errors
/// Returns an error if a relationship restricts the deletion, or if too many rows are related to the row.
pub(crate) fn remove(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), ServiceError> {
    let first = session.table(&table.logical_name)?;
    let mut pending = vec![(first, id)];
    let mut deleted = HashSet::from([id]);
    let mut related = 0_usize;
    while let Some((table, id)) = pending.pop() {
        let mut done: HashSet<(&str, &str)> = HashSet::new();
        for relationship in table.relationships.iter().filter(|r| r.side == Side::OneToMany) {
            let Some(column) = relationship.column.as_deref() else { continue };
            if !done.insert((&relationship.table, column)) {
                continue;
            }
            let Some(child) = session.store.table(&relationship.table)? else { continue };
            // The row of a base table is the same row, and not one that points to it.
            let is_own_base_row = child.primary_id.as_deref() == Some(column);
            if is_own_base_row || session.layout(&child.logical_name)?.kind(column).is_none() {
                continue;
            }
            let value = Stored::Text(id.to_string());
            let rows = session.find(child, &[(column, value)], MAX_RELATED_ROWS + 1)?;
            related += rows.len();
            if related > MAX_RELATED_ROWS {
                return Err(ServiceError::bad(format!(
                    "More than {MAX_RELATED_ROWS} rows are related to the row that is deleted."
                )));
            }
            for row in rows {
                if deleted.contains(&row) {
                    continue;
                }
                // The relationship of the row's own table decides, not that of its base table.
                let own = base_rows::concrete(session, child, row)?;
                let is_own = |r: &&Relationship| {
                    (r.side, r.table.as_str(), r.column.as_deref())
                        == (Side::OneToMany, own.logical_name.as_str(), Some(column))
                };
                let relationship = table.relationships.iter().find(is_own).unwrap_or(relationship);
                match on_delete(relationship, own, column) {
                    CascadeAction::Restrict if table.logical_name == "team" => {
                        // `CannotDeleteTeamOwningRecords`
                        return Err(ServiceError::new(
                            StatusCode::BAD_REQUEST,
                            "0x8004830e",
                            format!(
                                "Can't delete a team which owns records. Reassign the records and try again (TeamId = {id})."
                            ),
                        ));
                    }
                    CascadeAction::Restrict => return associated(),
                    // A party keeps the id of its row, which it marks as deleted.
                    CascadeAction::NoCascade if own.logical_name == rules::PARTY => {
                        let deleted = BTreeMap::from([("ispartydeleted".to_owned(), Stored::Integer(1))]);
                        write(session, own, row, deleted)?;
                    }
                    CascadeAction::NoCascade => {}
                    CascadeAction::Cascade | CascadeAction::Active | CascadeAction::UserOwned => {
                        deleted.insert(row);
                        pending.push((own, row));
                    }
                    CascadeAction::RemoveLink => {
                        let mut values = BTreeMap::from([(column.to_owned(), Stored::Null)]);
                        super::create::set_lookup_types(own, &mut values, &BTreeMap::new());
                        write(session, own, row, values)?;
                    }
                }
            }
        }
        for relationship in table.relationships.iter().filter(|r| r.side == Side::ManyToMany) {
            relate::remove_pairs(session, relationship, id)?;
        }
        if let Some(base) = base_rows::base_row(session, table, id)? {
            delete_row(session, base, id)?;
        }
        delete_row(session, table, id)?;
    }
    Ok(())
}

/// Deletes the parties of the activity `id`.
///
/// # Errors
/// Returns an error if the rows cannot be deleted.
pub(crate) fn remove_parties(session: &Session<'_>, id: Uuid) -> Result<(), ServiceError> {
    let Some(parties) = session.store.table(rules::PARTY)? else { return Ok(()) };
    for party in session.find(parties, &[("activityid", Stored::Text(id.to_string()))], MAX_RELATED_ROWS)? {
        delete_row(session, parties, party)?;
    }
    Ok(())
}

/// Deletes one row and nothing else, and records the deletion.
pub(crate) fn delete_row(session: &Session<'_>, table: &Table, id: Uuid) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let sql = format!("DELETE FROM {} WHERE {} = ?1", quoted(&layout.name), quoted(&key_of(&layout)?));
    session.rows.connection.prepare_cached(&sql)?.execute([id.to_string()])?;
    session
        .rows
        .connection
        .prepare_cached("INSERT INTO \"*deleted\" (version, entity, id) VALUES (?1, ?2, ?3)")?
        .execute((session.rows.next_version(), &table.logical_name, id.to_string()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{Cascade, Column, ColumnType};

    use super::*;

    #[test]
    fn the_rows_below_a_deleted_row_follow_their_relationship_or_what_their_column_needs() {
        use CascadeAction::{Cascade as All, NoCascade, RemoveLink, Restrict};
        let relationship = |stated: Option<CascadeAction>| Relationship {
            navigation: None,
            side: Side::OneToMany,
            table: "child".into(),
            column: None,
            referenced: None,
            intersect: None,
            entity1: None,
            partner: None,
            schema_name: None,
            hierarchical: None,
            cascade: Some(Cascade { delete: stated, ..Cascade::default() }),
        };
        let child = |name: &str, column: &str, required: Option<RequiredLevel>| Table {
            logical_name: name.into(),
            columns: vec![Column { required, ..Column::new(column, ColumnType::Uniqueidentifier) }],
            ..Table::default()
        };
        let (system, application) = (Some(RequiredLevel::System), Some(RequiredLevel::Application));
        for (table, column, required, stated, expected) in [
            ("task", "new_a", None, None, RemoveLink),
            ("task", "new_a", application, None, RemoveLink),
            ("task", "new_a", system, None, All),
            ("task", "new_a", system, Some(RemoveLink), RemoveLink),
            ("task", "new_a", None, Some(All), All),
            ("task", "new_a", None, Some(NoCascade), NoCascade),
            ("task", "new_a", None, Some(Restrict), Restrict),
            ("task", "ownerid", None, Some(All), Restrict),
            ("task", "owninguser", None, None, Restrict),
            ("task", "owningteam", None, None, Restrict),
            ("task", "owningbusinessunit", None, None, Restrict),
            ("task", "transactioncurrencyid", None, None, Restrict),
            ("task", "businessunitid", system, None, Restrict),
            ("task", "parentbusinessunitid", None, None, Restrict),
            ("task", "parentbusinessunitid", None, Some(All), All),
            ("activityparty", "partyid", None, None, NoCascade),
            ("activityparty", "activityid", None, None, All),
            ("task", "partyid", None, None, RemoveLink),
            ("task", "activityid", None, None, RemoveLink),
        ] {
            let child = child(table, column, required);
            let found = on_delete(&relationship(stated), &child, column);
            assert_eq!(found, expected, "{table}.{column} {required:?} {stated:?}");
            if stated.is_none() {
                let without = Relationship { cascade: None, ..relationship(None) };
                assert_eq!(on_delete(&without, &child, column), expected, "{table}.{column} {required:?}");
            }
        }
        // A column that the table does not have is not required.
        assert_eq!(on_delete(&relationship(None), &child("task", "other", system), "new_a"), RemoveLink);
    }
}
