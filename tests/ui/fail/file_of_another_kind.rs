use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn run(client: &dvkit::dvkit_client::Client) {
    let row = Contact::id(dvkit::Guid::nil());
    let _ = row.file(client, Contact::ENTITYIMAGE);
    let _ = row.image(client, Contact::FULLNAME);
}

fn main() {}
