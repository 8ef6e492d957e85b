//! `dvkit emulator`: an emulated organisation's Web API on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use dvkit_emulator::{Emulator, FaultScript, Limits, RunningEmulator};
use dvkit_files::LinkPolicy;

use crate::output::{Outcome, Screen};
use crate::schema_args::{OpenedSchema, OrgArgs};

/// The maximum size of a fault script, in bytes.
const MAX_SCRIPT: u64 = 1 << 20;

/// Serve the metadata of a snapshot as the Web API does, on this machine only
///
/// By default every sign-in succeeds (client credentials, authorization code, device code, refresh token).
/// The emulator answers `WhoAmI`, `RetrieveVersion`, `$metadata`, `EntityDefinitions`,
/// `RelationshipDefinitions`, `GlobalOptionSetDefinitions`, `RetrieveMetadataChanges` and `$batch` as an
/// organisation does, with its limits. Its only rows are those of `publishers`, `solutions` and
/// `solutioncomponents`: a publisher and a solution for each prefix of custom tables, with the prefix as
/// their name. Stop it with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "A script of faults has one rule per line, `WHICH [on TEXT]: FAULT`:\n  \
                        1..3 on RetrieveMetadataChanges: 429 after 2\n  \
                        every 7: reset\n  \
                        2 on $metadata: truncate 4000\n\
                        WHICH: always, every N, N, N..M, N.. (counted from 1, for each rule by itself)\n\
                        FAULT: 429|500|502|503|504 [after SECONDS|date SECONDS], 400|403|404|501, reset,\n       \
                        truncate BYTES, slow MS, delay MS, login-page, expired-token, empty, duplicate, none")]
pub(crate) struct Args {
    /// The snapshot to serve; otherwise that of dvkit.toml, then ./schema, then the sample organisation
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The address to listen on; only one of loopback is accepted
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The port to listen on; 0 for a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// A script of faults, which says how and when requests fail
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// The lifetime of access tokens
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    token_lifetime: u32,
    /// The only application that can sign in; its secret is in the environment variable DVKIT_EMULATOR_SECRET
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The maximum number of requests of one user on one server in five minutes
    #[arg(long, value_name = "N", default_value_t = Limits::default().requests)]
    max_requests: u32,
    /// The maximum execution time of these requests together
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    max_execution: u32,
    /// The maximum number of concurrent requests of one user on one server
    #[arg(long, value_name = "N", default_value_t = Limits::default().concurrent)]
    max_concurrent: u32,
    /// The number of web servers, each with its own limits
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    servers: u32,
    /// Generate a MetadataId for tables and columns that have none, so that deletions can be reported
    #[arg(long)]
    made_ids: bool,
}

/// The environment variable that holds the secret of `--client-id`.
const SECRET: &str = "DVKIT_EMULATOR_SECRET";

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
    let limits = Limits {
        requests: args.max_requests,
        execution: Duration::from_secs(args.max_execution.into()),
        concurrent: args.max_concurrent,
        servers: args.servers,
        ..Limits::default()
    };
    let mut builder = Emulator::from_store(opened.store()?)?
        .address(SocketAddr::new(args.address, args.port))
        .token_lifetime(Duration::from_secs(args.token_lifetime.into()))
        .limits(limits);
    if let Some(path) = &args.faults {
        builder = builder.faults(script(path)?);
    }
    if let Some(client) = &args.client_id {
        let secret = std::env::var(SECRET).ok().filter(|s| !s.is_empty());
        let secret = secret.with_context(|| format!("--client-id needs the secret in {SECRET}"))?;
        builder = builder.application(client, secret);
    }
    if args.made_ids {
        builder = builder.generated_ids();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = builder.start().await.context("the emulator cannot start")?;
        tell(&running, args, opened.is_sample())?;
        tokio::signal::ctrl_c().await?;
        running.stop().await;
        Ok(Outcome::Clean)
    })
}

fn script(path: &Path) -> Result<FaultScript> {
    let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, MAX_SCRIPT);
    let text = text.with_context(|| format!("cannot read `{}`", path.display()))?;
    text.parse().with_context(|| path.display().to_string())
}

/// Prints the address and hints. The first line is for programs that wait for the address.
fn tell(running: &RunningEmulator, args: &Args, is_sample: bool) -> Result<()> {
    let mut screen = Screen::plain();
    let url = running.url();
    let schema = running.schema();
    screen.line(format_args!("{url}"))?;
    let organisation = if is_sample { "the sample organisation" } else { "the organisation" };
    let (tables, choices) = (schema.tables.len(), schema.choices.len());
    screen.line(format_args!(
        "serves {organisation}: {tables} tables, {choices} global choices; Ctrl-C stops it"
    ))?;
    screen.blank()?;
    screen
        .line(format_args!("To fetch it, with a token that is good for {} seconds:", args.token_lifetime))?;
    screen.line(format_args!("  export DVKIT_TOKEN={}", running.token("dvkit")))?;
    screen.line(format_args!("  dvkit schema fetch --url {url} --token-env DVKIT_TOKEN -o schema"))?;
    screen.line(format_args!("Other tokens come from {}", running.token_endpoint()))?;
    screen.flush()?;
    Ok(())
}
