//! Resolves the columns that FetchXML names by their logical names, and the `<attribute>` elements that
//! select columns. The resolver of FetchXML queries calls it.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::{Column, Edm, Table};
use fetchxml::ast::{Attribute, TextAttr};

use super::RowScope;
use crate::hir::{ColumnRef, Columns, QueryHint};
use crate::resolve::path::Row;
use crate::resolve::{Resolver, Role, plain_name, unambiguous_correction, unknown_name_diagnostic};

/// The columns that an entity or a link returns (`None` if it does not list any), and those of them that have
/// an alias, with the alias.
type Selected = (Option<Columns>, Vec<(ColumnRef, String)>);

impl<'a> Resolver<'a> {
    /// Returns the column of `table` with the logical name in the attribute `name`. Returns `None` if there
    /// is no such column, after reporting that.
    pub(super) fn fetch_column(&mut self, table: &'a Table, name: &'a TextAttr<'a>) -> Option<&'a Column> {
        let column = self.fetch_column_at(table, &name.raw, name.value_span)?;
        let row = Row { scope: 0, path: Vec::new(), table };
        self.record_use(&row, column, name.value_span);
        Some(column)
    }

    pub(super) fn fetch_column_at(&mut self, table: &'a Table, text: &str, span: Span) -> Option<&'a Column> {
        self.fetch_column_or(table, text, span, None)
    }

    /// Resolves the name of a column like [`fetch_column_at`](Self::fetch_column_at). `joined` is the column that a
    /// wrong name means, if the relationship of a link says which one.
    pub(super) fn fetch_column_or(
        &mut self,
        table: &'a Table,
        text: &str,
        span: Span,
        joined: Option<&'a Column>,
    ) -> Option<&'a Column> {
        if let Some(column) = table.column(text) {
            return Some(column);
        }
        let lower = text.to_lowercase();
        let plain = plain_name(&lower);
        let meant = table.column(plain).or_else(|| {
            // The name may be a navigation property, one of several for the targets of a lookup.
            let navigation = table.relationships.iter().find(|r| {
                r.is_single() && r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(text))
            })?;
            table.column(navigation.column.as_deref()?)
        });
        if let Some(column) = meant {
            let right = &column.logical_name;
            let code = if right.eq_ignore_ascii_case(text) {
                code::NAME_CASE
            } else {
                code::WEB_API_NAME_IN_FETCHXML
            };
            let message = format!("FetchXML names columns by their logical name: `{text}` is `{right}`");
            let d = Diagnostic::error(code, span, message);
            self.push(d.suggest(Suggestion::fix(format!("write `{right}`"), span, right.clone())));
            return Some(column);
        }
        if self.path_in_name(table, text, span) {
            return None;
        }
        let store = self.store;
        let names = || table.columns.iter().map(|c| (c.logical_name.as_str(), store.text(&c.display_name)));
        let message = format!("`{}` has no column `{text}`", table.logical_name);
        let joined = joined.map(|column| column.logical_name.as_str());
        let slip = joined.or_else(|| unambiguous_correction(table, text, names()));
        let mut d = match base_column_name(table, &lower) {
            Some(base) if slip.is_none() => {
                let message = format!(
                    "`{text}` accompanies `{base}`, and this snapshot has no columns of that kind: it was not checked"
                );
                Diagnostic::warning(code::COLUMN_NOT_IN_SNAPSHOT, span, message)
            }
            _ => unknown_name_diagnostic(table, span, message),
        };
        match slip {
            Some(slip) => {
                let message = match joined {
                    Some(_) => format!("the relationship joins `{slip}`"),
                    None => format!("did you mean `{slip}`?"),
                };
                d = d.suggest(Suggestion::fix(message, span, slip));
            }
            None => {
                for near in suggest::ranked_by(text, names(), 3) {
                    d = d.suggest(Suggestion::maybe(format!("did you mean `{near}`?"), span, near));
                }
            }
        }
        self.push(d);
        table.column(slip?)
    }

    pub(super) fn fetch_reference(&self, column: &Column, here: RowScope<'a>) -> ColumnRef {
        Row { scope: here.scope, path: Vec::new(), table: here.table }.column_ref(column, false)
    }

    /// Resolves the `<attribute>` elements of an entity or a link of a query without aggregation. `all` says
    /// whether the entity or link has `<all-attributes>`, and `here` is its row. The columns in the result
    /// are `None` if neither is present. Returns `None` after reporting a mistake.
    pub(super) fn attributes(
        &mut self,
        attributes: impl Iterator<Item = &'a Attribute<'a>>,
        all: bool,
        here: RowScope<'a>,
    ) -> Option<Selected> {
        let role = std::mem::replace(&mut self.role, Role::Select);
        let (mut columns, mut names, mut complete) = (Vec::new(), Vec::new(), true);
        let mut counted = false;
        for attribute in attributes {
            self.read(attribute.name_span);
            let Some(name) = self.attribute(&attribute.name) else { continue };
            let Some(column) = self.fetch_column(here.table, name) else {
                complete = false;
                continue;
            };
            if self.word(&attribute.rowaggregate).is_some() {
                let alias = self.attribute(&attribute.alias).map(|a| a.raw.to_string());
                self.facts.add_hint(QueryHint::CountChildren(column.logical_name.clone(), alias));
                counted = true;
                continue;
            }
            let reference = self.fetch_reference(column, here);
            if let Some(alias) = self.attribute(&attribute.alias) {
                names.push((reference.clone(), alias.raw.to_string()));
            } else if columns.contains(&reference) {
                let message = format!("`{}` is listed twice", name.raw);
                let d = Diagnostic::warning(code::DUPLICATE_NAME, name.value_span, message);
                self.push(d.suggest(Suggestion::fix("leave it out", attribute.span, "")));
                continue;
            }
            if !columns.contains(&reference) {
                columns.push(reference);
            }
        }
        self.role = role;
        let columns = match (all, columns.is_empty()) {
            (true, _) => Some(Columns::All),
            (false, true) if !counted => None,
            (false, _) => Some(Columns::Listed(columns)),
        };
        complete.then_some((columns, names))
    }
}

/// Returns the name of the column from which the virtual column `name` is derived: `statecode` for
/// `statecodename`, and `ownerid` for `owneridtype`. OData does not expose virtual columns, so a snapshot
/// made only from `$metadata` lacks them. Returns `None` if `name` is not derived from a column of `table`.
fn base_column_name<'n>(table: &Table, name: &'n str) -> Option<&'n str> {
    let knows_some = table.columns.iter().any(|c| c.attribute_of.is_some());
    let base = ["yominame", "name", "type"].iter().find_map(|end| name.strip_suffix(end))?;
    let column = table.column(base).filter(|_| !knows_some)?;
    (column.ty.is_lookup()
        || column.ty.choice().is_some()
        || matches!(column.ty.edm(), Some(Edm::Int32 | Edm::Boolean)))
    .then_some(base)
}
