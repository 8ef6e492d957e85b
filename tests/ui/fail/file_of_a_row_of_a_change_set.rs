use dvkit::prelude::*;
use dvkit::dvkit_client::ChangeSet;
use dvkit_ui::crm::Account;

fn run(client: &dvkit::dvkit_client::Client) {
    let row = ChangeSet::new().create(&Account::create());
    let _ = row.image(client, Account::ENTITYIMAGE);
}

fn main() {}
