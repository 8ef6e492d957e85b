use dvkit::client::search_table;
use dvkit_ui::crm::contact::ContactState;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = search_table::<Account>().select((Account::NAME, Contact::FULLNAME));
    let _ = search_table::<Account>().filter(dvkit::filter!(Contact, "statecode eq 0"));
    let _ = search_table::<Account>().filter(Account::STATECODE.eq(ContactState::Active));
    let _ = search_table::<Account>().filter("statecode eq 0");
}
