use dvkit_ui::crm;

fn main() {
    let column = "fullname";
    let _ = dvkit::filter!(crm::Contact, "{column} eq 'Ann'");
}
