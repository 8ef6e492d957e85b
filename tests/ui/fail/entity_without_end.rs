use dvkit::Entity;

#[derive(Entity)]
#[dvkit(table = "account")]
struct Company {
    name: Option<String>,
    #[dvkit(expand = "account_parent_account")]
    children: Vec<Company>,
}

fn main() {}
