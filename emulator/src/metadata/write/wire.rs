//! Completes definitions in requests, and reads them with the importer of the schema.

use dvkit_schema::{Org, Schema, wire};
use serde_json::{Value, json};

use super::{Members, ServiceError, logical_name, text};

/// The value of the first option of a custom choice if the request does not give one.
pub(super) const FIRST_OPTION: i64 = 100_000_000;

/// Reads definitions into a schema. The tables in `document` that are only named give context to columns and
/// relationships.
///
/// # Errors
/// Returns an error if a definition has a member of another type than the service's, or is incomplete.
pub(super) fn import(definitions: Vec<Value>) -> Result<Schema, ServiceError> {
    let document = json!({ "value": definitions }).to_string();
    let invalid = |why: String| {
        ServiceError::bad(format!("An error occurred while validating input parameters: {why}"))
    };
    let mut imported = wire::read(&document).map_err(|error| invalid(error.message))?;
    if let Some(skipped) = imported.skipped.first() {
        return Err(invalid(skipped.to_string()));
    }
    // The languages of the organisation do not change with a label.
    imported.schema.org = Org::default();
    Ok(imported.schema)
}

/// Adds the names of a definition that follow from its schema name. Returns the logical name.
///
/// # Errors
/// Returns an error if the definition has no name, or no valid one.
pub(super) fn complete_names(definition: &mut Members) -> Result<String, ServiceError> {
    let schema_name = match text(definition, "SchemaName") {
        Ok(name) => name.to_owned(),
        Err(error) => text(definition, "LogicalName").map_err(|_| error)?.to_owned(),
    };
    let name = logical_name(&schema_name)?;
    definition.insert("SchemaName".into(), schema_name.into());
    definition.insert("LogicalName".into(), name.clone().into());
    Ok(name)
}

/// Returns the class of a column's definition without namespace, `Complex` and `AttributeMetadata`: `Picklist`.
///
/// # Errors
/// Returns an error if the definition does not state its type.
pub(super) fn class(definition: &Members) -> Result<String, ServiceError> {
    let name = text(definition, "@odata.type").map_err(|_| {
        ServiceError::bad(
            "An error occurred while validating input parameters: A type named 'Microsoft.Dynamics.CRM.AttributeMetadata' is abstract; the definition of a column needs '@odata.type', such as 'Microsoft.Dynamics.CRM.StringAttributeMetadata'.",
        )
    })?;
    let name = name.rsplit('.').next().unwrap_or_default();
    let name = name.strip_prefix("Complex").unwrap_or(name);
    match name.strip_suffix("AttributeMetadata").filter(|class| !class.is_empty()) {
        Some(class) => Ok(class.to_owned()),
        None => Err(ServiceError::bad(format!(
            "An error occurred while validating input parameters: '{name}' is not the type of a column."
        ))),
    }
}

