//! `dvkit emulator`: an emulated organisation's Web API on loopback.

mod export;
mod served;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use dvkit_emulator::{EmulatorBuilder, FaultScript, Limits, RunningEmulator};
use dvkit_files::LinkPolicy;
use dvkit_ide::sample::Sample;

use crate::output::{Outcome, Screen};
use served::{ServedOrg, values_for};

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
///
/// With `--org` or `--sample` given several times, each organisation has an address, rows and tokens of its own.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Rows for --seed are JSON, {\"accounts\": [{\"name\": \"Contoso\"}]}, or CSV in a file named after its table.\n\n\
                        With several organisations, a file belongs to one: `--seed NAME=FILE`, `--data NAME=FILE`,\n\
                        `--operations NAME=FILE`. `--seed sample` is for all.\n\n\
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
    /// The organisation to serve, by its name in `[orgs]` of `dvkit.toml`; can be repeated, to serve several at once
    #[arg(long, value_name = "NAME", conflicts_with = "schema")]
    org: Vec<String>,
    /// The sample organisation to serve, `contoso` or `fabrikam`; can be repeated, to serve both at once
    #[arg(long, value_name = "NAME", conflicts_with = "schema", value_parser = served::sample)]
    sample: Vec<Sample>,
    /// The address to listen on; only one of loopback is accepted
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The port to listen on; 0 for a free one. Of several organisations, each has the port after that of the previous one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// The rows at the start: `sample` for the rows of the sample organisation, or a file with JSON or CSV; can be repeated
    #[arg(long, value_name = "sample|FILE", num_args = 1..)]
    seed: Vec<String>,
    /// The number of random rows for each custom table and each table whose rows have owners
    #[arg(long, value_name = "N")]
    seed_random: Option<usize>,
    /// The seed of the random rows; the same seed gives the same rows
    #[arg(long, value_name = "N", default_value_t = 1, requires = "seed_random")]
    random_seed: u64,
    /// The file that the rows are kept in; it is created if it does not exist
    #[arg(long, value_name = "FILE")]
    data: Vec<String>,
    /// A file with the answers of operations, such as custom APIs; calls of other operations of the schema are answered with 501
    #[arg(long, value_name = "FILE")]
    operations: Vec<String>,
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
    let mut orgs = ServedOrg::all(args)?;
    let names: Vec<Option<String>> = orgs.iter().map(|org| org.name.clone()).collect();
    let mut builders = Vec::new();
    for (number, org) in orgs.iter_mut().enumerate() {
        let builder = configured(args, org.take_builder())?.address(address(args, number)?);
        builders.push(with_files(args, &names, org, builder)?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut running = Vec::new();
        for (builder, org) in builders.into_iter().zip(&orgs) {
            let started = builder.start().await;
            running.push(started.with_context(|| match (&org.name, orgs.len()) {
                (Some(name), 2..) => format!("the emulator of `{name}` cannot start"),
                _ => "the emulator cannot start".to_owned(),
            })?);
        }
        match (orgs.as_slice(), running.as_slice()) {
            ([org], [running]) => tell(running, args, org.sample)?,
            _ => tell_several(&orgs, &running, args)?,
        }
        tokio::signal::ctrl_c().await?;
        for one in running {
            one.stop().await;
        }
        Ok(Outcome::Clean)
    })
}

/// Returns the address of the organisation with this number, counted from 0.
fn address(args: &Args, number: usize) -> Result<SocketAddr> {
    let after = u16::try_from(number).ok().filter(|_| args.port != 0).unwrap_or_default();
    let port = args.port.checked_add(after);
    let port = port.with_context(|| format!("there is no port for each organisation after {}", args.port))?;
    Ok(SocketAddr::new(args.address, port))
}

/// Returns the builder with the settings that all organisations have in common.
fn configured(args: &Args, builder: EmulatorBuilder) -> Result<EmulatorBuilder> {
    let limits = Limits {
        requests: args.max_requests,
        execution: Duration::from_secs(args.max_execution.into()),
        concurrent: args.max_concurrent,
        servers: args.servers,
        ..Limits::default()
    };
    let mut builder = builder
        .token_lifetime(Duration::from_secs(args.token_lifetime.into()))
        .limits(limits)
        .strict(args.strict);
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
    Ok(builder)
}

/// Returns the builder with the rows and the answers of operations that are for the organisation `org`.
fn with_files(
    args: &Args,
    names: &[Option<String>],
    org: &ServedOrg,
    mut builder: EmulatorBuilder,
) -> Result<EmulatorBuilder> {
    let name = org.name.as_deref();
    for source in values_for("--seed", &args.seed, names, name)? {
        builder = match source {
            "sample" => builder.seed_sample(),
            path => builder.seed_file(path),
        };
    }
    if let Some(rows) = args.seed_random {
        builder = builder.seed_random(rows, args.random_seed);
    }
    if let Some(path) = single("--data", &args.data, names, name)? {
        builder = builder.data(path);
    }
    if let Some(path) = single("--operations", &args.operations, names, name)? {
        let text = dvkit_files::read_text(Path::new(path), LinkPolicy::FollowNamed, MAX_OPERATIONS);
        let text = text.with_context(|| format!("cannot read `{path}`"))?;
        builder = builder.operation_answers(&text).with_context(|| path.to_owned())?;
    }
    Ok(builder)
}

/// Returns the only value of an option for the organisation `org`; `None` if there is none.
fn single<'a>(
    option: &str,
    values: &'a [String],
    names: &[Option<String>],
    org: Option<&str>,
) -> Result<Option<&'a str>> {
    match values_for(option, values, names, org)?.as_slice() {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        [first, second, ..] => bail!("`{option}` names two files, `{first}` and `{second}`: one is possible"),
    }
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
fn tell(running: &RunningEmulator, args: &Args, sample: Option<Sample>) -> Result<()> {
    let mut screen = Screen::plain();
    let url = running.url();
    let schema = running.schema();
    screen.line(format_args!("{url}"))?;
    let organisation = match sample {
        None => "the organisation",
        Some(Sample::Contoso) => "the sample organisation",
        Some(Sample::Fabrikam) => "the sample organisation `fabrikam`",
    };
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

/// Prints the name and the address of each organisation, one a line, and hints.
fn tell_several(orgs: &[ServedOrg], running: &[RunningEmulator], args: &Args) -> Result<()> {
    let mut screen = Screen::plain();
    let all = || orgs.iter().map(|org| org.name.as_deref().unwrap_or_default()).zip(running);
    for (name, running) in all() {
        screen.line(format_args!("{name} {}", running.url()))?;
    }
    screen.line(format_args!("serves {} organisations; Ctrl-C stops them", orgs.len()))?;
    for (name, running) in all() {
        let schema = running.schema();
        let (tables, choices) = (schema.tables.len(), schema.choices.len());
        screen.line(format_args!("  {name}: {tables} tables, {choices} global choices"))?;
    }
    screen.blank()?;
    screen.line(format_args!(
        "To fetch them, with tokens that are good for {} seconds; each is for one of them:",
        args.token_lifetime
    ))?;
    for (name, running) in all() {
        let variable: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let url = running.url();
        screen.line(format_args!("  export DVKIT_TOKEN_{variable}={}", running.token("dvkit")))?;
        screen.line(format_args!(
            "  dvkit schema fetch --url {url} --token-env DVKIT_TOKEN_{variable} -o schema/{name}"
        ))?;
    }
    for (name, running) in all() {
        screen.line(format_args!("Other tokens for {name} come from {}", running.token_endpoint()))?;
    }
    screen.flush()?;
    Ok(())
}
