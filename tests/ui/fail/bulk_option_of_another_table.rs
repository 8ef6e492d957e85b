use dvkit::prelude::*;
use dvkit_ui::crm::Contact;
use dvkit_ui::crm::account::AccountState;

fn main() {
    let id = dvkit::Guid::nil();
    let _ = Contact::id(id).bulk_update(&Contact::update().set(Contact::STATECODE, AccountState::Active));
}
