use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn run(client: &dvkit::dvkit_client::Client) {
    let _ = Contact::id(dvkit::Guid::nil()).image(client, Account::ENTITYIMAGE);
}

fn main() {}
