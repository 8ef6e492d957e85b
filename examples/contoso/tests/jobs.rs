//! Every program of `examples` runs against an emulator with the sample rows, and prints what its reader expects.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::path::Path;

use dvkit::by_name::Organisation;
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_emulator::{Emulator, RunningEmulator};
use dvkit_schema::Store;

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
    by_name "../examples/by_name.rs"
    related_rows "../examples/related_rows.rs"
    rows "../examples/rows.rs"
    typed_groups "../examples/typed_groups.rs"
    typed_operations "../examples/typed_operations.rs"
}

async fn organisation() -> (RunningEmulator, Client) {
    let running = Emulator::sample().seed_sample().operation("new_Archive", |_| Ok(().into()));
    let running = running.start().await.unwrap();
    let token = StaticToken::new(running.token("ann"));
    let client = Client::builder(running.url()).token_source(token).build().unwrap();
    (running, client)
}

fn prints(out: Vec<u8>, expected: &str) {
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn every_example_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, EXAMPLES);
    for name in EXAMPLES {
        assert!(include_str!("jobs.rs").contains(&format!("{name}::run(")), "{name}");
    }
}

#[tokio::test]
async fn rows_are_written_and_read() {
    let (_running, client) = organisation().await;
    let mut out = Vec::new();
    rows::run(&client, &mut out).await.unwrap();
    prints(
        out,
        "Ann Lo\n\
         somebody else was faster: true\n\
         created: true\n\
         created: false\n\
         called Lo: 1\n",
    );
}

#[tokio::test]
async fn rows_are_related() {
    let (_running, client) = organisation().await;
    let mut out = Vec::new();
    related_rows::run(&client, &mut out).await.unwrap();
    prints(
        out,
        "2 people\n\
         3 people\n\
         belongs to Trey Group\n",
    );
}

#[tokio::test]
async fn rows_are_grouped() {
    let (_running, client) = organisation().await;
    let mut out = Vec::new();
    typed_groups::run(&client, &mut out).await.unwrap();
    prints(
        out,
        "Consulting: 2, 6700000\n\
         Wholesale: 2, 2410000.5\n\
         10 active\n\
         12 in all\n",
    );
}

#[tokio::test]
async fn operations_are_called() {
    let (_running, client) = organisation().await;
    let mut out = Vec::new();
    typed_operations::run(&client, &mut out).await.unwrap();
    prints(
        out,
        "a member of a team\n\
         archived\n",
    );
}

#[tokio::test]
async fn names_are_known_at_run_time() {
    let (_running, client) = organisation().await;
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/schema");
    let mut out = Vec::new();
    by_name::run(&client, &Organisation::new(Store::open(snapshot).unwrap()), &mut out).await.unwrap();
    prints(
        out,
        "Contoso Deutschland, Consulting, 1300000\n\
         Fabrikam, Wholesale, 2100000.5\n\
         Wide World Importers, Accounting, unknown\n\
         refused, with a proposal: true\n\
         created: true\n",
    );
}
