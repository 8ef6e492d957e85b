use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

#[derive(dvkit::Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
}

fn main() {
    let _ = Account::query().select_entity::<Company>().expand(Account::PRIMARYCONTACTID);
    let _ = Contact::id(dvkit::Guid::nil()).query().select_entity::<Contact>();
}
