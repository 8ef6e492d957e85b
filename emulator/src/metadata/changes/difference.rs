//! Compares a table with its state at the stamp that the client sent.

use dvkit_schema::wire::write::{Dialect, MetadataWriter, Object};
use dvkit_schema::{ChoiceRef, Schema, Table};
use serde_json::{Value, json};

use super::super::types::ENTITY;
use super::collections::{ALL, COLLECTIONS, Collection};
use super::properties;
use super::query::Query;

/// Returns the table with the elements that have changed, or `None` if nothing that the query requests has
/// changed. `old` is the table's state at the client's stamp.
pub(super) fn changed_table(
    writer: &MetadataWriter<'_>,
    schema: &Schema,
    table: &Table,
    facts: Object,
    old_schema: &Schema,
    old: &Table,
    query: &Query,
) -> Option<Object> {
    if table == old && same_choices(schema, old_schema, table) {
        return None;
    }
    let old_writer = MetadataWriter::new(old_schema, Dialect::Changes);
    let asked = |facts: &Object| properties::project(facts.clone(), &ENTITY, &query.properties, None);
    let changed = asked(&facts) != asked(&old_writer.table_facts(old));
    let mut object = if changed {
        properties::project(facts, &ENTITY, &query.properties, Some(true))
    } else {
        properties::container(&facts, &ENTITY)
    };
    let mut any = changed;
    for collection in &COLLECTIONS {
        if !query.properties.has(collection.name) {
            continue;
        }
        let elements = elements(collection, writer, table, &old_writer, old, query);
        any |= !elements.is_empty();
        object.insert(collection.name.to_owned(), Value::Array(elements));
    }
    any.then_some(object)
}

/// Returns whether the global choices that the table's columns use are the same in `schema` and `old`.
fn same_choices(schema: &Schema, old: &Schema, table: &Table) -> bool {
    table.columns.iter().all(|column| match column.ty.choice() {
        Some(ChoiceRef::Global(name)) => schema.choices.get(name) == old.choices.get(name),
        _ => true,
    })
}

/// Returns the elements of a collection that are new or have changed since the state `old` of the table.
fn elements(
    collection: &Collection,
    writer: &MetadataWriter<'_>,
    table: &Table,
    old_writer: &MetadataWriter<'_>,
    old: &Table,
    query: &Query,
) -> Vec<Value> {
    let part = collection.query(query);
    let asked = part.map_or(&ALL, |p| &p.properties);
    let meant = |o: &Object| part.and_then(|p| p.criteria.as_ref()).is_none_or(|c| c.matches(o));
    let all = |writer: &MetadataWriter<'_>, table: &Table| -> Vec<Object> {
        collection.elements(writer, table).into_iter().filter(meant).collect()
    };
    let before = all(old_writer, old);
    let mut told = Vec::new();
    for object in all(writer, table) {
        let known = before.iter().find(|o| identity(o) == identity(&object));
        let now = properties::project(object.clone(), collection.ty, asked, Some(true));
        let Some(known) = known else {
            told.push(Value::Object(now));
            continue;
        };
        let then = properties::project(known.clone(), collection.ty, asked, Some(true));
        if now == then {
            continue;
        }
        let without_options = |o: &Object| {
            let mut o = o.clone();
            o.remove("OptionSet");
            o
        };
        if without_options(&now) != without_options(&then) {
            told.push(Value::Object(now));
        } else if let (Some(set), Some(before)) = (now.get("OptionSet"), then.get("OptionSet")) {
            let mut named = properties::container(&object, collection.ty);
            named.insert("OptionSet".into(), options(set, before));
            told.push(Value::Object(named));
        } else {
            told.push(Value::Object(now));
        }
    }
    told
}

/// Returns the properties by which an element of a collection is identified.
fn identity(object: &Object) -> [Option<&Value>; 5] {
    [
        object.get("LogicalName"),
        object.get("SchemaName").filter(|_| !object.contains_key("LogicalName")),
        object.get("ReferencingEntityNavigationPropertyName"),
        object.get("ReferencedEntityNavigationPropertyName"),
        object.get("Entity1NavigationPropertyName"),
    ]
}

