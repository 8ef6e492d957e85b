use dvkit_ui::crm;

fn main() {
    let text = String::from("fullname eq 'Ann'");
    let _ = dvkit::filter!(crm::Contact, text);
}
