//! Replaces columns of `principal`, the abstract table of users and teams in the Web API, before a
//! translation to FetchXML.
//!
//! FetchXML has no such table. The only column of `principal` equals the lookup through which a path reaches
//! it, so the lookup takes the place of the path.

use dvkit_query::hir::{ColumnRef, Expansion, Order, OrderBy, Predicate, Property, Query};

/// The logical name of the abstract table of users and teams in the Web API.
pub(super) const PRINCIPAL: &str = "principal";

/// Returns the query with the lookup `ownerid` in place of every path `ownerid/ownerid`, which has the value
/// of that lookup. Returns `None` if the query has no such path.
pub(super) fn replace_principal(query: &Query) -> Option<Query> {
    let mut out = query.clone();
    let mut found = false;
    let mut each = |column: &mut ColumnRef| {
        let Some(link) = column.path.last().filter(|link| link.table == PRINCIPAL) else { return };
        let (Some(lookup), true) = (link.column.clone(), Some(&column.column) == link.referenced.as_ref())
        else {
            return;
        };
        column.path.pop();
        column.column = lookup;
        column.property = Property::Lookup;
        found = true;
    };
    of_predicate(&mut out.predicate, &mut each);
    of_orders(&mut out.order, &mut each);
    of_expansions(&mut out.expand, &mut each);
    for key in out.grouping.iter_mut().flat_map(|g| &mut g.keys) {
        each(&mut key.column);
    }
    for aggregate in out.grouping.iter_mut().flat_map(|g| &mut g.aggregates) {
        aggregate.column.iter_mut().for_each(&mut each);
    }
    found.then_some(out)
}

fn of_predicate(predicate: &mut Predicate, each: &mut dyn FnMut(&mut ColumnRef)) {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter_mut().for_each(|p| of_predicate(p, each)),
        Predicate::Not(inner) | Predicate::Any(_, Some(inner)) | Predicate::All(_, inner) => {
            of_predicate(inner, each);
        }
        Predicate::Test(column, _) => each(column),
        Predicate::Columns(left, _, right) => {
            each(left);
            each(right);
        }
        Predicate::Any(_, None) | Predicate::Constant(_) | Predicate::Parameter(_) => {}
    }
}

fn of_orders(orders: &mut [Order], each: &mut dyn FnMut(&mut ColumnRef)) {
    for order in orders {
        if let OrderBy::Column(column) | OrderBy::Label(column) = &mut order.by {
            each(column);
        }
    }
}

fn of_expansions(expansions: &mut [Expansion], each: &mut dyn FnMut(&mut ColumnRef)) {
    for expansion in expansions {
        of_predicate(&mut expansion.predicate, each);
        of_orders(&mut expansion.order, each);
        of_expansions(&mut expansion.expand, each);
    }
}
