use dvkit::jiff::Timestamp;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::update().set(Contact::CREATEDON, Timestamp::UNIX_EPOCH);
    let _ = Contact::update().clear(Contact::MODIFIEDON);
}
