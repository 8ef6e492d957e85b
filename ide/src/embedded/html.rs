//! Reads web pages and the templates of portals: `{% fetchxml %}` and `{% entityview %}` of Liquid, attributes,
//! texts, and scripts, which are read by the reader of their language.

use std::ops::Range;

use super::layers::{bracketed, may_have_query, push_recognized, with_placeholders, without};
use super::xml::Xml;
use super::{FoundText, Host, HostText, HostTextBuilder, SourceFile, nested};

/// Texts of which a page with something to check has at least one.
pub(super) const MARKERS: &[&str] = &[
    "fetchxml",
    "<fetch",
    "&lt;fetch",
    "%3cfetch",
    "entityview",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "%24select",
    "%24filter",
    "/api/data/v",
    "/_api/",
    "webapi",
    "entities[",
    "entities.",
];

/// Returns the texts of a page.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let mut found = Vec::new();
    let tags = bracketed(source, "{%", "%}", None);
    let mut read: Vec<Range<usize>> = Vec::new();
    let mut start: Option<usize> = None;
    for (range, tag) in &tags {
        let tag = tag.trim_matches('-').trim();
        match tag.split_whitespace().next() {
            Some("fetchxml") => start = Some(range.end),
            Some("endfetchxml") => {
                let Some(from) = start.take() else { continue };
                let content = from..range.start;
                let text = template(source, content.clone(), &tags);
                found.push(FoundText::query("fetchxml of Liquid", text));
                read.push(content);
            }
            Some("entityview" | "entitylist" | "entityform") => found.extend(table(source, range)),
            _ => {}
        }
    }
    entities(source, &tags, &mut found);
    page(source, &read, &tags, &mut found);
    found.sort_by_key(|text| text.text.host_range().map_or(0, |range| range.start));
    found
}

/// Returns the FetchXML of a template: its expressions are placeholders, and its tags are left out.
fn template(source: &str, range: Range<usize>, tags: &[(Range<usize>, String)]) -> HostText {
    let trimmed = source.get(range.clone()).unwrap_or_default();
    let start = range.start + trimmed.len() - trimmed.trim_start().len();
    let trimmed = trimmed.trim();
    let text = HostText::unescaped(trimmed, start);
    let text = with_placeholders(&text, &bracketed(trimmed, "{{", "}}", None));
    let from = tags.partition_point(|(tag, _)| tag.start < start);
    let within = tags.get(from..).unwrap_or_default();
    let within = within.iter().take_while(|(tag, _)| tag.end <= start + trimmed.len());
    let places: Vec<Range<usize>> = within
        .filter_map(|(tag, _)| Some(text.text_offset(tag.start)?..text.text_offset(tag.end)?))
        .collect();
    without(&text, &places)
}

/// Returns the name of the table in a tag such as `{% entityview logical_name:'contact' %}`.
fn table(source: &str, tag: &Range<usize>) -> Option<FoundText> {
    let text = source.get(tag.clone())?;
    let at = text.find("logical_name")? + "logical_name".len();
    let rest = text.get(at..)?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let start = tag.start + text.len() - value.len() + 1;
    let name = value.get(1..)?.split(quote).next()?;
    table_name("table of a Liquid tag", name, start)
}

/// Returns the text that checks the name of a table, which is written at `start`; `None` if it is no name.
fn table_name(construct: &'static str, name: &str, start: usize) -> Option<FoundText> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| {
        let mut builder = HostTextBuilder::default();
        builder.synthetic("<fetch><entity name=\"");
        builder.append(&HostText::unescaped(name, start));
        builder.synthetic("\"/></fetch>");
        FoundText::names(construct, builder.finish())
    })
}

