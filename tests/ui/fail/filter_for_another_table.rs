use dvkit_ui::crm;

fn main() {
    let _: dvkit::Filter<crm::Account> = dvkit::filter!(crm::Contact, "fullname eq 'Ann'");
}
