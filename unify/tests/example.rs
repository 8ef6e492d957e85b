//! The program of `examples` runs, and prints what its reader expects.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use expect_test::expect;

#[path = "../examples/one_model.rs"]
#[allow(dead_code, reason = "the example's `main` prints")]
mod one_model;

#[tokio::test]
async fn one_call_lists_the_contacts_of_both_organisations() {
    let mut out = Vec::new();
    for (name, emulator, folder) in one_model::samples() {
        let running = emulator.seed_sample().start().await.unwrap();
        let token = StaticToken::new(running.token("ann"));
        let client = Client::builder(running.url()).token_source(token).build().unwrap();
        let connection = one_model::connect(name, folder, client).unwrap();
        one_model::list(&connection, &mut out).await.unwrap();
    }
    expect![[r#""#]].assert_eq(&String::from_utf8(out).unwrap());
}
