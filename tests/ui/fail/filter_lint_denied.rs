#![deny(deprecated)]
use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!(crm::Contact, "startswith(fullname,'%Ann')");
}
