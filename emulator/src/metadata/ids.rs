//! Generates ids from names, so that they are the same each time. The schema has no ids of keys,
//! relationships and choices; for tables and columns it does, and none are generated unless the emulator was
//! told to.

use dvkit_schema::wire::write::Object;
use serde_json::Value;
use uuid::Uuid;

/// Generates the id of an object from its kind and its name.
pub(crate) fn generate(kind: &str, name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:{kind}:{name}").as_bytes()).to_string()
}

fn give(mut object: Object, kind: &str, members: &[&str]) -> Object {
    let names: Option<Vec<&str>> = members.iter().map(|m| object.get(*m).and_then(Value::as_str)).collect();
    if let Some(names) = names {
        let id = generate(kind, &names.join("/"));
        object.insert("MetadataId".into(), id.into());
    }
    object
}

/// Adds an id to an alternate key.
pub(crate) fn key(object: Object) -> Object {
    give(object, "key", &["EntityLogicalName", "LogicalName"])
}

/// Adds an id to a relationship that has a schema name.
pub(crate) fn relationship(object: Object) -> Object {
    give(object, "relationship", &["SchemaName"])
}

/// Adds an id to a choice.
pub(crate) fn option_set(object: Object) -> Object {
    give(object, "option-set", &["Name"])
}