/// Returns a changed set of options. It lists all options, but an unchanged option has only its value.
fn options(now: &Value, before: &Value) -> Value {
    let mut set = now.clone();
    let Some(object) = set.as_object_mut() else { return set };
    object.insert("HasChanged".into(), Value::Bool(true));
    if let Some(Value::Array(options)) = object.get_mut("Options") {
        let known = before.get("Options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for option in options.iter_mut().filter(|o| known.contains(o)) {
            let ty = option.get("@odata.type").cloned();
            *option = json!({
                "Value": option.get("Value"),
                "Label": { "LocalizedLabels": [], "UserLocalizedLabel": null },
                "Description": { "LocalizedLabels": [], "UserLocalizedLabel": null },
                "Color": null,
            });
            if let (Some(ty), Some(option)) = (ty, option.as_object_mut()) {
                option.insert("@odata.type".into(), ty);
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_element_is_known_by_its_names() {
        let all = [
            json!({"LogicalName": "a", "SchemaName": "A"}),
            json!({"LogicalName": "b"}),
            json!({"SchemaName": "A"}),
            json!({"SchemaName": "A", "ReferencingEntityNavigationPropertyName": "x"}),
            json!({"SchemaName": "A", "ReferencedEntityNavigationPropertyName": "x"}),
            json!({"SchemaName": "A", "Entity1NavigationPropertyName": "x"}),
        ];
        for (n, one) in all.iter().enumerate() {
            for (m, other) in all.iter().enumerate() {
                let (one, other) = (object(one.clone()), object(other.clone()));
                assert_eq!(identity(&one) == identity(&other), n == m, "{one:?} and {other:?}");
            }
        }
        // Whoever has a logical name is known by it, whatever its schema name became.
        let renamed = object(json!({"LogicalName": "a", "SchemaName": "Other"}));
        assert_eq!(identity(&renamed), identity(&object(all[0].clone())));
    }

    #[test]
    fn the_options_that_have_not_changed_are_reduced_to_their_values() {
        let one = json!({"@odata.type": "#O", "Value": 1, "Label": "One", "Color": "#fff"});
        let two = json!({"Value": 2, "Label": "Two"});
        let reduced = |value: i32| {
            json!({
                "Value": value,
                "Label": {"LocalizedLabels": [], "UserLocalizedLabel": null},
                "Description": {"LocalizedLabels": [], "UserLocalizedLabel": null},
                "Color": null,
            })
        };
        let mut typed = reduced(1);
        typed.as_object_mut().unwrap().insert("@odata.type".to_owned(), "#O".into());
        for (now, before, expected) in [
            (json!([one]), json!([one]), json!([typed])),
            (json!([one, two]), json!([two]), json!([one, reduced(2)])),
            (json!([two]), json!([{"Value": 2, "Label": "Zwei"}]), json!([two])),
            (json!([one]), json!([]), json!([one])),
            (json!([]), json!([one]), json!([])),
        ] {
            let found = options(&json!({"Name": "n", "Options": now}), &json!({"Options": before}));
            assert_eq!(
                found,
                json!({"Name": "n", "HasChanged": true, "Options": expected}),
                "{now} {before}"
            );
        }
        // A choice of a boolean column has two options in members of their own.
        let of_boolean = json!({"TrueOption": one});
        assert_eq!(options(&of_boolean, &json!({})), json!({"TrueOption": one, "HasChanged": true}));
        assert_eq!(options(&json!(null), &json!({})), json!(null));
    }

    #[test]
    fn a_table_changes_with_the_global_choices_of_its_columns() {
        let schema = |options: i32| {
            let option = |value| dvkit_schema::ChoiceOption { value, ..Default::default() };
            let choice =
                dvkit_schema::Choice { options: (0..options).map(option).collect(), ..Default::default() };
            Schema { choices: [("g".to_owned(), choice)].into(), ..Schema::default() }
        };
        let table = |choice: Option<ChoiceRef>| {
            let ty = dvkit_schema::ColumnType::Choice { choice, default: None };
            let columns = vec![
                dvkit_schema::Column::new("a", dvkit_schema::ColumnType::BigInt),
                dvkit_schema::Column::new("b", ty),
            ];
            Table { columns, ..Table::default() }
        };
        let global = |name: &str| Some(ChoiceRef::Global(name.to_owned()));
        for (choice, now, same) in [
            (global("g"), 1, true),
            (global("g"), 2, false),
            (global("other"), 2, true),
            (Some(ChoiceRef::Local(dvkit_schema::Choice::default())), 2, true),
            (None, 2, true),
        ] {
            assert_eq!(
                same_choices(&schema(now), &schema(1), &table(choice.clone())),
                same,
                "{choice:?} {now}"
            );
        }
    }
}
