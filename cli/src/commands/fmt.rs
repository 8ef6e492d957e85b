//! `dvkit fmt`: queries for people, or as short as they get. No schema is looked for.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex, Origin};
use fetchxml::{FetchText, Style};
use odata_parser::{Options, RequestText, format, parse_filter_recovering, parse_request_recovering, url};

use crate::files::{QueryFile, entry, replace};
use crate::input::{Text, each_query};
use crate::output::{Color, Messages, Outcome, Screen};

/// Format queries: one clause a line, or as short as they get
///
/// QUERY is a filter, a request like `contacts?$select=…&$filter=…`, a whole URL, or FetchXML. Without one, or for `-`,
/// queries are read from standard input, one a line; FetchXML may have many. Names, values and the order of options,
/// elements and attributes stay as they are. Requests come out as URLs; a filter alone is not percent-encoded, and FetchXML
/// comes out as XML.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shortest query that means the same, on one line
    #[arg(long)]
    minify: bool,
    /// The quotes of FetchXML
    #[arg(long, value_enum, default_value_t)]
    quotes: Quotes,
    /// Close every element of FetchXML with a tag of its own
    #[arg(long)]
    explicit_close: bool,
    /// Leave the comments of FetchXML out, as `--minify` does
    #[arg(long)]
    no_comments: bool,
    /// Accept placeholders of templates as values: `{id}`, `${id}`, `@{…}`
    #[arg(long)]
    placeholders: bool,
    /// Format the queries of files, one a line
    #[arg(long = "file", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Name the lines of the files that are not minified, and print nothing else
    #[arg(long, requires = "files")]
    check: bool,
    /// Write the files anew; takes `--minify`, because a line holds one query
    #[arg(long, requires = "files", conflicts_with = "check")]
    write: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t)]
    color: Color,
    /// What to format
    #[arg(value_name = "QUERY")]
    queries: Vec<String>,
}

/// `--quotes`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Quotes {
    /// `"`
    #[default]
    Double,
    /// `'`
    Single,
}

impl Args {
    /// How FetchXML is laid out.
    fn style(&self) -> Style {
        let small = self.minify || self.check;
        let layout = if small { Style::minified() } else { Style::default() };
        let quotes = match self.quotes {
            Quotes::Double => fetchxml::Quotes::Double,
            Quotes::Single => fetchxml::Quotes::Single,
        };
        let comments = layout.comments && !self.no_comments;
        Style { quotes, explicit_close: self.explicit_close, comments, ..layout }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    if args.write && !args.minify {
        bail!(
            "`--write` takes `--minify`: the pretty form has several lines, and a line of a file holds one query"
        );
    }
    let mut screen = Screen::new(args.color, Messages::Stderr);
    let mut run = Run {
        screen: &mut screen,
        small: args.minify || args.check,
        style: args.style(),
        holes: args.placeholders,
        printed: false,
        outcome: Outcome::Clean,
    };
    for path in &args.files {
        run.file(path, args.check, args.write)?;
    }
    if args.files.is_empty() && args.queries.is_empty() {
        run.stdin()?;
    }
    for query in &args.queries {
        if query == "-" { run.stdin()? } else { run.one(Text::read(query), None)? }
    }
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

struct Run<'a> {
    screen: &'a mut Screen,
    small: bool,
    /// For FetchXML.
    style: Style,
    holes: bool,
    /// Is there something above what is printed next?
    printed: bool,
    outcome: Outcome,
}

impl Run<'_> {
    fn stdin(&mut self) -> Result<()> {
        each_query(
            self,
            |run| run.screen,
            |run, _, text| run.one(Text::read(text), None),
            |run, number, why| run.unusable(&format!("line {number}"), why),
        )
    }

    /// Prints one query.
    fn one(&mut self, text: Text<'_>, origin: Option<Origin<'_>>) -> Result<()> {
        let Some(formatted) = self.formatted(text, origin)? else { return Ok(()) };
        // Forms of several lines stand apart.
        if self.printed && !self.small {
            self.screen.blank()?;
        }
        self.printed = true;
        Ok(self.screen.result(&formatted)?)
    }

