//! Where the holes of a FetchXML text stand, and what they meet.
//!
//! A condition names its column and its operator itself, so what a value is compared with is read off the tree.

use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_query::functions::{self, Signature};
use dvkit_schema::{Store, StoreError};
use fetchxml::ast::{Attr, Choice as _, Condition, Fetch, Filter, LinkEntity, Operator};
use fetchxml::visit::Visit;

use super::hole_types::{HoleType, HoleUse, ValueKind, kind_of};
use super::holes::pieces;
use super::template::{Cut, Form};

/// The cuts of a query whose names have been checked.
///
/// # Errors
/// Where a table cannot be read.
pub(crate) fn cuts(
    store: &Store,
    text: &str,
    fetch: &Fetch<'_>,
) -> Result<(Vec<Cut>, Vec<Diagnostic>), StoreError> {
    let mut finder =
        HoleFinder { store, text, links: Vec::new(), cuts: Vec::new(), wrong: Vec::new(), failure: None };
    for (attr, name) in [(&fetch.top, "top"), (&fetch.count, "count"), (&fetch.page, "page")] {
        finder.page(attr.as_ref(), name);
    }
    if let Some(entity) = fetch.entity() {
        let table = entity.name.as_ref().map_or("", |n| &n.raw);
        let mut links = Links::default();
        links.visit_entity(entity);
        finder.links = links.0;
        entity.filters().for_each(|f| finder.filter(f, table));
        entity.links().for_each(|l| finder.link(l));
    }
    match finder.failure {
        Some(failure) => Err(failure),
        None => Ok((finder.cuts, finder.wrong)),
    }
}

/// The tables of links by alias.
#[derive(Default)]
struct Links(Vec<(String, String)>);

impl<'s> Visit<'s> for Links {
    fn visit_link_entity(&mut self, link: &LinkEntity<'s>) {
        if let Some(table) = &link.name {
            let alias = link.alias.as_ref().map_or(&table.raw, |a| &a.raw);
            self.0.push((alias.to_string(), table.raw.to_string()));
        }
        fetchxml::visit::walk_link_entity(self, link);
    }
}

struct HoleFinder<'w> {
    store: &'w Store,
    text: &'w str,
    links: Vec<(String, String)>,
    cuts: Vec<Cut>,
    wrong: Vec<Diagnostic>,
    failure: Option<StoreError>,
}

impl HoleFinder<'_> {
    fn page(&mut self, attr: Option<&Attr<'_, u32>>, name: &str) {
        let Some(attr) = attr.filter(|a| a.raw.contains('{')) else { return };
        let hole_types = HoleType {
            table: String::new(),
            column: Some(name.to_owned()),
            kind: Some(ValueKind::Integer),
            role: HoleUse::Number,
        };
        self.value(attr.value_span, &hole_types);
    }

    fn link(&mut self, link: &LinkEntity<'_>) {
        let table = link.name.as_ref().map_or("", |n| &n.raw);
        link.filters().for_each(|f| self.filter(f, table));
        link.links().for_each(|l| self.link(l));
    }

    fn filter(&mut self, filter: &Filter<'_>, table: &str) {
        filter.conditions().for_each(|c| self.condition(c, table));
        filter.filters().for_each(|f| self.filter(f, table));
        filter.links().for_each(|l| self.link(l));
    }

    fn condition(&mut self, condition: &Condition<'_>, table: &str) {
        let Some(operator) = condition.operator.as_ref().and_then(|o| o.value) else { return };
        let alias = condition.entityname.as_ref().map(|e| &*e.raw);
        let table = match alias {
            Some(alias) => {
                self.links.iter().find(|(a, _)| a == alias).map_or_else(String::new, |(_, t)| t.clone())
            }
            None => table.to_owned(),
        };
        let column = condition.attribute.as_ref().map_or("", |a| &a.raw);
        let kind = match self.store.table(&table) {
            Ok(found) => found.and_then(|t| t.column(column)).and_then(kind_of),
            Err(error) => return self.failure = self.failure.take().or(Some(error)),
        };
        let mut hole_types = HoleType { table, column: Some(column.to_owned()), kind, role: role(operator) };
        if hole_types.role == HoleUse::Number {
            hole_types.kind = Some(ValueKind::Integer);
        }
        // One option of several.
        if hole_types.kind == Some(ValueKind::Choices) {
            hole_types.kind = Some(ValueKind::Choice);
        }
        if let Some(value) = &condition.value {
            if hole_types.role == HoleUse::List {
                hole_types.role = HoleUse::Compare;
            }
            self.value(value.value_span, &hole_types);
        }
        let values: Vec<_> = condition.values().collect();
        for value in &values {
            let raw = value.text_span.of(self.text);
            match (pieces(raw), values.len()) {
                (Ok(parts), 1)
                    if hole_types.role == HoleUse::List
                        && parts.len() == 1
                        && parts[0].range.len() == raw.trim().len() =>
                {
                    let source = parts[0].source.to_owned();
                    let range = value.span.range();
                    self.cuts.push(Cut { range, source, form: Form::List, hole_types: hole_types.clone() });
                }
                _ => {
                    let role =
                        if hole_types.role == HoleUse::List { HoleUse::Compare } else { hole_types.role };
                    self.value(value.text_span, &HoleType { role, ..hole_types.clone() });
                }
            }
        }
    }

    /// A value in which there may be holes.
    fn value(&mut self, span: Span, hole_types: &HoleType) {
        let raw = span.of(self.text);
        let parts = match pieces(raw) {
            Ok(parts) => parts,
            Err(message) => {
                self.wrong.push(Diagnostic::error(code::PLACEHOLDER, span, message));
                return;
            }
        };
        let whole = parts.len() == 1 && parts[0].range.len() == raw.trim().len();
        if !whole && !parts.is_empty() && hole_types.kind != Some(ValueKind::Text) {
            let message = format!("`{raw}` is put together from pieces; a hole is a whole value");
            let help = "put the value together in Rust, and give it in one hole";
            self.wrong.push(Diagnostic::error(code::PLACEHOLDER, span, message).help(help));
            return;
        }
        let start = span.range().start;
        for part in parts {
            self.cuts.push(Cut {
                range: start + part.range.start..start + part.range.end,
                source: part.source.to_owned(),
                form: if whole { Form::Value } else { Form::Inner },
                hole_types: hole_types.clone(),
            });
        }
    }
}

fn role(operator: Operator) -> HoleUse {
    let signature = operator.function().and_then(functions::find).map(|f| f.signature);
    match signature {
        Some(Signature::List) => HoleUse::List,
        Some(Signature::Number | Signature::Period) => HoleUse::Number,
        Some(Signature::Value | Signature::Column) => HoleUse::Compare,
        None if operator.as_str().contains("like") || operator.as_str().contains("with") => HoleUse::Pattern,
        None => HoleUse::Compare,
    }
}
