use dvkit_ui::crm;

fn main() {
    let day = "2025-01-31";
    let _ = dvkit::filter!(crm::Contact, "createdon ge {day}T00:00:00Z");
}
