//! Creates, changes and deletes relationships.

use dvkit_schema::{LocalizedText, Relationship, Schema, Side};
use http::StatusCode;
use serde_json::{Value, json};

use super::super::ids;
use super::super::path::Key;
use super::wire::{complete_lookup, import, members, read_only, set};
use super::{Change, Members, ServiceError, logical_name, not_there, of_system, text};
use crate::data::schema_change;
use crate::response::HttpResponse;

/// A relationship of the schema, with the table that it is seen from.
pub(super) struct Found {
    table: String,
    relationship: Relationship,
}

/// Returns the relationship with the schema name or id in `key`, seen from the table with the lookup if it is one
/// of many rows to one.
///
/// # Errors
/// Returns an error with the status 404 if there is none.
pub(super) fn find(change: &Change<'_, '_>, key: &Key<'_>) -> Result<Found, ServiceError> {
    let is = |name: &str| match key {
        Key::Named("SchemaName", wanted) => name == *wanted,
        Key::Named("MetadataId", id) | Key::Id(id) => {
            ids::generate("relationship", name).eq_ignore_ascii_case(id)
        }
        Key::Named(..) => false,
    };
    let all = change.schema().tables.values().flat_map(|t| t.relationships.iter().map(move |r| (t, r)));
    let mut found = all.filter(|(_, r)| r.schema_name.as_deref().is_some_and(is));
    let first = found.next().ok_or_else(|| not_there(key))?;
    let (table, relationship) = match first.1.side {
        Side::OneToMany => found.find(|(_, r)| r.side == Side::ManyToOne).unwrap_or(first),
        _ => first,
    };
    Ok(Found { table: table.logical_name.clone(), relationship: relationship.clone() })
}

fn duplicate(name: &str) -> ServiceError {
    let message =
        format!("A relationship with the schema name {name} already exists. Please specify a unique name.");
    ServiceError::new(StatusCode::BAD_REQUEST, "0x80048418", message)
}

/// Creates the relationship in the body: `POST RelationshipDefinitions`. One of many rows to one is created with
/// its lookup, the member `Lookup`.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn create(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let name = text(&body, "SchemaName")?.to_owned();
    logical_name(&name)?;
    let exists = |schema: &Schema| {
        let mut all = schema.tables.values().flat_map(|t| &t.relationships);
        all.any(|r| r.schema_name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(&name)))
    };
    if exists(change.schema()) {
        return Err(duplicate(&name));
    }
    let class = text(&body, "@odata.type").unwrap_or_default().to_owned();
    let definitions =
        if class.ends_with("ManyToManyRelationshipMetadata") || body.contains_key("Entity1LogicalName") {
            many_to_many(change, &mut body, &name)?
        } else {
            one_to_many(change, &mut body, &name)?
        };
    let part = import(definitions)?;
    change.apply(|all| {
        all.merge(part);
    });
    Ok(change.changed(&format!("RelationshipDefinitions({})", ids::generate("relationship", &name))))
}

/// Completes a relationship of many rows to one. Returns its definition, and those of the tables with the lookup.
fn one_to_many(change: &Change<'_, '_>, body: &mut Members, name: &str) -> Result<Vec<Value>, ServiceError> {
    let referenced = change.table_named(text(body, "ReferencedEntity")?)?;
    let referencing = change.table_named(text(body, "ReferencingEntity")?)?;
    let Some(Value::Object(mut lookup)) = body.remove("Lookup") else { return Err(super::missing("Lookup")) };
    let mut columns = complete_lookup(&mut lookup, &[&referenced.logical_name])?;
    let column = text(&lookup, "LogicalName")?.to_owned();
    let navigation = text(&lookup, "SchemaName")?.to_owned();
    if referencing.columns.iter().any(|c| c.logical_name == column) {
        return Err(super::columns::duplicate(&column));
    }
    columns.insert(0, Value::Object(lookup));
    let key = referenced.primary_id.clone().ok_or_else(|| super::missing("ReferencedAttribute"))?;
    set(body, "ReferencedAttribute", json!(key));
    body.insert("ReferencingAttribute".into(), json!(column));
    set(body, "ReferencingEntityNavigationPropertyName", json!(navigation));
    set(body, "ReferencedEntityNavigationPropertyName", json!(name));
    set(body, "IsHierarchical", json!(false));
    free(change, &referencing.logical_name, body, "ReferencingEntityNavigationPropertyName")?;
    free(change, &referenced.logical_name, body, "ReferencedEntityNavigationPropertyName")?;
    let mut definitions = vec![json!({ "LogicalName": referencing.logical_name, "Attributes": columns })];
    if referenced.logical_name != referencing.logical_name {
        definitions.push(json!({ "LogicalName": referenced.logical_name }));
    }
    definitions.push(Value::Object(std::mem::take(body)));
    Ok(definitions)
}

