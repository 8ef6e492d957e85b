//! Creates, changes and deletes tables.

use std::collections::BTreeMap;

use dvkit_schema::{ColumnType, LocalizedText, Schema, Side, Table, TableKind};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::{complete_column, complete_names, import, members, read_only, set};
use super::{Change, Members, ServiceError, of_system, table_segment};
use crate::data::schema_change;
use crate::response::HttpResponse;

/// Creates the table in the body: `POST EntityDefinitions`.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn create(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let body = change.body()?;
    let (schema, name) = complete(change, body, 0)?;
    let segment = schema.tables.get(&name).map(table_segment).unwrap_or_default();
    change.apply(|all| add(all, schema));
    Ok(change.changed(&segment))
}

/// Creates the tables in the body: the action `CreateEntities`, as Microsoft's Python SDK calls it. All tables
/// are created or none.
///
/// # Errors
/// Returns an error if a definition is refused.
pub(super) fn create_many(change: &Change<'_, '_>) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    let Some(Value::Array(entities)) = body.remove("Entities") else {
        return Err(super::missing("Entities"));
    };
    let mut parts: Vec<Schema> = Vec::new();
    let mut ids = Vec::new();
    for (n, entity) in entities.into_iter().enumerate() {
        let (schema, name) = complete(change, members(entity), n)?;
        if parts.iter().any(|part| part.tables.get(&name).is_some_and(|t| t.metadata_id.is_some())) {
            return Err(duplicate());
        }
        ids.extend(schema.tables.get(&name).and_then(|t| t.metadata_id.clone()));
        parts.push(schema);
    }
    change.apply(|all| parts.into_iter().for_each(|part| add(all, part)));
    let context =
        format!("{}$metadata#Microsoft.Dynamics.CRM.CreateEntitiesResponse", change.session.web_api());
    Ok(HttpResponse::odata(json!({ "@odata.context": context, "EntityIds": ids }).to_string()))
}

/// Adds new tables to a schema. Lookups of tables that it has already can then refer to them.
fn add(all: &mut Schema, part: Schema) {
    let mut targets = Vec::new();
    for (table, own) in &part.tables {
        for relationship in own.relationships.iter().filter(|r| r.side == Side::ManyToOne) {
            let column = relationship.column.clone().unwrap_or_default();
            targets.push((table.clone(), column, relationship.table.clone()));
        }
    }
    all.merge(part);
    for (table, column, target) in targets {
        let column =
            all.tables.get_mut(&table).and_then(|t| t.columns.iter_mut().find(|c| c.logical_name == column));
        if let Some(ColumnType::Lookup { targets }) = column.map(|c| &mut c.ty)
            && !targets.contains(&target)
        {
            targets.push(target);
        }
    }
}

fn duplicate() -> ServiceError {
    ServiceError::new(
        StatusCode::BAD_REQUEST,
        "0x80048403",
        "An entity with the specified name already exists. Please specify a unique name.",
    )
}

