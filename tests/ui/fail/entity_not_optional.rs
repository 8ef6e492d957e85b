use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullname: String,
    birthdate: dvkit::jiff::civil::Date,
}

fn main() {}
