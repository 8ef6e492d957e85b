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
