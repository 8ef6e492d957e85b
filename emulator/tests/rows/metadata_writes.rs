//! Changes of definitions, and what a reader of the metadata sees of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, Api};

pub(super) const CRM: &str = "Microsoft.Dynamics.CRM.";

pub(super) fn label(text: &str) -> Value {
    json!({ "@odata.type": "Microsoft.Dynamics.CRM.Label", "LocalizedLabels": [
        { "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": 1033 },
    ] })
}

/// The definition of a column, as Microsoft's Python SDK sends it.
fn column(class: &str, schema_name: &str, more: Value) -> Value {
    let mut column = json!({
        "@odata.type": format!("{CRM}{class}AttributeMetadata"), "SchemaName": schema_name,
        "DisplayName": label(schema_name), "RequiredLevel": { "Value": "None" },
    });
    column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    column
}

/// The definition of a table with a name and one further column.
fn table(schema_name: &str, class: &str) -> Value {
    json!({
        "@odata.type": format!("{CRM}{class}EntityMetadata"), "SchemaName": schema_name,
        "DisplayName": label("Ticket"), "DisplayCollectionName": label("Tickets"),
        "Description": label("A ticket"), "OwnershipType": "UserOwned", "HasActivities": false, "HasNotes": true,
        "IsActivity": false, "Attributes": [
            column(&format!("{class}String"), "new_Title", json!({ "MaxLength": 200, "FormatName": { "Value": "Text" }, "IsPrimaryName": true })),
            column(&format!("{class}Integer"), "new_Points", json!({ "Format": "None", "MinValue": 0, "MaxValue": 9 })),
        ],
    })
}

pub(super) async fn put(api: &Api, path: &str, body: &Value, merge: bool) -> Answer {
    let request = api.request(Method::PUT, path).json(body);
    let request = if merge { request.header("MSCRM.MergeLabels", "true") } else { request };
    Api::send(request).await
}

/// The id in brackets that the SDK reads from `OData-EntityId`: the first one that is a GUID alone.
pub(super) fn sdk_id(answer: &Answer) -> String {
    let address = answer.header("odata-entityid");
    let found =
        address.split('(').skip(1).filter_map(|part| part.split(')').next()).find(|part| part.len() == 36);
    found.unwrap_or_else(|| panic!("{}: {address} {}", answer.status, answer.text)).to_owned()
}

// covers: metadata writes / $filter of an enum property by a quoted text
#[tokio::test]
async fn an_enum_property_compares_with_a_quoted_text() {
    let api = Api::start().await;
    let path = "EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName,AttributeType&$filter=AttributeType%20";
    let virtuals = api.get(&format!("{path}eq%20'Virtual'")).await;
    assert_eq!(virtuals.status, StatusCode::OK, "{}", virtuals.text);
    assert!(!virtuals.all("LogicalName").is_empty());
    let others = api.get(&format!("{path}ne%20'Virtual'")).await.all("LogicalName");
    let all = api
        .get("EntityDefinitions(LogicalName='account')/Attributes?$select=LogicalName")
        .await
        .all("LogicalName");
    assert_eq!(others.len() + virtuals.all("LogicalName").len(), all.len());
}

// covers: metadata writes / SchemaName of alternate keys
#[tokio::test]
async fn keys_have_a_schema_name() {
    let api = Api::start().await;
    let keys =
        api.get("EntityDefinitions(LogicalName='account')/Keys?$select=SchemaName,KeyAttributes").await;
    assert_eq!(keys.all("SchemaName"), ["new_AccountNumberKey"], "{}", keys.text);
}

