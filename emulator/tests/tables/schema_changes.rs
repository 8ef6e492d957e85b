//! The whole effect of requests that change definitions: what the schema of the organisation has afterwards and had
//! not before.

use std::collections::BTreeSet;

use dvkit_emulator::InProcessEmulator;
use dvkit_schema::Schema;
use expect_test::{ExpectFile, expect_file};
use serde_json::{Value, json};

use super::{builder, random_ids, send, shown};

/// Returns a line for each table, column, relationship, key and choice of a schema, and one for the organisation.
fn lines(schema: &Schema) -> BTreeSet<String> {
    let mut all = BTreeSet::from([format!("organisation {}", json!(schema.org))]);
    for (name, table) in &schema.tables {
        let mut value = json!(table);
        let members = value.as_object_mut().unwrap();
        for part in ["columns", "relationships", "keys"] {
            let Some(Value::Array(items)) = members.remove(part) else { continue };
            all.extend(items.iter().map(|item| format!("{name} {part} {item}")));
        }
        all.insert(format!("{name} {value}"));
    }
    all.extend(schema.choices.iter().map(|(name, choice)| format!("choice {name} {}", json!(choice))));
    all
}

/// Sends requests of the form that tables have. Below each of them are the response, the lines of the schema that are
/// gone, and the new ones.
fn check(emulator: &InProcessEmulator, requests: &[&str], expected: &ExpectFile) {
    let mut text = String::new();
    let mut before = lines(&emulator.schema());
    for request in requests {
        let response = shown(&send(emulator, request));
        let after = lines(&emulator.schema());
        let gone = before.difference(&after).map(|line| format!("  - {line}\n"));
        let new = after.difference(&before).map(|line| format!("  + {line}\n"));
        let mut effect: String = gone.chain(new).collect();
        for id in random_ids(&effect) {
            effect = effect.replace(&id, "<id>");
        }
        text.push_str(&format!("{request}\n> {response}\n{effect}"));
        before = after;
    }
    expected.assert_eq(&text);
}

const TABLES: &[&str] = &[
    r#"POST EntityDefinitions | {"SchemaName": "new_Ship", "DisplayName": {"LocalizedLabels": [{"Label": "Ship", "LanguageCode": 1033}]}, "DisplayCollectionName": {"LocalizedLabels": [{"Label": "Ships", "LanguageCode": 1033}]}, "HasNotes": true, "HasActivities": true, "Attributes": [{"SchemaName": "new_Name", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "IsPrimaryName": true, "MaxLength": 50}]}"#,
    r#"POST EntityDefinitions | {"SchemaName": "new_Fly", "OwnershipType": "OrganizationOwned", "PrimaryNameAttribute": "new_Title", "EntitySetName": "new_flyers", "Attributes": [{"SchemaName": "new_Title", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}]}"#,
    r#"PUT EntityDefinitions(LogicalName='new_fly') | {"DisplayName": {"LocalizedLabels": [{"Label": "Fly", "LanguageCode": 1033}]}, "ChangeTrackingEnabled": true}"#,
    r#"POST RelationshipDefinitions | {"SchemaName": "new_ship_fly", "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", "ReferencedEntity": "new_ship", "ReferencingEntity": "new_fly", "Lookup": {"SchemaName": "new_Ship"}}"#,
    r#"POST RelationshipDefinitions | {"SchemaName": "new_fly_account", "@odata.type": "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata", "Entity1LogicalName": "new_fly", "Entity2LogicalName": "account"}"#,
    r#"PUT RelationshipDefinitions(SchemaName='new_ship_fly') | {"ReferencingEntity": "new_fly", "ReferencedEntity": "new_ship", "CascadeConfiguration": {"Assign": "Cascade", "Delete": "Cascade"}}"#,
    r#"POST EntityDefinitions(LogicalName='new_fly')/Keys | {"SchemaName": "new_FlyKey", "KeyAttributes": ["new_title"]}"#,
    r"DELETE EntityDefinitions(LogicalName='new_fly')/Attributes(LogicalName='new_title')",
    r"DELETE EntityDefinitions(LogicalName='new_fly')/Attributes(LogicalName='new_ship')",
    r"DELETE EntityDefinitions(LogicalName='new_fly')/Keys(LogicalName='new_flykey')",
    r"DELETE RelationshipDefinitions(SchemaName='new_fly_account')",
    r"DELETE RelationshipDefinitions(SchemaName='new_ship_fly')",
    r"DELETE EntityDefinitions(LogicalName='new_fly')",
];

#[test]
fn tables_and_relationships_change_all_definitions_that_belong_to_them() {
    check(&builder().in_process().unwrap(), TABLES, &expect_file!["schema_changes/tables.txt"]);
}

