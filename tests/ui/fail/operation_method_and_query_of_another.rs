use dvkit::prelude::*;
use dvkit_ui::crm::operations::NewOpenProjects;
use dvkit_ui::crm::{Account, Contact};

fn main() {
    let open = NewOpenProjects::on(Account::id(dvkit::Guid::nil()));
    let _ = open.clone().max_age_in_days("30");
    let _ = open.clone().query(&Contact::query());
    let _ = open.older_than(30);
}
