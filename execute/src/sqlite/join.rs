//! Translates joins to SQL.
//!
//! Inner joins become `JOIN`s one after another. An outer join and the joins nested in it become one group,
//! with all their conditions in its `ON`. A row for which the group is incomplete is kept, without joined
//! rows. A join of the kind `exists` becomes `EXISTS`. For a join that gives only the first of several rows,
//! a subquery finds the row with the least key.

use dvkit_diagnostic::code;

use super::operand::Operand;
use super::source::Source;
use super::{Emitter, Row, Scope};
use dvkit_query::hir::{Join, JoinKind};

/// The form of a join in SQL, which also depends on the enclosing joins.
#[derive(Clone, Copy, PartialEq)]
enum SqlJoin {
    Inner,
    Outer,
    First,
    OuterFirst,
}

/// The tables and conditions of an outer join with the joins nested in it.
struct Group<'q> {
    from: String,
    tables: usize,
    conditions: Vec<String>,
    /// Nested outer joins, which become groups of their own after this one, with the rows that they are
    /// joined to.
    after: Vec<(&'q Join, Row)>,
}

impl Emitter<'_> {
    /// Adds joins to the row of the scope, and adds the joined rows to the scope.
    pub(super) fn joined(&mut self, source: &mut Source, scope: &mut Scope, joins: &[Join]) {
        let Some(row) = scope.rows.first().cloned() else { return };
        for join in joins {
            self.join(source, scope, &row, join, false);
        }
        self.ties_of_joins(source, scope, joins);
    }

    /// Adds the keys of the joined rows to the columns that order the result. The key of an outer join is
    /// added before the keys of joins nested in it.
    fn ties_of_joins(&mut self, source: &mut Source, scope: &Scope, joins: &[Join]) {
        for join in joins {
            if let Some((_, row)) = scope.joined.iter().find(|(alias, _)| *alias == join.alias) {
                let ties = self.key_order(row);
                source.ties.extend(ties);
                self.ties_of_joins(source, scope, &join.joins);
            }
        }
    }

    /// Adds a join to the row `to`. `first` says whether only the first matching row is joined. If SQL cannot
    /// express this, the reason is recorded and the result is `None`.
    fn join(
        &mut self,
        source: &mut Source,
        scope: &mut Scope,
        to: &Row,
        join: &Join,
        first: bool,
    ) -> Option<()> {
        let Some(kind) = kind(join, first) else {
            let exists = self.partner_exists(scope, to, join)?;
            source.conditions.push(exists);
            return Some(());
        };
        if kind == SqlJoin::Outer {
            return self.outer(source, scope, to, join);
        }
        let row = self.bound(scope, join);
        let (word, on) = match kind {
            SqlJoin::Inner => ("JOIN", self.partner(scope, to, &row, join)?),
            SqlJoin::OuterFirst => ("LEFT JOIN", vec![self.first_partner(scope, to, &row, join)?]),
            SqlJoin::First | SqlJoin::Outer => ("JOIN", vec![self.first_partner(scope, to, &row, join)?]),
        };
        source.join(word, 1, &Self::from(&row), &on);
        let below = first || matches!(kind, SqlJoin::First | SqlJoin::OuterFirst);
        for inner in &join.joins {
            // The first row was chosen because this row exists.
            if below && inner.kind == JoinKind::Exists {
                continue;
            }
            let outer = kind == SqlJoin::OuterFirst;
            self.below_first(source, scope, &row, inner, below, outer);
        }
        Some(())
    }

    fn below_first(
        &mut self,
        source: &mut Source,
        scope: &mut Scope,
        to: &Row,
        join: &Join,
        first: bool,
        outer: bool,
    ) {
        if !outer {
            self.join(source, scope, to, join, first);
            return;
        }
        // A join nested in one without a partner has no partner.
        let outer = Join { kind: JoinKind::Outer, ..join.clone() };
        self.join(source, scope, to, &outer, true);
    }

    /// Returns a new row for a join, after adding it to the scope under the join's alias.
    fn bound(&mut self, scope: &mut Scope, join: &Join) -> Row {
        let row = self.row(&join.table);
        scope.joined.push((join.alias.clone(), row.clone()));
        row
    }

    fn outer(&mut self, source: &mut Source, scope: &mut Scope, to: &Row, join: &Join) -> Option<()> {
        let row = self.bound(scope, join);
        let conditions = self.partner(scope, to, &row, join)?;
        let mut group = Group { from: Self::from(&row), tables: 1, conditions, after: Vec::new() };
        self.group_below(scope, &row, join, &mut group)?;
        let what = if group.tables > 1 { format!("({})", group.from) } else { group.from };
        source.join("LEFT JOIN", group.tables, &what, &group.conditions);
        for (join, to) in group.after {
            self.outer(source, scope, &to, join)?;
        }
        Some(())
    }

    /// Adds the joins nested in the row `to` to the group. Their equal columns are compared in the group;
    /// other conditions may name rows outside, so they are conditions of the whole group.
    fn group_below<'q>(
        &mut self,
        scope: &mut Scope,
        to: &Row,
        join: &'q Join,
        group: &mut Group<'q>,
    ) -> Option<()> {
        for inner in &join.joins {
            match inner.kind {
                JoinKind::Exists => {
                    let exists = self.partner_exists(scope, to, inner)?;
                    group.conditions.push(exists);
                    continue;
                }
                JoinKind::Outer => {
                    group.after.push((inner, to.clone()));
                    continue;
                }
                JoinKind::First if !inner.joins.is_empty() => {
                    let message = format!("`{}` gives one of several rows below an outer join", inner.alias);
                    self.refuse(code::JOIN_UNSUPPORTED, message);
                    return None;
                }
                JoinKind::Inner | JoinKind::First => {}
            }
            let row = self.bound(scope, inner);
            let (own, other) = (self.column_of_row(&row, &inner.from)?, self.column_of_row(to, &inner.to)?);
            let equal = self.equal(&own, &other)?;
            group.from = format!("{} JOIN {} ON {equal}", group.from, Self::from(&row));
            group.tables += 1;
            if inner.kind == JoinKind::First {
                let first = self.first_partner(scope, to, &row, inner)?;
                group.conditions.push(first);
            } else {
                group.conditions.extend(self.filter(&scope.seen_from(row.clone()), &inner.predicate));
                self.group_below(scope, &row, inner, group)?;
            }
        }
        Some(())
    }

    /// Returns the conditions that `row` matches the join to the row `to`.
    fn partner(&mut self, scope: &Scope, to: &Row, row: &Row, join: &Join) -> Option<Vec<String>> {
        let (own, other) = (self.column_of_row(row, &join.from), self.column_of_row(to, &join.to));
        let (own, other): (Operand, Operand) = (own?, other?);
        let mut conditions = vec![self.equal(&own, &other)?];
        conditions.extend(self.filter(&scope.seen_from(row.clone()), &join.predicate));
        Some(conditions)
    }

    /// Returns the condition that `row` matches the join to the row `to`, and that the joins nested in it
    /// have matching rows too.
    fn whole_partner(&mut self, scope: &Scope, to: &Row, row: &Row, join: &Join) -> Option<String> {
        let mut inner = scope.clone();
        inner.joined.push((join.alias.clone(), row.clone()));
        let mut conditions = self.partner(&inner, to, row, join)?;
        for below in join.joins.iter().filter(|j| j.kind != JoinKind::Outer) {
            conditions.push(self.partner_exists(&inner, row, below)?);
        }
        Some(conditions.join(" AND "))
    }

    fn partner_exists(&mut self, scope: &Scope, to: &Row, join: &Join) -> Option<String> {
        let row = self.row(&join.table);
        let found = self.whole_partner(scope, to, &row, join)?;
        Some(format!("EXISTS (SELECT 1 FROM {} WHERE {found})", Self::from(&row)))
    }

    /// Returns the condition that `row` is the first of the rows that match the join to the row `to`.
    fn first_partner(&mut self, scope: &Scope, to: &Row, row: &Row, join: &Join) -> Option<String> {
        let key = self.key(&join.table)?;
        let candidate = self.row(&join.table);
        let mut outside = scope.clone();
        outside.joined.retain(|(alias, _)| *alias != join.alias);
        let found = self.whole_partner(&outside, to, &candidate, join)?;
        let (own, first) = (self.column_of_row(row, &key)?.sql, self.column_of_row(&candidate, &key)?.sql);
        let from = Self::from(&candidate);
        Some(format!("{own} = (SELECT {first} FROM {from} WHERE {found} ORDER BY {first} LIMIT 1)"))
    }
}

/// Returns the form of a join in SQL; `None` if it becomes a condition. `first` says whether only the first
/// matching row is joined.
fn kind(join: &Join, first: bool) -> Option<SqlJoin> {
    match (join.kind, first) {
        (JoinKind::Exists, _) => None,
        (JoinKind::Inner, false) => Some(SqlJoin::Inner),
        (JoinKind::Outer, false) => Some(SqlJoin::Outer),
        (JoinKind::First, _) | (JoinKind::Inner, true) => Some(SqlJoin::First),
        (JoinKind::Outer, true) => Some(SqlJoin::OuterFirst),
    }
}
