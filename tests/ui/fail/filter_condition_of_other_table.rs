use dvkit_ui::crm;

fn main() {
    let rich = dvkit::filter!(crm::Account, "revenue gt 1000");
    let _ = dvkit::filter!(crm::Contact, "{rich} and statecode eq 0");
}