/// Completes the definition of a column with the defaults of the service. Returns the definitions of the further
/// columns that belong to it, such as the name of a file. `language` is the base language.
///
/// # Errors
/// Returns an error if the definition has no name or no type, or a type that cannot be created as a column.
pub(super) fn complete_column(
    definition: &mut Members,
    schema: &Schema,
    language: u32,
) -> Result<Vec<Value>, ServiceError> {
    let name = complete_names(definition)?;
    let class = class(definition)?;
    let schema_name = text(definition, "SchemaName")?.to_owned();
    set(definition, "IsCustomAttribute", json!(true));
    set(definition, "IsValidODataAttribute", json!(true));
    set(definition, "IsLogical", json!(false));
    set(definition, "IsSecured", json!(false));
    for flag in ["IsValidForRead", "IsValidForCreate", "IsValidForUpdate"] {
        set(definition, flag, json!(true));
    }
    set(definition, "RequiredLevel", json!({ "Value": "None" }));
    let id = uuid::Uuid::new_v4().to_string();
    set(definition, "MetadataId", json!(id));
    let mut further = Vec::new();
    match class.as_str() {
        "String" => {
            set(definition, "MaxLength", json!(100));
            set(definition, "FormatName", json!({ "Value": "Text" }));
        }
        "Memo" => set(definition, "MaxLength", json!(2000)),
        "Integer" => {
            set(definition, "MinValue", json!(i32::MIN));
            set(definition, "MaxValue", json!(i32::MAX));
        }
        "Decimal" | "Double" => {
            set(definition, "MinValue", json!(-100_000_000_000.0));
            set(definition, "MaxValue", json!(100_000_000_000.0));
            set(definition, "Precision", json!(2));
        }
        "Money" => {
            set(definition, "MinValue", json!(-922_337_203_685_477.0));
            set(definition, "MaxValue", json!(922_337_203_685_477.0));
            set(definition, "PrecisionSource", json!(2));
            let mut base = definition.clone();
            base.extend(members(json!({
                "LogicalName": format!("{name}_base"), "SchemaName": format!("{schema_name}_Base"),
                "CalculationOf": name, "IsValidForCreate": false, "IsValidForUpdate": false,
                "MetadataId": uuid::Uuid::new_v4().to_string(), "IsLogical": false,
            })));
            further.push(Value::Object(base));
        }
        "DateTime" => set(definition, "DateTimeBehavior", json!({ "Value": "UserLocal" })),
        "Boolean" => {
            set(definition, "DefaultValue", json!(false));
            let label =
                |text: &str| json!({ "LocalizedLabels": [{ "Label": text, "LanguageCode": language }] });
            set(
                definition,
                "OptionSet",
                json!({ "TrueOption": { "Value": 1, "Label": label("Yes") }, "FalseOption": { "Value": 0, "Label": label("No") } }),
            );
            complete_choice(definition, "Boolean", schema)?;
            further.push(virtual_name(&name, &schema_name));
        }
        "Picklist" | "MultiSelectPicklist" => {
            complete_choice(definition, "Picklist", schema)?;
            further.push(virtual_name(&name, &schema_name));
        }
        "File" => {
            set(definition, "MaxSizeInKB", json!(32_768));
            // The service's `$metadata` has the file as a property that only its own requests write.
            definition.insert("IsValidForCreate".into(), json!(false));
            definition.insert("IsValidForUpdate".into(), json!(false));
            further.push(read_only(
                "String",
                &format!("{name}_name"),
                &format!("{schema_name}_Name"),
                &name,
                json!({ "MaxLength": 200, "FormatName": { "Value": "Text" } }),
            ));
        }
        "Image" => {
            set(definition, "MaxSizeInKB", json!(10_240));
            definition.insert("IsLogical".into(), json!(true));
            let id = format!("{name}id");
            definition.insert("AttributeOf".into(), json!(id));
            further.push(read_only(
                "BigInt",
                &format!("{name}_timestamp"),
                &format!("{schema_name}_Timestamp"),
                &id,
                json!({}),
            ));
            further.push(read_only(
                "String",
                &format!("{name}_url"),
                &format!("{schema_name}_URL"),
                &id,
                json!({ "MaxLength": 200, "FormatName": { "Value": "Url" } }),
            ));
            let mut key = members(read_only(
                "",
                &id,
                &format!("{schema_name}Id"),
                "",
                json!({ "AttributeTypeName": { "Value": "UniqueidentifierType" }, "IsLogical": false }),
            ));
            key.remove("AttributeOf");
            further.push(Value::Object(key));
        }
        "BigInt" => {}
        "Lookup" => {
            return Err(ServiceError::bad(
                "Lookup columns are created with their relationship: POST RelationshipDefinitions with the member Lookup.",
            ));
        }
        other => {
            return Err(ServiceError::not_emulated(format_args!("creating a column of the type {other}")));
        }
    }
    Ok(further)
}

/// Completes the definition of a lookup column of `targets`. Returns the definitions of the columns that belong
/// to it.
///
/// # Errors
/// Returns an error if the definition has no name.
pub(super) fn complete_lookup(
    definition: &mut Members,
    targets: &[&str],
) -> Result<Vec<Value>, ServiceError> {
    let name = complete_names(definition)?;
    let schema_name = text(definition, "SchemaName")?.to_owned();
    definition.insert("@odata.type".into(), json!("#Microsoft.Dynamics.CRM.LookupAttributeMetadata"));
    definition.insert("AttributeType".into(), json!("Lookup"));
    definition.insert("AttributeTypeName".into(), json!({ "Value": "LookupType" }));
    definition.insert("Targets".into(), json!(targets));
    for (flag, value) in [
        ("IsCustomAttribute", true),
        ("IsValidODataAttribute", true),
        ("IsLogical", false),
        ("IsSecured", false),
        ("IsValidForRead", true),
        ("IsValidForCreate", true),
        ("IsValidForUpdate", true),
    ] {
        set(definition, flag, json!(value));
    }
    set(definition, "RequiredLevel", json!({ "Value": "None" }));
    set(definition, "MetadataId", json!(uuid::Uuid::new_v4().to_string()));
    let mut shown = members(read_only(
        "String",
        &format!("{name}name"),
        &format!("{schema_name}Name"),
        &name,
        json!({ "MaxLength": 100, "FormatName": { "Value": "Text" } }),
    ));
    shown.insert("IsValidODataAttribute".into(), json!(false));
    Ok(vec![Value::Object(shown)])
}

