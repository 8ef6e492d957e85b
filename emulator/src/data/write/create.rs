//! Creates rows.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvkit_schema::{Column, ColumnType, RequiredLevel, Table, TableKind};
use http::StatusCode;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Stored;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::super::files::images;
use super::super::relate;
use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::{Session, key_of};
use super::super::store::{VERSION, insert_sql};
use super::body::{self, Operation, RelatedRow, check_target};
use super::{base_rows, money, names, owner, rules, state};

/// The most levels of rows within rows that one request can create.
const MAX_DEPTH: usize = 10;

/// The values that a row gets besides those in its body, by logical name.
pub(crate) type Preset<'a> = Vec<(String, Stored, Option<&'a Table>)>;

/// Creates a row of `table`, and returns its id. The id is `id`, or that in `members`, or a new one.
///
/// # Errors
/// Returns an error if a value is refused, or if there is a row with the same key already.
pub(crate) fn create(
    session: &Session<'_>,
    table: &Table,
    id: Option<Uuid>,
    members: &Map<String, Json>,
) -> Result<Uuid, ServiceError> {
    create_with(session, table, id, members, Vec::new(), 0)
}

/// Creates a row as [`create`] does, with the values `preset` in addition to those in its body. `depth` is the
/// number of rows that this one is within.
///
/// # Errors
/// Returns an error if a value is refused, if there is a row with the same key already, or if there are too
/// many levels of rows.
pub(crate) fn create_with<'a>(
    session: &Session<'a>,
    table: &Table,
    id: Option<Uuid>,
    members: &Map<String, Json>,
    preset: Preset<'a>,
    depth: usize,
) -> Result<Uuid, ServiceError> {
    let table = session.table(&table.logical_name)?;
    if depth > MAX_DEPTH {
        return Err(ServiceError::bad(format!("The rows are nested in more than {MAX_DEPTH} levels.")));
    }
    // Parties are created as a part of their activity.
    let is_party = table.logical_name == rules::PARTY;
    let is_own_row = !matches!(table.kind, Some(TableKind::Intersect | TableKind::Abstract));
    if !is_own_row || (is_party && depth == 0) || base_rows::has_derived(session, table) {
        return Err(rules::unsupported("Create", table));
    }
    let (members, images) = images::take(table, members, true)?;
    let body = body::parse(session, table, &members, Operation::Create)?;
    let (mut values, mut bound) = (body.values, body.bound);
    for (column, value, target) in preset {
        if let Some(target) = target {
            bound.insert(column.clone(), target);
        }
        values.insert(column, value);
    }
    for (relationship, members) in &body.before {
        let Some(column) = &relationship.column else { continue };
        let target = nested_target(session, table, relationship, members)?;
        let id = create_with(session, target, None, members, Vec::new(), depth + 1)?;
        values.insert(column.clone(), Stored::Text(id.to_string()));
        bound.insert(column.clone(), target);
    }
    let key = key_of(&*session.layout(&table.logical_name)?)?;
    let given = match values.get(&key) {
        Some(Stored::Text(text)) => Uuid::parse_str(text).ok(),
        _ => None,
    };
    let id = id.or(given).unwrap_or_else(Uuid::new_v4);
    let values = completed(session, table, id, values, &bound)?;
    check_required(session, table, &values)?;
    insert(session, table, id, values)?;
    images::apply(session, table, id, images)?;
    for (relationship, related) in body.after {
        for row in related {
            match row {
                RelatedRow::Existing(target, target_id) => {
                    check_target(table, relationship, target)?;
                    relate::associate(session, table, id, relationship, target, target_id)?;
                }
                RelatedRow::New(members) => {
                    relate::create_related(session, table, id, relationship, &members, depth + 1)?;
                }
            }
        }
    }
    Ok(id)
}

/// Returns the table of a row within another: that of the navigation property, or for a base type the one that
/// the row names in `@odata.type`.
fn nested_target<'a>(
    session: &Session<'a>,
    table: &Table,
    relationship: &dvkit_schema::Relationship,
    members: &Map<String, Json>,
) -> Result<&'a Table, ServiceError> {
    let named = members.get("@odata.type").and_then(Json::as_str);
    let named = named.and_then(|name| name.rsplit('.').next()).unwrap_or(&relationship.table);
    let target = session.table(named)?;
    check_target(table, relationship, target)?;
    Ok(target)
}

