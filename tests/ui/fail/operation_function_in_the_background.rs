use dvkit::prelude::*;
use dvkit_ui::crm::operations::WhoAmI;

async fn run(client: dvkit::dvkit_client::Client) -> dvkit::dvkit_client::Result<()> {
    WhoAmI::new().start_in_background(&client).await?;
    Ok(())
}

fn main() {}
