//! Implements `dvkit unify check`.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use dvkit::by_name::Organisation;
use dvkit_diagnostic::{Diagnostic, Severity};
use dvkit_ide::config::Config;
use dvkit_query::lint;
use dvkit_unify::mapping::{CompileReport, CompileTarget, Mapping, Missing, RecordSource};
use serde::Serialize;

use super::organisations::NamedSnapshot;
use super::{MappingArgs, ReadMapping, print, read};
use crate::output::{Messages, Outcome, OutputFormat, ProgressBar, Screen, counted};
use crate::schema_args::SAMPLE_NOTICE;

/// Check a mapping against organisations
///
/// Every table, column, option and lookup that the mapping names has to exist and to fit. What is marked `optional`,
/// and what only the built-in mapping names, may be missing: it is listed.
///
/// Exit status: 0 if the mapping fits all organisations, 1 if it has errors, 2 if the command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: MappingArgs,
    /// Print the compiled mapping of one organisation as JSON, for programs that keep it
    #[arg(long)]
    compiled: bool,
    /// List what each organisation does not have
    #[arg(long)]
    missing: bool,
    /// The format of the output
    #[arg(long, value_enum, default_value = "text")]
    format: OutputFormat,
}

/// The result of one organisation, for programs.
#[derive(Serialize)]
struct JsonResult<'a> {
    org: Option<&'a str>,
    ok: bool,
    findings: &'a [Diagnostic],
    missing: &'a [Missing],
    resources: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let messages = if args.compiled { Messages::Stderr } else { Messages::Stdout };
    let mut screen = Screen::new(args.common.color, messages);
    let path = args.common.mapping.as_deref();
    let mapping = match read(path)? {
        ReadMapping::Mapping(mapping) => mapping,
        ReadMapping::Wrong(text, findings) => {
            match args.format {
                OutputFormat::Text => print(&mut screen, path, &text, &findings)?,
                OutputFormat::Json => screen.json(&JsonResult {
                    org: None,
                    ok: false,
                    findings: &findings,
                    missing: &[],
                    resources: Vec::new(),
                    error: None,
                })?,
            }
            screen.flush()?;
            return Ok(Outcome::Findings);
        }
    };
    let snapshots = args.common.organisations.find()?;
    if snapshots.iter().any(NamedSnapshot::is_fallback) {
        screen.notice(format_args!("{SAMPLE_NOTICE}"))?;
    }
    let mut reports = compile_all(&mapping, &snapshots, args.common.env.as_deref());
    let levels = Config::find(Path::new(""))?.lints;
    for report in reports.iter_mut().filter_map(|(_, report)| report.as_mut().ok()) {
        lint::set_severities(&mut report.findings, &levels);
    }
    if args.compiled {
        let [(_, report)] = reports.as_slice() else {
            anyhow::bail!("`--compiled` prints the mapping of one organisation: choose it with `--org`");
        };
        let report = report.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        print(&mut screen, path, mapping.text(), &report.findings)?;
        if report.is_ok() {
            screen.json(&report.mapping)?;
        }
        screen.flush()?;
        return Ok(Outcome::of(&report.findings));
    }
    let known = args.common.organisations.names(&snapshots)?;
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut unknown = match known.is_empty() {
        true => Vec::new(),
        false => mapping.unknown_organisations(&known),
    };
    lint::set_severities(&mut unknown, &levels);
    let mut outcome = Outcome::of(&unknown);
    if !unknown.is_empty() {
        match args.format {
            OutputFormat::Text => print(&mut screen, path, mapping.text(), &unknown)?,
            OutputFormat::Json => screen.json(&JsonResult {
                org: None,
                ok: outcome == Outcome::Clean,
                findings: &unknown,
                missing: &[],
                resources: Vec::new(),
                error: None,
            })?,
        }
    }
    let mut wrong = 0;
    for (snapshot, report) in &reports {
        let own = show(&mut screen, args, path, &mapping, snapshot, report)?;
        wrong += usize::from(own != Outcome::Clean);
        outcome = outcome.max(own);
    }
    if let (OutputFormat::Text, true) = (args.format, reports.len() > 1) {
        let organisations = counted(reports.len(), "organisation");
        let fitting = reports.len() - wrong;
        screen.line(format_args!("{organisations}: the mapping fits {fitting}, and {wrong} need changes"))?;
    }
    screen.flush()?;
    Ok(outcome)
}

