//! Generates ids from names, so that an object always has the same id. The schema has no ids of keys,
//! relationships and choices. It has ids of tables and columns; missing ones are generated only with
//! [`EmulatorBuilder::generated_ids`](crate::EmulatorBuilder::generated_ids).

use dvkit_schema::wire::write::Object;
use serde_json::Value;

pub(super) use crate::identity::generated_id as generate;

fn give(mut object: Object, kind: &str, members: &[&str]) -> Object {
    let names: Option<Vec<&str>> = members.iter().map(|m| object.get(*m).and_then(Value::as_str)).collect();
    if let Some(names) = names {
        let id = generate(kind, &names.join("/"));
        object.insert("MetadataId".into(), id.into());
    }
    object
}

/// Adds a generated id to an alternate key, and the schema name if it is missing.
pub(crate) fn key(mut object: Object) -> Object {
    // The snapshot has only the logical name of a key. Clients read the schema name.
    if let Some(name) = object.get("LogicalName").cloned() {
        object.entry("SchemaName").or_insert(name);
    }
    give(object, "key", &["EntityLogicalName", "LogicalName"])
}

/// Adds a generated id to a relationship, if it has a schema name.
pub(crate) fn relationship(object: Object) -> Object {
    give(object, "relationship", &["SchemaName"])
}

/// Adds a generated id to a choice.
pub(crate) fn option_set(object: Object) -> Object {
    give(object, "option-set", &["Name"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_made_of_the_names_of_its_object() {
        type Give = fn(Object) -> Object;
        let of = |kind: &str, name: &str| generate(kind, name);
        let cases: [(Give, Value, Value); 7] = [
            (
                key,
                json!({"EntityLogicalName": "t", "LogicalName": "k"}),
                json!({
                    "EntityLogicalName": "t", "LogicalName": "k", "SchemaName": "k", "MetadataId": of("key", "t/k"),
                }),
            ),
            (
                key,
                json!({"EntityLogicalName": "t", "LogicalName": "k", "SchemaName": "K"}),
                json!({
                    "EntityLogicalName": "t", "LogicalName": "k", "SchemaName": "K", "MetadataId": of("key", "t/k"),
                }),
            ),
            (key, json!({"LogicalName": "k"}), json!({"LogicalName": "k", "SchemaName": "k"})),
            (key, json!({"EntityLogicalName": "t"}), json!({"EntityLogicalName": "t"})),
            (
                relationship,
                json!({"SchemaName": "r"}),
                json!({"SchemaName": "r", "MetadataId": of("relationship", "r")}),
            ),
            (option_set, json!({"Name": "o"}), json!({"Name": "o", "MetadataId": of("option-set", "o")})),
            (option_set, json!({"Name": null}), json!({"Name": null})),
        ];
        for (give, before, after) in cases {
            let given = give(before.as_object().unwrap().clone());
            assert_eq!(Value::Object(given), after, "{before}");
        }
        assert_ne!(of("key", "a"), of("relationship", "a"));
    }
}
