//! Generates random OData requests, as HIR, that the service accepts on the sample organisation.

use dvkit_query::hir::{
    Aggregate, AggregateFunction, ColumnRef, Columns, Expansion, GroupKey, Grouping, Key, NavigationStep,
    Order, OrderBy, Page, Predicate, Property, Query, RelatedRows, ResultShape, RowSource, Value,
};
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Side, Table};

use super::condition::{collection, in_store, link, predicate};
use super::{Dice, table};

/// Returns a random request on a table of the sample organisation. `dice` makes all choices, so equal dice
/// give equal requests.
///
/// # Panics
/// Panics only if the sample organisation in memory is damaged.
pub fn request(dice: &mut Dice<'_>) -> Query {
    let roots = ["account", "contact", "new_project", "task", "incident", "systemuser"];
    let root = table(roots[dice.roll(roots.len())]);
    let mut query = Query::rows(root.logical_name.as_str(), Predicate::Constant(true));
    query.source.entity_set = root.entity_set.clone().unwrap_or_default();
    let shape = dice.roll(8);
    if shape == 0 {
        // A request for one row of the table.
        query.source.key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(7))));
        query.columns = columns(dice, root);
        query.expand = expansions(dice, root, 1, false);
        return query;
    }
    if shape == 1 {
        // The relationships that lead to many rows.
        let many: Vec<&Relationship> =
            root.relationships.iter().filter(|r| !r.is_single() && in_store(r)).collect();
        if let Some(r) = dice.pick(&many).copied() {
            query.source.key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(8))));
            let step = NavigationStep {
                navigation: r.navigation.clone().unwrap_or_default(),
                table: r.table.clone(),
                key: None,
            };
            query.source = RowSource { steps: vec![step], ..query.source };
            query.table = r.table.clone();
            if dice.roll(3) == 0 {
                query.result = ResultShape::Count;
                return query;
            }
        }
    }
    let rows = table(&query.table);
    if dice.roll(2) == 0 {
        query.predicate = predicate(dice, &mut vec![rows], 2);
    }
    if shape == 2 && query.source.key.is_none() {
        query.grouping = grouping(dice, rows);
        if query.grouping.is_some() {
            return query;
        }
    }
    query.columns = columns(dice, rows);
    query.expand = expansions(dice, rows, 1, false);
    query.order = order(dice, rows);
    query.page = Page {
        top: (dice.roll(2) == 0).then_some(Value::Integer(5)),
        total: dice.roll(4) == 0,
        ..Page::default()
    };
    query
}

/// Returns those columns of `table` that are OData properties and for which `wanted` returns true.
fn plain(table: &Table, wanted: impl Fn(&Column) -> bool) -> Vec<ColumnRef> {
    let property = |c: &Column| match &c.property {
        Some(name) => Property::Named(name.clone()),
        None if c.ty.is_lookup() => Property::Lookup,
        None => Property::Plain,
    };
    table
        .columns
        .iter()
        .filter(|c| c.is_property() && !matches!(c.ty.edm(), None | Some(Edm::Binary)) && wanted(c))
        .map(|c| ColumnRef {
            scope: 0,
            join: None,
            path: vec![],
            column: c.logical_name.clone(),
            property: property(c),
        })
        .collect()
}

fn columns(dice: &mut Dice<'_>, table: &Table) -> Columns {
    let all = plain(table, |_| true);
    let mut listed: Vec<ColumnRef> = Vec::new();
    for _ in 0..dice.roll(4) {
        if let Some(column) = dice.pick(&all).filter(|c| !listed.contains(c)) {
            listed.push(column.clone());
        }
    }
    if listed.is_empty() { Columns::All } else { Columns::Listed(listed) }
}

fn order(dice: &mut Dice<'_>, table: &Table) -> Vec<Order> {
    let all = plain(table, |c| !matches!(c.ty, ColumnType::Choices { .. } | ColumnType::ManagedProperty));
    let mut order: Vec<Order> = Vec::new();
    for _ in 0..dice.roll(3) {
        if let Some(column) =
            dice.pick(&all).filter(|c| order.iter().all(|o| o.by != OrderBy::Column((**c).clone())))
        {
            order.push(Order::column(column.clone(), dice.roll(2) == 0));
        }
    }
    order
}

/// Returns random expansions from the table `from` that the service accepts: none along N:N relationships,
/// and none with an order or a limit if expansions are nested. `nested` says whether they are nested already,
/// and `depth` limits the nesting.
fn expansions(dice: &mut Dice<'_>, from: &'static Table, depth: usize, nested: bool) -> Vec<Expansion> {
    let mut all: Vec<Expansion> = Vec::new();
    let fitting: Vec<&Relationship> = from
        .relationships
        .iter()
        .filter(|r| r.side != Side::ManyToMany && in_store(r) && r.table != "principal")
        .collect();
    let nested = nested || dice.roll(3) == 0;
    for _ in 0..dice.roll(3) {
        let Some(r) = dice.pick(&fitting).copied() else { break };
        if all.iter().any(|e| Some(e.to.navigation()) == r.navigation.as_deref()) {
            continue;
        }
        let to = table(&r.table);
        let single = r.is_single();
        let mut expansion = Expansion {
            to: if single { RelatedRows::One(link(r)) } else { RelatedRows::Many(collection(r, 0)) },
            columns: columns(dice, to),
            predicate: Predicate::Constant(true),
            order: Vec::new(),
            top: None,
            expand: Vec::new(),
            reference: false,
        };
        if single && dice.roll(5) == 0 {
            expansion.columns = Columns::All;
            expansion.reference = true;
        } else if nested && depth < 3 {
            expansion.expand = expansions(dice, to, depth + 1, true);
        }
        if !single {
            if dice.roll(2) == 0 {
                expansion.predicate = predicate(dice, &mut vec![to], 1);
            }
            if !nested {
                expansion.order = order(dice, to);
                expansion.top = (dice.roll(2) == 0).then_some(Value::Integer(3));
            }
        }
        all.push(expansion);
    }
    all
}

fn grouping(dice: &mut Dice<'_>, table: &Table) -> Option<Grouping> {
    let keys = plain(table, |c| !matches!(c.ty, ColumnType::DateTime { .. }));
    let numbers = plain(table, |c| {
        matches!(c.ty, ColumnType::Money { .. } | ColumnType::Integer { .. } | ColumnType::Decimal { .. })
    });
    let mut grouping = Grouping { keys: Vec::new(), aggregates: Vec::new() };
    for _ in 0..dice.roll(3) {
        let key = dice.pick(&keys).cloned().map(GroupKey::of);
        grouping.keys.extend(key.filter(|k| !grouping.keys.contains(k)));
    }
    for (n, function) in
        [AggregateFunction::Sum, AggregateFunction::Min, AggregateFunction::Average].iter().enumerate()
    {
        if dice.roll(2) == 0 {
            let column = dice.pick(&numbers)?.clone();
            let alias = format!("a{n}");
            grouping.aggregates.push(Aggregate { function: *function, column: Some(column), alias });
        }
    }
    if grouping.aggregates.is_empty() {
        let alias = "rows".to_owned();
        grouping.aggregates.push(Aggregate { function: AggregateFunction::Count, column: None, alias });
    }
    Some(grouping)
}
