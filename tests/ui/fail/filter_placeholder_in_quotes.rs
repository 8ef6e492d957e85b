use dvkit_ui::crm;

fn main() {
    let id = dvkit::Guid::nil();
    let _ = dvkit::filter!(crm::Contact, "_parentcustomerid_value eq '{id}'");
}
