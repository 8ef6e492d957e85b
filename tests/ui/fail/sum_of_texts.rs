use dvkit_ui::crm::Account;

fn main() {
    let _ = Account::NAME.sum("total");
    let _ = Account::CREATEDON.average("middle");
    let _ = Account::NAME.max("last");
}
