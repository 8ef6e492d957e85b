//! Lists that are long: one request to the organisation for a page, all rows once, and how much longer it takes than
//! without the gateway.
use std::time::{Duration, Instant};

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, Prefer, Request};
use dvkit_emulator::{Limits, RecordedRequest, RunningEmulator};
use dvkit_gateway::store::Scope;
use dvkit_gateway::unified::CrmModel;
use dvkit_unify::Mapping;
use futures_util::TryStreamExt as _;
use pretty_assertions::assert_eq;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::bench::{Bench, Caller, emulator, eventually, settings, store};

/// The number of contacts; `DVKIT_TEST_CONTACTS` sets another one, and makes the test print how long the lists take.
const CONTACTS: usize = 350;

/// A page of a list, whatever it was asked of.
#[derive(Deserialize)]
struct Page {
    #[serde(alias = "value")]
    result: Vec<Box<RawValue>>,
    #[serde(alias = "@odata.nextLink")]
    next_cursor: Option<String>,
}

/// Reads all pages that begin at `first`; `following` makes the address of a page of what the page before it says.
async fn read(caller: &Caller, first: String, size: usize, following: impl Fn(&str) -> String) -> usize {
    let (mut path, mut count) = (first, 0);
    loop {
        let prefer = format!("odata.maxpagesize={size}");
        let response = caller.request("GET", &path).header("prefer", prefer).send().await.unwrap();
        let text = response.bytes().await.unwrap();
        let page: Page = serde_json::from_slice(&text)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&text)));
        count += page.result.len();
        match page.next_cursor {
            Some(next) => path = following(&next),
            None => return count,
        }
    }
}

/// Returns the requests for contacts that the organisation got from `act`.
async fn asked(emulator: &RunningEmulator, act: impl AsyncFnOnce() -> usize) -> (usize, Vec<String>) {
    emulator.clear_requests();
    let count = act().await;
    let all = emulator.requests().into_iter();
    let lists = all.filter(|request| request.url.contains("/contacts") && !reads_changes(request));
    (count, lists.map(|request| request.url).collect())
}

/// Returns whether a request is one of those that the gateway makes in the background, for changes.
fn reads_changes(request: &RecordedRequest) -> bool {
    let tracks = request.header("prefer").is_some_and(|prefer| prefer.contains("track-changes"));
    tracks || ["deltatoken", "skiptoken=delta"].iter().any(|token| request.url.contains(token))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_a_list_costs_one_request() {
    let asked_for = std::env::var("DVKIT_TEST_CONTACTS").ok().and_then(|number| number.parse().ok());
    let number = asked_for.unwrap_or(CONTACTS);
    let size = (number / 4).clamp(1, 5_000);
    let pages = number.div_ceil(size);
    let rows: Vec<Value> = (0..number)
        .map(|n| {
            json!({
                "firstname": format!("First {n}"), "lastname": format!("Last {n}"),
                "emailaddress1": format!("a{n}@contoso.com"), "telephone1": "123 456 789",
            })
        })
        .collect();
    let limits = Limits { requests: u32::MAX, execution: Duration::from_secs(1 << 30), ..Limits::default() };
    let emulator = emulator().limits(limits).start().await.unwrap();
    emulator.clear_rows("contact").unwrap();
    emulator.seed(json!({ "contacts": rows })).unwrap();
    let mut settings = settings();
    settings.changes.poll_seconds = 3_600;
    let model = CrmModel::new(Mapping::standard(), None);
    let bench = Bench::with(store().await, settings, |builder| builder.model(model)).await;
    let caller = bench.caller("a", Scope::ALL).await;
    let id = caller.connect(&emulator).await;
    let list = format!("/unified/crm/contacts?account_id={id}&limit={size}");
    eventually("the changes were read for the first time", async || {
        emulator.requests().iter().any(|request| request.url.contains("/contacts") && request.status == 200)
            && caller.get(&format!("{list}&remote_data=false")).await.0 == 200
    })
    .await;
    let unified = async |more: &str| {
        let first = format!("{list}{more}");
        read(&caller, first.clone(), size, |cursor| format!("{first}&cursor={cursor}")).await
    };
    let (count, urls) = asked(&emulator, async || unified("").await).await;
    assert_eq!((count, urls.len()), (number, pages), "{urls:?}");
    let token = StaticToken::new(emulator.token("ann"));
    let client = Client::builder(emulator.url()).token_source(token).build().unwrap();
    // The raw client asks for what the gateway asks for.
    let query = urls[0].rsplit_once("/contacts").unwrap().1.to_owned();
    let direct = async || {
        let prefer = Prefer::new().annotations("*").max_page_size(u32::try_from(size).unwrap());
        let request = Request::get(format!("contacts{query}")).prefer(prefer);
        let mut pages = client.pages::<Box<RawValue>>(request);
        let mut count = 0;
        while let Some(page) = pages.try_next().await.unwrap() {
            count += page.rows.len();
        }
        count
    };
    let proxied = async || {
        let first = format!("/proxy/{id}/contacts{query}");
        read(&caller, first, size, str::to_owned).await
    };
    let (count, urls) = asked(&emulator, proxied).await;
    assert_eq!((count, urls.len()), (number, pages), "{urls:?}");
    if asked_for.is_none() {
        return;
    }
    // The first changes are all rows, and take a while.
    loop {
        emulator.clear_requests();
        tokio::time::sleep(Duration::from_secs(1)).await;
        if emulator.requests().is_empty() {
            break;
        }
    }
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..7 {
        let mut begun = Instant::now();
        let mut took = |times: &mut Vec<Duration>, count: usize| {
            assert_eq!(count, number);
            times.push(begun.elapsed());
            begun = Instant::now();
        };
        took(&mut times[0], direct().await);
        took(&mut times[1], proxied().await);
        took(&mut times[2], unified("&remote_data=false").await);
        took(&mut times[3], unified("").await);
    }
    for times in &mut times {
        times.sort();
    }
    let names = ["the client alone", "the proxy", "records", "records with `remote_data`"];
    for (name, of) in names.iter().zip(&times) {
        let ratio = of[3].as_secs_f64() / times[0][3].as_secs_f64();
        println!("{number} contacts in pages of {size}, {name}: {:?}, {ratio:.2} times", of[3]);
    }
}
