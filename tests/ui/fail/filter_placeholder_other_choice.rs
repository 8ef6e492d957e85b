use dvkit_ui::crm;

fn main() {
    let state = crm::account::AccountState::Active;
    let _ = dvkit::filter!(crm::Contact, "statecode eq {state}");
}
