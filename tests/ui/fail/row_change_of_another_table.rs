use dvkit::dvkit_client::Client;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {}

async fn run(client: Client, id: dvkit::Guid) {
    let change = Account::update().set(Account::NAME, "Contoso");
    let _ = Contact::id(id).update(&client, &change).await;
    let _ = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",)).upsert_request(&Contact::update());
}
