use dvkit::Entity;

#[derive(Entity)]
struct Card {
    fullname: Option<String>,
}

fn main() {}
