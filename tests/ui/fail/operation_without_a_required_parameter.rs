use dvkit::prelude::*;
use dvkit_ui::crm::operations::NewCloseProject;
use dvkit_ui::crm::{Account, NewProject};

fn main() {
    let (project, account) = (NewProject::id(dvkit::Guid::nil()), Account::id(dvkit::Guid::nil()));
    let _ = NewCloseProject::on(project, account);
}
