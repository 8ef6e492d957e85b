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
    expect![[r#"
        contoso
          Grace Andersson, Coho Winery, grace@example.com
          Nils Berg, nobody, nils@example.com
          more: true
          household "Marital Status" (choice): none, none of Single, Married, Divorced, Widowed
          children "No. of Children" (integer): 2, 1 of any
        fabrikam
          Reto Ammann, Alpina Service AG, p18@kunden.example
          Orlando Bianchi, Lago Hotels S.p.A., p15@kunden.example
          more: true
          household "Anrede" (choice): Herr, Herr of Frau, Herr, ohne
          interests "Interessen" (choices): Ersatzteile, none of Schulung, Wartung, Ersatzteile, Neumaschinen
    "#]]
    .assert_eq(&String::from_utf8(out).unwrap());
}
