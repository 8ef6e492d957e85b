use dvkit_ui::crm;

fn main() {
    let _ = dvkit::odata!("acounts?$select=name&$top=3");
}
