//! Formats changes for people: as plain text for terminals, and as Markdown for pull requests. Names and
//! values come from customisers, so both formats escape them.

use std::fmt::{self, Write as _};

use dvkit_diagnostic::printable::line;
use dvkit_diagnostic::printable::markdown::{self, Context};
use serde_json::Value;

use super::{Change, ChangeKind, ChangedObject, Diff, Impact};

/// The maximum length of a value in characters. Longer values are cut.
const MAX_VALUE_CHARS: usize = 60;

/// A kind of output: the functions that escape names and values for it.
struct Medium {
    name: fn(&str) -> String,
    value: fn(&str) -> String,
}

/// Plain text for a terminal or a log. Names and values are on one line and have no control characters.
const PLAIN: Medium =
    Medium { name: |name| format!("`{}`", line(name)), value: |value| line(value).to_string() };

/// A cell of a Markdown table. Names and values cannot add links, HTML or mentions.
const CELL: Medium = Medium {
    name: |name| markdown::code_span(name, Context::Cell),
    value: |value| markdown::inline_text(value, Context::Cell),
};

impl fmt::Display for Change {
    /// Writes the change on one line, without the name of its table: ``column `name`: max_length 160 → 100``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &PLAIN)
    }
}

impl Change {
    fn write(&self, f: &mut impl fmt::Write, medium: &Medium) -> fmt::Result {
        let (what, name) = match &self.object {
            ChangedObject::Organisation => ("the organisation", None),
            ChangedObject::Table => ("the table", None),
            ChangedObject::Column(name) => ("column", Some(name)),
            ChangedObject::Key(name) => ("key", Some(name)),
            ChangedObject::Relationship(name) => ("relationship", Some(name)),
            ChangedObject::Choice(name) if self.table.is_some() => ("the choice of", Some(name)),
            ChangedObject::Choice(name) => ("choice", Some(name)),
            ChangedObject::Operation(name) => ("operation", Some(name)),
        };
        f.write_str(what)?;
        if let Some(name) = name {
            write!(f, " {}", (medium.name)(name))?;
        }
        if let Some(option) = self.option {
            write!(f, ", option {option}")?;
        }
        // A missing parameter is "none"; any other missing fact is "unknown".
        let absent = match (&self.object, self.fact.as_deref()) {
            (ChangedObject::Operation(_), Some(_)) => "none",
            _ => "unknown",
        };
        let text = |value: &Value| (medium.value)(&text(value));
        let known = |value: &Value| if value.is_null() { absent.to_owned() } else { text(value) };
        match (self.kind, &self.fact) {
            (ChangeKind::Added, _) if self.after.is_null() => f.write_str(" is new")?,
            (ChangeKind::Added, _) => write!(f, " is new: {}", text(&self.after))?,
            (ChangeKind::Removed, _) if self.before.is_null() => f.write_str(" is gone")?,
            (ChangeKind::Removed, _) => write!(f, " is gone: {}", text(&self.before))?,
            (ChangeKind::Changed, fact) => {
                let fact = (medium.value)(fact.as_deref().unwrap_or_default());
                write!(f, ": {fact} {} → {}", known(&self.before), known(&self.after))?;
            }
        }
        Ok(())
    }

    /// Returns the affected programs and the reason: `for writers: longer texts are refused`. The text is
    /// empty if the change is harmless.
    #[must_use]
    pub fn reason(&self) -> String {
        let whom = match (self.readers, self.writers) {
            (r, w) if r == w => "",
            (_, Impact::Harmless) => "for readers",
            (Impact::Harmless, _) => "for writers",
            (Impact::Breaking, _) => "for readers, risky for writers",
            _ => "for writers, risky for readers",
        };
        let parts = [whom, self.why].into_iter().filter(|p| !p.is_empty());
        parts.collect::<Vec<_>>().join(": ")
    }
}

