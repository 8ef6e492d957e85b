//! What is asked: a filter, a whole request or FetchXML, and the table that it is about.

use std::io;

use anyhow::{Context as _, Result};
use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

use crate::lines::{Line, Lines, MAX_LINE};
use crate::output::Screen;

/// How a table is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TableName {
    /// `contact`; the entity set is understood as well.
    Table(String),
    /// `contacts`: exactly as in a URL.
    EntitySet(String),
}

impl TableName {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Table(name) | Self::EntitySet(name) => name,
        }
    }

    /// The table, or the diagnostic whose source is the name.
    pub(crate) fn find<'a>(&self, store: &'a Store) -> Result<&'a TableEntry, Box<Diagnostic>> {
        match self {
            Self::Table(name) => dvkit_query::find_table(store, name),
            Self::EntitySet(name) => match store.table_of_set(name) {
                Some(entry) => Ok(entry),
                None => Err(unknown_set(store, name)),
            },
        }
    }
}

/// Many people write the logical name where the URL needs the entity set, so that is told apart from other mistakes.
fn unknown_set(store: &Store, name: &str) -> Box<Diagnostic> {
    let entry = match dvkit_query::find_table(store, name) {
        Ok(entry) => entry,
        Err(diagnostic) => return diagnostic,
    };
    let span = Span::new(0, name.len());
    let diagnostic = Diagnostic::error(
        code::UNKNOWN_TABLE,
        span,
        format!("`{name}` is the logical name of a table, not an entity set"),
    );
    Box::new(match &entry.entity_set {
        Some(set) => diagnostic
            .help(format!("a URL names the entity set: `{set}`"))
            .suggest(Suggestion::maybe("name the entity set", span, set.clone())),
        None => diagnostic.help("this table has no entity set: the Web API does not offer its rows"),
    })
}

/// A query as it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    /// A `$filter` alone.
    Filter(&'a str),
    /// A request: `contacts?$select=…`, a whole URL, or options without a path.
    Request(&'a str),
    /// FetchXML, or a URL that carries it.
    Fetch(&'a str),
}

impl<'a> Text<'a> {
    /// Tells one from the other.
    pub(crate) fn read(text: &'a str) -> Self {
        let text = text.trim();
        if fetchxml::is_fetchxml(text) {
            Self::Fetch(text)
        } else if odata_parser::is_request(text) {
            Self::Request(text)
        } else {
            Self::Filter(text)
        }
    }

    pub(crate) fn as_str(self) -> &'a str {
        match self {
            Self::Filter(text) | Self::Request(text) | Self::Fetch(text) => text,
        }
    }

    /// Does it say itself which table it is about? The path of a request does, and FetchXML.
    pub(crate) fn has_path(self) -> bool {
        match self {
            Self::Filter(_) => false,
            Self::Fetch(_) => true,
            Self::Request(text) => {
                let text = text.trim_start();
                !text.is_empty() && !["?", "$", "%24"].iter().any(|option| text.starts_with(option))
            }
        }
    }
}

/// Puts the lines of a FetchXML query together; every other query is one line.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    lines: String,
}

impl Joined {
    /// Takes a line, and gives the query that it completes.
    pub(crate) fn push(&mut self, line: &str) -> Option<String> {
        if self.lines.is_empty() && !line.starts_with('<') {
            return Some(line.to_owned());
        }
        // A line break within a tag is a blank, so it is kept.
        if !self.lines.is_empty() {
            self.lines.push('\n');
        }
        self.lines.push_str(line);
        let ends = line.contains("</fetch")
            || (line.ends_with("/>") && self.lines.starts_with("<fetch") && !self.lines[1..].contains('<'));
        // What never ends is refused soon enough.
        if ends || self.lines.len() > MAX_LINE { self.rest() } else { None }
    }

    /// What is left at the end of the input.
    pub(crate) fn rest(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.lines)).filter(|l| !l.is_empty())
    }
}

/// Reads the queries of standard input: one a line, and FetchXML over as many lines as it takes. `one` and `bad` get the
/// number of the line that a query begins in.
///
/// # Errors
/// Where standard input cannot be read, and what `one` and `bad` give.
pub(crate) fn each_query<R>(
    run: &mut R,
    screen: impl Fn(&mut R) -> &mut Screen,
    one: impl Fn(&mut R, usize, &str) -> Result<()>,
    bad: impl Fn(&mut R, usize, &str) -> Result<()>,
) -> Result<()> {
    let mut lines = Lines::new(io::stdin().lock());
    let mut joined = Joined::default();
    let mut begins = None;
    while let Some((number, line)) =
        lines.next(|| screen(run).flush()).context("cannot read standard input")?
    {
        match line {
            Line::Text(text) => {
                let start = *begins.get_or_insert(number);
                if let Some(text) = joined.push(text) {
                    begins = None;
                    one(run, start, &text)?;
                }
            }
            Line::Bad(why) => bad(run, number, why)?,
        }
    }
    match joined.rest() {
        Some(text) => one(run, begins.unwrap_or(1), &text),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fetchxml_is_told_from_the_rest_and_has_many_lines() {
        for text in ["<fetch/>", "%3Cfetch/%3E", "&lt;fetch/&gt;", "accounts?fetchXml=%3Cfetch/%3E"] {
            assert_eq!(Text::read(text), Text::Fetch(text));
        }
        let mut joined = Joined::default();
        let lines =
            ["a eq 1", "<fetch>", "<entity/>", "</fetch>", "<fetch/>", "b eq 2", "<fetch", "top='1'>"];
        let found: Vec<String> = lines.iter().filter_map(|l| joined.push(l)).collect();
        assert_eq!(found, ["a eq 1", "<fetch>\n<entity/>\n</fetch>", "<fetch/>", "b eq 2"]);
        assert_eq!(joined.rest().as_deref(), Some("<fetch\ntop='1'>"));
    }

    #[test]
    fn requests_are_told_from_filters() {
        for text in ["name eq 'what?'", "contains(name,'?a=1')", "a eq 1", "name eq 'https://x/y?z=1'"] {
            assert_eq!(Text::read(text), Text::Filter(text));
            assert!(!Text::read(text).has_path());
        }
        for (text, path) in [
            ("contacts?$filter=a eq 1", true),
            ("/contacts", true),
            ("https://org/api/data/v9.2/contacts?$top=3", true),
            ("?$select=a", false),
            ("$select=a&$filter=b eq 1", false),
            ("%24select=a", false),
        ] {
            assert_eq!(Text::read(text), Text::Request(text));
            assert_eq!(Text::read(text).has_path(), path, "{text}");
        }
    }
}
