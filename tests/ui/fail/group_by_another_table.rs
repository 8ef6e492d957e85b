use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::group_by(Contact::FULLNAME);
    let _ = Account::aggregate(&Contact::NUMBEROFCHILDREN.sum("children"));
}
