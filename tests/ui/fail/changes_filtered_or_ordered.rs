use dvkit::prelude::*;
use dvkit_ui::crm::contact::ContactState;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::changes().filter(Contact::STATECODE.eq(ContactState::Active));
    let _ = Contact::changes().select(Contact::FULLNAME).order_by(Contact::FULLNAME);
    let _ = Contact::changes().expand(Contact::PARENTCUSTOMERID_ACCOUNT.select(Account::NAME));
    let _ = Contact::changes().top(5);
}