/// Reads the definition of a new table, with the columns and relationships that the service adds. Returns the
/// table, with the relationships of the tables that it is related to, and its name.
fn complete(
    change: &Change<'_, '_>,
    mut body: Members,
    number: usize,
) -> Result<(Schema, String), ServiceError> {
    let name = complete_names(&mut body)?;
    let known = change.schema();
    if known.tables.contains_key(&name) {
        return Err(duplicate());
    }
    if body.get("IsActivity").and_then(Value::as_bool) == Some(true) {
        return Err(ServiceError::not_emulated("creating a table of activities"));
    }
    let schema_name = super::text(&body, "SchemaName")?.to_owned();
    let language = known.org.language();
    let Some(Value::Array(given)) = body.remove("Attributes") else {
        return Err(super::missing("Attributes"));
    };
    let named_primary = body.get("PrimaryNameAttribute").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let mut columns = Vec::new();
    let mut primary = Vec::new();
    for column in given {
        let mut column = members(column);
        let further = complete_column(&mut column, known, language)?;
        let own = super::text(&column, "LogicalName")?.to_owned();
        if column.get("IsPrimaryName").and_then(Value::as_bool) == Some(true)
            || named_primary.as_ref() == Some(&own)
        {
            primary.push(own);
        }
        columns.push(Value::Object(column));
        columns.extend(further);
    }
    let [primary] = primary.as_slice() else {
        return Err(ServiceError::bad(
            "A table needs exactly one column of text with IsPrimaryName true in its Attributes.",
        ));
    };
    let key = format!("{name}id");
    let set_name = plural(&name);
    let free_code =
        known.tables.values().filter_map(|t| t.object_type_code).max().unwrap_or(0).max(9_999) + 1;
    let code = free_code.saturating_add(i32::try_from(number).unwrap_or(i32::MAX));
    set(&mut body, "EntitySetName", json!(set_name));
    set(&mut body, "OwnershipType", json!("UserOwned"));
    set(&mut body, "TableType", json!("Standard"));
    body.extend(members(json!({
        "PrimaryIdAttribute": key, "PrimaryNameAttribute": primary, "ObjectTypeCode": code, "IsCustomEntity": true,
        "IsPrivate": false, "IsActivity": false, "IsIntersect": false, "MetadataId": Uuid::new_v4().to_string(),
    })));
    for member in ["Keys", "OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"] {
        body.remove(member);
    }
    let owned = body.get("OwnershipType").and_then(Value::as_str).is_some_and(|o| o.contains("UserOwned"));
    columns.extend(system_columns(&name, &schema_name, owned));
    let mut seen = std::collections::BTreeSet::new();
    for column in &columns {
        let own = column.get("LogicalName").and_then(Value::as_str).unwrap_or_default();
        if !seen.insert(own) {
            return Err(super::columns::duplicate(own));
        }
    }
    body.insert("Attributes".into(), columns.into());
    let flag = |member: &str| body.get(member).and_then(Value::as_bool) == Some(true);
    let (notes, activities) = (flag("HasNotes"), flag("HasActivities"));
    let mut definitions = vec![Value::Object(body)];
    let mut relationships = system_relationships(known, &name, owned);
    for (wanted, referring) in [(notes, is_note as fn(&Table) -> bool), (activities, is_activity)] {
        if wanted {
            relationships.extend(
                known.tables.values().filter(|t| referring(t)).map(|t| reference(t, &name, &schema_name)),
            );
        }
    }
    let related: std::collections::BTreeSet<&str> = relationships
        .iter()
        .flat_map(|r| ["ReferencedEntity", "ReferencingEntity"].map(|end| r.get(end).and_then(Value::as_str)))
        .flatten()
        .filter(|table| *table != name)
        .collect();
    definitions.extend(related.iter().map(|table| json!({ "LogicalName": table })));
    definitions.extend(relationships.iter().cloned());
    Ok((import(definitions)?, name))
}

