//! Every job with every fault at each of its requests. Whatever happens: no row is there twice, a job that reports
//! success has had its effect, a job that reports an error without doubt has had none, and a job whose requests can be
//! repeated survives a single fault.
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use dvkit_client::bulk::{BulkOptions, BulkRow, BulkTable};
use dvkit_client::{Batch, ChangeSet, Client, Error, ErrorKind, Request, Result};
use dvkit_emulator::{Emulator, FaultScript, RunningEmulator};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use uuid::Uuid;

/// The row that jobs create, and a row of the sample that they change.
const NEW: Uuid = Uuid::from_u128(0x5b1d_0000_4000_8000_0000_0000_0001);
const NAME: &str = "Fault Injection Ltd";

type Future_<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A job.
struct Job {
    name: &'static str,
    /// Whether a single fault must not make it fail.
    repeatable: bool,
    run: fn(Client) -> Future_<Result<()>>,
    /// Returns how often the effect of the job is there: 0 or 1.
    effect: fn(Client) -> Future_<usize>,
}

/// The faults: the text of the script, and whether a request with this fault may have been executed.
const FAULTS: &[&str] = &[
    "429 after 0",
    "503",
    "502",
    "reset",
    "lost",
    "expired-token",
    "login-page",
    "truncate 0",
    "truncate 40",
];

async fn count(client: &Client, target: &str) -> usize {
    let rows: Vec<Value> = client.rows(Request::get(target)).try_collect().await.unwrap();
    rows.len()
}

fn named(client: Client) -> Future_<usize> {
    Box::pin(async move { count(&client, &format!("accounts?$select=name&$filter=name eq '{NAME}'")).await })
}

/// Returns the address of the sample's account `number`.
fn account(number: &str) -> String {
    format!("accounts(accountnumber='{number}')")
}

fn body() -> Value {
    json!({ "name": NAME })
}

fn accounts() -> BulkTable {
    BulkTable::new("account", "accounts", "accountid")
}

async fn bulk(client: Client, rows: Vec<BulkRow>) -> Result<()> {
    let mut results = client.bulk(stream::iter(rows), BulkOptions::default());
    let mut first = Ok(());
    while let Some(result) = results.next().await {
        if let (Err(error), Ok(())) = (result.outcome, &first) {
            first = Err(error);
        }
    }
    first
}

/// Runs a batch, and returns the first error of a part.
async fn batch(client: Client, parts: Vec<Request>, set: Option<ChangeSet>) -> Result<()> {
    let mut batch = Batch::new();
    for part in parts {
        batch.add(part);
    }
    if let Some(set) = set {
        batch.change_set(set);
    }
    client.batch(batch).await?.all_succeeded()
}

const FILE: &str = "new_projects(00000000-0000-4000-8000-00000000f11e)";

async fn project(client: &Client) -> Result<()> {
    client.send(Request::patch(FILE).json(&json!({ "new_name": "P" }))).await.map(drop)
}

