//! Makes the JSON Schema of a resource as one organisation has it: with its custom fields, and for resources that the
//! model does not have.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::compiled::{
    CellKind, CompiledField, CompiledMapping, CompiledResource, CompiledTable, FieldSource, RecordSource,
};
use crate::model::{
    self, Address, ChoiceValue, EmailAddress, FieldType, Money, PhoneNumber, Reference, WebLink,
};

impl CompiledMapping {
    /// Returns the JSON Schema of the records of a resource, as this organisation has them: the fields of the model, the
    /// custom fields with their types, and the resources that only the mapping declares. Returns `None` if the
    /// organisation does not have the resource.
    #[must_use]
    pub fn json_schema(&self, resource: &str) -> Option<Value> {
        self.resource(resource).map(schema_of)
    }

    /// Returns the JSON Schema of every resource that the organisation has, by the name of the resource.
    #[must_use]
    pub fn json_schemas(&self) -> Vec<(&str, Value)> {
        self.resources.iter().map(|resource| (resource.name.as_str(), schema_of(resource))).collect()
    }
}

fn schema_of(resource: &CompiledResource) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let of_model = model::json_schemas().into_iter().find(|(name, _)| *name == resource.name);
    let mut schema = match of_model {
        Some((_, schema)) => schema.to_value(),
        None => own_schema(resource, &mut generator),
    };
    let RecordSource::Tables(tables) = &resource.records else { return schema };
    let custom = merged(tables.iter().flat_map(|table| &table.custom), &mut generator);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
        && (!custom.is_empty() || properties.contains_key("custom_fields"))
    {
        let description = properties.get("custom_fields").and_then(|own| own.get("description")).cloned();
        let mut object = json!({ "type": "object", "properties": custom, "additionalProperties": false });
        if let (Some(description), Some(object)) = (description, object.as_object_mut()) {
            object.insert("description".into(), description);
        }
        properties.insert("custom_fields".into(), object);
    }
    schema
}

/// Returns the schema of a resource that the model does not have.
fn own_schema(resource: &CompiledResource, generator: &mut SchemaGenerator) -> Value {
    let mut properties = match &resource.records {
        RecordSource::Tables(tables) => {
            let mut own = merged(tables.iter().flat_map(|table: &CompiledTable| &table.fields), generator);
            own.insert("remote_data".into(), json!({ "readOnly": true }));
            own
        }
        RecordSource::Fixed(records) => records
            .iter()
            .flat_map(Map::keys)
            .map(|name| (name.clone(), json!({ "readOnly": true })))
            .collect(),
    };
    properties.insert("id".into(), json!({ "type": ["string", "null"] }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": resource.name,
        "type": "object",
        "properties": properties,
    })
}

/// Returns the schemas of fields by name. A field that several tables have may have any of their schemas.
fn merged<'f>(
    fields: impl Iterator<Item = &'f CompiledField>,
    generator: &mut SchemaGenerator,
) -> Map<String, Value> {
    let mut by_name: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for field in fields {
        let schema = field_schema(field, generator);
        let known = by_name.entry(&field.name).or_default();
        if !known.contains(&schema) {
            known.push(schema);
        }
    }
    let one = |mut schemas: Vec<Value>| match schemas.len() {
        1 => schemas.remove(0),
        _ => json!({ "anyOf": schemas }),
    };
    by_name.into_iter().map(|(name, schemas)| (name.to_owned(), one(schemas))).collect()
}

fn field_schema(field: &CompiledField, generator: &mut SchemaGenerator) -> Value {
    let mut schema = match (&field.ty, &field.source) {
        (_, FieldSource::Constant(value)) => json!({ "const": value }),
        (FieldType::Enum(_), FieldSource::Enum { members, .. }) => {
            let names = members.iter().map(|member| Value::from(member.name.as_str()));
            json!({ "enum": names.chain([Value::Null]).collect::<Vec<_>>() })
        }
        (FieldType::Any, source) => match source {
            FieldSource::Cell(cell) | FieldSource::Path { cell, .. } => kind_schema(cell.kind, generator),
            FieldSource::Lookup { .. } | FieldSource::ChoiceReference { .. } => {
                generator.subschema_for::<Option<Reference>>().to_value()
            }
            FieldSource::Split { .. } | FieldSource::Template(_) => json!({ "type": ["string", "null"] }),
            // A function of the program may return anything.
            _ => json!({}),
        },
        (ty, _) => type_schema(ty, generator),
    };
    if let Some(object) = schema.as_object_mut() {
        if field.read_only.is_some() {
            object.insert("readOnly".into(), Value::Bool(true));
        }
        if !field.readable {
            object.insert("writeOnly".into(), Value::Bool(true));
        }
    }
    schema
}

/// Returns the schema of the values of a type of the model.
fn type_schema(ty: &FieldType, generator: &mut SchemaGenerator) -> Value {
    match ty {
        FieldType::Text => json!({ "type": ["string", "null"] }),
        FieldType::Integer => json!({ "type": ["integer", "null"] }),
        FieldType::Money => generator.subschema_for::<Option<Money>>().to_value(),
        FieldType::Boolean => json!({ "type": ["boolean", "null"] }),
        FieldType::Date => json!({ "type": ["string", "null"], "format": "date" }),
        FieldType::Time => json!({ "type": ["string", "null"], "format": "date-time" }),
        FieldType::Enum(members) => {
            let names = members.iter().map(|member| Value::from(member.as_str()));
            json!({ "enum": names.chain([Value::Null]).collect::<Vec<_>>() })
        }
        FieldType::Reference(_) => generator.subschema_for::<Option<Reference>>().to_value(),
        FieldType::EmailAddresses => generator.subschema_for::<Option<Vec<EmailAddress>>>().to_value(),
        FieldType::PhoneNumbers => generator.subschema_for::<Option<Vec<PhoneNumber>>>().to_value(),
        FieldType::Addresses => generator.subschema_for::<Option<Vec<Address>>>().to_value(),
        FieldType::WebLinks => generator.subschema_for::<Option<Vec<WebLink>>>().to_value(),
        FieldType::Any => json!({}),
    }
}

/// Returns the schema of the values of a column that has no type of the model.
fn kind_schema(kind: CellKind, generator: &mut SchemaGenerator) -> Value {
    match kind {
        CellKind::Text | CellKind::Guid => type_schema(&FieldType::Text, generator),
        CellKind::Integer => type_schema(&FieldType::Integer, generator),
        // A text, because a JSON number is a binary floating-point number to most readers.
        CellKind::Decimal => json!({ "type": ["string", "null"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" }),
        CellKind::Float => json!({ "type": ["number", "null"] }),
        CellKind::Money => type_schema(&FieldType::Money, generator),
        CellKind::Boolean => type_schema(&FieldType::Boolean, generator),
        CellKind::Date => type_schema(&FieldType::Date, generator),
        CellKind::Time => type_schema(&FieldType::Time, generator),
        // Such a time has no offset, which `date-time` demands.
        CellKind::LocalTime => type_schema(&FieldType::Text, generator),
        CellKind::Choice => generator.subschema_for::<Option<ChoiceValue>>().to_value(),
        CellKind::Choices => generator.subschema_for::<Option<Vec<ChoiceValue>>>().to_value(),
        CellKind::Lookup => generator.subschema_for::<Option<Reference>>().to_value(),
    }
}
