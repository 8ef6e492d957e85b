//! Translates the path of an OData request to a condition, because FetchXML has no paths.
//!
//! `accounts(id)/contact_customer_accounts` selects the contacts that belong to the account with this id, and
//! `accounts(id)/primarycontactid` selects the contact that this account refers to. The condition follows the
//! path backwards, from the returned row to the account.

use dvkit_diagnostic::code;
use dvkit_schema::{Relationship, Side, Table};

use super::builder::Builder;
use super::filter::{Filter, Row, TruthMask};
use crate::subject::Subject;
use dvkit_query::hir::{
    CollectionRef, ColumnRef, Comparison, Key, Predicate, Property, Query, RowSource, Test, Value,
};

impl Builder<'_> {
    /// Returns the filter that is equivalent to the path of the request. `row` is the row that the query
    /// returns.
    pub(super) fn start(&mut self, query: &Query, row: Row<'_>) -> Filter {
        let first = self.store.table_by_entity_set(&query.source.entity_set).map(|e| e.logical_name.clone());
        let mut tables = vec![first.unwrap_or_else(|| query.table.clone())];
        tables.extend(query.source.steps.iter().map(|s| s.table.clone()));
        let condition = self.reached_by(query, &tables, query.source.steps.len(), 0);
        self.filter(&condition, row, TruthMask::TRUE)
    }

    /// Returns whether the path of a request leads to at most one row.
    pub(super) fn is_one_row(&self, start: &RowSource) -> bool {
        let Some(last) = start.steps.last() else { return start.key.is_some() };
        let before = start.steps.iter().rev().nth(1).map(|s| s.table.clone());
        let before = before
            .or_else(|| self.store.table_by_entity_set(&start.entity_set).map(|e| e.logical_name.clone()))
            .and_then(|name| self.store.table(&name).ok().flatten());
        let relationship = before.and_then(|t| t.navigation(&last.navigation));
        last.key.is_some() || relationship.is_some_and(Relationship::is_single)
    }

    /// Returns the condition that the first `step` steps of the path lead to a row. `tables` has the table of
    /// the entity set, followed by the table after each step; `scope` is the [`ColumnRef::scope`] of the row.
    fn reached_by(&mut self, query: &Query, tables: &[String], step: usize, scope: usize) -> Predicate {
        let Some(table) = tables.get(step).and_then(|t| self.store.table(t).ok().flatten()) else {
            return Predicate::Constant(true);
        };
        let Some((last, before)) = step.checked_sub(1).and_then(|i| Some((query.source.steps.get(i)?, i)))
        else {
            return has_key(table, query.source.key.as_ref(), scope);
        };
        let own = has_key(table, last.key.as_ref(), scope);
        let origin = tables.get(before).and_then(|t| self.store.table(t).ok().flatten());
        let Some(relationship) = origin.and_then(|t| t.navigation(&last.navigation)) else {
            let message = format!("this snapshot does not know which columns `{}` joins", last.navigation);
            self.report.cannot_translate(
                code::JOIN_COLUMNS_UNKNOWN,
                Subject::Name(last.navigation.clone()),
                message,
            );
            return own;
        };
        let origin = tables.get(before).cloned().unwrap_or_default();
        // If the rows contain the id themselves, no other row is needed.
        let id = match &query.source.key {
            Some(Key::Id(id)) if before == 0 && relationship.side == Side::OneToMany => Some(id),
            _ => None,
        };
        let back = match (id, &relationship.column) {
            (Some(id), Some(lookup)) => equal(scope, lookup, id),
            _ => {
                let before = self.reached_by(query, tables, before, scope + 1);
                Predicate::Any(reversed(relationship, origin, scope), Some(Box::new(before)))
            }
        };
        Predicate::and(vec![back, own])
    }
}

/// Returns the rows of `origin` from which `relationship` leads to the current row, as a collection of the
/// current row. `scope` is the [`ColumnRef::scope`] of the current row.
fn reversed(relationship: &Relationship, origin: String, scope: usize) -> CollectionRef {
    let (column, referenced) = match relationship.side {
        // For a 1:N or N:N relationship the columns exchange their roles.
        Side::ManyToOne => (relationship.column.clone(), relationship.referenced.clone()),
        Side::OneToMany | Side::ManyToMany => (relationship.referenced.clone(), relationship.column.clone()),
    };
    CollectionRef {
        scope,
        navigation: relationship.navigation.clone().unwrap_or_default(),
        table: origin,
        column,
        referenced,
        intersect: relationship.intersect.clone(),
        single: relationship.side == Side::OneToMany,
    }
}

/// Returns the condition that a row of `table` has the key `key`; the constant true for `None`. `scope` is
/// the [`ColumnRef::scope`] of the row.
fn has_key(table: &Table, key: Option<&Key>, scope: usize) -> Predicate {
    match key {
        None => Predicate::Constant(true),
        Some(Key::Id(id)) => equal(scope, table.primary_id.as_deref().unwrap_or_default(), id),
        Some(Key::Columns(columns)) => Predicate::and(
            columns
                .iter()
                .map(|(property, value)| {
                    let column = table.property(property).map_or(property.as_str(), |c| &c.logical_name);
                    equal(scope, column, value)
                })
                .collect(),
        ),
    }
}

fn equal(scope: usize, column: &str, value: &Value) -> Predicate {
    let column = ColumnRef {
        scope,
        join: None,
        path: Vec::new(),
        column: column.to_owned(),
        property: Property::Plain,
    };
    Predicate::Test(column, Test::Compare(Comparison::Eq, value.clone()))
}

#[cfg(test)]
mod tests {
    use super::{CollectionRef, Side, reversed};
    use dvkit_fixtures::contoso;

    #[test]
    fn a_path_that_is_walked_backwards_exchanges_columns_of_collections() {
        let found = |table: &str, navigation: &str| {
            let table = contoso().table(table).expect("the sample is whole").expect("it has this table");
            let relationship = table.navigation(navigation).expect("it has this relationship");
            (relationship.side, reversed(relationship, table.logical_name.clone(), 3))
        };
        let collection = |navigation: &str,
                          table: &str,
                          column: &str,
                          referenced: &str,
                          intersect: Option<&str>,
                          single| {
            CollectionRef {
                scope: 3,
                navigation: navigation.to_owned(),
                table: table.to_owned(),
                column: Some(column.to_owned()),
                referenced: Some(referenced.to_owned()),
                intersect: intersect.map(str::to_owned),
                single,
            }
        };
        assert_eq!(
            found("account", "primarycontactid"),
            (
                Side::ManyToOne,
                collection("primarycontactid", "account", "primarycontactid", "contactid", None, false)
            )
        );
        assert_eq!(
            found("account", "contact_customer_accounts"),
            (
                Side::OneToMany,
                collection(
                    "contact_customer_accounts",
                    "account",
                    "accountid",
                    "parentcustomerid",
                    None,
                    true
                )
            )
        );
        let intersect = Some("teammembership");
        assert_eq!(
            found("systemuser", "teammembership_association"),
            (
                Side::ManyToMany,
                collection(
                    "teammembership_association",
                    "systemuser",
                    "teamid",
                    "systemuserid",
                    intersect,
                    false
                )
            )
        );
    }
}