// covers: metadata writes / CreateEntities
// covers: metadata writes / delete table
#[tokio::test]
async fn a_table_of_create_entities_is_served_filled_and_deleted() {
    let api = Api::start().await;
    let body = json!({ "Entities": [table("new_Ticket", "Complex")] });
    let made = api.post("CreateEntities?SolutionUniqueName=Sample", body.clone()).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let path = "EntityDefinitions?$select=MetadataId,LogicalName,SchemaName,EntitySetName,PrimaryNameAttribute,PrimaryIdAttribute&$filter=LogicalName%20eq%20'new_ticket'";
    let found = api.get(path).await;
    let one = &found.json["value"][0];
    assert_eq!(one["EntitySetName"], "new_tickets", "{}", found.text);
    assert_eq!(
        (&one["SchemaName"], &one["PrimaryNameAttribute"], &one["PrimaryIdAttribute"]),
        (&json!("new_Ticket"), &json!("new_title"), &json!("new_ticketid"))
    );
    let id = one["MetadataId"].as_str().unwrap().to_owned();

    let row = api.create("new_tickets", json!({ "new_title": "Printer", "new_points": 3 })).await;
    let read = api.get(&format!("new_tickets({row})?$select=new_title,new_points,statecode")).await;
    assert_eq!(
        (read.json["new_title"].as_str(), read.json["new_points"].as_i64()),
        (Some("Printer"), Some(3)),
        "{}",
        read.text
    );
    let csdl = api.get("$metadata").await;
    assert!(csdl.text.contains("<EntityType Name=\"new_ticket\""));

    let again = api.post("CreateEntities", body).await;
    assert_eq!(
        (again.status, again.json["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("0x80048403")),
        "{}",
        again.text
    );

    let gone = api.delete(&format!("EntityDefinitions({id})")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    assert!(api.get("new_tickets").await.status.is_client_error());
    assert_eq!(api.get(path).await.all("LogicalName").len(), 0);
    api.post("CreateEntities", json!({ "Entities": [table("new_Ticket", "Complex")] })).await;
    assert!(api.get("new_tickets").await.all("new_title").is_empty(), "the rows were deleted with the table");
}

// covers: metadata writes / create table
// covers: metadata writes / update table
#[tokio::test]
async fn a_table_is_created_and_its_labels_are_merged() {
    let api = Api::start().await;
    let made = api.post("EntityDefinitions", table("new_Ticket", "")).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let path = format!("EntityDefinitions({})", sdk_id(&made));
    let mut all = api.get(&path).await.json;
    all["DisplayName"] = json!({ "LocalizedLabels": [{ "Label": "Vorgang", "LanguageCode": 1031 }] });
    assert_eq!(put(&api, &path, &all, true).await.status, StatusCode::NO_CONTENT);
    let labels = |json: &Value| json["DisplayName"]["LocalizedLabels"].as_array().unwrap().len();
    let merged = api.get(&path).await.json;
    assert_eq!(labels(&merged), 2, "{merged}");
    assert_eq!(merged["EntitySetName"], "new_tickets");
    assert_eq!(put(&api, &path, &all, false).await.status, StatusCode::NO_CONTENT);
    assert_eq!(labels(&api.get(&path).await.json), 1);
    // The table still has its columns and its relationships.
    let attributes = api.get(&format!("{path}/Attributes?$select=LogicalName")).await.all("LogicalName");
    assert!(attributes.contains(&json!("new_points")) && attributes.contains(&json!("createdon")));
    assert!(
        !api.get(&format!("{path}/ManyToOneRelationships?$select=SchemaName"))
            .await
            .all("SchemaName")
            .is_empty()
    );
}

// covers: metadata writes / return=representation
#[tokio::test]
async fn definitions_are_returned_on_request() {
    let api = Api::start().await;
    let create = |path: &'static str, body: Value| {
        Api::send(api.request(Method::POST, path).header("prefer", "return=representation").json(&body))
    };
    let made = create("EntityDefinitions", table("new_Ticket", "")).await;
    assert_eq!(
        (made.status, &made.json["SchemaName"]),
        (StatusCode::CREATED, &json!("new_Ticket")),
        "{}",
        made.text
    );
    assert_eq!(made.header("preference-applied"), "return=representation");
    assert_eq!(
        (&made.json["HasNotes"], &made.json["HasActivities"]),
        (&json!(true), &json!(false)),
        "{}",
        made.text
    );
    let column = json!({ "@odata.type": format!("{CRM}MemoAttributeMetadata"), "SchemaName": "new_Memo", "MaxLength": 100 });
    let column = create("EntityDefinitions(LogicalName='new_ticket')/Attributes", column).await;
    assert_eq!(
        (column.status, &column.json["LogicalName"]),
        (StatusCode::CREATED, &json!("new_memo")),
        "{}",
        column.text
    );
}

// covers: metadata writes / create column of every type
// covers: metadata writes / delete column
#[tokio::test]
async fn columns_of_every_type_are_created_with_values_in_existing_rows() {
    let api = Api::start().await;
    let row = api.create("accounts", json!({ "name": "Contoso" })).await;
    let options = json!([{ "Label": label("Low") }, { "Value": 7, "Label": label("High") }]);
    let set =
        json!({ "@odata.type": format!("{CRM}OptionSetMetadata"), "IsGlobal": false, "Options": options });
    let columns = [
        (column("String", "new_xText", json!({ "MaxLength": 50 })), "new_xtext", json!("a")),
        (
            column("Memo", "new_xMemo", json!({ "MaxLength": 4000, "ImeMode": "Auto" })),
            "new_xmemo",
            json!("b"),
        ),
        (column("Integer", "new_xInt", json!({ "MinValue": -5, "MaxValue": 5 })), "new_xint", json!(4)),
        (column("BigInt", "new_xBig", json!({})), "new_xbig", json!(4_000_000_000_i64)),
        (column("Decimal", "new_xDecimal", json!({ "Precision": 2 })), "new_xdecimal", json!(1.25)),
        (column("Double", "new_xDouble", json!({ "Precision": 5 })), "new_xdouble", json!(0.5)),
        (column("Money", "new_xMoney", json!({ "PrecisionSource": 2 })), "new_xmoney", json!(12.5)),
        (
            column(
                "DateTime",
                "new_xDay",
                json!({ "Format": "DateOnly", "DateTimeBehavior": { "Value": "DateOnly" } }),
            ),
            "new_xday",
            json!("2026-11-29"),
        ),
        (
            column("DateTime", "new_xTime", json!({ "Format": "DateAndTime" })),
            "new_xtime",
            json!("2026-11-29T12:00:00Z"),
        ),
        (
            column(
                "Boolean",
                "new_xFlag",
                json!({ "OptionSet": { "TrueOption": { "Value": 1, "Label": label("On") }, "FalseOption": { "Value": 0, "Label": label("Off") } } }),
            ),
            "new_xflag",
            json!(true),
        ),
        (column("Picklist", "new_xChoice", json!({ "OptionSet": set })), "new_xchoice", json!(7)),
        (
            column("MultiSelectPicklist", "new_xChoices", json!({ "OptionSet": set })),
            "new_xchoices",
            json!("7,8"),
        ),
    ];
    let attributes = "EntityDefinitions(LogicalName='account')/Attributes";
    for (definition, name, value) in columns {
        let made = api.post(attributes, definition.clone()).await;
        assert_eq!(made.status, StatusCode::NO_CONTENT, "{name}: {}", made.text);
        let changed = api.patch(&format!("accounts({row})"), json!({ name: value })).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{name}: {}", changed.text);
        let read = api.get(&format!("accounts({row})?$select={name}")).await;
        assert_eq!(read.json[name], value, "{}", read.text);
        let again = api.post(attributes, definition).await;
        assert_eq!(again.json["error"]["code"], "0x80047013", "{}", again.text);
        let one = api.get(&format!("{attributes}(LogicalName='{name}')?$select=MetadataId,SchemaName")).await;
        assert!(
            one.json["@odata.type"].as_str().unwrap().starts_with("#Microsoft.Dynamics.CRM."),
            "{}",
            one.text
        );
        let gone = api
            .delete(&format!(
                "EntityDefinitions(LogicalName='account')/Attributes({})",
                one.json["MetadataId"].as_str().unwrap()
            ))
            .await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{name}: {}", gone.text);
        let read = api.get(&format!("accounts({row})?$select={name}")).await;
        assert_eq!(read.status, StatusCode::BAD_REQUEST, "{name}: {}", read.text);
    }
    // A column that is created again is empty.
    api.post(attributes, column("String", "new_xText", json!({ "MaxLength": 50 }))).await;
    let read = api.get(&format!("accounts({row})?$select=new_xtext,name")).await;
    assert_eq!((&read.json["new_xtext"], &read.json["name"]), (&Value::Null, &json!("Contoso")));
}

// covers: metadata writes / create file column
// covers: metadata writes / create image column
#[tokio::test]
async fn file_and_image_columns_come_with_their_further_columns() {
    let api = Api::start().await;
    let attributes = "EntityDefinitions(LogicalName='contact')/Attributes";
    for (class, name, further) in [
        ("File", "new_Cv", ["new_cv_name", "new_cv"]),
        ("Image", "new_Photo", ["new_photo_url", "new_photoid"]),
    ] {
        let made = api.post(attributes, column(class, name, json!({ "MaxSizeInKB": 100 }))).await;
        assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
        let names = api.get(&format!("{attributes}?$select=LogicalName")).await.all("LogicalName");
        assert!(further.iter().all(|f| names.contains(&json!(f))), "{names:?}");
    }
}

// covers: metadata writes / update column
#[tokio::test]
async fn the_sdk_updates_a_column_by_its_whole_definition() {
    let api = Api::start().await;
    let base = "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='accountnumber')";
    let known = api.get(&format!("{base}?$select=MetadataId,SchemaName")).await.json;
    let class = known["@odata.type"].as_str().unwrap().trim_start_matches('#').to_owned();
    let mut full = api.get(&format!("{base}/{class}")).await.json;
    full["@odata.type"] = json!(class);
    full["MaxLength"] = json!(77);
    full["DisplayName"] = label("Number");
    let table = api.get("EntityDefinitions(LogicalName='account')?$select=MetadataId").await.json;
    let path = format!(
        "EntityDefinitions({})/Attributes({})",
        table["MetadataId"].as_str().unwrap(),
        known["MetadataId"].as_str().unwrap()
    );
    let done = put(&api, &path, &full, true).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let now = api.get(&format!("{base}/{class}")).await.json;
    assert_eq!(now["MaxLength"], 77);
    let labels: Vec<&Value> =
        now["DisplayName"]["LocalizedLabels"].as_array().unwrap().iter().map(|l| &l["Label"]).collect();
    assert_eq!(labels, ["Kundennummer", "Number", "Numéro de compte"], "other languages stay");
    // With a cast, as DynamicsWebApi sends it.
    full["MaxLength"] = json!(78);
    assert_eq!(put(&api, &format!("{path}/{class}"), &full, true).await.status, StatusCode::NO_CONTENT);
    full["@odata.type"] = json!(format!("{CRM}IntegerAttributeMetadata"));
    full["AttributeTypeName"] = json!({ "Value": "IntegerType" });
    assert_eq!(put(&api, &path, &full, true).await.status, StatusCode::BAD_REQUEST, "another type");
}

// covers: metadata writes / create and delete alternate key
#[tokio::test]
async fn a_key_is_created_used_and_deleted() {
    let api = Api::start().await;
    let path = "EntityDefinitions(LogicalName='contact')/Keys";
    let made = api.post(path, json!({ "SchemaName": "new_MailKey", "KeyAttributes": ["emailaddress1"], "DisplayName": label("Mail") })).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let key = sdk_id(&made);
    let keys = api.get(path).await;
    let one = keys.json["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|k| k["MetadataId"] == json!(key))
        .unwrap()
        .clone();
    assert_eq!(
        (&one["KeyAttributes"], &one["EntityKeyIndexStatus"]),
        (&json!(["emailaddress1"]), &json!("Active"))
    );
    assert_eq!((&one["LogicalName"], &one["SchemaName"]), (&json!("new_mailkey"), &json!("new_MailKey")));
    api.create("contacts", json!({ "lastname": "Ann", "emailaddress1": "a@b.example" })).await;
    let read = api.get("contacts(emailaddress1='a@b.example')?$select=lastname").await;
    assert_eq!(read.json["lastname"], "Ann", "{}", read.text);
    let twice = api.post("contacts", json!({ "lastname": "Ann", "emailaddress1": "a@b.example" })).await;
    assert_eq!(twice.status, StatusCode::PRECONDITION_FAILED, "{}", twice.text);
    assert_eq!(
        api.post(path, json!({ "SchemaName": "new_Other", "KeyAttributes": ["emailaddress1"] })).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        api.post(path, json!({ "SchemaName": "new_Other", "KeyAttributes": ["nothing"] })).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(api.delete(&format!("{path}({key})")).await.status, StatusCode::NO_CONTENT);
    api.create("contacts", json!({ "lastname": "Bob", "emailaddress1": "a@b.example" })).await;
    let failed =
        api.post(path, json!({ "SchemaName": "new_MailKey", "KeyAttributes": ["emailaddress1"] })).await;
    assert_eq!(failed.status, StatusCode::NO_CONTENT, "{}", failed.text);
    let status = api.get(&format!("{path}?$select=EntityKeyIndexStatus,LogicalName")).await;
    assert!(status.text.contains("Failed"), "{}", status.text);
    assert_eq!(api.get("contacts?$select=lastname").await.all("lastname").len(), 2);
}

// covers: metadata writes / global choices
// covers: metadata writes / InsertOptionValue, UpdateOptionValue, DeleteOptionValue
#[tokio::test]
async fn global_choices_and_their_options_change() {
    let api = Api::start().await;
    let body = json!({ "@odata.type": format!("{CRM}OptionSetMetadata"), "Name": "new_Colour", "DisplayName": label("Colour"),
        "Options": [{ "Value": 1, "Label": label("Red") }, { "Value": 2, "Label": label("Blue") }] });
    let made = api.post("GlobalOptionSetDefinitions", body.clone()).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let path = format!("GlobalOptionSetDefinitions({})", sdk_id(&made));
    assert_eq!(api.post("GlobalOptionSetDefinitions", body).await.status, StatusCode::BAD_REQUEST);

    let bound = column("Picklist", "new_Paint", json!({ "GlobalOptionSet@odata.bind": format!("/{path}") }));
    let attributes = "EntityDefinitions(LogicalName='account')/Attributes";
    let made = api.post(attributes, bound).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let options = |json: &Value| -> Vec<(i64, String)> {
        let text =
            |o: &Value| o["Label"]["LocalizedLabels"][0]["Label"].as_str().unwrap_or_default().to_owned();
        json["Options"].as_array().unwrap().iter().map(|o| (o["Value"].as_i64().unwrap(), text(o))).collect()
    };
    let added = api
        .post(
            "InsertOptionValue",
            json!({ "OptionSetName": "new_Colour", "Label": label("Green"), "Value": 5 }),
        )
        .await;
    assert_eq!(added.json["NewOptionValue"], 5, "{}", added.text);
    let renamed = api.post("UpdateOptionValue", json!({ "OptionSetName": "new_Colour", "Value": 1, "Label": label("Crimson"), "MergeLabels": true })).await;
    assert_eq!(renamed.status, StatusCode::NO_CONTENT, "{}", renamed.text);
    let removed = api
        .post(
            "DeleteOptionValue",
            json!({ "EntityLogicalName": "account", "AttributeLogicalName": "new_paint", "Value": 2 }),
        )
        .await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.text);
    let now = api.get(&path).await.json;
    assert_eq!(options(&now), [(1, "Crimson".to_owned()), (5, "Green".to_owned())]);
    let cast = format!(
        "{attributes}/{CRM}PicklistAttributeMetadata?$select=LogicalName&$expand=GlobalOptionSet,OptionSet($select=Options)&$filter=LogicalName%20eq%20'new_paint'"
    );
    assert_eq!(options(&api.get(&cast).await.json["value"][0]["OptionSet"]).len(), 2);

    let mut full = now.clone();
    full["DisplayName"] = json!({ "LocalizedLabels": [{ "Label": "Farbe", "LanguageCode": 1031 }] });
    assert_eq!(put(&api, &path, &full, true).await.status, StatusCode::NO_CONTENT);
    let after = api.get(&path).await.json;
    assert_eq!(after["DisplayName"]["LocalizedLabels"].as_array().unwrap().len(), 2, "{after}");
    assert_eq!(options(&after).len(), 2);

    assert_eq!(api.delete(&path).await.json["error"]["code"], "0x8004f01f", "a column uses it");
    assert_eq!(
        api.delete(&format!("{attributes}(LogicalName='new_paint')")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(api.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(&path).await.status, StatusCode::NOT_FOUND);
}

// covers: metadata writes / InsertStatusValue
// refuses: metadata writes / OrderOption with another order than that of the values
#[tokio::test]
async fn a_status_is_added_to_a_state() {
    let api = Api::start().await;
    let body = json!({ "EntityLogicalName": "account", "AttributeLogicalName": "statuscode", "StateCode": 0, "Label": label("Dormant") });
    let added = api.post("InsertStatusValue", body).await;
    assert_eq!(added.json["NewOptionValue"], 100_000_000, "{}", added.text);
    let order = api.post("OrderOption", json!({ "EntityLogicalName": "account", "AttributeLogicalName": "statuscode", "Values": [100_000_000, 2, 1] })).await;
    assert_eq!(order.status, StatusCode::NOT_IMPLEMENTED, "{}", order.text);
}

// covers: metadata writes / PublishXml and PublishAllXml
#[tokio::test]
async fn changes_are_published() {
    let api = Api::start().await;
    let one = json!({ "ParameterXml": "<importexportxml><entities><entity>account</entity></entities></importexportxml>" });
    assert_eq!(api.post("PublishXml", one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.post("PublishXml", json!({})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(Api::send(api.request(Method::POST, "PublishAllXml")).await.status, StatusCode::NO_CONTENT);
}

// covers: metadata writes / errors for hostile definitions
#[tokio::test]
async fn definitions_that_make_no_sense_are_refused_and_change_nothing() {
    let api = Api::start().await;
    let before = api.running.schema();
    let attributes = "EntityDefinitions(LogicalName='account')/Attributes";
    for (path, body) in [
        (attributes, json!({})),
        (attributes, json!({ "SchemaName": "new_x" })),
        (
            attributes,
            json!({ "SchemaName": "new x", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata" }),
        ),
        (
            attributes,
            json!({ "SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata" }),
        ),
        (
            attributes,
            json!({ "SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata", "MaxLength": "long" }),
        ),
        (
            attributes,
            json!({ "SchemaName": "new_x", "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "OptionSet": { "Options": [{ "Value": 1 }, { "Value": 1 }] } }),
        ),
        ("EntityDefinitions", json!({ "SchemaName": "new_y", "Attributes": [] })),
        ("CreateEntities", json!({ "Entities": [table("new_One", "Complex"), { "SchemaName": "new_Two" }] })),
        (
            "RelationshipDefinitions",
            json!({ "SchemaName": "new_r", "ReferencedEntity": "account", "ReferencingEntity": "contact" }),
        ),
        ("RelationshipDefinitions", json!({ "SchemaName": "new_r", "Entity1LogicalName": "account" })),
        ("GlobalOptionSetDefinitions", json!({ "Name": "" })),
        (
            "EntityDefinitions(LogicalName='account')/Keys",
            json!({ "SchemaName": "new_k", "KeyAttributes": [] }),
        ),
        (
            "InsertOptionValue",
            json!({ "EntityLogicalName": "account", "AttributeLogicalName": "name", "Label": label("x") }),
        ),
    ] {
        let refused = api.post(path, body.clone()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path} {body}: {}", refused.text);
    }
    assert_eq!(
        api.post("EntityDefinitions(LogicalName='nothing')/Attributes", column("String", "new_x", json!({})))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(api.delete("EntityDefinitions(LogicalName='account')").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        api.patch(&format!("{attributes}(LogicalName='name')"), json!({})).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(*api.running.schema(), *before);
}
