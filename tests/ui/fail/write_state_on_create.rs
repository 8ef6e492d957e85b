use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;
use dvkit_ui::crm::contact::ContactState;

fn main() {
    let _ = Contact::create().set(Contact::STATECODE, ContactState::Active);
    let _ = Contact::update().set(Contact::CONTACTID, Guid::nil());
}
