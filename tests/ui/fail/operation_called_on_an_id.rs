use dvkit_ui::crm::operations::NewArchiveAccount;

fn main() {
    let _ = NewArchiveAccount::on(dvkit::Guid::nil(), "old");
}