/// Returns the plural of a logical name, which is the name of the entity set.
fn plural(name: &str) -> String {
    let vowel = |c: char| "aeiou".contains(c);
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(vowel) => format!("{stem}ies"),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// Returns the definitions of the columns that the service adds to a new table.
fn system_columns(table: &str, schema_name: &str, owned: bool) -> Vec<Value> {
    let key = format!("{table}id");
    let own = |class: &str, schema_name: &str, create: bool, update: bool, more: Value| {
        let mut column = members(read_only(
            class,
            &schema_name.to_ascii_lowercase(),
            schema_name,
            "",
            json!({
                "IsCustomAttribute": false, "IsLogical": false, "IsValidForCreate": create, "IsValidForUpdate": update,
            }),
        ));
        column.remove("AttributeOf");
        column.extend(members(more));
        Value::Object(column)
    };
    let lookup = |name: &str, target: &str| {
        own(
            "Lookup",
            name,
            false,
            false,
            json!({ "AttributeType": "Lookup", "AttributeTypeName": { "Value": "LookupType" }, "Targets": [target] }),
        )
    };
    let time = |name: &str, create: bool| {
        own(
            "DateTime",
            name,
            create,
            false,
            json!({ "DateTimeBehavior": { "Value": "UserLocal" }, "Format": "DateAndTime" }),
        )
    };
    let integer = |name: &str, update: bool| {
        own(
            "Integer",
            name,
            true,
            update,
            json!({ "MinValue": i32::MIN, "MaxValue": i32::MAX, "Format": "None" }),
        )
    };
    let label = |text: &str| json!({ "LocalizedLabels": [{ "Label": text, "LanguageCode": 1033 }] });
    let required = json!({ "Value": "SystemRequired" });
    let mut columns = vec![
        own(
            "",
            &format!("{schema_name}Id"),
            true,
            false,
            json!({
                "AttributeTypeName": { "Value": "UniqueidentifierType" }, "LogicalName": key, "IsPrimaryId": true,
                "RequiredLevel": required, "DisplayName": label(schema_name),
            }),
        ),
        time("CreatedOn", false),
        time("ModifiedOn", false),
        time("OverriddenCreatedOn", true),
        lookup("CreatedBy", "systemuser"),
        lookup("CreatedOnBehalfBy", "systemuser"),
        lookup("ModifiedBy", "systemuser"),
        lookup("ModifiedOnBehalfBy", "systemuser"),
        integer("ImportSequenceNumber", false),
        integer("TimeZoneRuleVersionNumber", true),
        integer("UTCConversionTimeZoneCode", true),
        own("BigInt", "VersionNumber", false, false, json!({})),
        own(
            "State",
            "statecode",
            false,
            true,
            json!({ "RequiredLevel": required, "DefaultFormValue": 0, "OptionSet": {
            "Name": format!("{table}_statecode"), "IsGlobal": false, "OptionSetType": "State", "Options": [
                { "Value": 0, "Label": label("Active"), "DefaultStatus": 1, "InvariantName": "Active" },
                { "Value": 1, "Label": label("Inactive"), "DefaultStatus": 2, "InvariantName": "Inactive" },
            ] } }),
        ),
        own(
            "Status",
            "statuscode",
            true,
            true,
            json!({ "DefaultFormValue": 1, "OptionSet": {
            "Name": format!("{table}_statuscode"), "IsGlobal": false, "OptionSetType": "Status", "Options": [
                { "Value": 1, "Label": label("Active"), "State": 0 },
                { "Value": 2, "Label": label("Inactive"), "State": 1 },
            ] } }),
        ),
    ];
    if owned {
        columns.push(own("Lookup", "OwnerId", true, true, json!({
            "AttributeType": "Owner", "AttributeTypeName": { "Value": "OwnerType" }, "RequiredLevel": required,
            "Targets": ["systemuser", "team"],
        })));
        columns.push(lookup("OwningBusinessUnit", "businessunit"));
        columns.push(lookup("OwningTeam", "team"));
        columns.push(lookup("OwningUser", "systemuser"));
    }
    columns
}

/// Returns the definitions of the relationships that the service adds to a new table, to the tables that the
/// organisation has.
fn system_relationships(known: &Schema, table: &str, owned: bool) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |target: &str, column: &str, schema_name: String| {
        let Some(referenced) = known.tables.get(target) else { return };
        let key = if target == "principal" {
            "ownerid"
        } else {
            referenced.primary_id.as_deref().unwrap_or_default()
        };
        all.push(json!({
            "SchemaName": schema_name, "ReferencedEntity": target, "ReferencedAttribute": key,
            "ReferencedEntityNavigationPropertyName": schema_name, "ReferencingEntity": table,
            "ReferencingAttribute": column, "ReferencingEntityNavigationPropertyName": column, "IsHierarchical": false,
        }));
    };
    for column in ["createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby"] {
        add("systemuser", column, format!("lk_{table}_{column}"));
    }
    if owned {
        add("principal", "ownerid", format!("owner_{table}"));
        add("businessunit", "owningbusinessunit", format!("business_unit_{table}"));
        add("team", "owningteam", format!("team_{table}"));
        add("systemuser", "owninguser", format!("user_{table}"));
    }
    all
}

fn is_note(table: &Table) -> bool {
    table.logical_name == "annotation" && table.column("objectid").is_some()
}

/// Returns whether the rows of a table are activities that can be regarding rows of others.
fn is_activity(table: &Table) -> bool {
    (table.kind == Some(TableKind::Activity) || table.logical_name == "activitypointer")
        && table.column("regardingobjectid").is_some()
}

