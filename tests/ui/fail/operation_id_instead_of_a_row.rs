use dvkit::prelude::*;
use dvkit_ui::crm::NewProject;
use dvkit_ui::crm::operations::NewCloseProject;

fn main() {
    let id = dvkit::Guid::nil();
    let _ = NewCloseProject::on(NewProject::id(id), id, 1);
}
