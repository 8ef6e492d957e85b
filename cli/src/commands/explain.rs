//! Implements `dvkit explain`: shows how a name is spelled in OData, FetchXML and JSON, and what a diagnostic
//! code means. The explanations are those of the crate `dvkit-ide`.

use std::path::PathBuf;

use anyhow::Result;
use dvkit_ide::explain::{self, CodePage, Explanation, Page, is_code};
use dvkit_schema::Store;

use crate::output::{Color, Messages, Outcome, OutputFormat, Screen};
use crate::schema_args::{OpenedSchema, OrgArgs, SAMPLE_NOTICE};

/// Explain how to write a name or an operator in OData, FetchXML and JSON, or what a code means
///
/// NAME is a table (`contact`), a column (`contact.parentcustomerid`, `contact."Full Name"`), a navigation
/// property (`account.contact_customer_accounts`), an action or a function (`WhoAmI`, `account.new_Archive`), a
/// global choice (`new_region`), a query function (`LastXDays`), a condition operator of FetchXML
/// (`eq-userid`), or a code such as `DV0203`. Without a NAME, all codes are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The names to explain
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder of the snapshot to read
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    org: OrgArgs,
    /// The format of the output
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let mut screen = Screen::new(args.color, Messages::Stdout);
    if args.names.is_empty() {
        list_codes(&mut screen, args.format)?;
        screen.flush()?;
        return Ok(Outcome::Clean);
    }
    let mut schema = None;
    let mut worst = Outcome::Clean;
    for (n, name) in args.names.iter().enumerate() {
        if n > 0 && args.format == OutputFormat::Text {
            screen.blank()?;
        }
        if is_code(name) {
            worst = worst.max(explain_code(&mut screen, args.format, name)?);
            continue;
        }
        // Codes need no schema, so it is opened only when another name is found.
        let opened = match &schema {
            Some(opened) => opened,
            None => {
                let opened = OpenedSchema::open(args.schema.as_deref(), &args.org)?;
                if opened.is_sample() {
                    screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
                }
                schema.insert(opened)
            }
        };
        worst = worst.max(explain_name(&mut screen, args.format, opened.store()?, name)?);
    }
    screen.flush()?;
    Ok(worst)
}

fn explain_name(screen: &mut Screen, format: OutputFormat, store: &Store, name: &str) -> Result<Outcome> {
    match explain::explain(store, name)? {
        Explanation::Page(page) => {
            show(screen, format, &page)?;
            Ok(Outcome::Clean)
        }
        Explanation::Unknown(diagnostic) => {
            match format {
                OutputFormat::Json => screen.json(&diagnostic)?,
                OutputFormat::Text => {
                    screen.diagnostic(&diagnostic, &dvkit_diagnostic::LineIndex::new(name), None)?
                }
            }
            Ok(Outcome::Findings)
        }
    }
}

fn show(screen: &mut Screen, format: OutputFormat, page: &Page) -> Result<()> {
    match format {
        OutputFormat::Json => screen.json(page)?,
        OutputFormat::Text => {
            screen.heading(&page.name, format_args!("{}", page.subtitle()))?;
            for line in page.lines() {
                screen.line(format_args!("{line}"))?;
            }
        }
    }
    Ok(())
}

fn explain_code(screen: &mut Screen, format: OutputFormat, name: &str) -> Result<Outcome> {
    let Some(page) = CodePage::find(name) else {
        screen
            .notice(format_args!("error: there is no code `{name}`; `dvkit explain` lists all there are"))?;
        return Ok(Outcome::Findings);
    };
    if format == OutputFormat::Json {
        screen.json(&page)?;
        return Ok(Outcome::Clean);
    }
    screen.heading(&format_args!("{}: {}", page.code, page.title), format_args!("   ({})", page.kind))?;
    screen.blank()?;
    for line in page.lines() {
        screen.line(format_args!("{line}"))?;
    }
    Ok(Outcome::Clean)
}

/// Prints all codes, one per line.
fn list_codes(screen: &mut Screen, format: OutputFormat) -> Result<()> {
    let mut kind = "";
    for page in CodePage::all() {
        if format == OutputFormat::Json {
            screen.json(&page)?;
            continue;
        }
        if kind != page.kind {
            if !kind.is_empty() {
                screen.blank()?;
            }
            kind = page.kind;
            screen.heading(&kind, format_args!(""))?;
        }
        screen.line(format_args!("  {}  {}", page.code, page.title))?;
    }
    Ok(())
}
