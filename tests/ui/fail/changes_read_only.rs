use dvkit::jiff::Timestamp;
use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::changes().set(Contact::CREATEDON, Timestamp::UNIX_EPOCH);
    let _ = Contact::changes().clear(Contact::MODIFIEDON);
}
