//! Reads the text of a mapping into a tree of values with spans, and lays one tree over another.

use dvkit_diagnostic::{Diagnostic, Span, code};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The maximum size of the text of a mapping in bytes, 1 MiB.
pub const MAX_MAPPING: usize = 1 << 20;

/// The text that a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The built-in mapping, whose spans mean nothing to users.
    Standard,
    /// The mapping that the user wrote.
    User,
}

/// A name with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
    pub(crate) origin: Origin,
}

impl Name {
    /// Returns the place of a part of the text, given in bytes. A text that is written with escapes is marked as a
    /// whole, because its characters have other places in the file.
    pub(crate) fn part(&self, part: std::ops::Range<usize>) -> Span {
        if self.span.len() != self.text.len() {
            return self.span;
        }
        let (start, end) = (self.span.range().start, self.span.range().end);
        let from = (start + part.start).min(end);
        Span::new(from, (start + part.end).clamp(from, end))
    }
}

/// A value of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) origin: Origin,
    pub(crate) value: NodeValue,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeValue {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Node>),
    Table(Vec<(Name, Node)>),
    /// A value that mappings do not have: a number with a fraction, or a date.
    Other(&'static str),
}

impl Node {
    /// Returns the table's entry with the name `name`; `None` if there is none, or if the value is not a table.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.entries().iter().find(|(key, _)| key.text == name).map(|(_, node)| node)
    }

    /// Returns the entries of a table in the order of the text; an empty slice for other values.
    pub(crate) fn entries(&self) -> &[(Name, Self)] {
        match &self.value {
            NodeValue::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.value, NodeValue::Table(_))
    }

    pub(crate) fn as_text(&self) -> Option<Name> {
        match &self.value {
            NodeValue::Text(text) => {
                Some(Name { text: text.clone(), span: within_quotes(self.span, text), origin: self.origin })
            }
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.value {
            NodeValue::Boolean(flag) => Some(flag),
            _ => None,
        }
    }

    /// Returns the type of the value in words, with an article.
    pub(crate) fn described(&self) -> &'static str {
        match self.value {
            NodeValue::Text(_) => "a text",
            NodeValue::Integer(_) => "a whole number",
            NodeValue::Boolean(_) => "true or false",
            NodeValue::List(_) => "a list",
            NodeValue::Table(_) => "a table",
            NodeValue::Other(what) => what,
        }
    }

    /// Lays `over` over the value: tables are merged entry by entry, every other value is replaced. An entry that
    /// says where a value comes from removes the other entries that say so, so that a column can replace a
    /// template.
    pub(crate) fn overlay(&mut self, over: &Self) {
        let (NodeValue::Table(entries), NodeValue::Table(new)) = (&mut self.value, &over.value) else {
            *self = over.clone();
            return;
        };
        self.span = over.span;
        self.origin = over.origin;
        if new.iter().any(|(key, _)| SOURCES.contains(&key.text.as_str())) {
            // `lookup` and `column` together are a path, of which an override may change one part.
            let keeps = |key: &str| match key {
                "lookup" | "target" => new.iter().any(|(new, _)| PATH.contains(&new.text.as_str())),
                "column" => new.iter().any(|(new, _)| new.text == "lookup" || new.text == "target"),
                key => !SOURCES.contains(&key) && !OF_SOURCE.contains(&key),
            };
            entries.retain(|(key, _)| keeps(&key.text));
        }
        // A resource whose records come from elsewhere loses where they came from.
        if new.iter().any(|(key, node)| ROWS.contains(&key.text.as_str()) && node.as_bool() != Some(false)) {
            entries.retain(|(key, _)| {
                !ROWS.contains(&key.text.as_str()) || new.iter().any(|(n, _)| n.text == key.text)
            });
        }
        for (key, node) in new {
            match entries.iter_mut().find(|(old, _)| old.text == key.text) {
                Some((name, old)) => {
                    *name = key.clone();
                    old.overlay(node);
                }
                None => entries.push((key.clone(), node.clone())),
            }
        }
    }
}

/// The entries of a field that say where its value comes from.
pub(crate) const SOURCES: &[&str] = &["column", "lookup", "template", "value", "hook", "list"];

/// The entries of a resource that say where its records come from.
pub(crate) const ROWS: &[&str] = &["table", "tables", "choice", "records"];

/// The entries that make a path through a lookup.
const PATH: &[&str] = &["lookup", "target", "column"];

/// The entries that only mean something together with the source that they were written with.
const OF_SOURCE: &[&str] = &["options", "split", "part"];

/// Parses the text of a mapping.
///
/// # Errors
/// Returns a finding if the text is not TOML or too large.
pub(crate) fn parse(text: &str, origin: Origin) -> Result<Node, Box<Diagnostic>> {
    if text.len() > MAX_MAPPING {
        let message = format!("the mapping is larger than {} MiB", MAX_MAPPING >> 20);
        return Err(Box::new(Diagnostic::error(code::INVALID_MAPPING, Span::new(0, 0), message)));
    }
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().map_or(Span::new(0, 0), |range| Span::new(range.start, range.end));
        let message = error.message().trim_end_matches('.').to_owned();
        Box::new(Diagnostic::error(code::INVALID_MAPPING, span, format!("not TOML: {message}")))
    })?;
    let span = Span::new(table.span().start, table.span().end);
    Ok(Node { span, origin, value: entries(table.get_ref(), origin) })
}

