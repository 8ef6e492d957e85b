//! Rewrites a path through a polymorphic lookup to a path through the navigation property to one of its
//! tables. The rewrite of lookup columns (`lookup_column`) calls it.
//!
//! The rewrite is exact if the rest of the path exists in only one of the tables. If it exists in several,
//! the path to each of them is suggested, and also the conditions for all of them joined by `or`. The option
//! [`CheckOptions::targets`](crate::CheckOptions::targets) can choose the table.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Column, Relationship, Table};
use odata_parser::ast::{Segment, SegmentKind};

use crate::hir::Comparison;
use crate::resolve::{Resolver, message, plain_name, property_name, unknown_name_diagnostic};

impl<'a> Resolver<'a> {
    pub(crate) fn rewrite_polymorphic_path(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        candidates: &[&'a Relationship],
        written: &str,
        span: Span,
        rest: &'a [Segment<'a>],
    ) -> Option<(&'a Relationship, usize)> {
        if let Some((relationship, consumed, end)) = self.named_target(candidates, rest) {
            let navigation = relationship.navigation.as_deref().unwrap_or_default();
            let message =
                format!("Dataverse has no type casts in a filter; `{navigation}` leads to that table");
            let whole = Span { start: span.start, end: end.end };
            self.push(Diagnostic::error(code::TYPE_CAST, whole, message).suggest(Suggestion::fix(
                format!("write `{navigation}`"),
                whole,
                navigation,
            )));
            return Some((relationship, consumed));
        }
        let chosen = self.target(table, column).map(str::to_owned);
        let fitting: Vec<&Relationship> = match &chosen {
            Some(target) => {
                candidates.iter().filter(|r| r.table.eq_ignore_ascii_case(target)).copied().collect()
            }
            None => candidates.iter().filter(|r| self.leads_on(&r.table, rest)).copied().collect(),
        };
        // An activity has two navigation properties to each target. The documented one is
        // `regardingobjectid_account_task`; the inherited name is its prefix.
        let fitting = most_specific(fitting);
        let step = rest.first().map(|s| s.span.of(self.source)).unwrap_or_default().to_owned();
        match fitting.as_slice() {
            [] => {
                let targets = message::names(candidates.iter().map(|r| r.table.as_str()));
                let message = match chosen {
                    Some(target) => format!("`{written}` cannot point to `{target}`; it points to {targets}"),
                    None => format!("`{written}` can point to {targets}, and none of them has `{step}`"),
                };
                let in_part = candidates.iter().find_map(|r| self.table(&r.table).filter(|t| t.partial));
                let mut d = unknown_name_diagnostic(in_part.unwrap_or(table), span, message);
                for r in most_specific(candidates.to_vec()).iter().take(6) {
                    let navigation = r.navigation.as_deref().unwrap_or_default();
                    d = d.suggest(Suggestion::maybe(
                        format!("use the navigation property to `{}`", r.table),
                        span,
                        navigation,
                    ));
                }
                self.push(d);
                None
            }
            [one] => {
                let navigation = one.navigation.as_deref().unwrap_or_default();
                let message = match chosen {
                    Some(_) => format!(
                        "`{written}` can point to several tables; to `{}` it is followed by `{navigation}`",
                        one.table
                    ),
                    None => format!(
                        "`{written}` can point to {}, and only `{}` has `{step}`",
                        count_words(candidates),
                        one.table
                    ),
                };
                let d = Diagnostic::error(code::POLYMORPHIC_PATH, span, message)
                    .label(span, "a lookup to several tables is followed by the navigation property of one");
                let text = format!("use the navigation property to `{}`", one.table);
                if chosen.is_none() && self.may_lead_elsewhere(candidates, one) {
                    self.push(d.suggest(Suggestion::maybe(text, span, navigation)));
                    return None;
                }
                self.push(d.suggest(Suggestion::fix(text, span, navigation)));
                Some((one, 0))
            }
            several => {
                let tables = message::names(several.iter().map(|r| r.table.as_str()));
                let message =
                    format!("`{written}` can point to several tables, and {tables} all have `{step}`");
                let mut d = Diagnostic::error(code::AMBIGUOUS_TARGET, span, message).help(format!(
                    "choose one of them, for good with `--target {}={}`",
                    column.logical_name, several[0].table
                ));
                for r in several {
                    let navigation = r.navigation.as_deref().unwrap_or_default();
                    d = d.suggest(Suggestion::maybe(
                        format!("use the navigation property to `{}`", r.table),
                        span,
                        navigation,
                    ));
                }
                if let Some(either) = self.either(several, span) {
                    d = d.suggest(either);
                }
                self.push(d);
                None
            }
        }
    }

    /// Returns whether the relationship of the lookup may be another one of `candidates` than `one`. This is
    /// so if the snapshot contains only some columns of another table, which may therefore have the columns
    /// in question too.
    pub(crate) fn may_lead_elsewhere(&mut self, candidates: &[&Relationship], one: &Relationship) -> bool {
        let others = candidates.iter().filter(|r| r.table != one.table);
        others.into_iter().any(|r| self.table(&r.table).is_some_and(|t| t.partial))
    }

