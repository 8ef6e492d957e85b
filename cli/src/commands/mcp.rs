//! `dvkit mcp`: a server of the Model Context Protocol, which offers dvkit to agents.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dvkit_ide::config::{self, Config};
use dvkit_ide::{Settings, Workspace};
use dvkit_mcp::{HttpOptions, RowSource, Server, Toolbox};

use crate::output::{Outcome, Screen};
use crate::schema_args::{self, OrgArgs};

/// The address of `--http` without a value.
const DEFAULT_ADDRESS: &str = "127.0.0.1:8765";

/// The environment variable that holds the token of `--allow-remote`.
const TOKEN: &str = "DVKIT_MCP_TOKEN";

/// Serve agents over the Model Context Protocol: find names, check and try queries
///
/// The program of the agent starts this command and talks to it over standard input and output. With `--http` it listens on
/// a loopback address instead. The tools read snapshots and the rows of `--seed`; they write nothing, and send nothing to an
/// organisation.
#[derive(Debug, clap::Args)]
#[command(after_help = "Registration, for example:\n  \
                        claude mcp add dvkit -- dvkit mcp\n  \
                        codex mcp add dvkit -- dvkit mcp\n  \
                        code --add-mcp '{\"name\":\"dvkit\",\"command\":\"dvkit\",\"args\":[\"mcp\"]}'\n\n\
                        The tool `run` runs queries on rows: those of the sample organisation, or of --seed, which takes JSON,\n\
                        {\"accounts\": [{\"name\": \"Contoso\"}]}, or CSV in a file named after its table.")]
pub(crate) struct Args {
    /// The snapshot to read; otherwise that of dvkit.toml, then ./schema, then the sample organisation
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The rows that the tool `run` uses: `sample`, or a file with JSON or CSV; `NAME=FILE` for an organisation of
    /// dvkit.toml that is not the default one; can be repeated
    #[arg(long, value_name = "sample|FILE", num_args = 1..)]
    seed: Vec<String>,
    /// Listen on this address and port, or port of 127.0.0.1, instead of standard input; clients use the path /mcp
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS, value_parser = address)]
    http: Option<SocketAddr>,
    /// Accept an address of --http that other machines reach; clients have to send the token in DVKIT_MCP_TOKEN
    #[arg(long, requires = "http")]
    allow_remote: bool,
    /// The names by which clients may reach the server, with --allow-remote; otherwise all
    #[arg(long, value_name = "NAME", requires = "allow_remote")]
    host: Vec<String>,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let form = || format!("write an address with a port, such as `{DEFAULT_ADDRESS}`, or a port");
    match text.parse::<u16>() {
        Ok(port) => Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
        Err(_) => text.replace("localhost:", "127.0.0.1:").parse().map_err(|_| form()),
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let options = options(args, || std::env::var(TOKEN).ok())?;
    let (schema, org) = (args.schema.clone(), args.org.clone());
    let orgs = schema_args::find(schema.as_deref(), &org)?.1.orgs().map(str::to_owned).collect::<Vec<_>>();
    let load = move || {
        let (config, schemas) = schema_args::found(schema.as_deref(), &org)?;
        if schemas.has_default() {
            schemas.store(None)?;
        }
        let settings = Settings { targets: config.targets, levels: config.lints, ..Settings::default() };
        Ok(Workspace::new(schemas, settings))
    };
    let mut tools = Toolbox::watching(watched()?, load)?;
    for seed in &args.seed {
        let (org, source) = row_source(seed, &orgs);
        tools = tools.rows(org, source);
    }
    let server = Server::new(tools);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let Some(options) = options else {
            return server.serve_stdio().await.context("the client cannot be served");
        };
        let running = server.serve_http(options).await.context("the server cannot listen")?;
        let mut screen = Screen::plain();
        screen.line(format_args!("{}", running.url()))?;
        screen.line(format_args!("serves agents; Ctrl-C stops it"))?;
        screen.flush()?;
        tokio::signal::ctrl_c().await?;
        running.stop().await;
        Ok(())
    });
    // A read of standard input that waits for the client cannot be ended.
    runtime.shutdown_background();
    served.map(|()| Outcome::Clean)
}

/// Returns the files that decide which snapshots are used: the `dvkit.toml` in use, or the places where one or a
/// snapshot may appear.
fn watched() -> Result<Vec<PathBuf>> {
    let config = Config::find(Path::new(""))?;
    let places = [config::FILE_NAME, "schema/org.json"].map(PathBuf::from);
    Ok(config.file.into_iter().chain(places).collect())
}

