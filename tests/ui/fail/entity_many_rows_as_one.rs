use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Person {
    fullname: Option<String>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    #[dvkit(expand = "contact_customer_contacts")]
    people: Option<Person>,
}

fn main() {}