fn jobs() -> Vec<Job> {
    let mut jobs = vec![
        Job {
            name: "create",
            repeatable: false,
            run: |c| Box::pin(async move { c.send(Request::post("accounts").json(&body())).await.map(drop) }),
            effect: named,
        },
        Job {
            name: "create with an id",
            repeatable: false,
            run: |c| {
                Box::pin(async move {
                    let request = Request::patch(format!("accounts({NEW})")).json(&body()).only_create();
                    c.send(request).await.map(drop)
                })
            },
            effect: named,
        },
        Job {
            name: "upsert",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    c.send(Request::patch(format!("accounts({NEW})")).json(&body())).await.map(drop)
                })
            },
            effect: named,
        },
        Job {
            name: "upsert by key",
            repeatable: true,
            run: |c| {
                Box::pin(async move { c.send(Request::patch(account("N-1")).json(&body())).await.map(drop) })
            },
            effect: named,
        },
        Job {
            name: "update",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    c.send(Request::patch(account("A-1001")).json(&body()).only_update()).await.map(drop)
                })
            },
            effect: named,
        },
        Job {
            name: "update of a version",
            repeatable: false,
            run: |c| {
                Box::pin(async move {
                    let row: Value = c.get_json(format!("{}?$select=name", account("A-1001"))).await?;
                    let version = row["@odata.etag"].as_str().unwrap_or_default().to_owned();
                    let request = Request::patch(account("A-1001")).json(&body()).if_match(&version);
                    c.send(request).await.map(drop)
                })
            },
            effect: named,
        },
        Job {
            name: "set a property",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    let request = Request::put(format!("{}/name", account("A-1001")));
                    c.send(request.json(&json!({ "value": NAME }))).await.map(drop)
                })
            },
            effect: named,
        },
        Job {
            name: "delete",
            repeatable: true,
            run: |c| Box::pin(async move { c.send(Request::delete(account("A-1008"))).await.map(drop) }),
            effect: |c| {
                Box::pin(async move {
                    1 - count(&c, "accounts?$select=name&$filter=accountnumber eq 'A-1008'").await
                })
            },
        },
        Job {
            name: "batch",
            repeatable: false,
            run: |c| {
                let parts = vec![Request::get("accounts?$top=1"), Request::post("accounts").json(&body())];
                Box::pin(batch(c, parts, None))
            },
            effect: named,
        },
        Job {
            name: "batch of upserts and deletions",
            repeatable: true,
            run: |c| {
                let parts =
                    vec![Request::patch(account("N-1")).json(&body()), Request::delete(account("A-1008"))];
                Box::pin(batch(c, parts, None))
            },
            effect: named,
        },
        Job {
            name: "change set",
            repeatable: false,
            run: |c| {
                let mut set = ChangeSet::new();
                let row = set.add(Request::post("accounts").json(&body()));
                let contact =
                    json!({ "lastname": "X", "parentcustomerid_account@odata.bind": row.reference() });
                set.add(Request::post("contacts").json(&contact).refer_to(row));
                Box::pin(batch(c, Vec::new(), Some(set)))
            },
            effect: |c| {
                Box::pin(async move {
                    let rows = named(c.clone()).await;
                    let contacts = "contacts?$select=lastname&$filter=lastname eq 'X'";
                    // All of it or nothing.
                    assert_eq!(rows, count(&c, contacts).await);
                    rows
                })
            },
        },
        Job {
            name: "bulk create",
            repeatable: false,
            run: |c| Box::pin(bulk(c, vec![BulkRow::create(&accounts(), &body())])),
            effect: named,
        },
        Job {
            name: "bulk create with ids",
            repeatable: true,
            run: |c| Box::pin(bulk(c, vec![BulkRow::create_with_id(&accounts(), NEW, &body())])),
            effect: named,
        },
        Job {
            name: "bulk upsert",
            repeatable: true,
            run: |c| Box::pin(bulk(c, vec![BulkRow::upsert_by_key(&accounts(), account("N-1"), &body())])),
            effect: named,
        },
        Job {
            name: "pages",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    let small = c.with(|o| o.prefer(dvkit_client::Prefer::new().max_page_size(5)));
                    let rows: Vec<Value> =
                        small.rows(Request::get("accounts?$select=name")).try_collect().await?;
                    assert_eq!(rows.len(), 12);
                    Ok(())
                })
            },
            effect: |_| Box::pin(async { 1 }),
        },
        Job {
            name: "pages of FetchXML",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    let fetch =
                        "<fetch count='5'><entity name='account'><attribute name='name'/></entity></fetch>";
                    let rows: Vec<Value> = c.fetch_rows("accounts", fetch).try_collect().await?;
                    assert_eq!(rows.len(), 12);
                    Ok(())
                })
            },
            effect: |_| Box::pin(async { 1 }),
        },
        Job {
            name: "changes",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    let mut first = c.track_changes::<Value>(Request::get("accounts?$select=name"))?;
                    while first.try_next().await?.is_some() {}
                    let link = first.link().unwrap().to_owned();
                    let next: Vec<_> = c.changes_since::<Value>(link).try_collect().await?;
                    assert!(next.is_empty());
                    Ok(())
                })
            },
            effect: |_| Box::pin(async { 1 }),
        },
        Job {
            name: "search",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    let found = c.search(&dvkit_client::Search::new("Contoso")).await?;
                    assert!(!found.rows.is_empty());
                    Ok(())
                })
            },
            effect: |_| Box::pin(async { 1 }),
        },
    ];
    jobs.extend(files());
    jobs
}

