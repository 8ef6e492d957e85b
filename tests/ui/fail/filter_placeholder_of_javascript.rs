use dvkit_ui::crm;

fn main() {
    let name = "Ann";
    let _ = dvkit::filter!(crm::Contact, "fullname eq '${name}'");
}
