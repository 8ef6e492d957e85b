use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "(fullname eq 'Ann' and statecode eq 0");
}
