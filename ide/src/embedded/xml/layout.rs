//! Checks what stands beside a query in a solution against the columns that the query returns: the cells of a
//! view's layout, and the categories and measures of a chart.
//!
//! A cell with a column of the view's own table need not be returned: of 1,545 views of public solutions 177 show such
//! columns, 155 times `statuscode`, and no page says that this is wrong. The column has to exist.

use std::collections::BTreeSet;
use std::ops::Range;

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, code, suggest};

use super::super::{FoundText, HostText, HostTextBuilder};
use super::parse::{NodeKind, Xml};

/// The maximum number of elements beside a query among which its layout is searched.
const MAX_SIBLINGS: usize = 64;

/// Returns the text of the FetchXML element `index`, with findings about what stands beside it, and then the names
/// that are to be checked beside it.
pub(super) fn checked(xml: &Xml<'_>, index: usize, text: HostText) -> Vec<FoundText> {
    let parent = xml.parent(index);
    let grandparent = parent.and_then(|parent| xml.parent(parent));
    if let (Some(parent), Some(grandparent)) = (parent, grandparent)
        && xml.is(parent, "fetchxml")
    {
        return view(xml, grandparent, FoundText::query("saved view", text));
    }
    let near = [parent, grandparent].into_iter().flatten();
    if let Some(definition) = near.into_iter().find(|near| xml.is(*near, "datadefinition")) {
        let range = xml.range(definition);
        let whole = HostText::unescaped(xml.source.get(range.clone()).unwrap_or_default(), range.start);
        return vec![chart(&whole, FoundText::query("chart", text))];
    }
    vec![FoundText::query("FetchXML", text)]
}

/// Returns `found`, which was found in the text `text` at the node `index`, with findings about what stands
/// beside it, and then the names that are to be checked beside it.
pub(super) fn escaped(xml: &Xml<'_>, index: usize, text: &HostText, found: FoundText) -> Vec<FoundText> {
    let Some(parent) = xml.parent(index) else { return vec![found] };
    if xml.is(parent, "fetchxml")
        && let Some(query) = xml.parent(parent)
    {
        return view(xml, query, FoundText { construct: "saved view", ..found });
    }
    if xml.is(parent, "datadescription") {
        return vec![chart(text, FoundText { construct: "chart", ..found })];
    }
    vec![found]
}

/// The names of the columns that a query returns.
struct Returned {
    /// The logical name of the query's table.
    table: String,
    names: BTreeSet<String>,
    /// The aliases of links whose columns are all returned.
    whole_links: BTreeSet<String>,
    /// Whether a link has no alias, so that the names of its columns are not known.
    has_nameless_link: bool,
    /// Whether the query returns every column of its table.
    is_whole: bool,
    /// The offset in the query behind the start tag of its table.
    columns_start: Option<usize>,
}

impl Returned {
    fn read(fetch: &str) -> Self {
        let xml = Xml::parse(fetch, false);
        let mut returned = Self {
            table: String::new(),
            names: BTreeSet::new(),
            whole_links: BTreeSet::new(),
            has_nameless_link: false,
            is_whole: false,
            columns_start: None,
        };
        let mut has_column = false;
        for index in (0..xml.len()).filter(|index| xml.kind(*index) == NodeKind::Element) {
            let parent = xml.parent(index);
            let link = parent.filter(|parent| xml.is(*parent, "link-entity"));
            let link_alias = link.and_then(|link| xml.value(link, "alias"));
            match xml.name(index) {
                "entity" => {
                    returned.table = xml.value(index, "name").unwrap_or_default().to_owned();
                    let end = xml.tag_end(index);
                    let is_empty = fetch.get(..end).is_some_and(|tag| tag.ends_with("/>"));
                    returned.columns_start = (!is_empty).then_some(end);
                }
                "link-entity" => returned.has_nameless_link |= xml.value(index, "alias").is_none(),
                "attribute" => {
                    has_column |= link.is_none();
                    let name = xml.value(index, "name").unwrap_or_default();
                    if let Some(alias) = xml.value(index, "alias") {
                        returned.names.insert(alias.to_owned());
                    }
                    match (link, link_alias) {
                        (None, _) => returned.names.insert(name.to_owned()),
                        (Some(_), Some(alias)) => returned.names.insert(format!("{alias}.{name}")),
                        (Some(_), None) => false,
                    };
                }
                "all-attributes" => match (link, link_alias) {
                    (None, _) => returned.is_whole = true,
                    (Some(_), Some(alias)) => {
                        returned.whole_links.insert(alias.to_owned());
                    }
                    (Some(_), None) => {}
                },
                _ => {}
            }
        }
        returned.is_whole |= !has_column;
        returned
    }

    fn has(&self, name: &str) -> bool {
        if self.names.contains(name) {
            return true;
        }
        match name.split_once('.') {
            Some((alias, _)) => self.has_nameless_link || self.whole_links.contains(alias),
            None => self.is_whole,
        }
    }
}

