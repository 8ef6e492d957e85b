use dvkit_ui::crm;

fn main() {
    let age: u64 = 42;
    let _ = dvkit::filter!(crm::Contact, "fullname eq {age}");
}
