//! The seam for a model, with a small model of contacts: records through `/unified`, and events of changes.
use std::sync::Arc;

use dvkit_client::auth::BoxFuture;
use dvkit_client::{Change, Client, Request};
use dvkit_gateway::store::Scope;
use dvkit_gateway::unified::{
    ChangePage, ChangedRecord, ListParameters, RecordAddress, ResourceDescription, Unified, UnifiedAccount,
    UnifiedError, UnifiedModel, UnifiedResult, WrittenRecord,
};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use pretty_assertions::assert_eq;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::bench::{Bench, emulator, eventually, settings, store};
use crate::webhooks::Receiver;

/// A model with one resource, and one field beside the id.
pub(crate) struct Contacts;

impl UnifiedModel for Contacts {
    fn resources(&self) -> Vec<ResourceDescription> {
        vec![ResourceDescription { name: "contacts".to_owned(), schema: Some(json!({ "type": "object" })) }]
    }

    fn tables(&self) -> Vec<String> {
        vec!["contact".to_owned()]
    }

    fn open(&self, account: UnifiedAccount) -> Result<Arc<dyn Unified>, UnifiedError> {
        let table =
            account.schema.table("contact").map_err(|error| UnifiedError::Organisation(error.to_string()))?;
        match table {
            Some(_) => Ok(Arc::new(OpenedContacts(account.client))),
            None => Err(UnifiedError::Organisation("there is no table `contact`".to_owned())),
        }
    }
}

struct OpenedContacts(Client);

const COLUMNS: &str = "contactid,lastname,createdon,modifiedon";

fn record(row: &Value) -> Value {
    json!({ "id": row["contactid"], "last_name": row["lastname"], "created_at": row["createdon"], "updated_at": row["modifiedon"] })
}

fn raw(value: &Value) -> UnifiedResult<Box<RawValue>> {
    to_raw_value(value).map_err(|error| UnifiedError::Organisation(error.to_string()))
}

fn known(resource: &str) -> UnifiedResult<()> {
    match resource {
        "contacts" => Ok(()),
        other => Err(UnifiedError::UnknownResource(format!("there is no resource `{other}`"))),
    }
}

fn columns(fields: &Map<String, Value>) -> UnifiedResult<Value> {
    if let Some(field) = fields.keys().find(|field| *field != "last_name") {
        let message = format!("`contacts` has no field `{field}`");
        return Err(UnifiedError::Invalid { field: Some(field.clone()), message });
    }
    Ok(json!({ "lastname": fields.get("last_name") }))
}

impl Unified for OpenedContacts {
    fn resources(&self) -> Vec<String> {
        vec!["contacts".to_owned()]
    }

    fn tables(&self, resource: &str) -> Option<Vec<String>> {
        (resource == "contacts").then(|| vec!["contact".to_owned()])
    }

