#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code)]
#[path = "gateway/bench.rs"]
mod bench;
use std::time::{Duration, Instant};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Prefer, Request};
use dvkit_gateway::store::Scope;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measure() {
    let gateway = bench::Bench::start().await;
    let rows: Vec<Value> = (0..20_000).map(|n| json!({ "firstname": format!("First {n}"), "lastname": format!("Last {n}"), "emailaddress1": format!("a{n}@contoso.com"), "telephone1": "123 456 789" })).collect();
    let emulator = bench::emulator().start().await.unwrap();
    emulator.seed(json!({ "contacts": rows })).unwrap();
    let caller = gateway.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let client = Client::builder(emulator.url()).token_source(StaticToken::new(emulator.token("ann"))).build().unwrap();
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let begun = Instant::now();
        let request = Request::get("contacts").query("$select", "fullname,firstname,lastname,emailaddress1,telephone1").prefer(Prefer::new().max_page_size(5_000));
        let mut pages = client.pages::<Box<serde_json::value::RawValue>>(request);
        let mut count = 0;
        while let Some(page) = pages.try_next().await.unwrap() { count += page.rows.len(); }
        times.0.push(begun.elapsed());
        let begun = Instant::now();
        let mut link = format!("/proxy/{id}/contacts?$select=fullname,firstname,lastname,emailaddress1,telephone1");
        let mut through = 0;
        loop {
            #[derive(serde::Deserialize)]
            struct Page { value: Vec<Box<serde_json::value::RawValue>>, #[serde(rename = "@odata.nextLink")] next: Option<String> }
            let response = caller.request("GET", &link).header("prefer", "odata.maxpagesize=5000").send().await.unwrap();
            let page: Page = response.json().await.unwrap();
            through += page.value.len();
            match page.next { Some(next) => link = next, None => break }
        }
        times.1.push(begun.elapsed());
        assert_eq!(count, through);
    }
    times.0.sort(); times.1.sort();
    println!("raw {:?}\ngateway {:?}\nratio {:.2}", times.0, times.1, times.1[2].as_secs_f64() / times.0[2].as_secs_f64());
}
