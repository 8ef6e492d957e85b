//! `dvkit fmt`: queries for people, or as short as they get. No schema is looked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ValueEnum;
use dvkit_diagnostic::{Diagnostic, LineIndex};
use fetchxml::{FetchText, PrintStyle};
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use crate::files::{Entry, Input, Item, NOT_READ_BACK, QueryFile, inputs, names::HELP};
use crate::input::Text;
use crate::output::{Color, Messages, Outcome, Screen};
use crate::report::Place;

/// Format queries: one clause a line, or as short as they get
///
/// QUERY is a filter, a request like `contacts?$select=…&$filter=…`, a whole URL, FetchXML, or the name of files of them,
/// as told at the end. Without one, or for `-`, queries are read from standard input. Names, values and the order of
/// options, elements and attributes stay as they are. Requests come out as URLs; a filter alone is not percent-encoded, and
/// FetchXML comes out as XML.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
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
    /// Files of queries, by any name: also folders and patterns
    #[arg(long = "queries", visible_alias = "file", value_name = "FILE", num_args = 1.., conflicts_with = "queries")]
    files: Vec<PathBuf>,
    /// Name the queries of the files that are not minified, and print nothing else
    #[arg(long)]
    check: bool,
    /// Write the queries anew in their files, and leave everything around them as it is
    #[arg(long, conflicts_with = "check")]
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
    fn style(&self) -> PrintStyle {
        let small = self.minify || self.check;
        let layout = if small { PrintStyle::minified() } else { PrintStyle::default() };
        let quotes = match self.quotes {
            Quotes::Double => fetchxml::Quotes::Double,
            Quotes::Single => fetchxml::Quotes::Single,
        };
        let comments = layout.comments && !self.no_comments;
        PrintStyle { quotes, explicit_close: self.explicit_close, comments, ..layout }
    }
}

pub(crate) fn run(args: &Args) -> Result<Outcome> {
    let inputs = inputs(&args.files, &args.queries)?;
    if (args.write || args.check) && !inputs.only_files() {
        bail!("`--write` and `--check` take files: `--queries a.odata`");
    }
    let mut screen = Screen::new(args.color, Messages::Stderr);
    inputs.tell(&mut screen)?;
    let mut run = Run {
        screen: &mut screen,
        small: args.minify || args.check,
        style: args.style(),
        holes: args.placeholders,
        printed: false,
        outcome: Outcome::Clean,
    };
    if args.write || args.check {
        for input in &inputs.all {
            if let Input::File(path) = input {
                run.file(path, args.write)?;
            }
        }
    } else {
        inputs.each(&mut run, |run| run.screen, |run, place, item| run.one(place, item))?;
    }
    let outcome = run.outcome;
    screen.flush()?;
    Ok(outcome)
}

struct Run<'a> {
    screen: &'a mut Screen,
    small: bool,
    /// For FetchXML.
    style: PrintStyle,
    holes: bool,
    /// Is there something above what is printed next?
    printed: bool,
    outcome: Outcome,
}

