use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "fullnme eq 'Ann'");
}
