use dvkit::Entity;

struct Company {
    _name: Option<String>,
}

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    #[dvkit(expand = "parentcustomerid_account")]
    company: Option<Company>,
}

fn main() {}
