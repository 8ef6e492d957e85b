use dvkit_ui::crm;

fn main() {
    let name = "Ann";
    let _ = dvkit::filter!(crm::Contact, "fullname eq {nmae}");
    let _ = name;
}
