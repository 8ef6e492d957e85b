//! Every program of `client/examples` runs against an emulator with the sample rows, and prints what its reader expects.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;

use dvkit_client::auth::{Credentials, StaticToken};
use dvkit_client::bulk::{BulkOptions, FileJournal};
use dvkit_client::{Client, ClientBuilder};
use dvkit_emulator::{Emulator, EmulatorBuilder, FaultScript, OperationError, RunningEmulator};
use dvkit_tests::workspace;
use expect_test::{Expect, expect};
use pretty_assertions::assert_eq;
use serde_json::json;

/// Includes the examples as modules, and lists their names.
macro_rules! examples {
    ($($name:ident $path:literal)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, unreachable_pub, reason = "the example's `main` reads the environment")]
            mod $name;
        )*
        /// The names of the examples that the tests of this file run.
        const EXAMPLES: &[&str] = &[$(stringify!($name)),*];
    };
}

examples! {
    accounts "../../client/examples/accounts.rs"
    background "../../client/examples/background.rs"
    batch "../../client/examples/batch.rs"
    bulk_load "../../client/examples/bulk_load.rs"
    changes "../../client/examples/changes.rs"
    definitions "../../client/examples/definitions.rs"
    errors "../../client/examples/errors.rs"
    files "../../client/examples/files.rs"
    groups "../../client/examples/groups.rs"
    lookups "../../client/examples/lookups.rs"
    one_row "../../client/examples/one_row.rs"
    operations "../../client/examples/operations.rs"
    options "../../client/examples/options.rs"
    pages "../../client/examples/pages.rs"
    retries "../../client/examples/retries.rs"
    search "../../client/examples/search.rs"
    sign_in "../../client/examples/sign_in.rs"
    streams "../../client/examples/streams.rs"
    upsert_by_key "../../client/examples/upsert_by_key.rs"
}

/// The example that another test runs, and the file of that test.
const ELSEWHERE: (&str, &str) = ("web_sign_in", "client/tests/sign_in/example.rs");

async fn start(builder: EmulatorBuilder) -> RunningEmulator {
    builder.seed_sample().start().await.unwrap()
}

fn builder(running: &RunningEmulator) -> ClientBuilder {
    Client::builder(running.url()).token_source(StaticToken::new(running.token("ann")))
}

fn check(printed: Vec<u8>, expected: &Expect) {
    expected.assert_eq(&String::from_utf8(printed).unwrap());
}

/// Declares a test for an example that needs nothing but a client of the sample organisation.
macro_rules! prints {
    ($($test:ident: $example:ident, $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $test() {
            let running = start(Emulator::sample()).await;
            let mut out = Vec::new();
            $example::run(&builder(&running).build().unwrap(), &mut out).await.unwrap();
            check(out, &$expected);
        }
    )*};
}

