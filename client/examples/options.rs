//! Acts on behalf of a user, and switches off custom logic, for some requests of a client and not for others.
//! `dvkit emulator --seed sample` prints an address and a token for `DVKIT_URL` and `DVKIT_TOKEN`.

use std::io::{self, Write};
use std::time::Duration;

use dvkit_client::auth::StaticToken;
use dvkit_client::uuid::Uuid;
use dvkit_client::{BypassLogic, Client, ErrorKind, Prefer, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (url, token) = (std::env::var("DVKIT_URL")?, std::env::var("DVKIT_TOKEN")?);
    let client = Client::builder(url).token_source(StaticToken::new(token)).build()?;
    run(&client, &mut io::stdout()).await
}

/// Creates rows with several clones of the client, and writes what the service did to `out`.
pub async fn run(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    // A clone shares the sign-in, the limits and the connections; the other requests are not affected.
    let amy = Uuid::parse_str("00000001-0000-4000-8000-0000000000aa")?;
    let as_amy = client.as_user(amy).with(|options| options.prefer(Prefer::new().return_representation()));
    let create =
        |name: &str| Request::post("accounts?$select=name,_createdby_value").json(&json!({ "name": name }));
    let row: Value = as_amy.json(create("Of Amy")).await?;
    writeln!(out, "created by Amy: {}", row["_createdby_value"] == amy.to_string())?;

    // An import starts no plug-ins, workflows and flows, and marks its requests for those that look at the mark.
    let import = client.with(|options| {
        options
            .bypass_custom_logic(BypassLogic::All)
            .bypass_flows()
            .tag("import")
            .timeout(Duration::from_secs(300))
    });
    import.send(create("Imported")).await?;

    // A form where people type: duplicates are refused. Components of a customisation go into a solution.
    let form = client.with(|options| options.detect_duplicates());
    form.send(create("Typed")).await?;
    let _customisation = client.with(|options| options.solution("contoso_core").strong_consistency());

    // What cannot be sent is refused before anything is sent.
    let wrong = client.with(|options| options.header("a header", "x"));
    let error = wrong.get_json::<Value>("WhoAmI()").await.err().ok_or("sent")?;
    writeln!(out, "refused: {}, {error}", error.kind() == ErrorKind::Configuration)?;
    Ok(())
}
