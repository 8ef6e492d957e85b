use dvkit::prelude::*;
use dvkit_ui::crm::Account;

fn main() {
    let _ = Account::group_by(Account::CREATEDON);
}