    /// The lines of a file: printed, compared, or written in their place.
    fn file(&mut self, path: &Path, check: bool, write: bool) -> Result<()> {
        let file = QueryFile::read(path)?;
        let name = path.display().to_string();
        let (mut bytes, mut done) = (Vec::new(), 0);
        for line in file.lines() {
            let at = format!("{name}:{}", line.number);
            let read = line.text.map_err(str::to_owned).and_then(|text| Ok((text, entry(text)?)));
            let (text, query) = match read {
                Ok((_, None)) => continue,
                Ok((text, Some(entry))) if entry.json.is_none() => (text, entry.query),
                Ok(_) => {
                    self.unusable(&at, "a line of JSON is left alone")?;
                    continue;
                }
                Err(why) => {
                    self.unusable(&at, &why)?;
                    continue;
                }
            };
            let origin = Some(Origin { path: &name, line: line.number });
            let given = Text::read(query.text());
            if !check && !write {
                self.one(given, origin)?;
                continue;
            }
            if matches!(given, Text::Fetch(text) if !text.starts_with('<')) {
                // What is around it would be lost.
                self.unusable(&at, "FetchXML that is encoded or within a URL is left alone")?;
                continue;
            }
            let Some(small) = self.formatted(given, origin)? else { continue };
            let small = query.replaced(text, &small).trim().to_owned();
            if small == text {
                continue;
            }
            if small.contains(['\n', '\r'])
                || std::mem::discriminant(&given) != std::mem::discriminant(&Text::read(&small))
            {
                self.unusable(&at, "what is left of it would be read as something else: it is left alone")?;
            } else if check {
                self.screen.line(format_args!("{at}: not minified"))?;
                self.outcome = self.outcome.max(Outcome::Findings);
            } else {
                bytes.extend_from_slice(file.bytes.get(done..line.start).unwrap_or_default());
                bytes.extend_from_slice(small.as_bytes());
                done = line.start + text.len();
            }
        }
        if done > 0 {
            bytes.extend_from_slice(file.bytes.get(done..).unwrap_or_default());
            replace(path, &bytes)?;
        }
        Ok(())
    }

    /// The query formatted; where it is neither OData nor FetchXML it is told why.
    fn formatted(&mut self, text: Text<'_>, origin: Option<Origin<'_>>) -> Result<Option<String>> {
        let options = Options { holes: self.holes, ..Options::default() };
        let formatted = match text {
            Text::Request(text) => request(text, &options, self.small),
            Text::Filter(text) => filter(text, &options, self.small),
            Text::Fetch(text) => fetch(text, self.holes, &self.style),
        };
        match formatted {
            Ok(formatted) => Ok(Some(formatted)),
            Err(diagnostics) => {
                let source = LineIndex::new(text.as_str());
                for diagnostic in &diagnostics {
                    self.screen.diagnostic(diagnostic, &source, origin)?;
                }
                self.outcome = self.outcome.max(Outcome::Findings);
                Ok(None)
            }
        }
    }

    fn unusable(&mut self, at: &str, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        Ok(self.screen.aside(format_args!("error: {at}: {why}"))?)
    }
}

fn request(text: &str, options: &Options, small: bool) -> Result<String, Vec<Diagnostic>> {
    let text = RequestText::new(text);
    let parsed = parse_request_recovering(&text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if small { format::minify(&parsed.request) } else { format::pretty(&parsed.request) })
}

fn fetch(text: &str, holes: bool, style: &Style) -> Result<String, Vec<Diagnostic>> {
    let text = FetchText::new(text);
    let parsed = fetchxml::parse_text(&text, &fetchxml::Options { holes, ..Default::default() });
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(fetchxml::print(&parsed.fetch, style))
}

/// A filter is read as it stands, and decoded only where it is no filter then.
fn filter(text: &str, options: &Options, small: bool) -> Result<String, Vec<Diagnostic>> {
    plain_filter(text, options, small).or_else(|diagnostics| {
        if !url::is_encoded(text) {
            return Err(diagnostics);
        }
        let decoded = url::decode(text);
        let back = |d: Diagnostic| d.map(|s| decoded.span(s), |r| url::encode(&r).into_owned());
        plain_filter(&decoded.text, options, small).map_err(|all| all.into_iter().map(back).collect())
    })
}

fn plain_filter(text: &str, options: &Options, small: bool) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse_filter_recovering(text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if small { format::minify_filter(&parsed.expr) } else { format::pretty_filter(&parsed.expr) })
}
