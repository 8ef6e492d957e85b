use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::query().select((Contact::FULLNAME, Account::NAME));
}
