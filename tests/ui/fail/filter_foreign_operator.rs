use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "fullname == 'Ann' && statecode = 0");
}
