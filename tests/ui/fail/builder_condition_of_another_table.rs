use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::query().filter(Account::NAME.eq("Contoso"));
    let _ = Contact::FULLNAME.eq("Ann").and(Account::NAME.eq("Contoso"));
}
