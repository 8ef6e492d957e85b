use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let id = Guid::nil();
    let _ = Contact::changes().bind(Contact::PARENTCUSTOMERID_ACCOUNT, Contact::id(id));
    let _ = Contact::changes().bind(Contact::OWNERID, Account::id(id));
    let _ = Contact::changes().bind(Contact::OWNERID, id);
    let _ = Contact::changes().bind(Account::PRIMARYCONTACTID, Contact::id(id));
}
