//! Accounts: connect, sign in again, disconnect.
use pretty_assertions::assert_eq;
use serde_json::json;

use dvkit_gateway::store::Scope;

use crate::bench::{Bench, emulator};

#[tokio::test]
async fn an_application_connects_an_organisation() {
    let (bench, emulator) = (Bench::start().await, emulator().start().await.unwrap());
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let (status, account) = caller.get(&format!("/accounts/{id}")).await;
    assert_eq!((status, &account["org_url"]), (200, &json!(format!("{}/", emulator.url()))));
    let (_, list) = caller.get("/accounts").await;
    assert_eq!(list["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(caller.send("DELETE", &format!("/accounts/{id}"), None).await.0, 204);
    assert_eq!(caller.get(&format!("/accounts/{id}")).await.0, 404);
    assert_eq!(caller.get(&format!("/proxy/{id}/WhoAmI()")).await.0, 404);
}
