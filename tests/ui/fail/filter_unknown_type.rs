use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contcat, "fullname eq 'Ann'");
}
