//! What is left of a definition: the properties that were asked for, and for the others what the service says of them. It
//! answers all properties of a type, whether asked for or not: those that may be null are null, and of those that may not
//! `IsValidODataAttribute` is `false`, whatever is so (measured on real answers).

use dvkit_schema::wire::write::Object;
use serde_json::Value;

use super::super::types::{ATTRIBUTE, MetadataType, class_of};
use super::query::Properties;

/// What comes back of each definition, asked for or not.
const ALWAYS: [&str; 3] = ["MetadataId", "LogicalName", "HasChanged"];

/// The property that is a value type.
const NEVER_NULL: &str = "IsValidODataAttribute";

/// Leaves what was asked for. What was asked for and nobody knows is absent.
pub(super) fn project(
    mut object: Object,
    ty: &MetadataType,
    properties: &Properties,
    changed: Option<bool>,
) -> Object {
    let asked = |name: &str| name.starts_with('@') || ALWAYS.contains(&name) || properties.has(name);
    object.retain(|name, _| asked(name));
    if !properties.all_properties {
        fill(&mut object, ty, properties);
    }
    object.insert("HasChanged".into(), changed.map_or(Value::Null, Value::Bool));
    object
}

/// What only contains something that has changed: it is named, and no more is said of it.
pub(super) fn ancestor(object: &Object, ty: &MetadataType) -> Object {
    let nothing = Properties::default();
    let mut named = Object::new();
    for name in ["@odata.type", "MetadataId", "LogicalName"] {
        if let Some(value) = object.get(name) {
            named.insert(name.to_owned(), value.clone());
        }
    }
    fill(&mut named, ty, &nothing);
    named.insert("HasChanged".into(), Value::Bool(false));
    named
}

fn fill(object: &mut Object, ty: &MetadataType, properties: &Properties) {
    let class = if std::ptr::eq(ty, &raw const ATTRIBUTE) {
        class_of(object.get("@odata.type").and_then(Value::as_str))
    } else {
        ty
    };
    for (name, _) in class.properties() {
        if !object.contains_key(name) && !properties.has(name) && !ALWAYS.contains(&name) {
            let unasked = if name == NEVER_NULL { Value::Bool(false) } else { Value::Null };
            object.insert(name.to_owned(), unasked);
        }
    }
}
