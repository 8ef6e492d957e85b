//! Finds what a filter contains that the filter of a search cannot.
//!
//! The filter of a search compares columns of one table with values, and joins the comparisons by `and`, `or` and
//! `not` (<https://learn.microsoft.com/power-apps/developer/data-platform/search/query>, "filter parameter").

use super::condition::{ColumnPath, Filter, FilterPart, Node};

impl<T> Filter<T> {
    /// Returns why a search cannot have this filter; `None` if it can.
    pub(crate) fn not_for_search(&self) -> Option<String> {
        let mut text = CheckedText::default();
        find(&self.node, &mut text)
    }
}

fn related(path: &str) -> String {
    format!(
        "the filter of a search has only columns of the searched table, and `{path}` is a column of related rows: search \
         first, and then read the rows that fulfil the condition"
    )
}

fn function(name: &str) -> String {
    format!(
        "the filter of a search compares columns with values (`eq`, `ne`, `gt`, `ge`, `lt`, `le`), and `{name}` is a \
         function: search first, and then read the rows that fulfil the condition"
    )
}

const TWO_COLUMNS: &str = "the filter of a search compares columns with values, and not two columns with each other";

/// Returns why a search cannot have a column.
fn column(path: &ColumnPath) -> Option<String> {
    let first = path.navigations.first();
    first.map(|_| related(&[&path.navigations[..], &[path.property]].concat().join("/")))
}

fn find(node: &Node, text: &mut CheckedText) -> Option<String> {
    match node {
        Node::Compare(path, ..) => column(path),
        Node::Columns(..) => Some(TWO_COLUMNS.to_owned()),
        Node::Text(name, ..) | Node::Function(name, ..) => Some(function(name)),
        Node::Lambda(navigation, name, _) => Some(related(&format!("{navigation}/{name}"))),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().find_map(|node| find(node, text)),
        Node::Not(node) => find(node, text),
        Node::Raw(parts, _) => {
            let mut text = CheckedText::default();
            parts.iter().find_map(|part| match part {
                FilterPart::Text(part) => text.read(part),
                FilterPart::RowName => text.column(),
                FilterPart::Condition(node) => find(node, &mut CheckedText::default()),
            })
        }
    }
}

/// The text of a checked filter outside of quotes, up to a position.
#[derive(Default)]
struct CheckedText {
    /// Whether the position is within quotes.
    quoted: bool,
    /// The name or path at the position, as far as it was read.
    word: String,
    /// The last name before the position.
    last: String,
}

impl CheckedText {
    /// Reads a part of the text. Returns why a search cannot have it.
    fn read(&mut self, part: &str) -> Option<String> {
        for c in part.chars() {
            if c == '\'' {
                self.quoted = !self.quoted;
            }
            if self.quoted {
                continue;
            }
            if c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | ':' | '-') {
                self.word.push(c);
                continue;
            }
            // `and(` and the like are operators before parentheses.
            if c == '(' && !self.word.is_empty() && !["and", "or", "not"].contains(&self.word.as_str()) {
                let name = self.word.rsplit(['/', '.']).next().unwrap_or_default();
                return Some(if self.word.contains('/') { related(&self.word) } else { function(name) });
            }
            if let Some(mistake) = self.end() {
                return Some(mistake);
            }
        }
        None
    }

    /// Ends the name at the position. Returns why a search cannot have it.
    fn end(&mut self) -> Option<String> {
        if self.word.is_empty() {
            return None;
        }
        let word = std::mem::take(&mut self.word);
        let mistake = word.contains('/').then(|| related(&word));
        self.last = word;
        mistake
    }

    /// Notes that a column begins at the position. Returns why a search cannot have it here.
    fn column(&mut self) -> Option<String> {
        let mistake = self.end();
        let compares = ["eq", "ne", "gt", "ge", "lt", "le"].contains(&self.last.as_str());
        mistake.or_else(|| compares.then(|| TWO_COLUMNS.to_owned()))
    }
}
