use dvkit::prelude::*;
use dvkit_ui::crm::operations::NewCloseProject;
use dvkit_ui::crm::{Contact, NewProject};

fn main() {
    let project = NewProject::id(dvkit::Guid::nil());
    let _ = NewCloseProject::on(project, Contact::id(dvkit::Guid::nil()), 1);
}
