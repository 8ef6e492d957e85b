use dvkit::prelude::*;
use dvkit_ui::crm::account::AccountState;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::changes().set(Contact::FIRSTNAME, 7);
    let _ = Contact::changes().set(Contact::STATECODE, AccountState::Active);
    let _ = Account::changes().set(Account::REVENUE, "1000");
    let _ = Account::changes().set(Contact::FIRSTNAME, "Ann");
}
