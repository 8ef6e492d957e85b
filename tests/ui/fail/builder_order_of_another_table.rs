use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::query().order_by((Contact::LASTNAME, Account::NAME.desc()));
}
