use dvkit_ui::crm::Account;

fn main() {
    let _ = Account::KEY_NEW_ACCOUNTNUMBERKEY.row("A-1");
    let _ = Account::KEY_NEW_ACCOUNTNUMBERKEY.row((7,));
}
