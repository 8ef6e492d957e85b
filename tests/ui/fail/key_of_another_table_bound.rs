use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let key = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",));
    let _ = Contact::create().bind(Contact::PARENTCUSTOMERID_CONTACT, key);
}