    /// Returns the logical name of the table that [`CheckOptions::targets`](crate::CheckOptions::targets)
    /// gives for the lookup `column` of `table`; `None` if it gives none.
    pub(crate) fn target(&self, table: &Table, column: &Column) -> Option<&str> {
        let targets = &self.options.targets;
        if targets.is_empty() {
            return None;
        }
        let own = targets.get(&format!("{}.{}", table.logical_name, column.logical_name));
        own.or_else(|| targets.get(&column.logical_name)).map(String::as_str)
    }

    /// Returns the one of `candidates`, the relationships of a polymorphic lookup, whose table is named by
    /// the first segment of `rest`, the path after the lookup. Examples are
    /// `regardingobjectid/Microsoft.Dynamics.CRM.account/name` and `regardingobjectid/account/name`. The
    /// result also has the number of segments that name the table, and their span. Returns `None` if no table
    /// is named.
    fn named_target(
        &self,
        candidates: &[&'a Relationship],
        rest: &'a [Segment<'a>],
    ) -> Option<(&'a Relationship, usize, Span)> {
        let first = rest.first()?;
        let target = match &first.kind {
            SegmentKind::Qualified(name) => name.rsplit('.').next()?,
            SegmentKind::Name(name) if rest.len() > 1 => name,
            _ => return None,
        };
        let fitting = candidates.iter().filter(|r| r.table.eq_ignore_ascii_case(target)).copied().collect();
        Some((*most_specific(fitting).first()?, 1, first.span))
    }

    /// Returns whether the path `rest` can be resolved from a row of the table with the logical name `table`.
    /// Letter case is ignored, and nothing is reported.
    pub(crate) fn leads_on(&mut self, table: &str, rest: &'a [Segment<'a>]) -> bool {
        let Some(table) = self.table(table) else { return false };
        let Some((first, behind)) = rest.split_first() else { return true };
        let name = match &first.kind {
            SegmentKind::Name(name) => name.to_lowercase(),
            SegmentKind::Call(call) => {
                return property_name(call).is_none_or(|n| table.column(&n.to_lowercase()).is_some());
            }
            _ => return true,
        };
        let plain = plain_name(&name);
        let navigates = |r: &&Relationship| {
            r.navigation.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(&name))
                || r.column.as_deref() == Some(plain)
        };
        if behind.is_empty() {
            return table.column(plain).is_some()
                || table
                    .columns
                    .iter()
                    .any(|c| c.property.as_deref().is_some_and(|p| p.eq_ignore_ascii_case(&name)))
                || table.relationships.iter().any(|r| navigates(&r));
        }
        let managed = table.column(plain).is_some_and(|c| c.ty == dvkit_schema::ColumnType::ManagedProperty);
        let next: Vec<&str> =
            table.relationships.iter().filter(navigates).map(|r| r.table.as_str()).collect();
        managed || next.into_iter().any(|t| self.leads_on(t, behind))
    }

    /// Returns a suggestion that replaces the condition by conditions for each of the relationships
    /// `several`, joined by `or`. `span` is the position of the lookup within the condition. Returns `None`
    /// if this would change the meaning, as for the operator `ne`.
    fn either(&self, several: &[&Relationship], span: Span) -> Option<Suggestion> {
        let whole = self.current.span;
        if self.current.op == Some(Comparison::Ne) || span.start < whole.start || span.end > whole.end {
            return None;
        }
        let before = Span { start: whole.start, end: span.start }.of(self.source);
        let after = Span { start: span.end, end: whole.end }.of(self.source);
        let each: Vec<String> = several
            .iter()
            .map(|r| format!("{before}{}{after}", r.navigation.as_deref().unwrap_or_default()))
            .collect();
        Some(Suggestion::maybe("any of them", whole, format!("({})", each.join(" or "))))
    }
}

/// Returns the relationships, sorted by navigation property, without those that have a more specific one to
/// the same table: one whose navigation property has the same name followed by `_` and more.
pub(crate) fn most_specific(mut relationships: Vec<&Relationship>) -> Vec<&Relationship> {
    relationships.sort_by_key(|r| std::cmp::Reverse(r.navigation.as_ref().map_or(0, String::len)));
    let mut kept: Vec<&Relationship> = Vec::with_capacity(relationships.len());
    for r in relationships {
        let inherited = |k: &&&Relationship| {
            k.table == r.table
                && match (&k.navigation, &r.navigation) {
                    (Some(long), Some(short)) => {
                        long.strip_prefix(short.as_str()).is_some_and(|e| e.starts_with('_'))
                    }
                    _ => false,
                }
        };
        if !kept.iter().any(|k| inherited(&k)) {
            kept.push(r);
        }
    }
    kept.sort_by(|a, b| a.navigation.cmp(&b.navigation));
    kept
}

fn count_words(candidates: &[&Relationship]) -> String {
    let mut tables: Vec<&str> = candidates.iter().map(|r| r.table.as_str()).collect();
    tables.sort_unstable();
    tables.dedup();
    match tables.len() {
        2 => "two tables".to_owned(),
        3 => "three tables".to_owned(),
        n => format!("{n} tables"),
    }
}
