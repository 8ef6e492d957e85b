use dvkit_ui::crm::operations::WhoAmi;

fn main() {
    let _ = WhoAmi::new();
}