    fn list<'a>(
        &'a self,
        resource: &'a str,
        request: &'a ListParameters,
    ) -> BoxFuture<'a, UnifiedResult<Vec<Vec<u8>>>> {
        Box::pin(async move {
            known(resource)?;
            let mut ask = Request::get("contacts").query("$select", COLUMNS);
            if let Some(condition) = request.filters.first() {
                ask = ask.query("$filter", format!("lastname eq '{}'", condition.value));
            }
            let page: Value = self.0.json(ask).await?;
            let rows = page["value"].as_array().into_iter().flatten().map(record);
            Ok(vec![
                json!({ "result": rows.collect::<Vec<_>>(), "next_cursor": null }).to_string().into_bytes(),
            ])
        })
    }

    fn get<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        _: bool,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        Box::pin(async move {
            known(resource)?;
            let id: Uuid = id.parse().map_err(|_| UnifiedError::NotFound)?;
            let row = self.0.get_json::<Value>(format!("contacts({id})?$select={COLUMNS}")).await?;
            raw(&record(&row))
        })
    }

    fn create<'a>(
        &'a self,
        resource: &'a str,
        fields: &'a Map<String, Value>,
        row_id: Option<Uuid>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        Box::pin(async move {
            known(resource)?;
            let id = row_id.unwrap_or_else(Uuid::new_v4);
            let mut row = columns(fields)?;
            row["contactid"] = json!(id.to_string());
            self.0.send(Request::post("contacts").json(&row)).await?;
            Ok(WrittenRecord { id: id.to_string(), created: true })
        })
    }

    fn update<'a>(
        &'a self,
        resource: &'a str,
        id: &'a str,
        fields: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move {
            known(resource)?;
            let id: Uuid = id.parse().map_err(|_| UnifiedError::NotFound)?;
            self.0
                .send(Request::patch(format!("contacts({id})")).only_update().json(&columns(fields)?))
                .await?;
            Ok(())
        })
    }

    fn upsert<'a>(
        &'a self,
        resource: &'a str,
        _: &'a str,
        _: &'a Map<String, Value>,
    ) -> BoxFuture<'a, UnifiedResult<WrittenRecord>> {
        Box::pin(async move {
            known(resource)?;
            Err(UnifiedError::Invalid { field: None, message: "there is no external key".to_owned() })
        })
    }

    fn delete<'a>(&'a self, resource: &'a str, id: &'a str) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move {
            known(resource)?;
            let id: Uuid = id.parse().map_err(|_| UnifiedError::NotFound)?;
            self.0.send(Request::delete(format!("contacts({id})"))).await?;
            Ok(())
        })
    }

    fn associate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        _: RecordAddress<'a>,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        Box::pin(async move {
            known(from.resource)?;
            Err(UnifiedError::NotFound)
        })
    }

    fn disassociate<'a>(
        &'a self,
        from: RecordAddress<'a>,
        to: RecordAddress<'a>,
        relationship: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<()>> {
        self.associate(from, to, relationship)
    }

    fn associated<'a>(
        &'a self,
        from: RecordAddress<'a>,
        _: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, UnifiedResult<Box<RawValue>>> {
        Box::pin(async move {
            known(from.resource)?;
            raw(&json!([]))
        })
    }

    fn fields(&self, resource: &str) -> UnifiedResult<Box<RawValue>> {
        known(resource)?;
        raw(&json!([{ "name": "last_name" }]))
    }

    fn changes<'a>(
        &'a self,
        resource: &'a str,
        cursor: Option<&'a str>,
        _: Timestamp,
    ) -> BoxFuture<'a, UnifiedResult<ChangePage>> {
        Box::pin(async move {
            known(resource)?;
            let mut changes = match cursor {
                Some(link) => self.0.changes_since::<Value>(link),
                None => self.0.track_changes(Request::get("contacts").query("$select", COLUMNS))?,
            };
            let mut page = ChangePage::default();
            while let Some(change) = changes.try_next().await? {
                match change {
                    Change::Deleted { id, .. } => page.deleted.push(id.to_string()),
                    Change::Upserted(row) => page.changed.push(ChangedRecord {
                        id: row["contactid"].as_str().unwrap_or_default().to_owned(),
                        created_at: row["createdon"].as_str().and_then(|at| at.parse().ok()),
                        updated_at: row["modifiedon"].as_str().and_then(|at| at.parse().ok()),
                        is_new: None,
                        record: raw(&record(&row))?,
                    }),
                }
            }
            page.next_cursor = changes.link().unwrap_or_default().to_owned();
            Ok(page)
        })
    }
}

