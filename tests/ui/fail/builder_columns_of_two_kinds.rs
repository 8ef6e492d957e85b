use dvkit_ui::crm::Contact;

fn main() {
    let _ = Contact::FULLNAME.eq_column(Contact::CREATEDON);
}
