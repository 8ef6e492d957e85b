use dvkit::prelude::*;
use dvkit_ui::crm::operations::NewImportProjects;
use dvkit_ui::crm::{Account, NewProject};

async fn run(client: dvkit::dvkit_client::Client) -> dvkit::dvkit_client::Result<()> {
    let rows = [NewProject::create()];
    let call = NewImportProjects::new(rows).start_in_background(&client).await?;
    let _: Vec<Account> = call.wait().await?;
    Ok(())
}

fn main() {}
