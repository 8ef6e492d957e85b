use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Contact::query().expand(Account::PRIMARYCONTACTID.select(Contact::FULLNAME));
    let _ = Contact::PARENTCUSTOMERID_ACCOUNT.then(Contact::FULLNAME).eq("Ann");
    let _ = Account::CONTACT_CUSTOMER_ACCOUNTS.any(Account::NAME.eq("Contoso"));
}