/// Checks that a table has no navigation property with the name in the member `member`.
fn free(change: &Change<'_, '_>, table: &str, body: &Members, member: &str) -> Result<(), ServiceError> {
    let name = text(body, member)?;
    let table = change.table_named(table)?;
    match table.relationships.iter().any(|r| r.navigation.as_deref() == Some(name)) {
        true => Err(ServiceError::new(
            StatusCode::BAD_REQUEST,
            "0x80040203",
            format!("The table '{}' has a navigation property '{name}' already.", table.logical_name),
        )),
        false => Ok(()),
    }
}

/// Completes a relationship of many rows to many. Returns its definition, and that of the intersect table.
fn many_to_many(change: &Change<'_, '_>, body: &mut Members, name: &str) -> Result<Vec<Value>, ServiceError> {
    let one = change.table_named(text(body, "Entity1LogicalName")?)?;
    let two = change.table_named(text(body, "Entity2LogicalName")?)?;
    let intersect_name = match text(body, "IntersectEntityName") {
        Ok(given) => given.to_owned(),
        Err(_) => name.to_owned(),
    };
    let intersect = logical_name(&intersect_name)?;
    if change.schema().tables.contains_key(&intersect) {
        return Err(duplicate(&intersect_name));
    }
    let key = |table: &dvkit_schema::Table| {
        table.primary_id.clone().ok_or_else(|| super::missing("Entity1IntersectAttribute"))
    };
    let (mut first, mut second) = (key(one)?, key(two)?);
    if first == second {
        (first, second) = (format!("{first}one"), format!("{second}two"));
    }
    body.insert("IntersectEntityName".into(), json!(intersect));
    set(body, "Entity1IntersectAttribute", json!(first));
    set(body, "Entity2IntersectAttribute", json!(second));
    let (first, second) = (
        text(body, "Entity1IntersectAttribute")?.to_owned(),
        text(body, "Entity2IntersectAttribute")?.to_owned(),
    );
    let both = one.logical_name == two.logical_name;
    set(
        body,
        "Entity1NavigationPropertyName",
        json!(if both { format!("Referencing{name}") } else { name.to_owned() }),
    );
    set(
        body,
        "Entity2NavigationPropertyName",
        json!(if both { format!("Referenced{name}") } else { name.to_owned() }),
    );
    free(change, &one.logical_name, body, "Entity1NavigationPropertyName")?;
    free(change, &two.logical_name, body, "Entity2NavigationPropertyName")?;
    let id = format!("{intersect}id");
    let guid = |column: &str| {
        let mut column = members(read_only(
            "",
            column,
            column,
            "",
            json!({
                "AttributeTypeName": { "Value": "UniqueidentifierType" }, "IsLogical": false,
                "RequiredLevel": { "Value": "SystemRequired" },
            }),
        ));
        column.remove("AttributeOf");
        Value::Object(column)
    };
    let table = json!({
        "LogicalName": intersect, "SchemaName": intersect_name, "EntitySetName": format!("{intersect}set"),
        "MetadataId": uuid::Uuid::new_v4().to_string(), "PrimaryIdAttribute": id, "OwnershipType": "None",
        "IsIntersect": true, "IsCustomEntity": true, "IsPrivate": false, "TableType": "Standard",
        "Attributes": [guid(&id), guid(&first), guid(&second)],
    });
    let mut definitions = vec![table, json!({ "LogicalName": one.logical_name })];
    if !both {
        definitions.push(json!({ "LogicalName": two.logical_name }));
    }
    definitions.push(Value::Object(std::mem::take(body)));
    Ok(definitions)
}

