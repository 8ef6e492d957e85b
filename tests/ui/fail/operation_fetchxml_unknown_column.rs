use dvkit_ui::crm::operations::NewFindRows;

fn main() {
    let _ = NewFindRows::new(dvkit::fetchxml!(
        "<fetch><entity name='account'><attribute name='nam'/></entity></fetch>"
    ));
}
