use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullname: Option<String>,
    #[dvkit(column = "fullname")]
    name: Option<String>,
}

fn main() {}