/// Returns a value for people: a text without quotes, a label with its languages, a list with commas.
fn text(value: &Value) -> String {
    let mut out = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        // Only labels are objects of texts.
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_string) => {
            let label = |(language, value): (&String, &Value)| format!("{} ({language})", text(value));
            map.iter().map(label).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    if out.chars().count() > MAX_VALUE_CHARS {
        out = out.chars().take(MAX_VALUE_CHARS - 1).chain(['…']).collect();
    }
    out
}

/// Returns the number of changes of each impact, as text: `2 breaking, 1 risky and 14 harmless changes`.
fn counts(diff: &Diff) -> String {
    let classes = [Impact::Breaking, Impact::Risky, Impact::Harmless];
    let counted: Vec<_> = classes.into_iter().map(|c| (diff.count(c), c)).filter(|(n, _)| *n > 0).collect();
    let parts: Vec<String> = counted.iter().map(|(n, class)| format!("{n} {class}")).collect();
    let noun = if diff.changes.len() == 1 { "change" } else { "changes" };
    match parts.split_last() {
        None => "no changes".to_owned(),
        Some((one, [])) => format!("{one} {noun}"),
        Some((last, before)) => format!("{} and {last} {noun}", before.join(", ")),
    }
}

/// Groups consecutive changes of one table. Each group comes with its first change, which names the table.
fn groups(diff: &Diff) -> impl Iterator<Item = (&Change, &[Change])> {
    diff.changes.chunk_by(|a, b| a.table == b.table).filter_map(|chunk| Some((chunk.first()?, chunk)))
}

impl fmt::Display for Diff {
    /// Writes all changes, as [`Diff::text`] does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Impact::Harmless))
    }
}

impl Diff {
    /// Returns the changes with an impact of at least `least` as plain text, grouped by table. The last line
    /// gives the numbers of all changes, including the omitted ones.
    #[must_use]
    pub fn text(&self, least: Impact) -> String {
        let mut out = String::new();
        let mut hidden = 0;
        for (first, changes) in groups(self) {
            let shown: Vec<_> = changes.iter().filter(|c| c.impact() >= least).collect();
            hidden += changes.len() - shown.len();
            if shown.is_empty() {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = match &first.table {
                Some(table) => writeln!(out, "table {}", line(table)),
                None => writeln!(out, "organisation, global choices, operations"),
            };
            for change in shown {
                let reason = change.reason();
                let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
                let _ = writeln!(out, "  {:<8}  {change}{reason}", change.impact().to_string());
            }
        }
        let hidden = if hidden > 0 { format!("; {hidden} not shown") } else { String::new() };
        let _ = writeln!(out, "{}{hidden}", counts(self));
        out
    }

    /// Returns all changes as a Markdown table, with the harmless ones in a collapsed section. Names and
    /// labels are escaped, so that they cannot add links, images, HTML or mentions.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = format!("**Schema: {}**\n", counts(self));
        let rows = |out: &mut String, wanted: &dyn Fn(Impact) -> bool| {
            out.push_str("\n| class | where | change | why |\n|---|---|---|---|\n");
            for change in self.changes.iter().filter(|c| wanted(c.impact())) {
                let place = change.table.as_ref().map_or_else(String::new, |t| (CELL.name)(t));
                let mut what = String::new();
                let _ = change.write(&mut what, &CELL);
                let _ = writeln!(out, "| {} | {place} | {what} | {} |", change.impact(), change.reason());
            }
        };
        if self.changes.iter().any(|c| c.impact() > Impact::Harmless) {
            rows(&mut out, &|impact| impact > Impact::Harmless);
        }
        let harmless = self.count(Impact::Harmless);
        if harmless > 0 {
            let _ = write!(out, "\n<details><summary>{harmless} harmless</summary>\n");
            rows(&mut out, &|impact| impact == Impact::Harmless);
            out.push_str("\n</details>\n");
        }
        out
    }
}
