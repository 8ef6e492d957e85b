//! Definitions and changes over HTTP.

use std::time::Duration;

use dvkit_emulator::{Clock, Emulator};
use reqwest::StatusCode;
use serde_json::Value;

use super::{get, json, sample};

#[tokio::test]
async fn metadata_is_served_in_three_formats() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let tables = running.schema().tables.len();
    let changes = json(&running, "RetrieveMetadataChanges()").await;
    assert_eq!(changes["EntityMetadata"].as_array().unwrap().len(), tables);
    let definitions = json(&running, "EntityDefinitions").await;
    assert_eq!(definitions["value"].as_array().unwrap().len(), tables);
    let (status, csdl) = get(&running, "$metadata").await;
    assert_eq!(status, StatusCode::OK);
    assert!(csdl.contains("<EntityType Name=\"account\""));
}

/// The names of the elements of a collection.
fn names(answer: &Value) -> Vec<&str> {
    answer["value"].as_array().unwrap().iter().map(|e| e["LogicalName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn definitions_are_selected_filtered_and_expanded() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let one = json(
        &running,
        "EntityDefinitions(LogicalName='account')?$select=EntitySetName&$expand=Attributes($select=LogicalName;\
         $filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'),Keys",
    )
    .await;
    assert_eq!(one["EntitySetName"], "accounts");
    assert_eq!(one["SchemaName"], Value::Null);
    let attributes = one["Attributes"].as_array().unwrap();
    assert!(
        attributes.iter().all(|a| a["@odata.type"] == "#Microsoft.Dynamics.CRM.PicklistAttributeMetadata")
    );
    assert!(!attributes.is_empty() && attributes.iter().all(|a| a.get("OptionSet").is_none()));
    assert!(one["Keys"].is_array());

    let two = json(
        &running,
        "EntityDefinitions?$select=LogicalName&$filter=LogicalName%20eq%20'account'%20or%20LogicalName%20eq%20'contact'",
    )
    .await;
    assert_eq!(names(&two), ["account", "contact"]);
    assert!(two["@odata.context"].as_str().unwrap().ends_with("$metadata#EntityDefinitions(LogicalName)"));

    let cast =
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.StateAttributeMetadata";
    let cast =
        json(&running, &format!("{cast}?$select=LogicalName&$expand=OptionSet($select=Options,Name)")).await;
    assert_eq!(names(&cast), ["statecode"]);
    assert!(cast["value"][0]["OptionSet"]["Options"].is_array());
    assert_eq!(cast["value"][0].get("@odata.type"), None);

    let column = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')";
    assert_eq!(json(&running, column).await["AttributeTypeName"]["Value"], "StringType");
    let property = json(&running, "EntityDefinitions(LogicalName='account')/EntitySetName").await;
    assert_eq!(property["value"], "accounts");

    let hierarchy = json(
        &running,
        "RelationshipDefinitions/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=SchemaName\
         &$filter=ReferencedEntity eq 'account'",
    )
    .await;
    assert!(!hierarchy["value"].as_array().unwrap().is_empty());
    let choices = "GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.OptionSetMetadata?$select=Name,Options";
    let boolean = "GlobalOptionSetDefinitions/Microsoft.Dynamics.CRM.BooleanOptionSetMetadata";
    let count = async |path| json(&running, path).await["value"].as_array().unwrap().len();
    assert_eq!(count(choices).await + count(boolean).await, running.schema().choices.len());
}

#[tokio::test]
async fn unsupported_options_on_metadata_are_refused() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let account = "EntityDefinitions(LogicalName='account')";
    for (path, status, code) in [
        ("EntityDefinitions?$top=1".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$orderby=LogicalName".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$skip=1".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?LabelLanguages=1033".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$filter=startswith(LogicalName,'a')".to_owned(), 400, "0x8006088a"),
        ("EntityDefinitions?$filter=tolower(LogicalName) eq 'a'".to_owned(), 400, "0x8006088a"),
        ("EntityDefinitions?$filter=DisplayName eq 'Account'".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$filter=logicalname eq 'account'".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$filter=(((".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$select=Nope".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions?$select=Attributes".to_owned(), 400, "0x80060888"),
        ("EntityDefinitions(LogicalName='nope')".to_owned(), 404, "0x80041102"),
        (format!("{account}/Attributes(LogicalName='nope')"), 404, "0x80041103"),
        (format!("{account}/Attributes/Microsoft.Dynamics.CRM.EnumAttributeMetadata"), 400, "0x80060888"),
        (format!("{account}?$expand=Attributes($select=MaxLength)"), 400, "0x80060888"),
        (format!("{account}/Nope"), 404, "0x8006088a"),
        ("GlobalOptionSetDefinitions?$filter=Name eq 'a'".to_owned(), 400, "0x80060888"),
        ("GlobalOptionSetDefinitions?$select=Options".to_owned(), 400, "0x80060888"),
        ("nosuchset".to_owned(), 404, "0x8006088a"),
        ("RetrieveMetadataChanges(Query=@p1)?@p1={\"Nope\":1}".to_owned(), 400, "0x80060888"),
        ("RetrieveMetadataChanges(ClientVersionStamp='old')".to_owned(), 400, "0x80044352"),
    ] {
        let (found, text) = get(&running, &path).await;
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text}"));
        assert_eq!((found.as_u16(), body["error"]["code"].as_str()), (status, Some(code)), "{path}: {text}");
    }
}

