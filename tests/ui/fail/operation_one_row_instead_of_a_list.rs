use dvkit::prelude::*;
use dvkit_ui::crm::operations::AddMembersTeam;
use dvkit_ui::crm::{Systemuser, Team};

fn main() {
    let id = dvkit::Guid::nil();
    let _ = AddMembersTeam::on(Team::id(id), Systemuser::id(id));
}