/// Completes the choice of a column's definition: the values of options, and the name of a global choice that
/// `GlobalOptionSet@odata.bind` names.
fn complete_choice(definition: &mut Members, kind: &str, schema: &Schema) -> Result<(), ServiceError> {
    if let Some(bound) = definition.remove("GlobalOptionSet@odata.bind") {
        let bound = bound.as_str().unwrap_or_default().to_owned();
        let key = bound.rsplit_once('(').map_or("", |(_, key)| key.trim_end_matches(')'));
        let key = key.strip_prefix("Name=").unwrap_or(key).trim_matches('\'');
        let found = schema.choices.values().find(|choice| {
            choice.name == key
                || super::super::ids::generate("option-set", &choice.name).eq_ignore_ascii_case(key)
        });
        let choice =
            found.ok_or_else(|| ServiceError::bad(format!("The choice '{bound}' does not exist.")))?;
        definition.remove("OptionSet");
        definition.insert("GlobalOptionSet".into(), json!({ "Name": choice.name, "IsGlobal": true }));
        return Ok(());
    }
    let global = matches!(definition.get("GlobalOptionSet"), Some(Value::Object(_)));
    match definition.get_mut("OptionSet") {
        Some(Value::Object(set)) => {
            self::set(set, "OptionSetType", json!(kind));
            self::set(set, "IsGlobal", json!(false));
            give_values(set, FIRST_OPTION);
            Ok(())
        }
        _ if global => Ok(()),
        _ => Err(super::missing("OptionSet")),
    }
}

/// Gives a value to each option without one: the next after the highest value, or `first`.
pub(super) fn give_values(set: &mut Members, first: i64) {
    let Some(Value::Array(options)) = set.get_mut("Options") else { return };
    let value = |option: &Value| option.get("Value").and_then(Value::as_i64);
    let mut next = options.iter().filter_map(value).max().map_or(first, |most| most + 1);
    for option in options.iter_mut().filter_map(Value::as_object_mut) {
        if option.get("Value").is_none_or(Value::is_null) {
            option.insert("Value".into(), next.into());
            next += 1;
        }
    }
}

/// Returns the definition of the column with the label of a choice column.
fn virtual_name(name: &str, schema_name: &str) -> Value {
    let mut column = members(read_only(
        "",
        &format!("{name}name"),
        &format!("{schema_name}Name"),
        name,
        json!({ "AttributeType": "Virtual", "AttributeTypeName": { "Value": "VirtualType" } }),
    ));
    column.insert("IsValidODataAttribute".into(), json!(false));
    Value::Object(column)
}

/// Returns the definition of a read-only column that belongs to the column `of`.
pub(super) fn read_only(class: &str, name: &str, schema_name: &str, of: &str, more: Value) -> Value {
    let mut column = members(json!({
        "LogicalName": name, "SchemaName": schema_name, "AttributeOf": of, "IsCustomAttribute": true,
        "IsValidODataAttribute": true, "IsValidForRead": true, "IsValidForCreate": false, "IsValidForUpdate": false,
        "IsLogical": true, "IsSecured": false, "RequiredLevel": { "Value": "None" },
        "MetadataId": uuid::Uuid::new_v4().to_string(),
    }));
    if !class.is_empty() {
        column
            .insert("@odata.type".into(), json!(format!("#Microsoft.Dynamics.CRM.{class}AttributeMetadata")));
    }
    column.extend(members(more));
    Value::Object(column)
}

/// Sets a member that is missing or null.
pub(super) fn set(definition: &mut Members, member: &str, value: Value) {
    if definition.get(member).is_none_or(Value::is_null) {
        definition.insert(member.to_owned(), value);
    }
}