const COLUMNS: &[&str] = &[
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_A", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_B", "@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_C", "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata", "RequiredLevel": {"Value": "ApplicationRequired"}}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_D", "@odata.type": "Microsoft.Dynamics.CRM.DecimalAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_E", "@odata.type": "Microsoft.Dynamics.CRM.DoubleAttributeMetadata", "IsSecured": true}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_F", "@odata.type": "Microsoft.Dynamics.CRM.MoneyAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_G", "@odata.type": "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata", "IsValidForUpdate": false}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_H", "@odata.type": "Microsoft.Dynamics.CRM.BooleanAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_I", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "OptionSet": {"Options": [{"Value": 7}, {}]}}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_J", "@odata.type": "Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata", "GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_region')"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_K", "@odata.type": "Microsoft.Dynamics.CRM.ImageAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_L", "@odata.type": "Microsoft.Dynamics.CRM.FileAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='new_project')/Attributes | {"SchemaName": "new_M", "@odata.type": "Microsoft.Dynamics.CRM.BigIntAttributeMetadata"}"#,
    r#"POST EntityDefinitions(LogicalName='account')/Attributes | {"SchemaName": "new_Photo", "@odata.type": "Microsoft.Dynamics.CRM.ImageAttributeMetadata", "IsPrimaryImage": true}"#,
    r#"PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_a') | {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MaxLength": 60, "SchemaName": "Other", "IsCustomAttribute": false, "DisplayName": {"LocalizedLabels": [{"Label": "Nome", "LanguageCode": 1040}]}}"#,
    r#"PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_a') | MSCRM.MergeLabels: true | {"@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "Description": {"LocalizedLabels": [{"Label": "Text", "LanguageCode": 1033}]}, "DisplayName": {"LocalizedLabels": [{"Label": "Name", "LanguageCode": 1033}]}}"#,
    r#"PUT EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_i') | {"@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "OptionSet": {"Options": [{"Value": 99}]}, "RequiredLevel": {"Value": "Recommended"}}"#,
    r"DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_f')",
    r"DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_h')",
    r"DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_k')",
    r"DELETE EntityDefinitions(LogicalName='new_project')/Attributes(LogicalName='new_l')",
    r"DELETE EntityDefinitions(LogicalName='account')/Attributes(LogicalName='new_photo')",
];

#[test]
fn a_column_of_each_class_is_completed_and_goes_with_the_columns_that_belong_to_it() {
    check(&builder().in_process().unwrap(), COLUMNS, &expect_file!["schema_changes/columns.txt"]);
}

const CHOICES: &[&str] = &[
    r#"POST GlobalOptionSetDefinitions | {"Name": "new_Wind", "DisplayName": {"LocalizedLabels": [{"Label": "Wind", "LanguageCode": 1033}]}, "Options": [{"Value": 5, "Label": {"LocalizedLabels": [{"Label": "North", "LanguageCode": 1033}]}}, {}]}"#,
    r#"PUT GlobalOptionSetDefinitions(Name='new_wind') | {"Description": {"LocalizedLabels": [{"Label": "Where from", "LanguageCode": 1033}]}}"#,
    r#"PUT GlobalOptionSetDefinitions(Name='new_Wind') | {"Description": {"LocalizedLabels": [{"Label": "Where from", "LanguageCode": 1033}]}}"#,
    r##"POST InsertOptionValue | {"OptionSetName": "new_Wind", "Label": {"LocalizedLabels": [{"Label": "South", "LanguageCode": 1033}]}, "Color": "#112233", "ExternalValue": "s", "Description": {"LocalizedLabels": [{"Label": "Warm", "LanguageCode": 1033}]}}"##,
    r#"POST InsertOptionValue | {"OptionSetName": "new_Wind", "Value": 3, "Label": {"LocalizedLabels": [{"Label": "East", "LanguageCode": 1033}]}}"#,
    r#"POST InsertOptionValue | {"OptionSetName": "", "EntityLogicalName": "contact", "AttributeLogicalName": "gendercode", "Label": {"LocalizedLabels": [{"Label": "Other", "LanguageCode": 1033}]}}"#,
    r#"POST UpdateOptionValue | {"OptionSetName": "new_Wind", "Value": 3, "Label": {"LocalizedLabels": [{"Label": "Osten", "LanguageCode": 1031}]}, "MergeLabels": true}"#,
    r##"POST UpdateOptionValue | {"OptionSetName": "new_Wind", "Value": 3, "Label": {"LocalizedLabels": [{"Label": "Est", "LanguageCode": 1036}]}, "MergeLabels": false, "Color": "#445566"}"##,
    r#"POST OrderOption | {"OptionSetName": "new_Wind", "Values": [3, 5, 6, 7]}"#,
    r#"POST OrderOption | {"OptionSetName": "new_Wind", "Values": [7, 6, 5, 3]}"#,
    r#"POST DeleteOptionValue | {"OptionSetName": "new_Wind", "Value": 6}"#,
    r#"POST DeleteOptionValue | {"EntityLogicalName": "contact", "AttributeLogicalName": "gendercode", "Value": 2}"#,
    r#"POST InsertStatusValue | {"EntityLogicalName": "new_project", "AttributeLogicalName": "statuscode", "StateCode": 1, "Label": {"LocalizedLabels": [{"Label": "Lost", "LanguageCode": 1033}]}}"#,
    r#"POST InsertStatusValue | {"EntityLogicalName": "new_project", "AttributeLogicalName": "statuscode", "StateCode": 0, "Value": 77, "Label": {"LocalizedLabels": [{"Label": "Won", "LanguageCode": 1033}]}}"#,
    r#"POST UpdateStateValue | {"EntityLogicalName": "new_project", "AttributeLogicalName": "statecode", "Value": 1, "Label": {"LocalizedLabels": [{"Label": "Closed", "LanguageCode": 1033}]}, "MergeLabels": true, "DefaultStatusCode": 2}"#,
    r"DELETE GlobalOptionSetDefinitions(Name='new_Wind')",
    r#"POST PublishAllXml | {}"#,
];