/// The layout of the progress bar.
const PROGRESS: &str = "{bar:30} {pos}/{len} organisations";

type Compiled<'s> = (&'s NamedSnapshot, Result<CompileReport>);

/// Compiles a mapping for each snapshot, on all processors. Only the tables that the mapping names are read.
fn compile_all<'s>(
    mapping: &Mapping,
    snapshots: &'s [NamedSnapshot],
    env: Option<&str>,
) -> Vec<Compiled<'s>> {
    let progress = ProgressBar::counting(PROGRESS, u64::try_from(snapshots.len()).unwrap_or(u64::MAX));
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<CompileReport>>>> =
        Mutex::new(snapshots.iter().map(|_| None).collect());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(snapshots.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(snapshot) = snapshots.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = snapshots.iter().position(|other| std::ptr::eq(other, snapshot));
                    let report = compile(mapping, snapshot, env);
                    let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if let Some(slot) = at.and_then(|at| results.get_mut(at)) {
                        *slot = Some(report);
                    }
                    progress.advance(1);
                }
            });
        }
    });
    progress.clear();
    let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    snapshots.iter().zip(results).filter_map(|(snapshot, report)| Some((snapshot, report?))).collect()
}

fn compile(mapping: &Mapping, snapshot: &NamedSnapshot, env: Option<&str>) -> Result<CompileReport> {
    let organisation = Organisation::new(snapshot.open()?);
    let name = snapshot.name.as_deref();
    Ok(mapping.compile(CompileTarget { organisation: &organisation, name, environment: env }))
}

/// Prints the result of one organisation.
fn show(
    screen: &mut Screen,
    args: &Args,
    path: Option<&Path>,
    mapping: &Mapping,
    snapshot: &NamedSnapshot,
    report: &Result<CompileReport>,
) -> Result<Outcome> {
    let name = snapshot.name.as_deref();
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            match args.format {
                OutputFormat::Text => {
                    let name = name.unwrap_or("the organisation");
                    screen.message(format_args!("error: {name}: {error:#}"))?;
                }
                OutputFormat::Json => screen.json(&JsonResult {
                    org: name,
                    ok: false,
                    findings: &[],
                    missing: &[],
                    resources: Vec::new(),
                    error: Some(format!("{error:#}")),
                })?,
            }
            return Ok(Outcome::Failed);
        }
    };
    match args.format {
        OutputFormat::Json => screen.json(&JsonResult {
            org: name,
            ok: report.is_ok(),
            findings: &report.findings,
            missing: &report.mapping.missing,
            resources: report.mapping.resources.iter().map(|resource| resource.name.as_str()).collect(),
            error: None,
        })?,
        OutputFormat::Text => {
            print(screen, path, mapping.text(), &report.findings)?;
            screen.line(format_args!("{}", summary(name, report)))?;
            if args.missing {
                for missing in &report.mapping.missing {
                    let field = missing.field.as_ref().map_or_else(String::new, |field| format!(".{field}"));
                    screen.line(format_args!("  {}{field}: {}", missing.resource, missing.reason))?;
                }
            }
        }
    }
    Ok(Outcome::of(&report.findings))
}

/// Returns the line that says what an organisation has.
fn summary(name: Option<&str>, report: &CompileReport) -> String {
    let mapping = &report.mapping;
    let fields: usize = mapping
        .resources
        .iter()
        .map(|resource| match &resource.records {
            RecordSource::Tables(tables) => {
                tables.iter().map(|table| table.fields.len() + table.custom.len()).sum()
            }
            RecordSource::Fixed(_) => 0,
        })
        .sum();
    let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let mut parts = vec![counted(mapping.resources.len(), "resource"), counted(fields, "field")];
    if !mapping.missing.is_empty() {
        parts.push(format!("{} missing", mapping.missing.len()));
    }
    for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        if count(severity) > 0 {
            parts.push(counted(count(severity), word));
        }
    }
    format!("{}: {}", name.unwrap_or("the organisation"), parts.join(", "))
}
