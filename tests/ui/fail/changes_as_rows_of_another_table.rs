use dvkit::prelude::*;
use dvkit_ui::crm::{Account, Contact};

async fn run(client: dvkit::dvkit_client::Client) -> dvkit::dvkit_client::Result<()> {
    use dvkit::dvkit_client::Change;
    use dvkit::dvkit_client::futures_util::TryStreamExt as _;

    let mut changes = Contact::changes().start(&client);
    while let Some(change) = changes.try_next().await? {
        match change {
            Change::Upserted(row) => drop::<Account>(row),
            Change::Deleted { id, .. } => drop::<dvkit::Ref<Contact>>(id),
        }
    }
    Ok(())
}

fn main() {}
