use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullnme: Option<String>,
}

fn main() {}
