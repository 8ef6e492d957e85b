use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullnme: Option<String>,
    FirstName: Option<String>,
    parentcustomerid: Option<dvkit::Lookup>,
    #[dvkit(formatted = "statcode")]
    state: Option<String>,
    #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 'Activ'")]
    people: Vec<Card>,
}

fn main() {}