/// Returns the jobs with files: a small one, and one in pieces.
fn files() -> [Job; 3] {
    fn upload(client: Client, size: usize) -> Future_<Result<()>> {
        Box::pin(async move {
            let column = client.file(FILE, "new_contract");
            let content: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut upload = column.upload("c.bin", std::io::Cursor::new(content));
            upload.send().await
        })
    }
    fn stored(client: Client, size: usize) -> Future_<usize> {
        Box::pin(async move {
            let mut download = match client.file(FILE, "new_contract").download().await {
                Ok(download) => download,
                Err(error) if error.kind() == ErrorKind::NotFound => return 0,
                Err(error) => panic!("{error}"),
            };
            let mut content = Vec::new();
            download.write_to(&mut content).await.unwrap();
            assert_eq!(content.len(), size);
            assert!(content.iter().enumerate().all(|(n, byte)| *byte == (n % 251) as u8));
            1
        })
    }
    const LARGE: usize = (9 << 20) + 7;
    [
        Job { name: "upload", repeatable: true, run: |c| upload(c, 1000), effect: |c| stored(c, 1000) },
        Job {
            name: "upload in pieces",
            repeatable: true,
            run: |c| upload(c, LARGE),
            effect: |c| stored(c, LARGE),
        },
        Job {
            name: "download",
            repeatable: true,
            run: |c| {
                Box::pin(async move {
                    // The image of the sample's project is missing, so a file is stored first, without faults.
                    let mut download = c.file(FILE, "new_contract").download().await?;
                    let mut content = Vec::new();
                    download.write_to(&mut content).await?;
                    assert_eq!(content.len(), (5 << 20) + 3);
                    Ok(())
                })
            },
            effect: |_| Box::pin(async { 1 }),
        },
    ]
}

/// What a job with a fault came to.
struct Outcome {
    result: Result<(), Error>,
    effect: usize,
}

async fn started(job: &Job) -> (RunningEmulator, Client) {
    let (running, client) = super::started(Emulator::sample().seed_sample()).await;
    if job.name.starts_with("upload") || job.name == "download" {
        project(&client).await.unwrap();
    }
    if job.name == "download" {
        let content = std::io::Cursor::new(vec![7; (5 << 20) + 3]);
        client.file(FILE, "new_contract").upload("c.bin", content).send().await.unwrap();
    }
    (running, client)
}

/// Runs a job with a fault at its request number `step`; `None` if it has fewer requests.
async fn run(job: &Job, fault: &str, step: usize) -> Option<Outcome> {
    let (running, client) = started(job).await;
    running.clear_requests();
    running.faults(format!("{step} on /api/: {fault}").parse::<FaultScript>().unwrap());
    let result = (job.run)(client.clone()).await;
    running.faults(FaultScript::default());
    let sent = running.requests().iter().filter(|request| request.url.contains("/api/")).count();
    // With a fault at the request `step` there is at least one more, if the job survives it.
    if sent < step {
        result.unwrap();
        return None;
    }
    let effect = (job.effect)(client).await;
    Some(Outcome { result, effect })
}

/// Checks a combination, and returns what is wrong with it.
fn judge(job: &Job, outcome: &Outcome) -> Option<String> {
    let Outcome { result, effect } = outcome;
    match result {
        _ if *effect > 1 => Some(format!("the effect is there {effect} times: {result:?}")),
        Ok(()) if *effect == 0 => Some("success, but no effect".to_owned()),
        Err(error) if job.repeatable => Some(format!("a single fault must be survived: {error:?}")),
        Err(error) if *effect == 1 && !error.may_have_run() => {
            Some(format!("it was executed, and the error denies it: {error:?}"))
        }
        Ok(()) | Err(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_survives_every_fault_or_says_what_may_have_happened() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for job in jobs() {
        let job = &job;
        for step in 1.. {
            let outcomes: Vec<(&str, Option<Outcome>)> = stream::iter(FAULTS)
                .map(|fault| async move { (*fault, run(job, fault, step).await) })
                .buffered(FAULTS.len())
                .collect()
                .await;
            if outcomes.iter().all(|(_, outcome)| outcome.is_none()) {
                break;
            }
            for (fault, outcome) in outcomes {
                let Some(outcome) = outcome else { continue };
                let (combinations, errors) = counts.entry(job.name).or_default();
                *combinations += 1;
                *errors += usize::from(outcome.result.is_err());
                if let Some(what) = judge(job, &outcome) {
                    wrong.push(format!("{}, {fault} at request {step}: {what}", job.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let combinations: usize = counts.values().map(|(all, _)| all).sum();
    // The figures are part of the documentation of the tests.
    println!("{combinations} combinations (errors that say what may have happened): {counts:?}");
    assert!(combinations >= 200, "{combinations}");
}
