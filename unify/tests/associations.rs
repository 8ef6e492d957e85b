//! Records are associated through many-to-many relationships and through fields, and creations are repeated safely.
#![allow(clippy::unwrap_used)]

mod common;

use common::{connect_with, object};
use dvkit_emulator::Clock;
use dvkit_unify::connection::{AssociationMethod, RecordRef};
use dvkit_unify::{Connection, Error, ListRequest, Record};
use serde_json::{Value, json};
use uuid::Uuid;

const PROJECTS: &str =
    "[orgs.contoso.projects]\ntable = 'new_project'\nname = 'new_name'\nmanager = 'new_manager'\n";

async fn first(connection: &Connection, resource: &str) -> String {
    connection.list(resource, &ListRequest::new().limit(1)).await.unwrap().result[0].id().to_owned()
}

fn ids(records: &[Record]) -> Vec<&str> {
    records.iter().map(Record::id).collect()
}

#[tokio::test]
async fn records_are_associated_by_a_relationship() {
    let (_running, connection) = connect_with("contoso", PROJECTS, Clock::system()).await;
    let project = connection.create("projects", &object(json!({ "name": "Roof" }))).await.unwrap();
    let user = first(&connection, "users").await;
    let (from, to) = (RecordRef::new("projects", &project), RecordRef::new("users", &user));
    let infos = connection.associations("projects", "users").unwrap();
    let told: Vec<(&str, AssociationMethod)> =
        infos.iter().map(|info| (info.name.as_str(), info.method)).collect();
    assert_eq!(
        told,
        [("new_project_systemuser", AssociationMethod::ManyToMany), ("manager", AssociationMethod::Field)]
    );
    let name = Some("new_project_systemuser");
    connection.associate(from, to, name).await.unwrap();
    assert_eq!(ids(&connection.associated(from, "users", name).await.unwrap()), [user.as_str()]);
    assert_eq!(ids(&connection.associated(to, "projects", name).await.unwrap()), [project.as_str()]);
    connection.disassociate(to, from, name).await.unwrap();
    assert_eq!(ids(&connection.associated(from, "users", name).await.unwrap()), Vec::<&str>::new());
    let error = connection.associate(from, to, None).await.unwrap_err();
    let Error::Invalid { field: Some(field), message } = &error else { panic!("{error:?}") };
    assert_eq!(field, "relationship");
    assert!(message.ends_with("name one: new_project_systemuser, manager"), "{message}");
    let error = connection.associate(from, to, Some("manger")).await.unwrap_err().to_string();
    assert!(error.contains("not associated by `manger`, but by new_project_systemuser, manager"), "{error}");
}

#[tokio::test]
async fn records_are_associated_by_fields_in_both_directions() {
    for name in ["contoso", "fabrikam"] {
        let (_running, connection) = connect_with(name, common::CRM, Clock::system()).await;
        let account = connection.create("accounts", &object(json!({ "name": "A" }))).await.unwrap();
        let contact = connection.create("contacts", &object(json!({ "last_name": "C" }))).await.unwrap();
        let (of_account, of_contact) =
            (RecordRef::new("accounts", &account), RecordRef::new("contacts", &contact));
        let names: Vec<String> =
            connection.associations("accounts", "contacts").unwrap().into_iter().map(|i| i.name).collect();
        assert_eq!(names, ["primary_contact", "contacts.account"], "{name}");
        connection.associate(of_account, of_contact, Some("contacts.account")).await.unwrap();
        let read = connection.get("contacts", &contact).await.unwrap();
        assert_eq!(read.get("account")["id"], json!(account), "{name}");
        let found = connection.associated(of_account, "contacts", Some("contacts.account")).await.unwrap();
        assert_eq!(ids(&found), [contact.as_str()], "{name}");
        let found = connection.associated(of_contact, "accounts", Some("account")).await.unwrap();
        assert_eq!(ids(&found), [account.as_str()], "{name}");
        // Another record is not what the field refers to, so that it stays.
        let other = connection.create("accounts", &object(json!({ "name": "B" }))).await.unwrap();
        let of_other = RecordRef::new("accounts", &other);
        connection.disassociate(of_contact, of_other, Some("account")).await.unwrap();
        assert_eq!(
            connection.get("contacts", &contact).await.unwrap().get("account")["id"],
            json!(account),
            "{name}"
        );
        connection.disassociate(of_contact, of_account, Some("account")).await.unwrap();
        assert_eq!(
            connection.get("contacts", &contact).await.unwrap().get("account"),
            &Value::Null,
            "{name}"
        );
        // A task shares one column for all that it is about.
        let task = connection.create("tasks", &object(json!({ "subject": "T" }))).await.unwrap();
        let of_task = RecordRef::new("tasks", &task);
        connection.associate(of_task, of_contact, None).await.unwrap();
        assert_eq!(
            connection.get("tasks", &task).await.unwrap().get("contact")["id"],
            json!(contact),
            "{name}"
        );
        connection.disassociate(of_task, of_contact, None).await.unwrap();
        assert_eq!(connection.get("tasks", &task).await.unwrap().get("contact"), &Value::Null, "{name}");
        let error = connection.associate(of_account, RecordRef::new("pipelines", "sales"), None).await;
        assert!(matches!(error, Err(Error::NotFound { .. })), "{name}: {error:?}");
        let unrelated = connection.associations("users", "notes").unwrap();
        assert!(unrelated.iter().all(|info| info.name.starts_with("notes.")), "{name}: {unrelated:?}");
    }
}

#[tokio::test]
async fn a_creation_with_an_id_can_be_repeated() {
    let (running, connection) = connect_with("fabrikam", common::CRM, Clock::system()).await;
    let id = Uuid::from_u128(0x2f08_7ba7_8cce_4cec_b53d_f0ba_5c22_f974);
    let contact = object(json!({ "last_name": "Once", "external_id": "X-1" }));
    let created = connection.create_with_id("contacts", id, &contact).await.unwrap();
    assert_eq!((created.id.as_str(), created.created), (id.to_string().as_str(), true));
    let changed = object(json!({ "last_name": "Twice" }));
    running.clear_requests();
    let again = connection.create_with_id("contacts", id, &changed).await.unwrap();
    assert_eq!((&again.id, again.created), (&created.id, false));
    assert_eq!(connection.get("contacts", &again.id).await.unwrap().text("last_name"), Some("Once"));
    // The conflict of another key is no repetition.
    let other = Uuid::from_u128(0x2f08_7ba7_8cce_4cec_b53d_f0ba_5c22_f975);
    let error = connection.create_with_id("contacts", other, &contact).await.unwrap_err();
    assert!(
        matches!(&error, Error::Client(error) if error.kind() == dvkit_client::ErrorKind::Conflict),
        "{error:?}"
    );
    let call = object(json!({ "engagement_type": "call", "subject": "Call" }));
    let call = connection.create_with_id("engagements", id, &call).await.unwrap();
    assert_eq!(call.id, format!("phonecall-{id}"));
    let refused = connection.create_with_id("pipelines", id, &contact).await.unwrap_err();
    assert!(refused.to_string().contains("come from the settings"), "{refused}");
}
