//! Reduces a definition to the requested properties. The service nevertheless returns all properties of a
//! type: a property that was not requested is null. `IsValidODataAttribute` cannot be null; it is `false` if
//! it was not requested, regardless of its real value (measured on real responses).

use dvkit_schema::wire::write::Object;
use serde_json::Value;

use super::super::types::{ATTRIBUTE, MetadataType, class_of};
use super::query::Properties;

/// The properties that are returned with their values even if they were not requested.
const ALWAYS: [&str; 3] = ["MetadataId", "LogicalName", "HasChanged"];

/// The only property that cannot be null; it is `false` if it was not requested.
const NEVER_NULL: &str = "IsValidODataAttribute";

/// Reduces `object` to the requested properties. A requested property whose value is unknown is omitted.
/// `changed` is the value of `HasChanged`; `None` is null.
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

/// Returns an object that has not changed itself and is in the response only because it contains a change. It
/// has its name, and no other values.
pub(super) fn container(object: &Object, ty: &MetadataType) -> Object {
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
