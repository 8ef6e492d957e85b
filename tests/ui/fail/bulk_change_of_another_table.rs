use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let id = dvkit::Guid::nil();
    let _ = Contact::id(id).bulk_update(&Account::update());
    let _ = Contact::id(id).bulk_create(&Contact::update());
    let _ = Account::KEY_NEW_ACCOUNTNUMBERKEY.row(("A-1",)).bulk_upsert(&Account::create());
}
