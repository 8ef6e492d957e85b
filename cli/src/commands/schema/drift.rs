//! Reports the changes between two states of an organisation, and the queries that break because of them.
//! `schema diff` and `schema fetch --check` use it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use dvkit_diagnostic::printable::markdown::{self, Context};
use dvkit_diagnostic::{Diagnostic, LineIndex};
use dvkit_ide::config::Config;
use dvkit_ide::document::{Document, QueryItem};
use dvkit_ide::{Diagnosis, Schemas, Settings, Workspace};
use dvkit_schema::diff::{self, Diff, Impact};
use dvkit_schema::{Schema, Store};
use serde::Serialize;

use crate::inputs::inputs;
use crate::output::{Color, Messages, Outcome, Screen};

/// The options that select how differences are reported, and which of them change the exit status.
#[derive(Debug, clap::Args)]
#[group(id = "drift")]
pub(crate) struct Args {
    /// Files of queries, folders or patterns, to report the queries that break
    #[arg(long, value_name = "FILE", num_args = 1..)]
    queries: Vec<PathBuf>,
    /// Accept placeholders of templates as values in the queries: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// Judge changes by their impact on readers of rows, or on writers of rows
    #[arg(long = "for", value_enum, value_name = "WHOM")]
    audience: Option<Audience>,
    /// The changes for which the exit status is 1
    #[arg(long, value_enum, value_name = "CLASS")]
    fail_on: Option<FailOn>,
    /// Show breaking and risky changes only
    #[arg(long)]
    short: bool,
    /// The format of the output
    #[arg(long, value_enum)]
    format: Option<DiffFormat>,
}

#[cfg(feature = "fetch")]
impl Args {
    /// Returns the name of the first flag of this group that was given; `None` if none was.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--queries", !self.queries.is_empty()),
            ("--placeholders", self.placeholders),
            ("--for", self.audience.is_some()),
            ("--fail-on", self.fail_on.is_some()),
            ("--short", self.short),
            ("--format", self.format.is_some()),
        ];
        flags.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Audience {
    /// Both readers and writers; the worse of the two impacts applies
    Both,
    /// Queries, reports, and types that rows are read into
    Readers,
    /// Programs and people that create or change rows
    Writers,
}

/// `--fail-on`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A request that worked is refused, or means something else
    Breaking,
    /// Also changes that may have unexpected effects
    Risky,
    /// Every change
    Any,
    /// No changes, but still queries that break
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
    /// Markdown for a pull request
    Markdown,
}

/// A query that was right against the earlier schema and has errors against the later one.
#[derive(Serialize)]
struct Broken {
    file: String,
    line: usize,
    query: String,
    diagnostics: Vec<Diagnostic>,
    #[serde(skip)]
    shown: String,
}

/// The results of checking the queries against the earlier and the later schema.
#[derive(Default, Serialize)]
struct Queries {
    checked: usize,
    broken: Vec<Broken>,
    /// The number of queries that already had errors against the earlier schema, or could not be read.
    wrong_before: usize,
}

#[derive(Serialize)]
struct DriftReport<'a> {
    changes: &'a Diff,
    #[serde(skip_serializing_if = "Option::is_none")]
    queries: Option<&'a Queries>,
}

