use dvkit::dvkit_client::Client;
use dvkit::prelude::*;
use dvkit_ui::crm::Account;

fn main() {}

async fn run(client: Client, id: dvkit::Guid) {
    let _ = Account::id(id).clear_reference(&client, Account::CREATEDBY).await;
}