/// Replaces the definition of a relationship: `PUT RelationshipDefinitions(…)`, with or without a cast. Its
/// tables, columns and names stay; facts that the body does not contain stay.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn update(change: &Change<'_, '_>, found: &Found) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let (table, old) = (&found.table, &found.relationship);
    body.remove("Lookup");
    let name = old.schema_name.clone().unwrap_or_default();
    body.insert("SchemaName".into(), json!(name));
    let names = match old.side {
        Side::ManyToMany => ["Entity1LogicalName", "Entity2LogicalName"],
        _ => ["ReferencingEntity", "ReferencedEntity"],
    };
    let given = [text(&body, names[0])?, text(&body, names[1])?];
    let tables = [&**table, &*old.table];
    let reversed = [tables[1], tables[0]];
    let stays = match (old.side, old.entity1) {
        (Side::ManyToMany, None) => given == tables || given == reversed,
        (Side::ManyToMany, Some(false)) | (Side::OneToMany, _) => given == reversed,
        (Side::ManyToMany, Some(true)) | (Side::ManyToOne, _) => given == tables,
    };
    if !stays {
        return Err(ServiceError::bad(format!("The tables of the relationship '{name}' cannot be changed.")));
    }
    for (member, value) in [("ReferencingAttribute", &old.column), ("ReferencedAttribute", &old.referenced)] {
        if let (true, Some(value)) = (old.side == Side::ManyToOne, value) {
            body.insert(member.into(), json!(value));
        }
    }
    let mut definitions = vec![json!({ "LogicalName": table })];
    if old.table != *table {
        definitions.push(json!({ "LogicalName": old.table }));
    }
    definitions.push(Value::Object(body));
    let mut part = import(definitions)?;
    // What was known of the relationship completes what the body says.
    let mut known = change.schema().clone();
    for own in known.tables.values_mut() {
        own.relationships.retain(|r| r.schema_name.as_ref() == Some(&name));
        own.columns.clear();
        own.keys.clear();
        own.display_name = LocalizedText::default();
    }
    known.tables.retain(|_, own| !own.relationships.is_empty());
    part.merge(known);
    change.apply(|all| {
        for (table, part) in part.tables {
            if let Some(table) = all.tables.get_mut(&table) {
                table.relationships.retain(|r| r.schema_name.as_ref() != Some(&name));
                table
                    .relationships
                    .extend(part.relationships.into_iter().filter(|r| r.schema_name.as_ref() == Some(&name)));
            }
        }
    });
    let name = old.schema_name.as_deref().unwrap_or_default();
    Ok(change.changed(&format!("RelationshipDefinitions({})", ids::generate("relationship", name))))
}

/// Deletes a relationship: with its lookup and the values of it, or with its intersect table.
///
/// # Errors
/// Returns an error if the relationship is one of the system, or if a key needs the lookup.
pub(super) fn delete(change: &Change<'_, '_>, found: &Found) -> Result<HttpResponse, ServiceError> {
    let (table, gone) = (change.table_named(&found.table)?, &found.relationship);
    let name = gone.schema_name.clone().unwrap_or_default();
    let column = gone.column.as_deref().filter(|_| gone.side == Side::ManyToOne);
    let own = column.and_then(|name| table.columns.iter().find(|c| c.logical_name == name));
    if own.is_some_and(|c| c.custom == Some(false)) {
        return Err(of_system("relationship", &name));
    }
    let shared = |column: &str| table.lookups_of(column).any(|r| r.schema_name.as_ref() != Some(&name));
    let column = column.filter(|column| !shared(column));
    if let Some(column) = column {
        let keys: Vec<String> = table
            .keys
            .iter()
            .filter(|k| k.columns.iter().any(|c| c == column))
            .map(|k| k.name.clone())
            .collect();
        if !keys.is_empty() {
            return Err(super::needed("EntityRelationship", &name, &keys));
        }
        schema_change::drop_column(change.session, &table.logical_name, column)?;
    }
    if let Some(intersect) = &gone.intersect {
        schema_change::drop_table(change.session, intersect)?;
    }
    change.apply(|all| {
        if let Some(intersect) = &gone.intersect {
            all.tables.remove(intersect);
        }
        for other in all.tables.values_mut() {
            other.relationships.retain(|r| r.schema_name.as_ref() != Some(&name));
        }
        if let Some(table) = all.tables.get_mut(&found.table) {
            match (column, &gone.column) {
                (Some(column), _) => super::columns::remove(table, column),
                (None, Some(column)) => {
                    let all = table.columns.iter_mut().filter(|c| c.logical_name == *column);
                    all.for_each(|c| super::columns::remove_target(c, &gone.table));
                }
                (None, None) => {}
            }
        }
    });
    Ok(HttpResponse::odata_empty())
}
