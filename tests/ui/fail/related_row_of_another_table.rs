use dvkit::dvkit_client::Client;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {}

async fn run(client: Client, id: dvkit::Guid) {
    let account = Account::id(id);
    let _ = account.associate(&client, Account::CONTACT_CUSTOMER_ACCOUNTS, account).await;
    let _ = account.associate(&client, Contact::CONTACT_CUSTOMER_CONTACTS, Contact::id(id)).await;
    let _ = account.set_reference(&client, Account::PRIMARYCONTACTID, account).await;
    let _ = account.associate(&client, Account::PRIMARYCONTACTID, Contact::id(id)).await;
}
