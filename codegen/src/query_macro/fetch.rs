//! Finds the placeholders of a FetchXML query, and the column that each of them is compared with.
//!
//! A condition in FetchXML names its column and its operator, so both are read from the syntax tree. (For
//! OData they are read from the HIR, the resolved form of the query; see `hole_types`.)

use dvkit_diagnostic::{Diagnostic, Span, code};
use dvkit_query::functions::{self, Signature};
use dvkit_schema::{Store, StoreError};
use fetchxml::ast::{Attr, Condition, Fetch, Filter, Keyword as _, LinkEntity, Operator};
use fetchxml::visit::Visit;

use super::hole_types::{HoleType, HoleUse, ValueKind, kind_of};
use super::holes::holes_in;
use super::template::{Splice, SpliceFormat};

/// Returns the ranges of `text` that the values of placeholders replace, and errors about the placeholders.
/// The caller has already checked the names of tables and columns in the query.
///
/// # Errors
/// Returns an error if a table of the snapshot cannot be read.
pub(crate) fn splices(
    store: &Store,
    text: &str,
    fetch: &Fetch<'_>,
) -> Result<(Vec<Splice>, Vec<Diagnostic>), StoreError> {
    let mut finder =
        HoleFinder { store, text, links: Vec::new(), splices: Vec::new(), wrong: Vec::new(), failure: None };
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
        None => Ok((finder.splices, finder.wrong)),
    }
}

/// For each `link-entity` of the query, its alias and the logical name of its table. A `link-entity` without
/// an alias has the table's name as alias.
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
    splices: Vec<Splice>,
    wrong: Vec<Diagnostic>,
    failure: Option<StoreError>,
}

impl HoleFinder<'_> {
    fn page(&mut self, attr: Option<&Attr<'_, u32>>, name: &str) {
        let Some(attr) = attr.filter(|a| a.raw.contains('{')) else { return };
        let hole_type = HoleType {
            table: String::new(),
            column: Some(name.to_owned()),
            kind: Some(ValueKind::Integer),
            usage: HoleUse::Number,
        };
        self.value(attr.value_span, &hole_type);
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
        let mut hole_type =
            HoleType { table, column: Some(column.to_owned()), kind, usage: usage_with(operator) };
        if hole_type.usage == HoleUse::Number {
            hole_type.kind = Some(ValueKind::Integer);
        }
        // A condition takes single options of a multi-select column.
        if hole_type.kind == Some(ValueKind::Choices) {
            hole_type.kind = Some(ValueKind::Choice);
        }
        if let Some(value) = &condition.value {
            if hole_type.usage == HoleUse::List {
                hole_type.usage = HoleUse::Compare;
            }
            self.value(value.value_span, &hole_type);
        }
        let values: Vec<_> = condition.values().collect();
        for value in &values {
            let raw = value.text_span.of(self.text);
            match (holes_in(raw), values.len()) {
                (Ok(parts), 1)
                    if hole_type.usage == HoleUse::List
                        && parts.len() == 1
                        && parts[0].range.len() == raw.trim().len() =>
                {
                    let source = parts[0].source.to_owned();
                    let range = value.span.range();
                    self.splices.push(Splice {
                        range,
                        source,
                        format: SpliceFormat::List,
                        hole_type: hole_type.clone(),
                    });
                }
                _ => {
                    let usage =
                        if hole_type.usage == HoleUse::List { HoleUse::Compare } else { hole_type.usage };
                    self.value(value.text_span, &HoleType { usage, ..hole_type.clone() });
                }
            }
        }
    }

    /// Adds a splice for each placeholder in the attribute value at `span`, or an error. `hole_type`
    /// describes the column that the value is compared with.
    fn value(&mut self, span: Span, hole_type: &HoleType) {
        let raw = span.of(self.text);
        let parts = match holes_in(raw) {
            Ok(parts) => parts,
            Err(message) => {
                self.wrong.push(Diagnostic::error(code::PLACEHOLDER, span, message));
                return;
            }
        };
        let whole = parts.len() == 1 && parts[0].range.len() == raw.trim().len();
        if !whole && !parts.is_empty() && hole_type.kind != Some(ValueKind::Text) {
            let message = format!("`{raw}` is put together from pieces; a placeholder is a whole value");
            let help = "put the value together in Rust, and give it in one placeholder";
            self.wrong.push(Diagnostic::error(code::PLACEHOLDER, span, message).help(help));
            return;
        }
        let start = span.range().start;
        for part in parts {
            self.splices.push(Splice {
                range: start + part.range.start..start + part.range.end,
                source: part.source.to_owned(),
                format: if whole { SpliceFormat::Value } else { SpliceFormat::Inner },
                hole_type: hole_type.clone(),
            });
        }
    }
}

/// Returns how the FetchXML operator `operator` uses its value.
fn usage_with(operator: Operator) -> HoleUse {
    let signature = operator.function().and_then(functions::find).map(|f| f.signature);
    match signature {
        Some(Signature::List) => HoleUse::List,
        Some(Signature::Number | Signature::Period) => HoleUse::Number,
        Some(Signature::Value | Signature::Column) => HoleUse::Compare,
        None if operator.as_str().contains("like") || operator.as_str().contains("with") => HoleUse::Pattern,
        None => HoleUse::Compare,
    }
}
