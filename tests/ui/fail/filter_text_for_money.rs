use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Account, "revenue gt '1000' and statecode eq 0");
}
