use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    #[dvkit(expand = "parentcustomerid_contact")]
    person: Option<Company>,
}

fn main() {}