#[test]
fn every_example_of_the_client_is_run() {
    let mut files: Vec<String> = fs::read_dir(workspace().join("client/examples"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let (name, test) = ELSEWHERE;
    assert!(fs::read_to_string(workspace().join(test)).unwrap().contains(&format!("examples/{name}.rs")));
    let mut run: Vec<&str> = EXAMPLES.iter().copied().chain([name]).collect();
    run.sort_unstable();
    assert_eq!(files, run);
    // An example that is included and has no test would be listed without being run.
    let text = include_str!("client_examples.rs");
    for name in EXAMPLES {
        let is_run = text.contains(&format!(": {name}, expect!")) || text.contains(&format!("{name}::run("));
        assert!(is_run, "{name}");
    }
}

prints! {
    accounts_are_written_and_read: accounts, expect![[r#"
        Contoso Deutschland, 210, Consulting
        Fabrikam, 350, Wholesale
        Trey Research, 12, Consulting
        Wide World Importers, 130, Accounting
    "#]];
    operations_are_sent_in_one_request: batch, expect![[r#"
        created 2
        found 1
        A-1001: Contoso
        A-9999: NotFound
        A-1002: Fabrikam
    "#]];
    changes_are_followed: changes, expect![[r#"
        12 rows
        new or changed: Contoso Ltd
        gone: deleted
        a link for the next time: true
    "#]];
    definitions_are_read_and_changed: definitions, expect![[r#"
        "accounts", "accountid"
        new_floor: "Integer"
        choices: true
    "#]];
    errors_are_told_apart: errors, expect![[r#"
        there is no such row (HTTP 404, code 0x80040217, details: false)
        the request is wrong (HTTP 400, code 0x80060888, details: true)
        another row has this key (HTTP 412, code 0x80060892, details: false)
        read the row again: somebody has changed it (HTTP 412, code 0x80060882, details: false)
    "#]];
    rows_are_grouped: groups, expect![[r#"
        Berlin: 3, 690 people
        Seattle: 2, 2100 people
        Dublin: 1, 80 people
        Dublin: 2
        all: 12
    "#]];
    rows_are_related: lookups, expect![[r#"
        works for Fabrikam
        primary contact Lo
        members called Lo: 1
    "#]];
    one_row_is_kept_in_versions: one_row, expect![[r#"
        Trey Research, changed since: false
        telephone +1 555 0199
        somebody else was faster
        deleted: true
    "#]];
    operations_are_called: operations, expect![[r#"
        accounts: 12
        a member: true
    "#]];
    options_belong_to_a_clone: options, expect![[r#"
        created by Amy: true
        refused: true, GET WhoAmI(): the header `a header` has a name or value that cannot be sent
    "#]];
    rows_come_in_pages: pages, expect![[r#"
        5 rows on the first page
        5 rows more
        2 rows more
        Adventure Works: 80
        Blue Yonder Airlines: too many for this program
        Coho Winery: 22
        Contoso: too many for this program
        Contoso Deutschland: 210
        Fabrikam: too many for this program
        Litware: 15
        Northwind Traders: 45
        Proseware: not known
        Tailspin Toys: 60
        Wide World Importers: 130
        Woodgrove Bank: too many for this program
    "#]];
    words_are_searched: search, expect![[r#"
        2 found
        account: Contoso
        account: Contoso Deutschland
        suggestions: true
        completed: {crmhit}contoso{/crmhit}
    "#]];
    large_responses_are_streamed: streams, expect![[r#"
        more than 50 kB: true, tables: true
        too large: true
    "#]];
    rows_are_upserted_by_their_key: upsert_by_key, expect![[r#"
        A-1001: changed, with an id: true
        A-2001: created, with an id: true
        A-3001: NotFound
    "#]];
}

#[tokio::test]
async fn an_operation_runs_in_the_background() {
    let answered =
        Emulator::sample().operation("new_RecalculateBudgets", |call| {
            match call.parameters["AsOf"].as_str().is_some_and(|day| day.starts_with("1999")) {
                true => Err(OperationError::refused("The books of 1999 are closed.")),
                false => Ok(json!({ "Result": 7 })),
            }
        });
    let running = start(answered).await;
    let mut out = Vec::new();
    background::run(&builder(&running).build().unwrap(), &mut out).await.unwrap();
    check(
        out,
        &expect![[r#"
        result: 7
        failed: The books of 1999 are closed.
    "#]],
    );
}

#[tokio::test]
async fn attempts_are_bounded_and_seen_by_a_layer() {
    let running = start(Emulator::sample()).await;
    running.faults("1 on accounts: 503\n3 on accounts: lost".parse::<FaultScript>().unwrap());
    let mut out = Vec::new();
    retries::run(builder(&running), &mut out).await.unwrap();
    check(
        out,
        &expect![[r#"
        1 row after 2 attempts
        Network, may have been created: true
        3 requests, 1 of them repeated
    "#]],
    );
}

#[tokio::test]
async fn an_application_signs_in() {
    let running = start(Emulator::sample()).await;
    let mut out = Vec::new();
    sign_in::run(running.url(), Credentials::client_secret("app", "secret".to_owned()), &mut out)
        .await
        .unwrap();
    check(
        out,
        &expect![[r#"
        signed in: true
        the same user: true
    "#]],
    );
}

#[tokio::test]
async fn a_load_goes_on_where_it_was() {
    let running = start(Emulator::sample()).await;
    let client = builder(&running).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let load = async |rows| {
        let journal = FileJournal::open(folder.path().join("accounts.journal")).unwrap();
        let mut out = Vec::new();
        bulk_load::run(&client, rows, BulkOptions::default().journal(journal), &mut out).await.unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(load(300).await.contains(": 0 done before, 0 failed"));
    let second = load(500).await;
    assert!(second.starts_with("500 rows in ") && second.contains(": 300 done before, 0 failed"), "{second}");
}

#[tokio::test]
async fn a_file_is_uploaded_and_downloaded() {
    let running = start(Emulator::sample()).await;
    let client = builder(&running).retry(dvkit_client::RetryPolicy::none()).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("contract.bin"), folder.path().join("copy.bin"));
    let content: Vec<u8> = (0..(9 << 20)).map(|n: u32| (n % 251) as u8).collect();
    fs::write(&from, &content).unwrap();
    let row = "new_projects(00000000-0000-4000-8000-00000000f11e)";
    let create = dvkit_client::Request::patch(row).json(&json!({ "new_name": "P" }));
    client.send(create).await.unwrap();
    let run = async |what: &str, path: &std::path::Path| {
        let arguments = [what, path.to_str().unwrap(), row, "new_contract"].map(str::to_owned);
        let mut out = Vec::new();
        let done = files::run(&client, &arguments, &mut out).await.map_err(|error| error.to_string());
        done.map(|()| String::from_utf8(out).unwrap())
    };
    // The session and two pieces arrive; then the service is out of order, and the upload is started again.
    running.faults("4..: 503".parse::<FaultScript>().unwrap());
    assert!(run("upload", &from).await.is_err());
    running.faults(FaultScript::default());
    running.clear_requests();
    assert_eq!(run("upload", &from).await.unwrap(), "uploaded contract.bin\n");
    assert_eq!(running.requests().len(), 1, "only the last piece is sent again");
    assert_eq!(run("download", &to).await.unwrap(), "9437184 bytes of contract.bin\n");
    assert!(fs::read(&to).unwrap() == content);
}
