use dvkit_ui::crm::operations::NewFindRows;

fn main() {
    let _ = NewFindRows::new("<fetch><entity name='account'/></fetch>");
}
