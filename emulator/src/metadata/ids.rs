//! Ids of what the model keeps no id of: made of the name, so that they are the same each time. Of tables and columns the model
//! knows ids, and where it does not none is made up.

use dvkit_schema::wire::write::Object;
use serde_json::Value;
use uuid::Uuid;

/// The id of something with a name.
pub(crate) fn made(kind: &str, name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("dvkit:{kind}:{name}").as_bytes()).to_string()
}

fn give(mut object: Object, kind: &str, members: &[&str]) -> Object {
    let names: Option<Vec<&str>> = members.iter().map(|m| object.get(*m).and_then(Value::as_str)).collect();
    if let Some(names) = names {
        let id = made(kind, &names.join("/"));
        object.insert("MetadataId".into(), id.into());
    }
    object
}

/// Gives an alternate key its id.
pub(crate) fn key(object: Object) -> Object {
    give(object, "key", &["EntityLogicalName", "LogicalName"])
}

/// Gives a relationship its id, where it has a schema name.
pub(crate) fn relationship(object: Object) -> Object {
    give(object, "relationship", &["SchemaName"])
}

/// Gives a choice its id.
pub(crate) fn option_set(object: Object) -> Object {
    give(object, "option-set", &["Name"])
}
