//! Names of the rows that a lookup points to: what the service compares where a text stands beside a lookup.

use dvkit_schema::{Column, Relationship, Table};

use crate::hir::{ColumnRef, Extra};
use crate::resolve::{Resolver, Row};
use crate::rewrite::most_specific;

/// A lookup to more tables than this is not spelt out: a query takes 15 joins.
const MOST_TARGETS: usize = 15;

impl<'a> Resolver<'a> {
    /// The name of the row behind a lookup, once for each table that it can be of: at most one of them has a value. None where
    /// the column is no lookup, or where the snapshot does not have all of those tables, their names and the way there.
    pub(super) fn names_behind(
        &mut self,
        table: &'a Table,
        column: &'a Column,
        reference: &ColumnRef,
    ) -> Option<Vec<ColumnRef>> {
        if !column.ty.is_lookup() {
            return None;
        }
        let targets = column.ty.targets();
        let of = |name: &'a str| table.lookups_of(name).filter(|r| r.navigation.is_some());
        let is_principal = |r: &&Relationship| matches!(r.table.as_str(), "principal" | "owner");
        let mut ways: Vec<&'a Relationship> = of(&column.logical_name).collect();
        // The owner is a user or a team, and each has a lookup of its own.
        let owned = column.logical_name == "ownerid" && ways.iter().all(is_principal);
        if owned {
            ways = of("owninguser").chain(of("owningteam")).collect();
        }
        let ways = most_specific(ways);
        let led = |target: &String| owned || ways.iter().any(|r| r.table == *target);
        if ways.is_empty()
            || ways.len() > MOST_TARGETS
            || (owned && ways.len() != 2)
            || !targets.iter().all(led)
            // Nobody says what it can point to, and not all of it may be here.
            || (targets.is_empty() && !owned && table.partial)
        {
            return None;
        }
        let names: Option<Vec<ColumnRef>> = ways
            .into_iter()
            .map(|way| {
                let target = self.table(&way.table)?;
                let name = target.column(target.primary_name.as_deref()?).filter(|c| c.is_property())?;
                let row = Row { scope: reference.scope, path: vec![way], table: target };
                Some(ColumnRef { join: reference.join.clone(), ..row.column_ref(name, false) })
            })
            .collect();
        let names = names?;
        self.facts.add(Extra::NameOfLookup(column.logical_name.clone()));
        Some(names)
    }
}
