use dvkit::prelude::*;
use dvkit_ui::crm::Account;
use dvkit_ui::crm::operations::{NewArchiveAccount, NewRate, NewRecalculateBudgets};

fn main() {
    let account = Account::id(dvkit::Guid::nil());
    let _ = NewArchiveAccount::on(account, 7);
    let _ = NewRecalculateBudgets::new("2026-01-31");
    let _ = NewRate::new("1.25", 1, dvkit::jiff::civil::date(2026, 1, 31), ["EUR"]);
}
