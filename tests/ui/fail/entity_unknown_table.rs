use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contcat")]
struct Card {
    fullname: Option<String>,
}

fn main() {}
