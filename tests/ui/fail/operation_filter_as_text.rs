use dvkit_ui::crm::operations::NewFindRows;

fn main() {
    let query = dvkit::fetchxml!("<fetch><entity name='account'><attribute name='name'/></entity></fetch>");
    let _ = NewFindRows::new(query).filter("name eq 'x'");
}
