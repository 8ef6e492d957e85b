use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact", entity_set = "contacts")]
struct Card {
    #[dvkit(rename = "fullname")]
    name: Option<String>,
    #[dvkit(top = 3)]
    firstname: Option<String>,
}

fn main() {}
