use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

#[derive(dvkit::Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
}

fn main() {
    let _ = Contact::create().returning::<Company>();
}
