use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::update().clear(Contact::PARENTCUSTOMERID);
    let _ = Contact::update().set(Contact::PARENTCUSTOMERID, dvkit::Guid::nil());
}
