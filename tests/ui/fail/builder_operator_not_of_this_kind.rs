use dvkit_ui::crm::{Account, Contact};

fn main() {
    let _ = Account::REVENUE.contains("1000");
    let _ = Contact::FULLNAME.last_x_days(7);
    let _ = Contact::CREDITONHOLD.gt(true);
    let _ = Contact::CREATEDON.starts_with("2025");
}
