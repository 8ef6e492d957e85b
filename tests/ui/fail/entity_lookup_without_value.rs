use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    parentcustomerid: Option<dvkit::Lookup>,
}

fn main() {}
