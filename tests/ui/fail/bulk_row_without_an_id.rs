use dvkit::prelude::*;
use dvkit_ui::crm::Account;

fn main() {
    let _ = Account::update().set(Account::NAME, "Contoso").bulk();
}