/// Adds the findings about the layout of the view `query`. Returns the query of the view, and then the columns of the
/// layout that the query does not return.
fn view(xml: &Xml<'_>, query: usize, mut found: FoundText) -> Vec<FoundText> {
    let json = xml.children(query).take(MAX_SIBLINGS).find(|child| xml.is(*child, "layoutjson"));
    if let Some(json) = json.filter(|json| xml.children(*json).next().is_some()) {
        found.returned_names.extend(json_cells(&xml.text(json + 1).0));
    }
    let Some(layout) = xml.children(query).take(MAX_SIBLINGS).find(|child| xml.is(*child, "layoutxml"))
    else {
        return vec![found];
    };
    let first = layout + 1;
    let grid = xml.children(layout).find(|child| xml.is(*child, "grid"));
    let text = match grid {
        Some(grid) => {
            let range = xml.range(grid);
            HostText::unescaped(xml.source.get(range.clone()).unwrap_or_default(), range.start)
        }
        None if xml.children(layout).next().is_some() => xml.text(first).0,
        None => return vec![found],
    };
    let inner = Xml::parse(text.text(), false);
    let returned = Returned::read(found.text.text());
    let mut columns = Vec::new();
    let mut row_id = "";
    for index in 0..inner.len() {
        if inner.is(index, "row") {
            row_id = inner.value(index, "id").unwrap_or_default();
        }
        let Some(name) = inner.attribute(index, "name").filter(|_| inner.is(index, "cell")) else { continue };
        let written = text.text().get(name.value.clone()).unwrap_or_default();
        if written.is_empty() || written == row_id {
            continue;
        }
        found.returned_names.push(text.slice(name.value.clone()));
        if returned.has(written) {
            continue;
        }
        if !written.contains('.') {
            columns.push(column(&text.slice(name.value.clone()), &returned.table));
            continue;
        }
        let message = format!("the layout shows `{written}`, which the query of the view does not return");
        push(&text, name.value.clone(), written, message, &returned, &mut found);
    }
    columns.insert(0, found);
    columns
}

/// Returns the names of the cells in the layout `json`, whose names need no escape sequences.
fn json_cells(json: &HostText) -> Vec<HostText> {
    let text = json.text();
    let mut names = Vec::new();
    for (at, key) in text.match_indices("\"Name\"") {
        let start = at + key.len();
        let value = text.get(start..).unwrap_or_default().trim_start().strip_prefix(':').map(str::trim_start);
        let Some(value) = value.and_then(|value| value.strip_prefix('"')) else { continue };
        let Some(name) = value.split('"').next() else { continue };
        let start = text.len() - value.len();
        names.push(json.slice(start..start + name.len()));
    }
    names
}

/// Returns `name` as the name of a column of the table `table`.
fn column(name: &HostText, table: &str) -> FoundText {
    let mut builder = HostTextBuilder::default();
    builder.synthetic(&format!("<fetch><entity name=\"{table}\"><attribute name=\""));
    builder.append(name);
    builder.synthetic("\" /></entity></fetch>");
    FoundText::names("cell of a layout", builder.finish())
}

/// Adds the findings about the categories and measures of a chart, whose definition is `definition`.
fn chart(definition: &HostText, mut found: FoundText) -> FoundText {
    let inner = Xml::parse(definition.text(), false);
    let returned = Returned::read(found.text.text());
    let fetches = (0..inner.len()).filter(|index| inner.is(*index, "fetch")).count();
    if fetches != 1 {
        return found;
    }
    for index in 0..inner.len() {
        if !(inner.is(index, "category") || inner.is(index, "measure")) {
            continue;
        }
        let Some(alias) = inner.attribute(index, "alias") else { continue };
        let written = definition.text().get(alias.value.clone()).unwrap_or_default();
        found.returned_names.push(definition.slice(alias.value.clone()));
        if written.is_empty() || returned.names.contains(written) {
            continue;
        }
        let message = format!("the chart shows `{written}`, which its query does not return");
        push(definition, alias.value.clone(), written, message, &returned, &mut found);
    }
    found
}

/// Adds the finding `message` about the name `written` at the byte range `range` of `text`.
fn push(
    text: &HostText,
    range: Range<usize>,
    written: &str,
    message: String,
    returned: &Returned,
    found: &mut FoundText,
) {
    let Some(host) = text.host_span(range.clone()) else { return };
    let span = Span::new(host.start, host.end);
    let mut diagnostic = Diagnostic::error(code::NOT_RETURNED, span, message);
    if let Some(similar) = suggest::closest(written, returned.names.iter().map(String::as_str))
        && let Some(edits) = host_edits(text, range, similar)
    {
        diagnostic = diagnostic.suggest(maybe(format!("name `{similar}`"), edits));
    }
    let is_column = written.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let Some(at) = returned.columns_start.filter(|_| is_column)
        && let Some(edits) = host_edits(&found.text, at..at, &format!("<attribute name=\"{written}\" />"))
    {
        diagnostic = diagnostic.suggest(maybe(format!("let the query return `{written}`"), edits));
    }
    found.diagnostics.push(diagnostic);
}

fn maybe(message: String, edits: Vec<Edit>) -> Suggestion {
    Suggestion { message, edits, applicability: Applicability::Maybe }
}

fn host_edits(text: &HostText, range: Range<usize>, replacement: &str) -> Option<Vec<Edit>> {
    let edits = text.edits(range, replacement)?;
    let edit = |edit: super::super::HostEdit| Edit {
        span: Span::new(edit.start, edit.end),
        replacement: edit.replacement,
    };
    Some(edits.into_iter().map(edit).collect())
}
