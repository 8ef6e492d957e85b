//! `dvkit emulator`: an emulated organisation's Web API on loopback.

mod export;

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
/// The maximum size of a file with answers to operations, in bytes.
const MAX_OPERATIONS: u64 = 16 << 20;

/// Serve a snapshot and rows as the Web API of an organisation, on this machine only
///
/// By default every sign-in succeeds (client credentials, authorization code, device code, refresh token). The emulator answers
/// requests for metadata and rows as an organisation does, with its limits: queries in OData, FetchXML and SQL, writes, batches, bulk
/// messages, files, change tracking, operations, and changes of definitions. It answers requests that it does not emulate with the status
/// 501; `--coverage` lists what it emulates. Rows are in memory unless `--data` names a file. Stop it with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Rows for --seed are JSON, {\"accounts\": [{\"name\": \"Contoso\"}]}, or CSV in a file named after its table.\n\n\
                        While it runs, /_emulator/ takes requests with the header `X-Dvkit-Emulator: 1`:\n  \
                        POST reset, PUT and POST baselines/NAME, POST seed, GET export, GET, PUT and POST clock,\n  \
                        GET and DELETE requests, PUT faults\n\n\
                        Answers for --operations are JSON. The first one that fits the parameters is used:\n  \
                        {\"new_Double\": [{\"when\": {\"Number\": 2}, \"answer\": {\"Result\": 4}},\n  \
                        {\"error\": {\"message\": \"Only 2.\"}}]}\n\n\
                        A script of faults has one rule a line, `WHICH [on TEXT]: FAULT`:\n  \
                        1..3 on RetrieveMetadataChanges: 429 after 2\n  \
                        every 7: reset\n  \
                        2 on $metadata: truncate 4000\n\
                        WHICH: always, every N, N, N..M, N.. (counted from 1, for each rule by itself)\n\
                        FAULT: 429|500|502|503|504 [after SECONDS|date SECONDS], 400|403|404|501, reset, lost,\n       \
                        truncate BYTES, slow MS, delay MS, login-page, expired-token, empty, duplicate, none"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
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
    /// The rows at the start: `sample` for the rows of the sample organisation, or a file with JSON or CSV; can be repeated
    #[arg(long, value_name = "sample|FILE", num_args = 1..)]
    seed: Vec<PathBuf>,
    /// The number of random rows for each custom table and each table whose rows have owners
    #[arg(long, value_name = "N")]
    seed_random: Option<usize>,
    /// The seed of the random rows; the same seed gives the same rows
    #[arg(long, value_name = "N", default_value_t = 1, requires = "seed_random")]
    random_seed: u64,
    /// The file that the rows are kept in; it is created if it does not exist
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// A file with the answers of operations, such as custom APIs; calls of other operations of the schema are answered with 501
    #[arg(long, value_name = "FILE")]
    operations: Option<PathBuf>,
    /// Answer 501 where the documentation of the service leaves the answer open
    #[arg(long)]
    strict: bool,
    /// Print the list of what is emulated and what is not, and exit
    #[arg(long)]
    coverage: bool,
    /// What goes wrong, and when: a script
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// How long access tokens are good for
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    token_lifetime: u32,
    /// The only application that can sign in; its secret is in the environment variable DVKIT_EMULATOR_SECRET
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The most requests of a user on a server in five minutes
    #[arg(long, value_name = "N", default_value_t = Limits::default().requests)]
    max_requests: u32,
    /// The most seconds that these may take together
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    max_execution: u32,
    /// The most requests of a user on a server at a time
    #[arg(long, value_name = "N", default_value_t = Limits::default().concurrent)]
    max_concurrent: u32,
    /// How many web servers there are; each counts by itself
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    servers: u32,
    /// Give tables and columns without MetadataId one, so that deletions can be told
    #[arg(long)]
    made_ids: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Export(export::Args),
}

/// The environment variable that holds the secret of `--client-id`.
const SECRET: &str = "DVKIT_EMULATOR_SECRET";

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    match &args.action {
        Some(Action::Export(args)) => return export::run(args),
        None if args.coverage => return coverage(),
        None => {}
    }
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
        .limits(limits)
        .strict(args.strict);
    for source in &args.seed {
        builder = match source.to_str() {
            Some("sample") => builder.seed_sample(),
            _ => builder.seed_file(source),
        };
    }
    if let Some(rows) = args.seed_random {
        builder = builder.seed_random(rows, args.random_seed);
    }
    if let Some(path) = &args.data {
        builder = builder.data(path);
    }
    if let Some(path) = &args.operations {
        let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, MAX_OPERATIONS);
        let text = text.with_context(|| format!("cannot read `{}`", path.display()))?;
        builder = builder.operation_answers(&text).with_context(|| path.display().to_string())?;
    }
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

/// Prints what is emulated and what is answered with the status 501.
fn coverage() -> Result<Outcome> {
    let mut screen = Screen::plain();
    let rows = dvkit_emulator::coverage();
    let width = |of: fn(&dvkit_emulator::Coverage) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let (operation, option) =
        (width(|row| row.operation.chars().count()), width(|row| row.option.chars().count()));
    for row in &rows {
        let support = if row.emulated { "emulated" } else { "501" };
        screen.line(format_args!("{:operation$}  {:option$}  {support}", row.operation, row.option))?;
    }
    screen.flush()?;
    Ok(Outcome::Clean)
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
