//! Joins: the rows beside a row.

use super::data::{Bound, Scope};
use super::{Error, Evaluator};
use dvkit_query::hir::{Join, JoinKind};

/// What joins bind, by alias.
type Bindings<'d> = Vec<(&'d str, Bound<'d>)>;

impl<'d> Evaluator<'d> {
    /// A scope becomes as many as its row has partners, or none.
    pub(super) fn joined(&self, scope: Scope<'d>, joins: &'d [Join]) -> Result<Vec<Scope<'d>>, Error> {
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

    /// What a join binds beside the row of a scope, once a partner.
    fn partners(&self, scope: &Scope<'d>, join: &'d Join) -> Result<Vec<Bindings<'d>>, Error> {
        let mut found: Vec<Bindings<'d>> = Vec::new();
        let value = scope.rows.first().and_then(|row| row.get(&join.to));
        for row in value.into_iter().flat_map(|v| self.rows_where(&join.table, &join.from, v)) {
            let bound = Bound { table: &join.table, row: Some(row) };
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

/// The bindings of an outer join that found nothing: the joins below it found nothing either.
fn nothing(join: &Join) -> Bindings<'_> {
    let own = (&*join.alias, Bound { table: &join.table, row: None });
    std::iter::once(own).chain(join.joins.iter().flat_map(nothing)).collect()
}