fn entries(table: &DeTable<'_>, origin: Origin) -> NodeValue {
    let mut entries: Vec<(Name, Node)> = table
        .iter()
        .map(|(key, value)| {
            let span = within_quotes(Span::new(key.span().start, key.span().end), key.get_ref());
            (Name { text: key.get_ref().to_string(), span, origin }, node(value, origin))
        })
        .collect();
    entries.sort_by_key(|(name, _)| name.span.start);
    NodeValue::Table(entries)
}

/// Returns the place of a text without its quotation marks. A text that is written with escapes or in three
/// quotation marks keeps the place of the whole.
fn within_quotes(span: Span, text: &str) -> Span {
    let range = span.range();
    match span.len() == text.len() + 2 {
        true => Span::new(range.start + 1, range.end - 1),
        false => span,
    }
}

fn node(value: &Spanned<DeValue<'_>>, origin: Origin) -> Node {
    let span = Span::new(value.span().start, value.span().end);
    let value = match value.get_ref() {
        DeValue::String(text) => NodeValue::Text(text.to_string()),
        DeValue::Integer(number) => {
            match i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()) {
                Ok(number) => NodeValue::Integer(number),
                Err(_) => NodeValue::Other("a number that is too large"),
            }
        }
        DeValue::Boolean(flag) => NodeValue::Boolean(*flag),
        DeValue::Array(items) => NodeValue::List(items.iter().map(|item| node(item, origin)).collect()),
        DeValue::Table(table) => entries(table, origin),
        DeValue::Float(_) => NodeValue::Other("a number with a fraction"),
        DeValue::Datetime(_) => NodeValue::Other("a date"),
    };
    Node { span, origin, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        parse(text, Origin::User).expect("TOML")
    }

    #[test]
    fn an_override_changes_single_attributes_of_a_field() {
        let mut base = read("[c]\nrate = { column = 'a', options = { low = 1 }, optional = true }\nx = 'b'");
        base.overlay(&read("[c]\nrate = { options = { low = 2, high = 3 } }"));
        let rate = base.get("c").and_then(|c| c.get("rate")).expect("rate");
        assert_eq!(rate.get("column").and_then(Node::as_text).expect("column").text, "a");
        assert_eq!(rate.get("options").expect("options").entries().len(), 2);
        assert!(base.get("c").and_then(|c| c.get("x")).is_some());
    }

    #[test]
    fn an_override_with_another_source_replaces_the_source_and_keeps_the_rest() {
        let mut base = read("name = { template = '{a} {b}', optional = true }");
        base.overlay(&read("name = { column = 'c' }"));
        let name = base.get("name").expect("name");
        assert!(name.get("template").is_none() && name.get("column").is_some());
        assert_eq!(name.get("optional").and_then(Node::as_bool), Some(true));
        let mut base = read("mail = { lookup = 'a', target = 't', column = 'x' }");
        base.overlay(&read("mail = { column = 'y' }"));
        assert!(base.get("mail").and_then(|m| m.get("lookup")).is_some());
    }

    #[test]
    fn an_override_with_other_records_replaces_where_they_came_from() {
        let mut base = read("[s]\nchoice = 'o.c'\nstatus = { value = 'active' }");
        base.overlay(&read("[s]\ntable = 't'\nname = 'n'"));
        let stages = base.get("s").expect("stages");
        let names: Vec<&str> = stages.entries().iter().map(|(name, _)| name.text.as_str()).collect();
        assert_eq!(names, ["status", "table", "name"]);
        // What takes a table out says nothing about other records.
        base.overlay(&read("[s]\nrecords = false"));
        assert!(base.get("s").and_then(|s| s.get("table")).is_some());
    }

    #[test]
    fn what_only_belongs_to_a_source_goes_with_it() {
        let mut base = read("a = { column = 'c', split = ' ', part = 'last', read_only = true }");
        base.overlay(&read("a = { template = '{x}' }"));
        let names: Vec<&str> =
            base.get("a").expect("a").entries().iter().map(|(name, _)| name.text.as_str()).collect();
        assert_eq!(names, ["read_only", "template"]);
        let mut base = read("a = { lookup = 'l', target = 't', column = 'c' }");
        base.overlay(&read("a = { target = 'u' }"));
        let a = base.get("a").expect("a");
        assert_eq!(a.entries().len(), 3);
        assert_eq!(a.get("target").and_then(Node::as_text).expect("target").text, "u");
    }

    #[test]
    fn a_part_of_a_name_has_its_place_unless_the_name_is_written_with_escapes() {
        let node = read("a = 'one/two'\nb = \"one\\u002Ftwo\"\nc = \"\"\"one/two\"\"\"");
        let part = |name: &str| node.get(name).and_then(Node::as_text).expect("a text").part(4..7).range();
        assert_eq!(part("a"), 9..12);
        let whole = |name: &str| node.get(name).expect("a node").span.range();
        assert_eq!(part("b"), whole("b"));
        assert_eq!(part("c"), whole("c"));
        let name = node.get("a").and_then(Node::as_text).expect("a text");
        assert_eq!(name.part(4..99).range(), 9..12, "a part does not leave the name");
    }

    #[test]
    fn mistakes_in_toml_have_their_place() {
        let error = parse("[accounts]\nname = ", Origin::User).expect_err("not TOML");
        assert!(error.span.start >= 11, "{error:?}");
    }
}