/// Creates the row `id` of `table` with these values, after setting all the values that the service sets. The row
/// is one of the organisation itself, so that it may lack values that clients have to give.
///
/// # Errors
/// Returns an error if the values do not fit each other, or if there is a row with the same key already.
pub(crate) fn insert_values(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    values: BTreeMap<String, Stored>,
    bound: &BTreeMap<String, &Table>,
) -> Result<(), ServiceError> {
    let values = completed(session, table, id, values, bound)?;
    insert(session, table, id, values)
}

/// Returns the values of a new row with all the values that the service sets.
///
/// # Errors
/// Returns an error if the values do not fit each other.
fn completed(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    mut values: BTreeMap<String, Stored>,
    bound: &BTreeMap<String, &Table>,
) -> Result<BTreeMap<String, Stored>, ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let key = key_of(&layout)?;
    values.insert(key.clone(), Stored::Text(id.to_string()));
    defaults(table, id, &mut values);
    state::on_create(session, table, id, &mut values)?;
    owner::on_create(session, table, &layout, id, &mut values)?;
    money::apply(session, table, None, &mut values)?;
    names::compose(session, table, None, &mut values)?;
    names::number(session, table, &mut values)?;
    set_lookup_types(table, &mut values, bound);
    attachment(table, &mut values);
    party_address(session, table, &mut values, bound)?;
    Ok(values)
}

/// Checks that a new row has all values that the system requires.
///
/// # Errors
/// Returns an error if one is missing.
fn check_required(
    session: &Session<'_>,
    table: &Table,
    values: &BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let is_missing = |column: &&Column| {
        column.required == Some(RequiredLevel::System)
            && column.is_property()
            && column.valid_for_create != Some(false)
            && layout.kind(&column.logical_name).is_some()
            && matches!(values.get(&column.logical_name), None | Some(Stored::Null))
    };
    if let Some(missing) = table.columns.iter().find(is_missing) {
        session.choice("required columns")?;
        return Err(rules::required(table, missing));
    }
    Ok(())
}

/// Inserts the row `id` of `table` with these values, with a new version.
///
/// # Errors
/// Returns an error if there is a row with the same key already.
fn insert(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    mut values: BTreeMap<String, Stored>,
) -> Result<(), ServiceError> {
    let layout = session.layout(&table.logical_name)?;
    let version = session.rows.next_version();
    if layout.kind("versionnumber").is_some() {
        values.insert("versionnumber".to_owned(), Stored::Integer(version));
    }
    values.retain(|name, _| layout.kind(name).is_some());
    values.insert(VERSION.to_owned(), Stored::Integer(version));
    let sql = insert_sql("INSERT", &layout.name, values.keys().map(String::as_str));
    let mut statement = session.rows.connection.prepare_cached(&sql)?;
    statement.execute(params_from_iter(values.values())).map_err(|error| conflict(error, table))?;
    base_rows::sync(session, table, id)
}

/// Sets the values that the new row with this id gets by default. Equal rows get equal values.
fn defaults(table: &Table, id: Uuid, values: &mut BTreeMap<String, Stored>) {
    for column in &table.columns {
        let name = column.logical_name.as_str();
        if values.get(name).is_some_and(|v| *v != Stored::Null) {
            continue;
        }
        let value = match &column.ty {
            // A choice without a default option has the default -1 in the metadata.
            ColumnType::Choice { default: Some(option), .. } if *option != -1 => {
                Stored::Integer(i64::from(*option))
            }
            ColumnType::Boolean { default: Some(default), .. } => Stored::Integer(i64::from(*default)),
            ColumnType::EntityName if name == "activitytypecode" => Stored::Text(table.logical_name.clone()),
            ColumnType::Uniqueidentifier if name.starts_with("address") && name.ends_with("_addressid") => {
                Stored::Text(Uuid::new_v5(&id, name.as_bytes()).to_string())
            }
            _ => continue,
        };
        // A null in the body clears the default.
        values.entry(column.logical_name.clone()).or_insert(value);
    }
}

/// Sets the columns with the table of the row that a lookup points to, for the lookups among the values.
pub(crate) fn set_lookup_types(
    table: &Table,
    values: &mut BTreeMap<String, Stored>,
    bound: &BTreeMap<String, &Table>,
) {
    for column in table.columns.iter().filter(|c| matches!(c.ty, ColumnType::EntityName)) {
        // The table of a note's row is in a second column, which the metadata does not connect to the lookup.
        let of_note = table.logical_name == "annotation" && column.logical_name == "objecttypecode";
        let lookup = match column.attribute_of.as_deref() {
            Some(lookup) => lookup,
            None if of_note => "objectid",
            None => continue,
        };
        let Some(value) = values.get(lookup) else { continue };
        if lookup == "ownerid" {
            continue;
        }
        let target = match value {
            Stored::Null => Stored::Null,
            _ => match (bound.get(lookup), table.column(lookup).map(|c| c.ty.targets())) {
                (Some(target), _) => Stored::Text(target.logical_name.clone()),
                (None, Some([only])) => Stored::Text(only.clone()),
                _ => continue,
            },
        };
        values.insert(column.logical_name.clone(), target);
    }
}

