//! Rewrites a path through `ownerid`, such as `ownerid/fullname`, to one through `owninguser` or
//! `owningteam`. The resolver of paths calls it.
//!
//! `ownerid` leads to the abstract table `principal`, which has only its key. The rewrite is exact if only
//! users or only teams have the column, because for rows with the other type of owner neither path has a
//! value. If both have the column, both paths are suggested.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use dvkit_schema::{Relationship, Table, TableKind};
use odata_parser::ast::{Segment, SegmentKind};

use crate::resolve::{Resolver, Rewrite};

impl<'a> Resolver<'a> {
    /// Reports a path that goes through `ownerid` to a column of the owner, and returns the relationship of
    /// `owninguser` or `owningteam` to follow instead. `rest` is the path after `ownerid`. Returns `None` for
    /// any other path; then nothing is reported.
    pub(crate) fn rewrite_owner_path(
        &mut self,
        table: &'a Table,
        relationship: &'a Relationship,
        span: Span,
        rest: &'a [Segment<'a>],
    ) -> Option<Rewrite<&'a Relationship>> {
        if !relationship.is_single() || relationship.column.as_deref() != Some("ownerid") {
            return None;
        }
        let principal = matches!(relationship.table.as_str(), "principal" | "owner")
            || self.table(&relationship.table).is_some_and(|t| t.kind == Some(TableKind::Abstract));
        let first = rest.first()?;
        let column = match &first.kind {
            SegmentKind::Name(name) => *name,
            SegmentKind::Call(_) => "",
            _ => return None,
        };
        if !principal || column == "ownerid" {
            return None;
        }
        let owning = |column: &'static str| table.lookups_of(column).find(|r| r.navigation.is_some());
        let candidates: Vec<&Relationship> =
            ["owninguser", "owningteam"].into_iter().filter_map(owning).collect();
        let fitting: Vec<&Relationship> =
            candidates.iter().filter(|r| self.leads_on(&r.table, rest)).copied().collect();
        let message = match fitting.as_slice() {
            [one] => format!(
                "`ownerid` leads to the abstract `principal`; `{column}` is a column of `{}`",
                one.table
            ),
            [] => format!("neither a user nor a team has a column `{column}`"),
            _ => format!("`ownerid` leads to the abstract `principal`; users and teams both have `{column}`"),
        };
        let mut d = Diagnostic::error(code::OWNER_PATH, span, message);
        match fitting.as_slice() {
            [one] => {
                let navigation = one.navigation.as_deref().unwrap_or_default();
                d = d
                    .suggest(Suggestion::fix(format!("write `{navigation}`"), span, navigation))
                    .help(format!("rows that are owned otherwise never match: `{navigation}` is null there"));
            }
            _ => {
                for r in &candidates {
                    let navigation = r.navigation.as_deref().unwrap_or_default();
                    d = d.suggest(Suggestion::maybe(
                        format!("use the navigation property to `{}`", r.table),
                        span,
                        navigation,
                    ));
                }
            }
        }
        self.push(d);
        Some(match fitting.as_slice() {
            [one] => Rewrite::Done(one),
            _ => Rewrite::Reported,
        })
    }
}