/// Reports the changes from `before` to `after`, and returns the outcome for the exit status. `fail_on` is
/// the default of `--fail-on`.
pub(crate) fn tell(args: &Args, before: Schema, after: Schema, fail_on: FailOn) -> Result<Outcome> {
    let audience = match args.audience {
        Some(Audience::Both) | None => diff::Audience::Both,
        Some(Audience::Readers) => diff::Audience::Readers,
        Some(Audience::Writers) => diff::Audience::Writers,
    };
    let diff = Diff::between(&before, &after).for_audience(audience);
    let queries = if args.queries.is_empty() { None } else { Some(queries(args, before, after)?) };
    let mut screen = Screen::new(Color::Auto, Messages::Stdout);
    match args.format.unwrap_or(DiffFormat::Text) {
        DiffFormat::Json => screen.json(&DriftReport { changes: &diff, queries: queries.as_ref() })?,
        DiffFormat::Text => {
            let least = if args.short { Impact::Risky } else { Impact::Harmless };
            screen.lines(&diff.text(least))?;
            if let Some(queries) = &queries {
                text(&mut screen, queries)?;
            }
        }
        DiffFormat::Markdown => {
            screen.lines(&diff.markdown())?;
            if let Some(queries) = &queries {
                screen.lines(&page(queries))?;
            }
        }
    }
    screen.flush()?;
    let least = match args.fail_on.unwrap_or(fail_on) {
        FailOn::Breaking => Some(Impact::Breaking),
        FailOn::Risky => Some(Impact::Risky),
        FailOn::Any => Some(Impact::Harmless),
        FailOn::Never => None,
    };
    let changed = least.is_some_and(|least| diff.worst() >= Some(least));
    let broken = queries.is_some_and(|q| !q.broken.is_empty());
    Ok(if changed || broken { Outcome::Findings } else { Outcome::Clean })
}

/// Checks every query against the earlier and the later schema. Returns an error if `dvkit.toml`, a file of
/// queries or a schema cannot be read.
fn queries(args: &Args, before: Schema, after: Schema) -> Result<Queries> {
    let config = Config::find(Path::new(""))?;
    let settings = Settings {
        table: None,
        placeholders: args.placeholders,
        targets: config.targets,
        levels: config.lints,
    };
    let workspace = |schema| Workspace::new(Schemas::of(Store::from_schema(schema)), settings.clone());
    let (before, after) = (workspace(before), workspace(after));
    let mut found = Queries::default();
    for path in inputs(&args.queries, &[])?.files() {
        let file = Document::read(path)?;
        for item in file.items() {
            let Ok(query) = &item.entry else {
                found.wrong_before += 1;
                continue;
            };
            found.checked += 1;
            if !errors(&before, &item)?.is_empty() {
                found.wrong_before += 1;
                continue;
            }
            let diagnostics = errors(&after, &item)?;
            if !diagnostics.is_empty() {
                found.broken.push(Broken {
                    file: path.display().to_string(),
                    line: item.line,
                    query: query.text().as_str().to_owned(),
                    diagnostics,
                    shown: item.lines.to_owned(),
                });
            }
        }
    }
    Ok(found)
}

/// Returns the errors of a query, with spans into its lines. A query whose table cannot be determined has the
/// same error against both schemas.
fn errors(workspace: &Workspace, item: &QueryItem<'_>) -> Result<Vec<Diagnostic>> {
    let unusable = |why: &str| {
        vec![Diagnostic::error(dvkit_diagnostic::code::EMPTY, dvkit_diagnostic::Span::at(0), why)]
    };
    Ok(match workspace.diagnose_item(item)? {
        Diagnosis::Findings(findings) => findings.located.into_iter().filter(Diagnostic::is_error).collect(),
        Diagnosis::Unusable(why) => unusable(&why),
        Diagnosis::NoTable => unusable("no table"),
    })
}

fn text(screen: &mut Screen, queries: &Queries) -> Result<()> {
    for broken in &queries.broken {
        screen.blank()?;
        screen.line(format_args!("{}:{}: breaks", broken.file, broken.line))?;
        let shown = LineIndex::new(&broken.shown);
        for diagnostic in &broken.diagnostics {
            screen.diagnostic(diagnostic, &shown, None)?;
        }
    }
    Ok(screen.line(format_args!("{}", summary(queries)))?)
}

fn summary(queries: &Queries) -> String {
    let wrong = match queries.wrong_before {
        0 => String::new(),
        n => format!("; {n} wrong before already"),
    };
    let all =
        if queries.checked == 1 { "1 query".to_owned() } else { format!("{} queries", queries.checked) };
    match queries.broken.len() {
        0 => format!("none of {all} breaks{wrong}"),
        1 => format!("1 of {all} breaks{wrong}"),
        n => format!("{n} of {all} break{wrong}"),
    }
}