/// Sets the size of a note's file.
pub(crate) fn attachment(table: &Table, values: &mut BTreeMap<String, Stored>) {
    if table.logical_name != "annotation" {
        return;
    }
    let size = match values.get("documentbody") {
        Some(Stored::Text(body)) => STANDARD.decode(body).map_or(0, |bytes| bytes.len()),
        Some(_) => 0,
        None => return,
    };
    values.insert("filesize".to_owned(), Stored::Integer(i64::try_from(size).unwrap_or(i64::MAX)));
    values.insert("isdocument".to_owned(), Stored::Integer(i64::from(size > 0)));
}

/// Sets the address that a party of an activity has: that of the party's row.
fn party_address(
    session: &Session<'_>,
    table: &Table,
    values: &mut BTreeMap<String, Stored>,
    bound: &BTreeMap<String, &Table>,
) -> Result<(), ServiceError> {
    let (Some(party), Some(Stored::Text(id))) = (bound.get("partyid"), values.get("partyid")) else {
        return Ok(());
    };
    if table.logical_name != rules::PARTY || values.contains_key("addressused") {
        return Ok(());
    }
    let layout = session.layout(&party.logical_name)?;
    let known = ["emailaddress1", "internalemailaddress", "emailaddress"]
        .into_iter()
        .find(|c| layout.kind(c).is_some());
    if let (Some(column), Ok(id)) = (known, Uuid::parse_str(id))
        && let Some(address) = session.values(party, id, &[column])?.and_then(|mut values| values.pop())
    {
        values.insert("addressused".to_owned(), address);
    }
    Ok(())
}

/// Returns the service's error for a row whose key exists already, or the error of SQLite.
pub(crate) fn conflict(error: rusqlite::Error, table: &Table) -> ServiceError {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|e| e.extended_code);
    match code {
        Some(SQLITE_CONSTRAINT_PRIMARYKEY) => duplicate(),
        Some(SQLITE_CONSTRAINT_UNIQUE) => {
            // The message of SQLite lists the columns: `UNIQUE constraint failed: account.accountnumber`.
            let message = error.to_string();
            let violated = table.keys.iter().find(|key| {
                let columns: Vec<String> =
                    key.columns.iter().map(|c| format!("{}.{c}", table.logical_name)).collect();
                message.ends_with(&columns.join(", "))
            });
            let label = |name: &String| {
                let column = table.column(name);
                column.and_then(|c| c.display_name.texts().next()).map_or_else(|| name.clone(), str::to_owned)
            };
            let columns = violated.map(|key| key.columns.iter().map(label).collect::<Vec<_>>().join(", "));
            let name = violated.map_or("", |key| key.name.as_str());
            ServiceError::new(
                StatusCode::PRECONDITION_FAILED,
                "0x80060892",
                format!(
                    "A record that has the attribute values {} already exists. The entity key {name} requires that this set of attributes contains unique values. Select unique values and try again.",
                    columns.unwrap_or_default()
                ),
            )
        }
        Some(_) => ServiceError::new(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, error.to_string()),
        None => error.into(),
    }
}

/// Returns the service's error for a row or a pair of rows that exists already (`DuplicateRecord`).
pub(crate) fn duplicate() -> ServiceError {
    ServiceError::new(StatusCode::PRECONDITION_FAILED, "0x80040237", "Cannot insert duplicate key.")
}

#[cfg(test)]
mod tests {
    use dvkit_schema::Column;

    use super::*;

    fn text(text: &str) -> Stored {
        Stored::Text(text.to_owned())
    }

