use dvkit_ui::crm;

fn main() {
    let name: Option<String> = None;
    let _ = dvkit::filter!(crm::Contact, "fullname eq {name}");
}
