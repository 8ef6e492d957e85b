use dvkit::dvkit_client::Client;
use dvkit_ui::crm;

fn main() {}

async fn run(client: Client, id: dvkit::Guid) {
    let _ = dvkit::odata!(crm::Contact, "contacts({id})?$select=fullname").rows(&client);
    let _ = dvkit::odata!(crm::Contact, "$select=fullname").get(&client).await;
    let _ = dvkit::odata!(crm::Contact, "contacts/$count").rows(&client);
    let _ = dvkit::odata!("contacts?$select=fullname").rows(&client);
}
