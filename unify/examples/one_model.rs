//! Lists the contacts of two differently customised organisations with the same call, and their custom fields with labels.
//!
//! Both organisations are emulated; nothing else is needed: `cargo run -p dvkit-unify --example one_model`. A real
//! organisation differs in its address, the way to sign in, and its snapshot, which `dvkit schema fetch` makes.

use std::error::Error;
use std::io::{self, Write};

use dvkit::by_name::Organisation;
use dvkit_client::Client;
use dvkit_client::auth::StaticToken;
use dvkit_emulator::{Emulator, EmulatorBuilder};
use dvkit_schema::Store;
use dvkit_unify::{CompileTarget, Connection, CursorKey, ListRequest, Mapping};
use serde_json::Value;

/// The mapping: what is different in each organisation. The rest is the built-in mapping.
const MAPPING: &str = include_str!("crm.toml");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    for (name, emulator, folder) in samples() {
        let running = emulator.seed_sample().start().await?;
        let client =
            Client::builder(running.url()).token_source(StaticToken::new(running.token("ann"))).build()?;
        list(&connect(name, folder, client)?, &mut out).await?;
    }
    Ok(())
}

/// Returns the two sample organisations: their names, emulators, and the folders of their snapshots.
pub(crate) fn samples() -> [(&'static str, EmulatorBuilder, &'static str); 2] {
    [
        ("contoso", Emulator::sample(), concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema")),
        ("fabrikam", Emulator::fabrikam(), concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/fabrikam")),
    ]
}

/// Compiles the mapping against the snapshot of an organisation, and connects to it.
pub(crate) fn connect(name: &str, snapshot: &str, client: Client) -> Result<Connection, Box<dyn Error>> {
    let organisation = Organisation::new(Store::open(snapshot)?);
    let mapping = Mapping::parse(MAPPING).map_err(|findings| findings[0].message.clone())?;
    let report =
        mapping.compile(CompileTarget { organisation: &organisation, name: Some(name), environment: None });
    // What does not fit is found here, before anything is sent.
    if let Some(finding) = report.findings.iter().find(|finding| finding.is_error()) {
        return Err(finding.display(MAPPING).origin("crm.toml").to_string().into());
    }
    let key = CursorKey::new(b"32 random bytes of a secret store");
    Ok(Connection::new(name, organisation, report.mapping, client, key))
}

/// Prints the first contacts of an organisation, and its custom fields. Nothing here knows which organisation it is.
pub(crate) async fn list(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{}", connection.account())?;
    let request = ListRequest::new().filter("status", "active").sort_by("last_name").limit(2);
    let page = connection.list("contacts", &request).await?;
    for contact in &page.result {
        let account = contact.get("account")["name"].as_str().unwrap_or("nobody");
        let mail = contact.get("email_addresses")[0]["email"].as_str().unwrap_or("no address");
        writeln!(out, "  {}, {account}, {mail}", contact.text("name").unwrap_or_default())?;
    }
    writeln!(out, "  more: {}", page.next_cursor.is_some())?;
    for field in connection.fields("contacts")? {
        let Some(name) = field.name.as_deref().and_then(|name| name.strip_prefix("custom_fields.")) else {
            continue;
        };
        let options: Vec<&str> = field.options.iter().filter_map(|option| option.label.as_deref()).collect();
        let values = page.result.iter().map(|contact| shown(&contact.get("custom_fields")[name]));
        writeln!(
            out,
            "  {name} \"{}\" ({}): {} of {}",
            field.label.as_deref().unwrap_or_default(),
            field.ty,
            values.collect::<Vec<_>>().join(", "),
            if options.is_empty() { "any".to_owned() } else { options.join(", ") },
        )?;
    }
    Ok(())
}

/// Returns a value of a custom field as people read it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Object(option) => option["label"].as_str().unwrap_or_default().to_owned(),
        Value::Array(options) => options.iter().map(shown).collect::<Vec<_>>().join(" and "),
        other => other.to_string(),
    }
}