    #[test]
    fn a_column_without_a_value_gets_its_default() {
        let id = Uuid::from_u128(7);
        let address = Uuid::new_v5(&id, b"address1_addressid").to_string();
        let choice = |default| ColumnType::Choice { choice: None, default };
        let flag = |default| ColumnType::Boolean { choice: None, default };
        for (name, ty, given, found) in [
            ("a", choice(Some(5)), None, Some(Stored::Integer(5))),
            ("a", choice(Some(0)), None, Some(Stored::Integer(0))),
            ("a", choice(Some(-1)), None, None),
            ("a", choice(Some(-2)), None, Some(Stored::Integer(-2))),
            ("a", choice(None), None, None),
            ("a", choice(Some(5)), Some(Stored::Integer(3)), Some(Stored::Integer(3))),
            ("a", choice(Some(5)), Some(Stored::Null), Some(Stored::Null)),
            ("a", flag(Some(true)), None, Some(Stored::Integer(1))),
            ("a", flag(Some(false)), None, Some(Stored::Integer(0))),
            ("a", flag(None), None, None),
            ("activitytypecode", ColumnType::EntityName, None, Some(text("t"))),
            ("objecttypecode", ColumnType::EntityName, None, None),
            ("address1_addressid", ColumnType::Uniqueidentifier, None, Some(text(&address))),
            ("address1_id", ColumnType::Uniqueidentifier, None, None),
            ("home_addressid", ColumnType::Uniqueidentifier, None, None),
            ("a", ColumnType::BigInt, None, None),
        ] {
            let column = Column::new(name, ty);
            let told = format!("{name} {:?} {given:?}", column.ty);
            let table = Table { logical_name: "t".into(), columns: vec![column], ..Table::default() };
            let mut values: BTreeMap<String, Stored> =
                given.map(|v| (name.to_owned(), v)).into_iter().collect();
            defaults(&table, id, &mut values);
            assert_eq!(values.remove(name), found, "{told}");
            assert!(values.is_empty(), "{told}");
        }
    }

    #[test]
    fn the_table_of_a_lookup_is_set_beside_it() {
        let lookup = |targets: &[&str]| ColumnType::Lookup {
            targets: targets.iter().map(|t| (*t).to_owned()).collect(),
        };
        let contact = Table { logical_name: "contact".into(), ..Table::default() };
        let id = || text("00000000-0000-0000-0000-000000000001");
        for (table, of, targets, value, bound, found) in [
            ("t", Some("l"), &["account", "contact"][..], Some(id()), true, Some(text("contact"))),
            ("t", Some("l"), &["account"], Some(id()), true, Some(text("contact"))),
            ("t", Some("l"), &["account"], Some(id()), false, Some(text("account"))),
            ("t", Some("l"), &["account", "contact"], Some(id()), false, None),
            ("t", Some("l"), &["account"], Some(Stored::Null), false, Some(Stored::Null)),
            ("t", Some("l"), &["account"], None, true, None),
            ("t", None, &["account"], Some(id()), true, None),
            ("t", Some("ownerid"), &["account"], Some(id()), true, None),
            ("annotation", None, &["account"], Some(id()), true, Some(text("contact"))),
        ] {
            let name = match (table, of) {
                ("annotation", _) => "objectid",
                (_, of) => of.unwrap_or("objectid"),
            };
            let mut of_table = Column::new("objecttypecode", ColumnType::EntityName);
            of_table.attribute_of = of.map(str::to_owned);
            let told = format!("{table} {of:?} {targets:?} {value:?} {bound}");
            let columns = vec![Column::new(name, lookup(targets)), of_table];
            let table = Table { logical_name: table.into(), columns, ..Table::default() };
            let mut values: BTreeMap<String, Stored> =
                value.map(|v| (name.to_owned(), v)).into_iter().collect();
            let bound = bound.then(|| (name.to_owned(), &contact)).into_iter().collect();
            set_lookup_types(&table, &mut values, &bound);
            assert_eq!(values.remove("objecttypecode"), found, "{told}");
        }
    }

    #[test]
    fn a_note_knows_the_size_of_its_file() {
        for (table, body, size, is_document) in [
            ("annotation", Some(text("YWJj")), Some(3), Some(1)),
            ("annotation", Some(text("")), Some(0), Some(0)),
            ("annotation", Some(text("?")), Some(0), Some(0)),
            ("annotation", Some(Stored::Null), Some(0), Some(0)),
            ("annotation", None, None, None),
            ("account", Some(text("YWJj")), None, None),
        ] {
            let told = format!("{table} {body:?}");
            let table = Table { logical_name: table.into(), ..Table::default() };
            let mut values: BTreeMap<String, Stored> =
                body.map(|v| ("documentbody".to_owned(), v)).into_iter().collect();
            attachment(&table, &mut values);
            assert_eq!(values.get("filesize"), size.map(Stored::Integer).as_ref(), "{told}");
            assert_eq!(values.get("isdocument"), is_document.map(Stored::Integer).as_ref(), "{told}");
        }
    }
}