#[test]
fn choices_change_by_their_options_alone() {
    check(&builder().in_process().unwrap(), CHOICES, &expect_file!["schema_changes/choices.txt"]);
}

#[test]
fn definitions_without_ids_get_them_where_the_emulator_makes_them() {
    let mut schema = super::sample();
    schema.tables.retain(|name, _| matches!(name.as_str(), "new_externalorder" | "systemuser" | "account"));
    for table in schema.tables.values_mut() {
        table.metadata_id = None;
        table.columns.retain(|column| column.logical_name.ends_with("id"));
        table.relationships.clear();
        table.columns.iter_mut().for_each(|column| column.metadata_id = None);
    }
    let before = lines(&schema);
    let builder = dvkit_emulator::Emulator::builder(schema).generated_ids();
    let after = lines(&builder.in_process().unwrap().schema());
    let text: String = after.difference(&before).map(|line| format!("{line}\n")).collect();
    expect_file!["schema_changes/ids.txt"].assert_eq(&text);
}

/// Returns a value without members that are null and without lists that are empty.
fn without_nulls(value: Value) -> Value {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, without_nulls(value)));
            Value::Object(members.filter(|(_, value)| !is_empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Sends requests, and asks after each for the changes since the one before.
fn check_changes(requests: &[&str], query: &Value, expected: &ExpectFile) {
    let emulator = builder().in_process().unwrap();
    let changes = |stamp: &str| -> Value {
        let kinds = "Microsoft.Dynamics.CRM.DeletedMetadataFilters'All'";
        let line = format!(
            "GET RetrieveMetadataChanges(Query=@q,ClientVersionStamp=@s,DeletedMetadataFilters={kinds})?@q={query}&@s={stamp}"
        );
        serde_json::from_slice(send(&emulator, &line).body()).unwrap()
    };
    let first = send(&emulator, &format!("GET RetrieveMetadataChanges(Query=@q)?@q={query}"));
    let first: Value = serde_json::from_slice(first.body()).unwrap();
    let mut stamp = first["ServerVersionStamp"].as_str().unwrap().to_owned();
    let mut text = String::new();
    for request in requests {
        send(&emulator, request);
        let mut found = changes(&format!("'{stamp}'"));
        let members = found.as_object_mut().unwrap();
        members.remove("@odata.context");
        let next = members.remove("ServerVersionStamp");
        stamp = next.and_then(|next| next.as_str().map(str::to_owned)).unwrap_or(stamp);
        let tables = members.remove("EntityMetadata").unwrap_or_default();
        text.push_str(&format!("{request}\n> {}\n", without_nulls(found)));
        for table in tables.as_array().into_iter().flatten() {
            text.push_str(&format!("  {}\n", without_nulls(table.clone())));
        }
    }
    for id in random_ids(&text) {
        text = text.replace(&id, "<id>");
    }
    expected.assert_eq(&text);
}

#[test]
fn a_client_learns_the_changes_since_its_stamp() {
    let names = json!({"PropertyNames": ["LogicalName", "DisplayName", "Attributes", "ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships", "Keys"]});
    let columns = json!({"PropertyNames": ["LogicalName", "DisplayName", "MaxLength", "OptionSet"]});
    let relationships = json!({"PropertyNames": ["SchemaName", "ReferencingAttribute", "IsHierarchical"]});
    let query = json!({
        "Properties": names,
        "Criteria": {"Conditions": [{
            "ConditionOperator": "In", "PropertyName": "LogicalName",
            "Value": {"Type": "System.String[]", "Value": "['new_ship','new_fly','new_project','contact']"},
        }]},
        "AttributeQuery": {"Properties": columns},
        "RelationshipQuery": {"Properties": relationships},
        "KeyQuery": {"Properties": {"AllProperties": true}},
    });
    let all: Vec<&str> = [TABLES, COLUMNS, CHOICES].concat();
    check_changes(&all, &query, &expect_file!["schema_changes/since.txt"]);
}