#[tokio::test]
async fn changes_in_the_organisation_become_events() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let receiver = Receiver::start(&[]).await;
    caller.send("POST", "/webhooks", Some(json!({ "url": receiver.url }))).await;
    let id = caller.connect(&emulator).await;
    let polls =
        async || emulator.requests().iter().filter(|request| request.url.contains("deltatoken")).count();
    eventually("the first poll for changes is made", async || polls().await > 0).await;
    assert_eq!(receiver.events(), [] as [Value; 0], "records that were there before are no events");
    let path = format!("/unified/crm/contacts?account_id={id}");
    let (status, created) = caller.send("POST", &path, Some(json!({ "last_name": "New" }))).await;
    assert_eq!((status, &created["last_name"]), (201, &json!("New")), "{created}");
    let record = created["id"].as_str().unwrap().to_owned();
    let names = || {
        let events = receiver.events().into_iter().filter(|event| event["data"]["id"] == json!(record));
        events.map(|event| event["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    eventually("a new record is told", async || names() == ["resource.created"]).await;
    let path = format!("/unified/crm/contacts/{record}?account_id={id}");
    // The times of the service have whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let (status, changed) = caller.send("PATCH", &path, Some(json!({ "last_name": "Changed" }))).await;
    assert_eq!((status, &changed["last_name"]), (200, &json!("Changed")), "{changed}");
    eventually("a changed record is told", async || names() == ["resource.created", "resource.updated"])
        .await;
    assert_eq!(caller.send("DELETE", &path, None).await.0, 204);
    eventually("a deleted record is told", async || {
        names() == ["resource.created", "resource.updated", "resource.deleted"]
    })
    .await;
    let events = receiver.events();
    let updated = events.iter().find(|event| event["event"] == "resource.updated").unwrap();
    assert_eq!(updated["data"]["record"]["last_name"], "Changed");
    assert_eq!((&updated["account_id"], &updated["data"]["resource"]), (&json!(id), &json!("contacts")));
}

#[tokio::test]
async fn records_are_read_and_written_through_the_model() {
    let bench = Bench::with(store().await, settings(), |builder| builder.model(Contacts)).await;
    let emulator = emulator().start().await.unwrap();
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let list = format!("/unified/crm/contacts?account_id={id}");
    let (status, page) = caller.get(&list).await;
    assert!(status == 200 && !page["result"].as_array().unwrap().is_empty(), "{page}");
    let by_header = caller.request("GET", "/unified/crm/contacts").header("x-account-id", &id).send().await;
    assert_eq!(by_header.unwrap().status(), 200);
    for (method, path, body, status, code) in [
        ("GET", "/unified/crm/contacts".to_owned(), None, 400, "bad_request"),
        ("GET", format!("/unified/crm/leads?account_id={id}"), None, 404, "unknown_resource"),
        ("GET", format!("{list}&limit=x"), None, 400, "invalid"),
        ("POST", list.clone(), Some(json!({ "last_nam": "x" })), 400, "invalid"),
        ("POST", list.clone(), Some(json!([])), 400, "bad_request"),
        ("GET", format!("/unified/crm/contacts/x?account_id={id}"), None, 404, "not_found"),
        ("GET", format!("/unified/crm/contacts/{}?account_id={id}", Uuid::nil()), None, 404, "organisation"),
        (
            "POST",
            format!("/unified/crm/contacts/x/associations?account_id={id}"),
            Some(json!({ "resource": "a", "id": "b" })),
            404,
            "not_found",
        ),
    ] {
        let (found, error) = caller.send(method, &path, body).await;
        assert_eq!((found, &error["error"]["code"]), (status, &json!(code)), "{method} {path}: {error}");
    }
    // A write with a key takes place once, and its repetition has the same response.
    let create = async || {
        let request = caller.request("POST", &list).header("idempotency-key", "k");
        let response = request.json(&json!({ "last_name": "Once" })).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let first = create().await;
    assert_eq!((first.0, create().await), (201, first));
    let (_, page) = caller.get(&format!("{list}&last_name=Once")).await;
    assert_eq!(page["result"].as_array().unwrap().len(), 1);
    let reader = bench.caller("a", &[Scope::UnifiedRead]).await;
    assert_eq!(reader.send("POST", &list, Some(json!({}))).await.0, 403);
    assert_eq!(reader.get(&list).await.0, 200);
}
