#[dvkit::schema("crm")]
mod crm {}

fn main() {}
