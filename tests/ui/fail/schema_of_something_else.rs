#[dvkit::schema("crm")]
mod crm {
    pub struct Mine;
}

#[dvkit::schema("crm")]
struct Crm;

fn main() {}