impl Run<'_> {
    /// Prints one query.
    fn one(&mut self, place: &Place, item: &Item<'_>) -> Result<()> {
        let entry = match &item.entry {
            Ok(entry) => entry,
            Err(why) => return self.unusable(place, why),
        };
        let Some(formatted) = self.formatted(place, item, entry)? else { return Ok(()) };
        // Forms of several lines stand apart.
        if self.printed && !self.small {
            self.screen.blank()?;
        }
        self.printed = true;
        Ok(self.screen.result(&formatted)?)
    }

    /// The queries of a file: written in their place, or compared.
    fn file(&mut self, path: &Path, write: bool) -> Result<()> {
        let file = QueryFile::read(path)?;
        let mut changes = BTreeMap::new();
        for (n, item) in file.items().enumerate() {
            let place = item.place(path);
            let entry = match &item.entry {
                Ok(entry) => entry,
                Err(why) => {
                    self.unusable(&place, why)?;
                    continue;
                }
            };
            match self.anew(&place, &item, entry, file.line_end())? {
                Some(_) if !write => {
                    let at = place.name().unwrap_or_default();
                    self.screen.line(format_args!("{at}: not minified"))?;
                    self.outcome = self.outcome.max(Outcome::Findings);
                }
                Some(change) if file.fits(n, &change) => {
                    changes.insert(n, change);
                }
                Some(_) => self.unusable(&place, &format!("it is left alone: {NOT_READ_BACK}"))?,
                None => {}
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        match file.rewritten(&changes) {
            Ok(new) => new.write(&file),
            Err(why) => self.unusable(
                &Place::Given(Some(path.display().to_string())),
                &format!("nothing is written: {why}"),
            ),
        }
    }

    /// What is to stand in the place of a query; none where it is what stands there, or has to be left alone, which is
    /// told.
    fn anew(
        &mut self,
        place: &Place,
        item: &Item<'_>,
        entry: &Entry<'_>,
        line_end: &str,
    ) -> Result<Option<String>> {
        let left_alone = |run: &mut Self, why: &str| run.unusable(place, why).map(|()| None);
        if entry.json.is_some() {
            return left_alone(self, "an object of JSON is left alone");
        }
        let given = entry.text();
        if matches!(given, Text::Fetch(text) if !text.starts_with('<')) {
            // What is around it would be lost.
            return left_alone(self, "FetchXML that is encoded or within a URL is left alone");
        }
        let Some(formatted) = self.formatted(place, item, entry)? else { return Ok(None) };
        // Further lines are indented as the first one is, and end as the lines of the file do.
        let first = item.lines.get(..item.range.start).unwrap_or_default();
        let indent = first.get(..first.len() - first.trim_start().len()).unwrap_or_default();
        let formatted = formatted.replace('\n', &format!("{line_end}{indent}"));
        if formatted == item.written() {
            return Ok(None);
        }
        if let Some(doubt) = item.doubt {
            return left_alone(self, &format!("it is left alone: {doubt}"));
        }
        let again = Text::read(&formatted);
        let same = std::mem::discriminant(&given) == std::mem::discriminant(&again)
            && self.smallest(given).is_some_and(|small| self.smallest(again) == Some(small));
        if same {
            Ok(Some(formatted))
        } else {
            left_alone(self, "what is left of it would be read as something else: it is left alone")
        }
    }

    /// The query formatted; where it is neither OData nor FetchXML it is told why.
    fn formatted(&mut self, place: &Place, item: &Item<'_>, entry: &Entry<'_>) -> Result<Option<String>> {
        let holes = entry.question().and_then(|q| q.placeholders).unwrap_or(self.holes);
        match format(entry.text(), holes, self.small, &self.style) {
            Ok(formatted) => Ok(Some(formatted)),
            Err(diagnostics) => {
                let source = LineIndex::new(item.lines);
                for diagnostic in diagnostics {
                    let located = entry.query.locate(diagnostic);
                    self.screen.diagnostic(&located, &source, place.origin())?;
                }
                self.outcome = self.outcome.max(Outcome::Findings);
                Ok(None)
            }
        }
    }

    /// The shortest form, which two texts share only where they are one query; none where it is not right.
    fn smallest(&self, text: Text<'_>) -> Option<String> {
        // Comments are no part of what it asks.
        format(text, self.holes, true, &PrintStyle::minified()).ok()
    }

    fn unusable(&mut self, place: &Place, why: &str) -> Result<()> {
        self.outcome = self.outcome.max(Outcome::Findings);
        let name = place.name().map_or_else(String::new, |name| format!("{name}: "));
        Ok(self.screen.aside(format_args!("error: {name}{why}"))?)
    }
}

/// A query in this style, or what is wrong with it.
fn format(text: Text<'_>, holes: bool, small: bool, style: &PrintStyle) -> Result<String, Vec<Diagnostic>> {
    let options = ParseOptions { placeholders: holes, ..ParseOptions::default() };
    match text {
        Text::Request(text) => request(text, &options, small),
        Text::Filter(text) => filter(text, &options, small),
        Text::Fetch(text) => fetch(text, holes, style),
    }
}

fn request(text: &str, options: &ParseOptions, small: bool) -> Result<String, Vec<Diagnostic>> {
    let text = RequestText::new(text);
    let parsed = parse_request_recovering(&text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if small {
        odata_parser::format::minify(&parsed.request)
    } else {
        odata_parser::format::pretty(&parsed.request)
    })
}

fn fetch(text: &str, holes: bool, style: &PrintStyle) -> Result<String, Vec<Diagnostic>> {
    let text = FetchText::new(text);
    let parsed =
        fetchxml::parse_text(&text, &fetchxml::ParseOptions { placeholders: holes, ..Default::default() });
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(fetchxml::print(&parsed.fetch, style))
}

/// A filter is read as it stands, and decoded only where it is no filter then.
fn filter(text: &str, options: &ParseOptions, small: bool) -> Result<String, Vec<Diagnostic>> {
    plain_filter(text, options, small).or_else(|diagnostics| {
        if !url::is_encoded(text) {
            return Err(diagnostics);
        }
        let decoded = url::decode(text);
        let back = |d: Diagnostic| d.map(|s| decoded.to_encoded(s), |r| url::encode(&r).into_owned());
        plain_filter(&decoded.text, options, small).map_err(|all| all.into_iter().map(back).collect())
    })
}

fn plain_filter(text: &str, options: &ParseOptions, small: bool) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse_filter_recovering(text, options);
    if !parsed.is_ok() {
        return Err(parsed.diagnostics);
    }
    Ok(if small {
        odata_parser::format::minify_filter(&parsed.expr)
    } else {
        odata_parser::format::pretty_filter(&parsed.expr)
    })
}
