use dvkit::Party;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::create().parties([Party::to("ann@example.com")]);
}
