use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::PARENTCUSTOMERID_ACCOUNT.eq(Contact::id(Guid::nil()));
    let _ = Account::PRIMARYCONTACTID.eq(Account::id(Guid::nil()));
}
