use dvkit::prelude::*;
use dvkit_ui::crm::Principal;

fn main() {
    let _ = Principal::changes();
}
