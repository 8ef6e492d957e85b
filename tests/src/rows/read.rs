//! Determines the tables that a query reads, for which the random database needs rows.

use std::collections::BTreeSet;

use dvkit_query::hir::{
    CollectionRef, ColumnRef, Columns, Expansion, Join, Order, OrderBy, Predicate, Query, RelatedRows,
};

use crate::generate::table;
use crate::sample::store;

/// Returns the logical names of the tables that a query and its translations read: the tables that the query
/// names, the targets of its lookups, both tables of its many-to-many relationships, and the table of users,
/// which has a hierarchy.
pub(super) fn tables(query: &Query) -> BTreeSet<&'static str> {
    let mut all = Tables(BTreeSet::new());
    all.add("systemuser");
    all.add(&query.table);
    if let Some(entry) = store().table_by_entity_set(&query.source.entity_set) {
        all.add(&entry.logical_name);
        let mut from = table(&entry.logical_name);
        for step in &query.source.steps {
            let r = from.navigation(&step.navigation).expect("the step was resolved");
            r.intersect.iter().for_each(|name| all.add(name));
            all.add(&step.table);
            from = table(&step.table);
        }
    }
    all.predicate(&query.predicate);
    all.columns(&query.columns);
    all.orders(&query.order);
    all.expansions(&query.expand);
    all.joins(&query.joins);
    if let Some(grouping) = &query.grouping {
        grouping.keys.iter().for_each(|key| all.column(&key.column));
        grouping.aggregates.iter().filter_map(|a| a.column.as_ref()).for_each(|c| all.column(c));
    }
    all.sides_of_pairs();
    all.0
}

struct Tables(BTreeSet<&'static str>);

impl Tables {
    fn add(&mut self, name: &str) {
        if store().entry(name).is_some() {
            self.0.insert(&table(name).logical_name);
        }
    }

    fn column(&mut self, column: &ColumnRef) {
        column.path.iter().for_each(|link| self.add(&link.table));
    }

    fn columns(&mut self, columns: &Columns) {
        if let Columns::Listed(listed) = columns {
            listed.iter().for_each(|c| self.column(c));
        }
    }

    /// Adds the tables for `orders`. An order by a lookup compares the names of the rows that the lookup
    /// points to.
    fn orders(&mut self, orders: &[Order]) {
        for order in orders {
            let (OrderBy::Column(column) | OrderBy::Label(column)) = &order.by else { continue };
            self.column(column);
            for entry in store().tables() {
                let lookups = table(&entry.logical_name).lookups_of(&column.column);
                lookups.for_each(|r| self.add(&r.table));
            }
        }
    }

    fn collection(&mut self, collection: &CollectionRef) {
        self.add(&collection.table);
        collection.intersect.iter().for_each(|name| self.add(name));
    }

    fn predicate(&mut self, predicate: &Predicate) {
        match predicate {
            Predicate::And(parts) | Predicate::Or(parts) => parts.iter().for_each(|p| self.predicate(p)),
            Predicate::Not(inner) => self.predicate(inner),
            Predicate::Test(column, _) => self.column(column),
            Predicate::Columns(left, _, right) => {
                self.column(left);
                self.column(right);
            }
            Predicate::Any(collection, condition) => {
                self.collection(collection);
                condition.iter().for_each(|c| self.predicate(c));
            }
            Predicate::All(collection, condition) => {
                self.collection(collection);
                self.predicate(condition);
            }
            Predicate::Constant(_) | Predicate::Parameter(_) => {}
        }
    }

    fn expansions(&mut self, all: &[Expansion]) {
        for expansion in all {
            match &expansion.to {
                RelatedRows::One(link) => self.add(&link.table),
                RelatedRows::Many(collection) => self.collection(collection),
            }
            self.predicate(&expansion.predicate);
            self.columns(&expansion.columns);
            self.orders(&expansion.order);
            self.expansions(&expansion.expand);
        }
    }

    fn joins(&mut self, joins: &[Join]) {
        for join in joins {
            self.add(&join.table);
            self.predicate(&join.predicate);
            self.columns(&join.columns);
            self.orders(&join.order);
            self.joins(&join.joins);
        }
    }

    /// Adds both tables of every relationship whose intersect table is read, because a row of an intersect
    /// table exists only if both of its rows do.
    fn sides_of_pairs(&mut self) {
        for entry in store().tables() {
            for r in &table(&entry.logical_name).relationships {
                if r.intersect.as_deref().is_some_and(|name| self.0.contains(name)) {
                    self.add(&entry.logical_name);
                    self.add(&r.table);
                }
            }
        }
    }
}
