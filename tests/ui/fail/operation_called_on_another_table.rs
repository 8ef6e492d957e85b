use dvkit::prelude::*;
use dvkit_ui::crm::Contact;
use dvkit_ui::crm::operations::NewArchiveAccount;

fn main() {
    let _ = NewArchiveAccount::on(Contact::id(dvkit::Guid::nil()), "old");
}
