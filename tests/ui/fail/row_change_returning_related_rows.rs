use dvkit::dvkit_client::Client;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

#[derive(dvkit::Entity)]
#[dvkit(table = "contact")]
struct Card {
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
}

#[derive(dvkit::Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
}

fn main() {}

#[allow(dead_code)]
async fn run(client: Client, id: dvkit::Guid) {
    let _ = Contact::id(id).update_returning::<Card>(&client, &Contact::update()).await;
}
