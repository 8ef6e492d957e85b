//! Where the holes of a FetchXML text stand, and what they meet.
//!
//! A condition names its column and its operator itself, so what a value is compared with is read off the tree.

use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_query::functions::{self, Signature};
use dvkit_schema::{Store, StoreError};
use fetchxml::ast::{Attr, Condition, Fetch, Filter, Keyword as _, LinkEntity, Operator};
use fetchxml::visit::Visit;

use super::holes::pieces;
use super::meets::{Kind, Meets, Role, kind_of};
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
    let mut walk =
        Walk { store, text, links: Vec::new(), cuts: Vec::new(), wrong: Vec::new(), failure: None };
    for (attr, name) in [(&fetch.top, "top"), (&fetch.count, "count"), (&fetch.page, "page")] {
        walk.page(attr.as_ref(), name);
    }
    if let Some(entity) = fetch.entity() {
        let table = entity.name.as_ref().map_or("", |n| &n.raw);
        let mut links = Links::default();
        links.visit_entity(entity);
        walk.links = links.0;
        entity.filters().for_each(|f| walk.filter(f, table));
        entity.links().for_each(|l| walk.link(l));
    }
    match walk.failure {
        Some(failure) => Err(failure),
        None => Ok((walk.cuts, walk.wrong)),
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

struct Walk<'w> {
    store: &'w Store,
    text: &'w str,
    links: Vec<(String, String)>,
    cuts: Vec<Cut>,
    wrong: Vec<Diagnostic>,
    failure: Option<StoreError>,
}

impl Walk<'_> {
    fn page(&mut self, attr: Option<&Attr<'_, u32>>, name: &str) {
        let Some(attr) = attr.filter(|a| a.raw.contains('{')) else { return };
        let meets = Meets {
            table: String::new(),
            column: Some(name.to_owned()),
            kind: Some(Kind::Integer),
            role: Role::Number,
        };
        self.value(attr.value_span, &meets);
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
        let mut meets = Meets { table, column: Some(column.to_owned()), kind, role: role(operator) };
        if meets.role == Role::Number {
            meets.kind = Some(Kind::Integer);
        }
        // One option of several.
        if meets.kind == Some(Kind::Choices) {
            meets.kind = Some(Kind::Choice);
        }
        if let Some(value) = &condition.value {
            if meets.role == Role::List {
                meets.role = Role::Compare;
            }
            self.value(value.value_span, &meets);
        }
        let values: Vec<_> = condition.values().collect();
        for value in &values {
            let raw = value.text_span.of(self.text);
            match (pieces(raw), values.len()) {
                (Ok(parts), 1)
                    if meets.role == Role::List
                        && parts.len() == 1
                        && parts[0].range.len() == raw.trim().len() =>
                {
                    let source = parts[0].source.to_owned();
                    let range = value.span.range();
                    self.cuts.push(Cut { range, source, form: Form::List, meets: meets.clone() });
                }
                _ => {
                    let role = if meets.role == Role::List { Role::Compare } else { meets.role };
                    self.value(value.text_span, &Meets { role, ..meets.clone() });
                }
            }
        }
    }

    /// A value in which there may be holes.
    fn value(&mut self, span: Span, meets: &Meets) {
        let raw = span.of(self.text);
        let parts = match pieces(raw) {
            Ok(parts) => parts,
            Err(message) => {
                self.wrong.push(Diagnostic::error(code::PLACEHOLDER, span, message));
                return;
            }
        };
        let whole = parts.len() == 1 && parts[0].range.len() == raw.trim().len();
        if !whole && !parts.is_empty() && meets.kind != Some(Kind::Text) {
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
                meets: meets.clone(),
            });
        }
    }
}

fn role(operator: Operator) -> Role {
    let signature = operator.function().and_then(functions::find).map(|f| f.signature);
    match signature {
        Some(Signature::List) => Role::List,
        Some(Signature::Number | Signature::Period) => Role::Number,
        Some(Signature::Value | Signature::Column) => Role::Compare,
        None if operator.as_str().contains("like") || operator.as_str().contains("with") => Role::Pattern,
        None => Role::Compare,
    }
}
