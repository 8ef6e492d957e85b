use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "account")]
struct Company {
    nmae: Option<String>,
    revenue: Option<String>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullnme: dvkit::jiff::civil::Date,
    birthdate: Option<String>,
    #[dvkit(column = "emailaddress1", custom, top = 1)]
    email: Option<String>,
    #[dvkit(formatted = "statecode")]
    state: Option<i32>,
    #[dvkit(expand = "Parentcustomerid_account")]
    company: Option<Company>,
    #[dvkit(expand = "parentcustomerid_contact")]
    person: Vec<Company>,
    #[dvkit(expand = "contact_customer_contacts")]
    people: Vec<Card>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Person {
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
    #[dvkit(expand = "parentcustomerid_contact")]
    card: Option<Company>,
}

fn main() {
    let _ = (Card::default(), Card::request(), Person::request());
    let _: Result<dvkit::Rows<Card>, _> = dvkit::serde_json::from_str("[]");
}
