//! The jobs of the client against the emulator's rows: what it does when things go wrong, files, bulk loads, changes,
//! search and operations in the background.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod bulk;
mod files;
mod matrix;
mod others;
mod reads;

use std::time::Duration;

use dvkit_client::auth::StaticToken;
use dvkit_client::{Client, RetryPolicy};
use dvkit_emulator::{Emulator, EmulatorBuilder, RunningEmulator};

/// Returns a client that does not wait long between attempts.
fn client(running: &RunningEmulator) -> Client {
    let token = StaticToken::new(running.token("ann"));
    let quick = RetryPolicy::default().waits_between(Duration::from_millis(1), Duration::from_millis(5));
    Client::builder(running.url()).token_source(token).retry(quick).build().unwrap()
}

/// Starts an emulator with the sample rows.
async fn sample() -> (RunningEmulator, Client) {
    started(Emulator::sample().seed_sample()).await
}

async fn started(builder: EmulatorBuilder) -> (RunningEmulator, Client) {
    let running = builder.start().await.unwrap();
    let client = client(&running);
    (running, client)
}
