use dvkit::prelude::*;
use dvkit::dvkit_client::ChangeSet;
use dvkit_ui::crm::operations::{NewArchiveAccount, NewCloseProject};
use dvkit_ui::crm::{Contact, NewProject};

fn main() {
    let mut changes = ChangeSet::new();
    let person = changes.create(&Contact::create());
    let _ = NewArchiveAccount::on(person, "old");
    let _ = NewCloseProject::on(NewProject::id(dvkit::Guid::nil()), person, 1);
}
