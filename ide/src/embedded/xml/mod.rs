//! Reads XML files: views, charts and forms of solutions, reports, packages of Integration Services, test
//! plans of JMeter, and texts with queries in other files.

mod jmeter;
mod layout;
mod names;
mod parse;

use std::ops::Range;

use super::layers::{bracketed, may_have_query, push_recognized, with_placeholders};
use super::{FoundText, HostText, SourceFile};
use parse::NodeKind;
pub(super) use parse::Xml;

/// Texts of which an XML file has at least one if it has names of a form, a dashboard or a workflow.
pub(super) const NAME_MARKERS: &[&str] =
    &["datafieldname=", "<TargetEntityType>", "EntityProperty ", "EntityName="];

/// Texts of which an XML file, or another file of settings, with a query has at least one.
pub(super) const MARKERS: &[&str] = &[
    "<fetch",
    "&lt;fetch",
    "&#60;fetch",
    "&#x3c;fetch",
    "%3cfetch",
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$apply",
    "$top",
    "%24select",
    "%24filter",
    "fetchxml=",
    "/api/data/v",
    "/_api/",
    "savedquery=",
    "userquery=",
];

/// Returns the texts of an XML file.
pub(super) fn read(file: &SourceFile) -> Vec<FoundText> {
    let source = file.text();
    let xml = Xml::parse(source, false);
    let mut found = Vec::new();
    let mut jmeter = jmeter::Requests::default();
    let mut names = names::Names::default();
    let mut index = 0;
    while index < xml.len() {
        match xml.kind(index) {
            NodeKind::Element if xml.is(index, "fetch") => {
                let range = xml.range(index);
                let text = HostText::unescaped(source.get(range.clone()).unwrap_or_default(), range.start);
                found.extend(layout::checked(&xml, index, text));
                index = xml.behind(index);
            }
            NodeKind::Element => {
                jmeter.element(&xml, index, &mut found);
                names.element(&xml, index, &file.path, &mut found);
                for attribute in xml.attributes(index) {
                    if may_have_query(source.get(attribute.value.clone()).unwrap_or_default()) {
                        let text = with_variables(&xml.attribute_text(attribute));
                        push_recognized("attribute in XML", &text, &mut found);
                    }
                }
                index += 1;
            }
            NodeKind::Comment => index += 1,
            NodeKind::Text | NodeKind::CharacterData => {
                let raw = source.get(xml.content(index)).unwrap_or_default();
                if !may_have_query(raw) || jmeter.has_read(index) {
                    index += 1;
                    continue;
                }
                let (text, behind) = xml.text(index);
                let parent = xml.parent(index);
                let text = match parent {
                    Some(parent) if xml.is(parent, "CommandText") => with_parameters(&text),
                    _ => with_variables(&text),
                };
                let before = found.len();
                push_recognized("text in XML", &text, &mut found);
                if found.len() == before + 1
                    && let Some(one) = found.pop()
                {
                    found.extend(layout::escaped(&xml, index, &text, one));
                }
                index = behind;
            }
        }
    }
    let before = found.len();
    names.finish(&mut found);
    if found.len() > before {
        found.sort_by_key(|text| text.text.host_range().map_or(0, |range| range.start));
    }
    found
}

/// Returns the byte offsets of the start tags of the elements of `source` that contain the byte offset `offset`, the
/// innermost first.
pub(super) fn elements_at(source: &str, offset: usize, is_html: bool) -> Vec<usize> {
    let xml = Xml::parse(source, is_html);
    let contains =
        |index: &usize| xml.kind(*index) == NodeKind::Element && xml.range(*index).contains(&offset);
    let mut starts: Vec<usize> =
        (0..xml.len()).filter(contains).map(|index| xml.range(index).start).collect();
    starts.reverse();
    starts
}

/// Returns `text` with `${name}` as placeholders.
fn with_variables(text: &HostText) -> HostText {
    if !text.text().contains("${") {
        return text.clone();
    }
    with_placeholders(text, &bracketed(text.text(), "${", "}", None))
}

/// Returns the query of a report, in which values such as `"@name"` are placeholders.
fn with_parameters(text: &HostText) -> HostText {
    let source = text.text();
    let mut places: Vec<(Range<usize>, String)> = Vec::new();
    for at in memchr::memchr_iter(b'@', source.as_bytes()) {
        let before = source.get(..at).and_then(|before| before.chars().next_back());
        let quote = before.filter(|c| matches!(c, '"' | '\'' | '>'));
        let rest = source.get(at + 1..).unwrap_or_default();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let end = match quote {
            Some('>') => rest.get(length..).is_some_and(|rest| rest.starts_with('<')),
            Some(quote) => rest.get(length..).is_some_and(|rest| rest.starts_with(quote)),
            None => false,
        };
        if end && length > 0 {
            places.push((at..at + 1 + length, rest.get(..length).unwrap_or_default().to_owned()));
        }
    }
    with_placeholders(text, &places)
}
