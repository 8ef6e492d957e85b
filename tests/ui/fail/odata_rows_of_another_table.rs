use dvkit_ui::crm;

fn main() {
    let _ = dvkit::odata!(crm::Contact, "accounts?$select=name&$top=3");
}
