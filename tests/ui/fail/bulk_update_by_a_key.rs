use dvkit::prelude::*;
use dvkit_ui::crm::Account;

fn main() {
    let row = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let _ = row.bulk_update(&Account::update().set(Account::NAME, "Contoso"));
}
