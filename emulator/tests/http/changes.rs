//! What `RetrieveMetadataChanges` tells of each kind of change of the definitions.

use dvkit_emulator::{Clock, Emulator, RunningEmulator};
use dvkit_schema::{ChoiceRef, ColumnType, Schema};
use expect_test::expect;
use serde_json::Value;

use super::sample;

/// The changes since a stamp: the changed tables with their changed elements, and the number of deleted
/// definitions of each kind.
fn told(running: &RunningEmulator, query: &str, stamp: &str) -> String {
    let path = format!(
        "/api/data/v9.2/RetrieveMetadataChanges(Query=@q,ClientVersionStamp=@s,DeletedMetadataFilters=@d)?@q={query}&@s='{stamp}'&@d=Microsoft.Dynamics.CRM.DeletedMetadataFilters'All'"
    );
    let encoded: String = path
        .chars()
        .map(|c| match c {
            ' ' | '"' | '{' | '}' => format!("%{:02X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    let request = http::Request::get(encoded).body(bytes::Bytes::new()).unwrap();
    let body: Value = serde_json::from_slice(running.respond("ann", request).body()).unwrap();
    if let Some(error) = body.get("error") {
        return format!("{} {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap());
    }
    let mut shown = String::new();
    for table in body["EntityMetadata"].as_array().unwrap() {
        shown.push_str(&shorten(table).to_string());
        shown.push('\n');
    }
    let deleted = &body["DeletedMetadata"];
    let kinds = deleted["Keys"].as_array().unwrap().iter().zip(deleted["Values"].as_array().unwrap());
    let kinds: Vec<String> = kinds
        .map(|(key, ids)| format!("{} {}", key.as_str().unwrap(), ids["Items"].as_array().unwrap().len()))
        .collect();
    format!("{shown}deleted: {} of {}", kinds.join(", "), deleted["Count"])
}

/// Returns an object without members that say nothing: null, false, ids and empty arrays.
fn shorten(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.iter().filter(|(name, value)| {
                let nothing = value.is_null() || **value == Value::Bool(false) && *name != "HasChanged";
                !nothing
                    && *name != "MetadataId"
                    && !name.contains('@')
                    && value.as_array().is_none_or(|a| !a.is_empty())
            });
            said.map(|(name, value)| (name.clone(), shorten(value))).collect()
        }
        Value::Array(items) => items.iter().map(shorten).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn each_change_is_told_to_those_who_have_the_stamp_before_it() {
    const NAMES: &str = r#"{"Properties":{"PropertyNames":["LogicalName","SchemaName","DisplayName","Attributes","Keys","ManyToOneRelationships"]},"AttributeQuery":{"Properties":{"PropertyNames":["SchemaName","MaxLength","OptionSet"]}},"KeyQuery":{"Properties":{"PropertyNames":["KeyAttributes"]}},"RelationshipQuery":{"Properties":{"PropertyNames":["SchemaName"]}},"LabelQuery":{"FilterLanguages":[1033],"MissingLabelBehavior":0}}"#;
    const TABLES: &str = r#"{"Properties":{"PropertyNames":["LogicalName","SchemaName"]}}"#;
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let running = Emulator::builder(sample()).clock(clock).start().await.unwrap();
    let mut text = String::new();
    let first = "74812162!01/01/2026 00:00:00";
    let mut tell = |what: &str, change: fn(&mut Schema), stamp: u32| {
        running.change(change);
        for (query, name) in [(NAMES, "all"), (TABLES, "tables")] {
            let found = told(&running, query, &format!("{stamp}!01/01/2026 00:00:00"));
            text.push_str(&format!("{what}, {name}:\n{found}\n"));
        }
    };
    tell("nothing", |_| {}, 74_812_162);
    tell(
        "the name of a table",
        |s| s.tables.get_mut("account").unwrap().schema_name = Some("Other".into()),
        74_812_163,
    );
    tell(
        "the length of a column",
        |s| {
            let account = s.tables.get_mut("account").unwrap();
            let column = account.columns.iter_mut().find(|c| c.logical_name == "name").unwrap();
            column.ty = ColumnType::String { max_length: Some(7), format: None };
        },
        74_812_164,
    );
    tell(
        "a label of an option",
        |s| {
            let account = s.tables.get_mut("account").unwrap();
            let column =
                account.columns.iter_mut().find(|c| c.logical_name == "accountcategorycode").unwrap();
            let ColumnType::Choice { choice, .. } = &mut column.ty else { panic!("it is a choice") };
            let Some(ChoiceRef::Local(choice)) = choice else { panic!("it is local") };
            choice.options[0].label.0.insert(1_033, "First".into());
        },
        74_812_165,
    );
    tell(
        "a column is gone",
        |s| s.tables.get_mut("account").unwrap().columns.retain(|c| c.logical_name != "fax"),
        74_812_166,
    );
    tell("a key is gone", |s| s.tables.get_mut("account").unwrap().keys.clear(), 74_812_167);
    tell("a table is gone", |s| drop(s.tables.remove("task")), 74_812_168);
    tell("a choice is gone", |s| drop(s.choices.pop_first()), 74_812_169);
    expect![[r#"
        nothing, all:
        deleted:  of 0
        nothing, tables:
        deleted:  of 0
        the name of a table, all:
        {"DisplayName":{"LocalizedLabels":[{"Label":"Account","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Account","LanguageCode":1033}},"HasChanged":true,"LogicalName":"account","SchemaName":"Other"}
        deleted:  of 0
        the name of a table, tables:
        {"HasChanged":true,"LogicalName":"account","SchemaName":"Other"}
        deleted:  of 0
        the length of a column, all:
        {"Attributes":[{"HasChanged":true,"LogicalName":"name","MaxLength":7,"SchemaName":"Name"}],"HasChanged":false,"LogicalName":"account"}
        deleted:  of 0
        the length of a column, tables:
        deleted:  of 0
        a label of an option, all:
        {"Attributes":[{"HasChanged":false,"LogicalName":"accountcategorycode","OptionSet":{"Description":{},"DisplayName":{"LocalizedLabels":[{"Label":"Category","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"Category","LanguageCode":1033}},"HasChanged":true,"Name":"account_accountcategorycode","OptionSetType":"Picklist","Options":[{"Description":{},"Label":{"LocalizedLabels":[{"Label":"First","LanguageCode":1033}],"UserLocalizedLabel":{"Label":"First","LanguageCode":1033}},"Value":1},{"Description":{},"Label":{},"Value":2}]}}],"HasChanged":false,"LogicalName":"account"}
        deleted:  of 0
        a label of an option, tables:
        deleted:  of 0
        a column is gone, all:
        deleted: Attribute 1 of 1
        a column is gone, tables:
        deleted: Attribute 1 of 1
        a key is gone, all:
        deleted:  of 0
        a key is gone, tables:
        deleted:  of 0
        a table is gone, all:
        deleted: Default 1, Attribute 41 of 2
        a table is gone, tables:
        deleted: Default 1, Attribute 41 of 2
        a choice is gone, all:
        deleted: OptionSet 1 of 1
        a choice is gone, tables:
        deleted: OptionSet 1 of 1
    "#]].assert_eq(&text);

    // All changes together, and a stamp that nobody has given.
    let all = told(&running, TABLES, first);
    assert!(all.contains("\"SchemaName\":\"Other\"") && all.contains("deleted: Default 1, "), "{all}");
    let unknown = told(&running, TABLES, "1!01/01/2026 00:00:00");
    assert!(
        unknown.starts_with("0x80044352 Version stamp associated with the client has expired"),
        "{unknown}"
    );
}

#[tokio::test]
async fn a_stamp_has_expired_as_soon_as_the_changes_are_forgotten() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let stamp = || {
        let request =
            http::Request::get("/api/data/v9.2/RetrieveTimestamp()").body(bytes::Bytes::new()).unwrap();
        let body: Value = serde_json::from_slice(running.respond("ann", request).body()).unwrap();
        body["Timestamp"].as_str().unwrap().to_owned()
    };
    let first = stamp();
    running.change(|schema| schema.tables.retain(|name, _| name != "task"));
    let second = stamp();
    let query = r#"{"Properties":{"PropertyNames":["LogicalName"]}}"#;
    let expired =
        "0x80044352 Version stamp associated with the client has expired. Please perform a full sync.";
    assert_ne!(told(&running, query, &first), expired);
    running.forget_changes();
    assert_eq!(told(&running, query, &first), expired);
    assert_eq!(told(&running, query, &second), "deleted:  of 0");
}
