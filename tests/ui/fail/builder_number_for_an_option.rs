use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::STATECODE.eq(0);
    let _ = Contact::STATECODE.ne("Active");
    let _ = Contact::update().set(Contact::GENDERCODE, 1);
}
