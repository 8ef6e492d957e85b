use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "fullname eq {name}", name = "Ann", nmae = "Bob");
    let _ = dvkit::filter!(crm::Contact, "statecode eq 0", "Ann");
}
