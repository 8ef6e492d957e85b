use dvkit::dvkit_client::Client;
use dvkit_ui::crm::Account;

fn main() {}

#[allow(dead_code)]
async fn run(client: Client) {
    let query = dvkit::fetchxml!("<fetch><entity name='contact'><attribute name='fullname'/></entity></fetch>");
    let _ = query.rows::<Account>(&client);
    let _ = query.untyped().rows::<Account>(&client);
}