/// Returns the members of a JSON object; none for other values.
pub(super) fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_is_completed_with_its_class_its_tables_and_the_column_of_its_name() {
        let mut definition =
            members(json!({ "SchemaName": "new_Ship", "IsSecured": true, "IsLogical": null }));
        let further = complete_lookup(&mut definition, &["account", "contact"]).unwrap();
        for (member, value) in [
            ("LogicalName", json!("new_ship")),
            ("@odata.type", json!("#Microsoft.Dynamics.CRM.LookupAttributeMetadata")),
            ("AttributeType", json!("Lookup")),
            ("AttributeTypeName", json!({ "Value": "LookupType" })),
            ("Targets", json!(["account", "contact"])),
            ("IsCustomAttribute", json!(true)),
            ("IsValidODataAttribute", json!(true)),
            ("IsLogical", json!(false)),
            ("IsSecured", json!(true)),
            ("IsValidForRead", json!(true)),
            ("IsValidForCreate", json!(true)),
            ("IsValidForUpdate", json!(true)),
            ("RequiredLevel", json!({ "Value": "None" })),
        ] {
            assert_eq!(definition[member], value, "{member}");
        }
        let [name] = further.as_slice() else { panic!("{further:?}") };
        for (member, value) in [
            ("LogicalName", json!("new_shipname")),
            ("SchemaName", json!("new_ShipName")),
            ("AttributeOf", json!("new_ship")),
            ("@odata.type", json!("#Microsoft.Dynamics.CRM.StringAttributeMetadata")),
            ("MaxLength", json!(100)),
            ("IsValidODataAttribute", json!(false)),
            ("IsValidForRead", json!(true)),
            ("IsValidForCreate", json!(false)),
            ("IsValidForUpdate", json!(false)),
            ("IsLogical", json!(true)),
        ] {
            assert_eq!(name[member], value, "{member}");
        }
    }

    #[test]
    fn a_definition_is_named_by_its_schema_name_or_else_by_its_logical_name() {
        for (body, schema_name, logical_name) in [
            (json!({ "SchemaName": "new_Ship" }), "new_Ship", "new_ship"),
            (json!({ "SchemaName": "new_Ship", "LogicalName": "other" }), "new_Ship", "new_ship"),
            (json!({ "LogicalName": "new_ship" }), "new_ship", "new_ship"),
            (json!({ "SchemaName": null, "LogicalName": "new_ship" }), "new_ship", "new_ship"),
        ] {
            let mut definition = members(body.clone());
            assert_eq!(complete_names(&mut definition).unwrap(), logical_name, "{body}");
            assert_eq!(
                (&definition["SchemaName"], &definition["LogicalName"]),
                (&json!(schema_name), &json!(logical_name))
            );
        }
        for body in [json!({}), json!({ "SchemaName": 1 }), json!({ "SchemaName": "a b" })] {
            assert!(complete_names(&mut members(body.clone())).is_err(), "{body}");
        }
    }

    #[test]
    fn the_class_of_a_column_is_its_type_without_what_all_types_have() {
        for (ty, found) in [
            ("#Microsoft.Dynamics.CRM.StringAttributeMetadata", Some("String")),
            ("Microsoft.Dynamics.CRM.ComplexDecimalAttributeMetadata", Some("Decimal")),
            ("PicklistAttributeMetadata", Some("Picklist")),
            ("Microsoft.Dynamics.CRM.AttributeMetadata", None),
            ("Microsoft.Dynamics.CRM.EntityMetadata", None),
            ("", None),
        ] {
            assert_eq!(class(&members(json!({ "@odata.type": ty }))).ok().as_deref(), found, "{ty}");
        }
        assert!(class(&Members::new()).is_err());
    }

    #[test]
    fn options_without_a_value_get_the_next_ones() {
        for (given, made) in [
            (json!([]), json!([])),
            (json!([null]), json!([100])),
            (json!([null, null]), json!([100, 101])),
            (json!([7, null]), json!([7, 8])),
            (json!([null, 7, null]), json!([8, 7, 9])),
            (json!([7, 9]), json!([7, 9])),
            (json!([-5, null]), json!([-5, -4])),
        ] {
            let options: Vec<Value> =
                given.as_array().unwrap().iter().map(|value| json!({ "Value": value })).collect();
            let mut set = members(json!({ "Options": options }));
            give_values(&mut set, 100);
            let values: Value =
                set["Options"].as_array().unwrap().iter().map(|o| o["Value"].clone()).collect();
            assert_eq!(values, made, "{given}");
        }
    }

    #[test]
    fn only_a_member_that_is_missing_or_null_is_set() {
        for (given, found) in [
            (json!({}), json!(1)),
            (json!({ "a": null }), json!(1)),
            (json!({ "a": false }), json!(false)),
            (json!({ "a": 0 }), json!(0)),
        ] {
            let mut definition = members(given.clone());
            set(&mut definition, "a", json!(1));
            assert_eq!(definition["a"], found, "{given}");
        }
        assert!(members(json!([1])).is_empty());
    }
}
