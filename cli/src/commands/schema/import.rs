//! Implements `dvkit schema import`, which reads metadata files into a snapshot. The crate `schema-fetch`
//! does the work; this file shows the progress and the summary.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use dvkit_ide::config::Config;
use dvkit_schema::MergeReport;
use dvkit_schema_fetch::{ImportProgress, ImportSummary, SourceSummary, import_into};

use crate::interrupt;
use crate::output::{self, Outcome, Screen, counted};

/// The maximum number of contradictions that are listed. Files of two different organisations have thousands.
const SHOWN: usize = 10;

/// Read metadata files into a snapshot
///
/// Reads `$metadata` (CSDL), the Web API's metadata JSON (`RetrieveMetadataChanges`, `EntityDefinitions`,
/// `GlobalOptionSetDefinitions`), `EntityMetadata` as the .NET SDK serialises it (DataContract XML), and
/// solutions: a zip, `customizations.xml`, or a folder with unpacked solutions. The facts of several files
/// are merged. If they contradict each other, the earlier file applies; solutions apply last, because a
/// solution has only a part of each table. An existing snapshot is extended.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files, the most reliable first, and folders of unpacked solutions
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder of the snapshot
    #[arg(short, long, value_name = "DIR", default_value = "schema")]
    output: PathBuf,
    /// The organisation of the files, by its name in `[orgs]` of `dvkit.toml`, which has the folder of its
    /// snapshot
    #[arg(long, value_name = "NAME", conflicts_with = "output")]
    org: Option<String>,
    /// Print errors only
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let output = match &args.org {
        Some(org) => {
            let configured = Config::find(Path::new(""))?.output(Some(org))?;
            configured.unwrap_or_else(|| args.output.clone())
        }
        None => args.output.clone(),
    };
    interrupt::watch()?;
    let started = Instant::now();
    let summary = if args.quiet {
        import_into(&output, &args.files, &mut ())?
    } else {
        let mut bar = ImportBar::new();
        let summary = import_into(&output, &args.files, &mut bar);
        bar.0.clear();
        summary?
    };
    if !args.quiet {
        let mut screen = Screen::plain();
        report(&mut screen, &output, &summary, started.elapsed())?;
        screen.flush()?;
    }
    Ok(Outcome::Clean)
}

/// A progress bar on standard error, which appears only on a terminal.
struct ImportBar(output::ProgressBar);

impl ImportBar {
    fn new() -> Self {
        Self(output::ProgressBar::new("{spinner} {bar:24} {pos} of {len} files   {wide_msg}"))
    }
}

impl ImportProgress for ImportBar {
    fn found(&mut self, sources: usize) {
        self.0.set_length(sources as u64);
    }

    fn start(&mut self, file: &Path, bytes: u64) {
        self.0.say(format_args!("{} ({})", file.display(), size(bytes)));
    }

    fn done(&mut self, _: &SourceSummary) {
        self.0.advance(1);
    }
}

fn report(screen: &mut Screen, dir: &Path, summary: &ImportSummary, took: Duration) -> io::Result<()> {
    for source in &summary.sources {
        screen.line(format_args!(
            "{}: {}, {}: {}, {}, {}, {}{}",
            source.path.display(),
            source.kind,
            size(source.bytes),
            counted(source.tables, "table"),
            counted(source.columns, "column"),
            counted(source.relationships, "relationship"),
            counted(source.choices, "global choice"),
            operations(source.operations),
        ))?;
        for skipped in &source.skipped {
            screen.line(format_args!("  not taken: {skipped}"))?;
        }
        contradictions(screen, "the files before it", &source.merge)?;
    }
    contradictions(screen, "the snapshot that was there", &summary.merge)?;
    let written = &summary.written;
    let done = if written.unchanged { "had all of this already" } else { "written" };
    screen.line(format_args!(
        "{} {done}: {}, {}{}, {} in {}, {:.1} s",
        dir.display(),
        counted(written.tables, "table"),
        counted(written.choices, "global choice"),
        operations(written.operations),
        size(written.bytes),
        counted(written.files, "file"),
        took.as_secs_f64(),
    ))
}

/// Formats `count`, a number of operations, for the end of a list: `, 17 operations`. The text is empty for
/// 0.
fn operations(count: usize) -> String {
    if count == 0 { String::new() } else { format!(", {}", counted(count, "operation")) }
}

fn contradictions(screen: &mut Screen, with: &str, merge: &MergeReport) -> io::Result<()> {
    let all = &merge.contradictions;
    if all.is_empty() {
        return Ok(());
    }
    screen.line(format_args!("  {} with {with}:", counted(all.len(), "contradiction")))?;
    for one in all.iter().take(SHOWN) {
        screen.line(format_args!("    {one}"))?;
    }
    if all.len() > SHOWN {
        screen.line(format_args!("    … {} more", all.len() - SHOWN))?;
    }
    Ok(())
}

/// Formats a number of bytes: `812 bytes`, `1.2 MB`.
fn size(bytes: u64) -> String {
    // The loss of precision is irrelevant with one decimal.
    #[allow(clippy::cast_precision_loss)]
    let n = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.0} kB", n / 1e3),
        _ => format!("{:.1} MB", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_tells_which_file_is_read() {
        let mut bar = ImportBar::new();
        bar.found(2);
        bar.start(Path::new("a\u{1b}.xml"), 1_500_000);
        let shown = |bar: &ImportBar| (bar.0.position(), bar.0.length(), bar.0.message());
        assert_eq!(shown(&bar), (0, Some(2), "a\\u{1b}.xml (1.5 MB)".to_owned()));
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [812, 4_096, 1_206_214].map(super::size),
            ["812 bytes", "4 kB", "1.2 MB"].map(str::to_owned)
        );
    }

    #[test]
    fn sizes_change_their_unit_at_a_thousand_and_a_million() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_600, "2 kB"),
            (999_000, "999 kB"),
            (1_000_000, "1.0 MB"),
            (12_340_000, "12.3 MB"),
        ] {
            assert_eq!(super::size(bytes), shown, "{bytes}");
        }
    }

    #[test]
    fn operations_end_a_list_if_there_are_any() {
        for (count, shown) in [(0, ""), (1, ", 1 operation"), (2, ", 2 operations")] {
            assert_eq!(super::operations(count), shown, "{count}");
        }
    }
}
