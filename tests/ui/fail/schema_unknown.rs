#[dvkit::schema("cmr")]
mod crm {}

fn main() {}
