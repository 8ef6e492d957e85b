use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let id = Guid::nil();
    let _ = Contact::update().bind(Contact::PARENTCUSTOMERID_ACCOUNT, Contact::id(id));
    let _ = Contact::update().bind(Contact::OWNERID, Account::id(id));
    let _ = Contact::update().bind(Contact::OWNERID, id);
    let _ = Contact::update().bind(Account::PRIMARYCONTACTID, Contact::id(id));
}
