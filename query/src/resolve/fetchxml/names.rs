//! Finds the primary names of the rows that a lookup points to. The resolver of FetchXML conditions needs
//! them, because the service compares these names if a condition compares a lookup with a text.

use dvkit_diagnostic::limits;
use dvkit_schema::{Column, Relationship, Table};

use crate::hir::{ColumnRef, QueryHint};
use crate::resolve::{Resolver, Row};
use crate::rewrite::most_specific;

impl<'a> Resolver<'a> {
    /// Returns the primary name columns of the rows that a lookup points to, one for each table to which the
    /// lookup can point. In each row, at most one of them has a value. `reference` refers to the lookup
    /// column `column` of `table`. Returns `None` if the column is not a lookup, or if the snapshot lacks one
    /// of the tables, its primary name, or the relationship to it.
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
        // The owner is a user or a team. Each has a lookup of its own.
        let owned = column.logical_name == "ownerid" && ways.iter().all(is_principal);
        if owned {
            ways = of("owninguser").chain(of("owningteam")).collect();
        }
        let ways = most_specific(ways);
        let led = |target: &String| owned || ways.iter().any(|r| r.table == *target);
        if ways.is_empty()
            || ways.len() > limits::MAX_JOINS as usize
            || (owned && ways.len() != 2)
            || !targets.iter().all(led)
            // The targets are unknown, or the snapshot may not contain all of them.
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
        self.facts.add_hint(QueryHint::NameOfLookup(column.logical_name.clone()));
        Some(names)
    }
}
