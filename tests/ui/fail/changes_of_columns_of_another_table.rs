use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::changes().select((Contact::FULLNAME, Account::NAME));
}