fn page(queries: &Queries) -> String {
    let mut out = format!("\n**Queries: {}**\n", summary(queries));
    // A file has several queries, and a query may have several errors: one entry per query.
    let mut by_place: BTreeMap<(&str, usize), &Broken> = BTreeMap::new();
    for broken in &queries.broken {
        by_place.insert((&broken.file, broken.line), broken);
    }
    for ((file, line), broken) in by_place {
        // Writing to a string cannot fail.
        let place = markdown::code_span(&format!("{file}:{line}"), Context::Paragraph);
        let _ = write!(out, "\n- {place}\n\n{}", markdown::code_block(&broken.query, "  "));
        for diagnostic in &broken.diagnostics {
            let message = markdown::inline_text(&diagnostic.message, Context::Paragraph);
            let _ = writeln!(out, "\n  {}: {message}", diagnostic.code);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(file: &str, line: usize, query: &str, messages: &[&str]) -> Broken {
        let at = dvkit_diagnostic::Span::at(0);
        let diagnostics =
            messages.iter().map(|m| Diagnostic::error(dvkit_diagnostic::code::EMPTY, at, *m)).collect();
        Broken { file: file.into(), line, query: query.into(), diagnostics, shown: query.into() }
    }

    #[test]
    fn the_summary_of_queries_counts_those_that_break_and_those_that_were_wrong() {
        for (checked, breaking, wrong_before, told) in [
            (0, 0, 0, "none of 0 queries breaks"),
            (1, 0, 0, "none of 1 query breaks"),
            (2, 0, 1, "none of 2 queries breaks; 1 wrong before already"),
            (1, 1, 0, "1 of 1 query breaks"),
            (3, 1, 2, "1 of 3 queries breaks; 2 wrong before already"),
            (3, 2, 0, "2 of 3 queries break"),
            (9, 3, 4, "3 of 9 queries break; 4 wrong before already"),
        ] {
            let broken = (0..breaking).map(|n| broken("a", n, "x", &[])).collect();
            assert_eq!(summary(&Queries { checked, broken, wrong_before }), told);
        }
    }

    #[test]
    fn a_page_has_an_entry_for_each_query_that_breaks() {
        let queries = Queries {
            checked: 3,
            broken: vec![broken("b.odata", 2, "b?x", &["m1", "m2"]), broken("a.odata", 10, "a?x", &["*m*"])],
            wrong_before: 0,
        };
        let entry = |query: &str, place: &str, messages: &str| {
            format!("\n- `{place}`\n\n  ```\n  {query}\n  ```\n{messages}")
        };
        let expected = "\n**Queries: 2 of 3 queries break**\n".to_owned()
            + &entry("a?x", "a.odata:10", "\n  DV0008: `*m*`\n")
            + &entry("b?x", "b.odata:2", "\n  DV0008: m1\n\n  DV0008: m2\n");
        assert_eq!(page(&queries), expected);
    }

    #[cfg(feature = "fetch")]
    #[test]
    fn the_first_flag_about_differences_that_is_given_is_named() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        for (flags, named) in [
            (&[][..], None),
            (&["--queries=a"], Some("--queries")),
            (&["--placeholders"], Some("--placeholders")),
            (&["--for=readers"], Some("--for")),
            (&["--fail-on=any"], Some("--fail-on")),
            (&["--short"], Some("--short")),
            (&["--format=json"], Some("--format")),
            (&["--format=json", "--short"], Some("--short")),
        ] {
            let all = ["x"].iter().chain(flags);
            let args = <Command as clap::Parser>::try_parse_from(all).unwrap().args;
            assert_eq!(args.given(), named, "{flags:?}");
        }
    }
}
