use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Account, "revenue gt {least}", least = "1000");
}
