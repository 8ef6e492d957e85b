use dvkit_ui::crm;

fn main() {
    let _ = dvkit::filter!("fullname eq 'Ann'");
}
