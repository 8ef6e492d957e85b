//! Relationships that are created, changed and deleted, and what a reader of the metadata and of the rows sees.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Api;
use super::metadata_writes::{CRM, label, put, sdk_id};

// covers: metadata writes / create 1:N relationship
// covers: metadata writes / update relationship
// covers: metadata writes / delete relationship
#[tokio::test]
async fn a_lookup_is_created_with_its_relationship() {
    let api = Api::start().await;
    let body = json!({
        "@odata.type": format!("{CRM}OneToManyRelationshipMetadata"), "SchemaName": "new_account_contact_Agency",
        "ReferencedEntity": "account", "ReferencingEntity": "contact", "ReferencedAttribute": null,
        "CascadeConfiguration": { "Assign": "NoCascade", "Delete": "RemoveLink", "Merge": "NoCascade", "Reparent": "NoCascade", "Share": "NoCascade", "Unshare": "NoCascade" },
        "Lookup": { "@odata.type": format!("{CRM}LookupAttributeMetadata"), "SchemaName": "new_Agency", "AttributeType": "Lookup",
            "AttributeTypeName": { "Value": "LookupType" }, "DisplayName": label("Agency"),
            "RequiredLevel": { "Value": "None", "CanBeChanged": true, "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings" } },
    });
    let request =
        api.request(Method::POST, "RelationshipDefinitions").header("MSCRM.SolutionUniqueName", "Sample");
    let made = Api::send(request.json(&body)).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let id = sdk_id(&made);
    let found =
        api.get("RelationshipDefinitions?$filter=SchemaName%20eq%20'new_account_contact_Agency'").await;
    let one = &found.json["value"][0];
    assert_eq!(one["@odata.type"], "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", "{}", found.text);
    assert_eq!((&one["MetadataId"], &one["ReferencingAttribute"]), (&json!(id), &json!("new_agency")));

    let account = api.create("accounts", json!({ "name": "Contoso" })).await;
    let bound = json!({ "lastname": "Ann", "new_Agency@odata.bind": format!("/accounts({account})") });
    let contact = api.create("contacts", bound).await;
    let read =
        api.get(&format!("contacts({contact})?$select=lastname&$expand=new_Agency($select=name)")).await;
    assert_eq!(read.json["new_Agency"]["name"], "Contoso", "{}", read.text);
    let read = api.get(&format!("accounts({account})/new_account_contact_Agency?$select=lastname")).await;
    assert_eq!(read.all("lastname"), ["Ann"], "{}", read.text);

    let cast = format!("RelationshipDefinitions({id})/{CRM}OneToManyRelationshipMetadata");
    let mut full = api.get(&cast).await.json;
    full["IsHierarchical"] = json!(false);
    assert_eq!(put(&api, &cast, &full, true).await.status, StatusCode::NO_CONTENT);
    let again = Api::send(api.request(Method::POST, "RelationshipDefinitions").json(&body)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST, "{}", again.text);

    let attribute = "EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='new_agency')";
    let refused = api.delete(attribute).await;
    assert_eq!(refused.json["error"]["code"], "0x8004f01f", "{}", refused.text);
    assert_eq!(api.delete(&format!("RelationshipDefinitions({id})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get(attribute).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.get(&format!("contacts({contact})?$select=lastname")).await.json["lastname"], "Ann");
}

// covers: metadata writes / create N:N relationship
#[tokio::test]
async fn an_intersect_table_is_created_with_its_relationship() {
    let api = Api::start().await;
    let body = json!({
        "@odata.type": format!("{CRM}ManyToManyRelationshipMetadata"), "SchemaName": "new_account_task",
        "Entity1LogicalName": "account", "Entity2LogicalName": "task", "IntersectEntityName": "new_account_task",
    });
    let made = api.post("RelationshipDefinitions", body).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let id = sdk_id(&made);
    let cast = format!(
        "RelationshipDefinitions/{CRM}ManyToManyRelationshipMetadata?$filter=SchemaName%20eq%20'new_account_task'"
    );
    let found = api.get(&cast).await;
    assert_eq!(found.all("MetadataId"), [json!(id)], "{}", found.text);
    assert_eq!(api.get("accounts?$expand=new_account_task($select=subject)").await.status, StatusCode::OK);
    assert_eq!(api.delete(&format!("RelationshipDefinitions({id})")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        api.get("EntityDefinitions(LogicalName='new_account_task')").await.status,
        StatusCode::NOT_FOUND
    );
}

// covers: metadata writes / the two tables of an N:N relationship keep their order
#[tokio::test]
async fn the_first_table_of_an_n_to_n_relationship_stays_the_first() {
    let api = Api::start().await;
    let body = json!({
        "@odata.type": format!("{CRM}ManyToManyRelationshipMetadata"), "SchemaName": "new_contact_account",
        "Entity1LogicalName": "contact", "Entity2LogicalName": "account", "IntersectEntityName": "new_contact_account",
    });
    let made = api.post("RelationshipDefinitions", body.clone()).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let id = sdk_id(&made);
    let members = ["LogicalName", "IntersectAttribute", "NavigationPropertyName"];
    let order = |definition: &Value| {
        [1, 2].map(|n| members.map(|member| definition[format!("Entity{n}{member}")].clone()))
    };
    let expected = [
        ["contact", "contactid", "new_contact_account"].map(Value::from),
        ["account", "accountid", "new_contact_account"].map(Value::from),
    ];
    let path = format!("RelationshipDefinitions({id})/{CRM}ManyToManyRelationshipMetadata");
    let whole = api.get(&path).await;
    assert_eq!(order(&whole.json), expected, "{}", whole.text);
    for table in ["account", "contact"] {
        let path = format!(
            "EntityDefinitions(LogicalName='{table}')/ManyToManyRelationships(SchemaName='new_contact_account')"
        );
        let found = api.get(&path).await;
        assert_eq!(order(&found.json), expected, "{}", found.text);
    }
    let mut changed = whole.json.clone();
    assert_eq!(put(&api, &path, &changed, true).await.status, StatusCode::NO_CONTENT);
    assert_eq!(order(&api.get(&path).await.json), expected);
    changed["Entity1LogicalName"] = json!("account");
    changed["Entity2LogicalName"] = json!("contact");
    let refused = put(&api, &path, &changed, true).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);

    // Rows are connected from both sides, and queries find them through the intersect table.
    let account = api.create("accounts", json!({"name": "Contoso"})).await;
    let mut contacts = Vec::new();
    for name in ["Lee", "Kim"] {
        contacts.push(api.create("contacts", json!({"lastname": name})).await);
    }
    let reference = |set: &str, id: &str| json!({"@odata.id": format!("{set}({id})")});
    let from_account = format!("accounts({account})/new_contact_account/$ref");
    let from_contact = format!("contacts({})/new_contact_account/$ref", contacts[1]);
    assert_eq!(
        api.post(&from_account, reference("contacts", &contacts[0])).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(api.post(&from_contact, reference("accounts", &account)).await.status, StatusCode::NO_CONTENT);
    let query = "<fetch><entity name='contact'><attribute name='lastname'/><order attribute='lastname'/><link-entity name='new_contact_account' from='contactid' to='contactid' intersect='true'><link-entity name='account' from='accountid' to='accountid'><filter><condition attribute='name' operator='eq' value='Contoso'/></filter></link-entity></link-entity></entity></fetch>";
    let found = Api::send(api.request(Method::GET, "contacts").query(&[("fetchXml", query)])).await;
    assert_eq!(found.all("lastname"), ["Kim", "Lee"], "{}", found.text);
    let pairs = api.get("new_contact_accountset?$select=accountid,contactid").await;
    assert_eq!(pairs.all("accountid"), [json!(account), json!(account)], "{}", pairs.text);
}
