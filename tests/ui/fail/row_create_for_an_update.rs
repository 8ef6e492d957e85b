use dvkit::dvkit_client::Client;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {}

async fn run(client: Client, id: dvkit::Guid) {
    let _ = Contact::id(id).update(&client, &Contact::create()).await;
}
