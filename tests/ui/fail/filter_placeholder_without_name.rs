use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "fullname eq {}");
    let _ = dvkit::filter!(crm::Contact, "fullname eq {0}");
}
