use dvkit::Guid;
use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::PARENTCUSTOMERID_ACCOUNT.is_in([Contact::id(Guid::nil())]);
    let _ = Account::PRIMARYCONTACTID.not_in(vec![Account::id(Guid::nil())]);
    let _ = Account::PARENTACCOUNTID.under(Contact::id(Guid::nil()));
}
