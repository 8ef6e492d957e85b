use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "contact")]
struct Card {
    fullname: Option<i32>,
    birthdate: Option<String>,
    statecode: Option<String>,
    #[dvkit(column = "_parentcustomerid_value")]
    company: Option<String>,
    donotemail: Option<i32>,
}

fn main() {}