/// Returns the definition of the relationship by which rows of `referring`, which are notes or activities, refer to
/// rows of the new table `table`.
fn reference(referring: &Table, table: &str, schema_name: &str) -> Value {
    let by = referring.logical_name.as_str();
    let set = referring.schema_name.as_deref().unwrap_or(by);
    let (column, name) = match by {
        "annotation" => ("objectid", format!("{schema_name}_Annotations")),
        "activitypointer" => ("regardingobjectid", format!("{schema_name}_ActivityPointers")),
        _ => ("regardingobjectid", format!("{schema_name}_{set}s")),
    };
    let navigation = match by {
        "annotation" | "activitypointer" => format!("{column}_{table}"),
        _ => format!("{column}_{table}_{by}"),
    };
    json!({
        "SchemaName": name, "ReferencedEntity": table, "ReferencedAttribute": format!("{table}id"),
        "ReferencedEntityNavigationPropertyName": name, "ReferencingEntity": by, "ReferencingAttribute": column,
        "ReferencingEntityNavigationPropertyName": navigation, "IsHierarchical": false,
        "CascadeConfiguration": { "Assign": "Cascade", "Delete": "Cascade", "Merge": "Cascade", "Reparent": "Cascade",
            "Share": "Cascade", "Unshare": "Cascade" },
    })
}

/// Replaces the definition of a table: `PUT EntityDefinitions(…)`. Names and keys stay; facts that the body does
/// not contain stay.
///
/// # Errors
/// Returns an error if the definition is refused.
pub(super) fn update(change: &Change<'_, '_>, table: &Table) -> Result<HttpResponse, ServiceError> {
    let mut body = change.body()?;
    for member in
        ["Attributes", "Keys", "OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships"]
    {
        body.remove(member);
    }
    body.insert("LogicalName".into(), json!(table.logical_name));
    let mut schema = import(vec![Value::Object(body)])?;
    let mut new = schema.tables.remove(&table.logical_name).unwrap_or_default();
    new.schema_name.clone_from(&table.schema_name);
    new.metadata_id.clone_from(&table.metadata_id);
    new.primary_id.clone_from(&table.primary_id);
    new.primary_name.clone_from(&table.primary_name);
    new.object_type_code = table.object_type_code;
    new.kind = table.kind;
    new.custom = table.custom;
    let mut old = table.clone();
    if !change.merges_labels() {
        for (new, old) in [
            (&new.display_name, &mut old.display_name),
            (&new.display_collection_name, &mut old.display_collection_name),
            (&new.description, &mut old.description),
        ] {
            replaced(new, old);
        }
    }
    let one = |table: Table| Schema {
        tables: BTreeMap::from([(table.logical_name.clone(), table)]),
        ..Schema::default()
    };
    let mut merged = one(new);
    merged.merge(one(old));
    let segment = table_segment(table);
    change.apply(|all| all.tables.extend(merged.tables));
    Ok(change.changed(&segment))
}

/// Empties the old label if there is a new one.
pub(super) fn replaced(new: &LocalizedText, old: &mut LocalizedText) {
    if !new.is_empty() {
        *old = LocalizedText::default();
    }
}

/// Deletes a table with its rows, its relationships, and the lookups of other tables that point to it alone.
///
/// # Errors
/// Returns an error if the table is one of the system.
pub(super) fn delete(change: &Change<'_, '_>, table: &Table) -> Result<HttpResponse, ServiceError> {
    if table.custom == Some(false) {
        return Err(of_system("table", &table.logical_name));
    }
    let name = table.logical_name.clone();
    let mut lookups = Vec::new();
    for other in change.schema().tables.values().filter(|other| other.logical_name != name) {
        for column in other.columns.iter().filter(|c| c.ty.targets() == [name.clone()]) {
            lookups.push((other.logical_name.clone(), column.logical_name.clone()));
        }
    }
    if !lookups.is_empty() {
        change.session.choice("lookups of a deleted table")?;
    }
    let intersects: Vec<String> = table
        .relationships
        .iter()
        .filter(|r| r.side == Side::ManyToMany)
        .filter_map(|r| r.intersect.clone())
        .collect();
    for (table, column) in &lookups {
        schema_change::drop_column(change.session, table, column)?;
    }
    for table in intersects.iter().chain([&name]) {
        schema_change::drop_table(change.session, table)?;
    }
    change.apply(|all| {
        for gone in intersects.iter().chain([&name]) {
            all.tables.remove(gone);
        }
        for (table, column) in &lookups {
            if let Some(table) = all.tables.get_mut(table) {
                super::columns::remove(table, column);
            }
        }
        for other in all.tables.values_mut() {
            other.relationships.retain(|r| r.table != name);
            for column in &mut other.columns {
                super::columns::remove_target(column, &name);
            }
        }
    });
    Ok(HttpResponse::odata_empty())
}

#[cfg(test)]
mod tests;
