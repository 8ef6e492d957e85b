use dvkit::prelude::*;
use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::changes().clear(Contact::PARENTCUSTOMERID);
    let _ = Contact::changes().set(Contact::PARENTCUSTOMERID, dvkit::Guid::nil());
}
