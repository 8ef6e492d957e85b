use dvkit::prelude::*;
use dvkit_ui::crm::operations::AddMembersTeam;
use dvkit_ui::crm::{Contact, Team};

fn main() {
    let id = dvkit::Guid::nil();
    let _ = AddMembersTeam::on(Team::id(id), [Contact::id(id)]);
}