/// Returns where to listen; `None` for standard input and output. `token` returns the token for clients on other
/// machines.
fn options(args: &Args, token: impl FnOnce() -> Option<String>) -> Result<Option<HttpOptions>> {
    let Some(address) = args.http else { return Ok(None) };
    if !args.allow_remote {
        if !address.ip().is_loopback() {
            bail!(
                "other machines could reach {address}: name a loopback address, such as `{DEFAULT_ADDRESS}`, or allow it with \
                 `--allow-remote` and a token in {TOKEN}"
            );
        }
        return Ok(Some(HttpOptions::loopback(address)?));
    }
    let token = token().filter(|token| !token.is_empty());
    let token = token.with_context(|| format!("--allow-remote needs a token for clients in {TOKEN}"))?;
    Ok(Some(HttpOptions::remote(address, token, args.host.iter().cloned())?))
}

/// Returns the organisation and the rows that a value of `--seed` names. `orgs` are the names of the organisations.
fn row_source<'a>(seed: &'a str, orgs: &[String]) -> (Option<&'a str>, RowSource) {
    let source = |text: &str| match text {
        "sample" => RowSource::Sample,
        path => RowSource::File(PathBuf::from(path)),
    };
    match seed.split_once('=').filter(|(org, _)| orgs.iter().any(|known| known == org)) {
        Some((org, file)) => (Some(org), source(file)),
        None => (None, source(seed)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn listens(flags: &[&str], token: Option<&str>) -> Result<bool, String> {
        let all = ["mcp"].iter().chain(flags);
        let args = Command::try_parse_from(all).map_err(|e| e.to_string())?.args;
        options(&args, || token.map(str::to_owned)).map(|o| o.is_some()).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn only_a_token_opens_the_server_to_other_machines() {
        assert_eq!(listens(&[], None), Ok(false));
        for flags in [&["--http"][..], &["--http", "8000"], &["--http", "127.0.0.1:0"], &["--http=[::1]:80"]]
        {
            assert_eq!(listens(flags, None), Ok(true), "{flags:?}");
        }
        let refused = |flags: &[&str], token| listens(flags, token).unwrap_err();
        assert!(refused(&["--http", "0.0.0.0:80"], None).contains("--allow-remote"));
        assert!(refused(&["--http", "192.168.1.2:80"], Some("0123456789abcdef")).contains("--allow-remote"));
        assert!(refused(&["--http", "0.0.0.0:80", "--allow-remote"], None).contains(TOKEN));
        assert!(refused(&["--http", "0.0.0.0:80", "--allow-remote"], Some("short")).contains("at least 16"));
        assert!(refused(&["--allow-remote"], None).contains("--http"));
        assert!(refused(&["--http", "example.com"], None).contains("with a port"));
        let remote = listens(&["--http", "0.0.0.0:80", "--allow-remote"], Some("0123456789abcdef"));
        assert_eq!(remote, Ok(true));
    }

    #[test]
    fn rows_are_for_an_organisation_only_if_it_is_listed() {
        let orgs = ["contoso".to_owned()];
        let file = |path: &str| RowSource::File(PathBuf::from(path));
        assert_eq!(row_source("sample", &orgs), (None, RowSource::Sample));
        assert_eq!(row_source("contoso=rows.json", &orgs), (Some("contoso"), file("rows.json")));
        assert_eq!(row_source("a=b.json", &orgs), (None, file("a=b.json")));
    }

    #[test]
    fn an_address_may_be_a_port_and_localhost() {
        for (text, found) in [
            ("8000", Some("127.0.0.1:8000")),
            ("0", Some("127.0.0.1:0")),
            ("localhost:80", Some("127.0.0.1:80")),
            ("192.168.1.2:80", Some("192.168.1.2:80")),
            ("[::1]:80", Some("[::1]:80")),
            ("65536", None),
            ("127.0.0.1", None),
            ("localhost", None),
            ("example.com:80", None),
            ("", None),
        ] {
            assert_eq!(address(text).ok().map(|found| found.to_string()).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn a_seed_belongs_to_an_organisation_that_is_named() {
        let orgs = ["a".to_owned(), "b".to_owned()];
        for (seed, org, file) in [
            ("sample", None, None),
            ("rows.json", None, Some("rows.json")),
            ("a=sample", Some("a"), None),
            ("b=rows.json", Some("b"), Some("rows.json")),
            ("b=rows=1.json", Some("b"), Some("rows=1.json")),
            ("c=rows.json", None, Some("c=rows.json")),
            ("a", None, Some("a")),
        ] {
            let (named, source) = row_source(seed, &orgs);
            let found = match source {
                RowSource::Sample => None,
                RowSource::File(path) => Some(path),
            };
            assert_eq!((named, found), (org, file.map(PathBuf::from)), "{seed}");
        }
    }
}
