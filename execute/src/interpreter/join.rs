//! Evaluates joins.

use super::data::{BoundRow, Scope};
use super::{EvalError, Evaluator};
use dvkit_query::hir::{Join, JoinKind};

/// Joined rows with their aliases.
type Bindings<'d> = Vec<(&'d str, BoundRow<'d>)>;

impl<'d> Evaluator<'d> {
    /// Returns one scope for each combination of rows that the joins give.
    pub(super) fn joined(&self, scope: Scope<'d>, joins: &'d [Join]) -> Result<Vec<Scope<'d>>, EvalError> {
        let mut scopes = vec![scope];
        for join in joins {
            let mut next = Vec::new();
            for scope in scopes {
                for bindings in self.partners(&scope, join)? {
                    let mut scope = scope.clone();
                    scope.joined.extend(bindings);
                    next.push(scope);
                }
            }
            scopes = next;
        }
        Ok(scopes)
    }

    /// Returns, for each row that the join finds for the row of the scope, the rows of the join and its
    /// nested joins.
    fn partners(&self, scope: &Scope<'d>, join: &'d Join) -> Result<Vec<Bindings<'d>>, EvalError> {
        let mut found: Vec<Bindings<'d>> = Vec::new();
        let value = scope.rows.first().and_then(|row| row.get(&join.to));
        for row in value.into_iter().flat_map(|v| self.rows_where(&join.table, &join.from, v)) {
            let bound = BoundRow { table: &join.table, row: Some(row) };
            let mut inner = scope.seen_from(bound);
            inner.joined.push((&join.alias, bound));
            if self.keeps(&inner, &join.predicate)? {
                let outside = scope.joined.len();
                let deeper = self.joined(inner, &join.joins)?;
                found.extend(deeper.into_iter().map(|mut s| s.joined.split_off(outside)));
            }
        }
        match join.kind {
            JoinKind::Inner => {}
            JoinKind::Outer if found.is_empty() => found.push(nothing(join)),
            JoinKind::Outer => {}
            JoinKind::First => found.truncate(1),
            JoinKind::Exists => {
                found.truncate(1);
                found.iter_mut().for_each(Vec::clear);
            }
        }
        Ok(found)
    }
}

/// Returns the rows of an outer join that found no row: all of them, nested ones too, are missing.
fn nothing(join: &Join) -> Bindings<'_> {
    let own = (&*join.alias, BoundRow { table: &join.table, row: None });
    std::iter::once(own).chain(join.joins.iter().flat_map(nothing)).collect()
}
