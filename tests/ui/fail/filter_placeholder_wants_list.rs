use dvkit_ui::crm;

fn main() {
    let id = dvkit::Guid::nil();
    let _ = dvkit::filter!(crm::Contact, "contactid in ({id})");
}
