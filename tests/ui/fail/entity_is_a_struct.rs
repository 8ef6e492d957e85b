use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
enum Card {
    Fullname,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Pair(Option<String>, Option<String>);

fn main() {}
