use dvkit_ui::crm;

fn main() {
    let _ = dvkit::odata!("$select=name&$top=3");
}
