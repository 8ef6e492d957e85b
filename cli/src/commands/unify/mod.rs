//! Implements `dvkit unify`, which checks mappings of the CRM model against organisations, and proposes what an
//! organisation needs.

mod check;
mod model;
mod organisations;
mod suggest;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use dvkit::by_name::Organisation;
use dvkit_diagnostic::{Diagnostic, LineIndex};
use dvkit_files::LinkPolicy;
use dvkit_unify::Mapping;
use dvkit_unify::mapping::{CompileReport, CompileTarget, MAX_MAPPING};

use crate::output::{Color, Outcome, Screen};
use organisations::OrganisationArgs;

/// Check mappings of one CRM model onto differently customised organisations
///
/// A mapping is a TOML file that says which tables and columns the accounts, contacts, leads, opportunities, tasks,
/// notes, engagements and users of an organisation are. What it does not say is taken from the built-in mapping of
/// the standard tables.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    Suggest(suggest::Args),
    /// Print the built-in mapping of the standard tables
    Standard,
    Model(model::Args),
}

pub(crate) fn run(command: &Command) -> Result<Outcome> {
    match command {
        Command::Check(args) => check::run(args),
        Command::Suggest(args) => suggest::run(args),
        Command::Standard => {
            let mut screen = Screen::plain();
            screen.result(Mapping::standard_text().trim_end())?;
            screen.flush()?;
            Ok(Outcome::Clean)
        }
        Command::Model(args) => model::run(args),
    }
}

/// The arguments that select a mapping and organisations.
#[derive(Debug, clap::Args)]
struct MappingArgs {
    /// The mapping; without one the built-in mapping of the standard tables is taken
    #[arg(value_name = "FILE")]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    organisations: OrganisationArgs,
    /// The environment whose overrides apply
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
}

/// A mapping that was compiled against one organisation.
struct CompiledOne {
    mapping: Mapping,
    organisation: Organisation,
    /// The name of the organisation; `None` if it has none.
    name: Option<String>,
    report: CompileReport,
}

impl MappingArgs {
    /// Compiles the mapping against the one organisation that the options select. Returns `None` if the text is not
    /// a mapping, after its findings were printed. `several` is the error if not one organisation is selected.
    fn compile_one(&self, screen: &mut Screen, several: &'static str) -> Result<Option<CompiledOne>> {
        let path = self.mapping.as_deref();
        let mapping = match read(path)? {
            ReadMapping::Mapping(mapping) => mapping,
            ReadMapping::Wrong(text, findings) => {
                print(screen, path, &text, &findings)?;
                screen.flush()?;
                return Ok(None);
            }
        };
        let snapshots = self.organisations.find()?;
        let [snapshot] = snapshots.as_slice() else { bail!(several) };
        let organisation = Organisation::new(snapshot.open()?);
        let target = CompileTarget {
            organisation: &organisation,
            name: snapshot.name.as_deref(),
            environment: self.env.as_deref(),
        };
        let report = mapping.compile(target);
        Ok(Some(CompiledOne { name: snapshot.name.clone(), mapping, organisation, report }))
    }
}

/// A mapping that was read, or what is wrong with its text.
enum ReadMapping {
    Mapping(Mapping),
    Wrong(String, Vec<Diagnostic>),
}

/// Reads a mapping; `None` is the built-in one.
fn read(path: Option<&Path>) -> Result<ReadMapping> {
    let Some(path) = path else { return Ok(ReadMapping::Mapping(Mapping::standard())) };
    let limit = u64::try_from(MAX_MAPPING).unwrap_or(u64::MAX);
    let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, limit)
        .with_context(|| format!("the mapping {} cannot be read", path.display()))?;
    Ok(match Mapping::parse(&text) {
        Ok(mapping) => ReadMapping::Mapping(mapping),
        Err(findings) => ReadMapping::Wrong(text, findings),
    })
}

/// Prints the findings of a mapping with their places.
fn print(screen: &mut Screen, path: Option<&Path>, text: &str, findings: &[Diagnostic]) -> Result<()> {
    let index = LineIndex::new(text);
    let shown = path.map(|path| path.display().to_string());
    for finding in findings {
        screen.diagnostic(finding, &index, shown.as_deref().map(Into::into))?;
    }
    Ok(())
}