/// A request for changes.
fn changes(query: &Value, stamp: Option<&str>) -> String {
    let encoded = |text: &str| {
        let bytes = text.bytes().map(|b| format!("%{b:02X}"));
        bytes.collect::<String>()
    };
    let query = encoded(&query.to_string());
    match stamp {
        None => format!("RetrieveMetadataChanges(Query=@q)?@q={query}"),
        Some(stamp) => format!(
            "RetrieveMetadataChanges(Query=@q,ClientVersionStamp=@s,DeletedMetadataFilters=@d)?@q={query}&@s={}&@d={}",
            encoded(&format!("'{stamp}'")),
            encoded("Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'"),
        ),
    }
}

/// The query of a fetch.
fn question() -> Value {
    let all = |names: &[&str]| serde_json::json!({"AllProperties": false, "PropertyNames": names});
    serde_json::json!({
        "Properties": all(&["SchemaName", "Attributes"]),
        "Criteria": {"FilterOperator": "Or", "Conditions": [
            {"ConditionOperator": "Equals", "PropertyName": "IsPrivate", "Value": {"Type": "System.Boolean", "Value": "True"}},
            {"ConditionOperator": "In", "PropertyName": "LogicalName",
             "Value": {"Type": "System.String[]", "Value": "['account','contact']"}},
        ]},
        "AttributeQuery": {"Properties": all(&["LogicalName", "AttributeTypeName", "OptionSet", "DisplayName", "MaxLength"])},
        "LabelQuery": {"FilterLanguages": [1033], "MissingLabelBehavior": 0},
    })
}

#[tokio::test]
async fn changes_contain_requested_properties_and_defaults_for_the_rest() {
    let running = Emulator::builder(sample()).start().await.unwrap();
    let answer = json(&running, &changes(&question(), None)).await;
    let tables = answer["EntityMetadata"].as_array().unwrap();
    assert_eq!(
        tables.iter().map(|t| t["LogicalName"].as_str().unwrap()).collect::<Vec<_>>(),
        ["account", "contact"]
    );
    assert_eq!(tables[0]["EntitySetName"], Value::Null);
    assert_eq!(tables[0]["HasChanged"], Value::Null);
    let columns = tables[0]["Attributes"].as_array().unwrap();
    assert!(columns.iter().all(|c| c["IsValidODataAttribute"] == false && c["SchemaName"].is_null()));
    let state = columns.iter().find(|c| c["LogicalName"] == "statecode").unwrap();
    assert_eq!(state["@odata.type"], "#Microsoft.Dynamics.CRM.ComplexStateAttributeMetadata");
    assert!(!state["OptionSet"]["Options"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_stamp_gives_the_changes_since_it() {
    let clock = Clock::stopped("2026-01-01T00:00:00Z".parse().unwrap());
    let running = Emulator::builder(sample()).clock(clock.clone()).start().await.unwrap();
    let stamp_of = |answer: &Value| answer["ServerVersionStamp"].as_str().unwrap().to_owned();
    let first = stamp_of(&json(&running, &changes(&question(), None)).await);
    let none = json(&running, &changes(&question(), Some(&first))).await;
    assert_eq!(none["EntityMetadata"], serde_json::json!([]));

    let gone = running.schema().tables["account"].columns[0].clone();
    running.change(|schema| {
        let account = schema.tables.get_mut("account").unwrap();
        account.columns.remove(0);
        let name = account.columns.iter_mut().find(|c| c.logical_name == "name").unwrap();
        name.ty = dvkit_schema::ColumnType::String { max_length: Some(7), format: None };
        let state = account.columns.iter_mut().find(|c| c.logical_name == "statecode").unwrap();
        if let dvkit_schema::ColumnType::State {
            choice: Some(dvkit_schema::ChoiceRef::Local(choice)), ..
        } = &mut state.ty
        {
            choice.options[1].color = Some("#ff0000".into());
        }
    });
    let answer = json(&running, &changes(&question(), Some(&first))).await;
    let tables = answer["EntityMetadata"].as_array().unwrap();
    assert_eq!(tables.len(), 1);
    assert_eq!((&tables[0]["LogicalName"], &tables[0]["HasChanged"]), (&"account".into(), &false.into()));
    let columns = tables[0]["Attributes"].as_array().unwrap();
    assert_eq!(columns.len(), 2);
    assert_eq!((&columns[0]["MaxLength"], &columns[0]["HasChanged"]), (&7.into(), &true.into()));
    assert_eq!((&columns[1]["LogicalName"], &columns[1]["HasChanged"]), (&"statecode".into(), &false.into()));
    let set = &columns[1]["OptionSet"];
    assert_eq!(set["HasChanged"], true);
    assert_eq!(set["Options"][0]["Label"]["LocalizedLabels"], serde_json::json!([]));
    assert_eq!(set["Options"][1]["Color"], "#ff0000");
    let deleted = &answer["DeletedMetadata"];
    assert_eq!(deleted["Keys"], serde_json::json!(["Attribute"]));
    assert_eq!(deleted["Values"][0]["Items"], serde_json::json!([gone.metadata_id.unwrap()]));

    // Deletions are remembered for ninety days.
    clock.advance(Duration::from_secs(91 * 24 * 3600));
    let (status, text) = get(&running, &changes(&question(), Some(&first))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("0x80044352"), "{text}");
    let now = stamp_of(&answer);
    assert_eq!(
        json(&running, &changes(&question(), Some(&now))).await["EntityMetadata"],
        serde_json::json!([])
    );
}
