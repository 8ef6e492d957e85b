use dvkit_ui::crm::account::AccountState;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::REVENUE.ge("1000");
    let _ = Contact::FULLNAME.eq(7);
    let _ = Contact::CREATEDON.ge("2025-01-31");
    let _ = Contact::STATECODE.eq(AccountState::Active);
    let _ = Contact::PARENTCUSTOMERID.eq("Contoso");
}