/// Adds the tables of rows that expressions of Liquid read: `entities['account'][id]`, `entities.account[id]`.
fn entities(source: &str, tags: &[(Range<usize>, String)], found: &mut Vec<FoundText>) {
    // The name can be that of a variable too.
    let is_variable = |(_, tag): &(Range<usize>, String)| {
        let mut words = tag.trim_matches('-').split_whitespace();
        matches!(words.next(), Some("assign" | "for" | "capture")) && words.next() == Some("entities")
    };
    if !source.contains("entities") || tags.iter().any(is_variable) {
        return;
    }
    let outputs = bracketed(source, "{{", "}}", None);
    for (range, _) in tags.iter().chain(&outputs) {
        let text = source.get(range.clone()).unwrap_or_default();
        for (at, word) in text.match_indices("entities") {
            let before = text.get(..at).unwrap_or_default();
            let behind = text.get(at + word.len()..).unwrap_or_default();
            if before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ']' | '\'' | '"')) {
                continue;
            }
            let start = range.start + at + word.len();
            let quoted = behind.strip_prefix("['").map(|rest| (rest, "']"));
            let quoted = quoted.or_else(|| behind.strip_prefix("[\"").map(|rest| (rest, "\"]")));
            if let Some((rest, close)) = quoted {
                let name = rest.get(..rest.find(close).unwrap_or(0)).unwrap_or_default();
                found.extend(table_name("table in Liquid", name, start + 2));
            } else if let Some(rest) = behind.strip_prefix('.') {
                let length =
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let name = rest
                    .get(..length)
                    .filter(|_| rest.get(length..).is_some_and(|rest| rest.starts_with('[')));
                found.extend(name.and_then(|name| table_name("table in Liquid", name, start + 1)));
            }
        }
    }
}

/// Adds the texts in elements, attributes and scripts, without what is in the ranges `read`.
fn page(source: &str, read: &[Range<usize>], tags: &[(Range<usize>, String)], found: &mut Vec<FoundText>) {
    let xml = Xml::parse(source, true);
    let is_read = |range: &Range<usize>| {
        let at = read.partition_point(|r| r.end <= range.start);
        read.get(at).is_some_and(|r| r.start < range.end)
    };
    let mut index = 0;
    while index < xml.len() {
        let range = xml.range(index);
        if xml.is(index, "fetch") && !is_read(&range) {
            let text = template(source, range, tags);
            found.push(FoundText::query("FetchXML", text));
            index = xml.behind(index);
            continue;
        }
        for attribute in xml.attributes(index) {
            let raw = source.get(attribute.value.clone()).unwrap_or_default();
            if may_have_query(raw) && !is_read(&attribute.value) {
                push_recognized("attribute in HTML", &with_variables(&xml.attribute_text(attribute)), found);
            }
        }
        if xml.name(index).is_empty() {
            let raw = source.get(xml.content(index)).unwrap_or_default();
            if !may_have_query(raw) || is_read(&range) {
                index += 1;
                continue;
            }
            let parent = xml.parent(index);
            let is_in = |name: &str| parent.is_some_and(|parent| xml.is(parent, name));
            if is_in("style") {
                index += 1;
                continue;
            }
            if is_in("script") {
                let kind = parent.and_then(|parent| xml.value(parent, "type")).unwrap_or_default();
                let text = with_variables(&HostText::unescaped(raw, xml.content(index).start));
                match script_language(kind) {
                    Some(language) => found.extend(nested::read(language, &text)),
                    None => _ = push_recognized("script", &text, found),
                }
                index += 1;
                continue;
            }
            let (text, behind) = xml.text(index);
            push_recognized("text in HTML", &with_variables(&text), found);
            index = behind.max(index + 1);
            continue;
        }
        index += 1;
    }
}

/// Returns the language of a script whose attribute `type` is `kind`; `None` if it is not read. What is neither a program
/// nor data is a template of a page.
fn script_language(kind: &str) -> Option<Host> {
    let kind = kind.to_ascii_lowercase();
    if kind.is_empty() || kind.contains("script") || kind == "module" {
        Host::of_extension("js")
    } else if kind.contains("json") {
        Some(Host::Json)
    } else {
        Some(Host::Html)
    }
}

/// Returns `text` with `{{ name }}` as placeholders.
fn with_variables(text: &HostText) -> HostText {
    super::json::with_variables(text)
}
