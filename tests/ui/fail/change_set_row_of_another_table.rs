use dvkit::dvkit_client::ChangeSet;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let mut changes = ChangeSet::new();
    let person = changes.create(&Contact::create());
    let _ = Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, person);
    let _ = person.update_request(&Account::update());
    let id = changes.add(Account::create().request());
    let _ = Contact::create().bind(Contact::PARENTCUSTOMERID_ACCOUNT, id);
}
