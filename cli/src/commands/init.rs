//! Implements `dvkit init`, which writes a first `dvkit.toml` and prints the next steps. An existing file is
//! not changed.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dvkit_ide::config::{self, FILE_NAME, Template};

use crate::output::{Outcome, Screen};

/// Write a first dvkit.toml that explains every setting, and print the next steps
///
/// An existing file is not changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the snapshot, relative to dvkit.toml
    #[arg(long, value_name = "DIR", default_value = "schema", conflicts_with = "org")]
    schema: String,
    /// The name of an organisation, with the snapshot `schema/NAME`; can be given several times
    #[arg(long, value_name = "NAME")]
    org: Vec<String>,
    /// The URL of the organisation, for `dvkit schema fetch`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Print the JSON schema of dvkit.toml instead, for editors
    #[arg(long, conflicts_with_all = ["schema", "org", "url"])]
    json_schema: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut screen = Screen::plain();
    if args.json_schema {
        screen.result(&serde_json::to_string_pretty(&config::json_schema())?)?;
        screen.flush()?;
        return Ok(Outcome::Clean);
    }
    if args.url.is_some() && args.org.len() > 1 {
        bail!("`--url` is the address of one organisation, and {} are named", args.org.len());
    }
    let template = Template { schema: &args.schema, orgs: &args.org, url: args.url.as_deref() };
    let path = Path::new(FILE_NAME);
    match dvkit_files::create_new(path, template.text().as_bytes()) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            bail!("there is a `{FILE_NAME}` here already, and it is left as it is")
        }
        Err(e) => return Err(e).with_context(|| format!("cannot write `{FILE_NAME}`")),
    }
    screen.line(format_args!("{FILE_NAME} written: every setting is explained in it"))?;
    screen.blank()?;
    for line in next_steps(args) {
        screen.line(format_args!("{line}"))?;
    }
    screen.flush()?;
    Ok(Outcome::Clean)
}

/// Returns the lines that tell the user how to create a snapshot, if there is none, and how to use it.
fn next_steps(args: &Args) -> Vec<String> {
    let (folder, org, import) = match args.org.first() {
        Some(name) => {
            (PathBuf::from(config::org_folder(name)), format!(" --org {name}"), format!("--org {name}"))
        }
        None => (PathBuf::from(&args.schema), String::new(), format!("-o {}", args.schema)),
    };
    let mut lines = vec!["Next:".to_owned()];
    if !dvkit_files::is_file(&folder.join("org.json")) {
        let url = if args.url.is_some() { "" } else { " --url https://contoso.crm4.dynamics.com" };
        lines.push(format!("  dvkit schema import metadata.xml {import}"));
        lines.push(
            "      brings the schema from a file: sign in to the organisation with a browser, and save"
                .to_owned(),
        );
        lines.push("      https://<organisation>/api/data/v9.2/$metadata as metadata.xml".to_owned());
        lines.push(format!("  dvkit schema fetch{org}{url} --client-id <application> --device-code"));
        lines.push("      brings it from the organisation itself, with choices, labels and sizes".to_owned());
    }
    lines.push(format!("  dvkit check{org} 'contacts?$select=fullname&$top=5'"));
    lines.push("      checks a query; commit the snapshot beside the code that uses it".to_owned());
    lines.push(format!("  dvkit check{org} ./"));
    lines.push(
        "      checks the queries in the files of this folder: programs, flows, views, documents".to_owned(),
    );
    lines.push("  dvkit lsp, dvkit mcp".to_owned());
    lines.push("      are for editors and agents, which start them in this folder".to_owned());
    lines
}
