//! Generates random conditions, as HIR, that both OData and FetchXML can express.

use dvkit_query::functions::{ColumnClass, FUNCTIONS, Function, Signature};
use dvkit_query::hir::{
    Arguments, CollectionRef, ColumnRef, Comparison, Link, Predicate, Property, Test, Value,
};
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Side, Table};

use super::value::{guid, text};
use super::{Dice, table, value};
use crate::sample::store;

pub(super) fn link(r: &Relationship) -> Link {
    Link {
        navigation: r.navigation.clone().unwrap_or_default(),
        table: r.table.clone(),
        column: r.column.clone(),
        referenced: r.referenced.clone(),
    }
}

pub(super) fn in_store(r: &Relationship) -> bool {
    // The sample has a navigation property with quotation marks in its name, as real organisations do.
    // Queries cannot name it.
    let identifier = |n: &String| n.chars().all(|c| c.is_alphanumeric() || c == '_');
    r.navigation.as_ref().is_some_and(identifier) && store().entry(&r.table).is_some()
}

/// Returns a column of the row of table `from`, or of a row that one or two lookups lead to, with its table.
/// `scope` is the index of the row in the scopes of the condition.
fn column(
    dice: &mut Dice<'_>,
    scope: usize,
    from: &'static Table,
) -> (ColumnRef, &'static Table, &'static Column) {
    let (mut table, mut path) = (from, Vec::new());
    for _ in 0..dice.roll(3) {
        let lookups: Vec<&Relationship> = table
            .relationships
            .iter()
            .filter(|r| r.side == Side::ManyToOne && in_store(r) && r.table != "principal")
            .collect();
        let Some(r) = dice.pick(&lookups) else { break };
        path.push(link(r));
        table = self::table(&r.table);
    }
    let columns: Vec<&Column> = table
        .columns
        .iter()
        .filter(|c| c.is_property() && !matches!(c.ty.edm(), None | Some(Edm::Binary)))
        .collect();
    let column = dice.pick(&columns).expect("every table has a column");
    let property = match &column.property {
        Some(name) => Property::Named(name.clone()),
        None if column.ty.is_lookup() => Property::Lookup,
        None => Property::Plain,
    };
    (ColumnRef { scope, join: None, path, column: column.logical_name.clone(), property }, table, column)
}

/// Returns whether a condition with the function is useful for the column. Functions on hierarchies need a
/// table with a hierarchy; full-text search and language functions are never useful; lists are not useful for
/// numbers that requests write as texts.
pub(super) fn says_something(function: &Function, table: &Table, column: &Column) -> bool {
    let hierarchical =
        |r: &&Relationship| r.hierarchical == Some(true) && r.is_single() && r.table == table.logical_name;
    let multi_select = matches!(column.ty, ColumnType::Choices { .. });
    function.columns.covers(&column.ty)
        && match function.columns {
            ColumnClass::FullText => false,
            ColumnClass::MultiSelect => multi_select,
            ColumnClass::AnyOf => !multi_select && !matches!(column.ty, ColumnType::Boolean { .. }),
            ColumnClass::Hierarchy => table.relationships.iter().filter(hierarchical).any(|r| {
                Some(&column.logical_name) == r.column.as_ref()
                    || Some(&column.logical_name) == table.primary_id.as_ref()
            }),
            _ => true,
        }
}

fn function(dice: &mut Dice<'_>, table: &Table, column: &Column) -> Option<Test> {
    let all: Vec<&Function> = FUNCTIONS.iter().filter(|f| says_something(f, table, column)).collect();
    let function = dice.pick(&all).copied()?;
    let mut small = |least: i64, n: usize| Value::Integer(least + i64::try_from(dice.roll(n)).unwrap_or(0));
    let arguments = match (function.signature, function.columns) {
        (Signature::Column, _) => Arguments::None,
        (Signature::Value, ColumnClass::Hierarchy) => {
            Arguments::One(Value::Guid(guid(i64::try_from(dice.roll(4)).ok()?)))
        }
        (Signature::Value, _) => Arguments::One(value(dice, column)),
        (Signature::Number, _) if function.name == "InFiscalYear" => Arguments::Number(small(2023, 4)),
        (Signature::Number, _) => Arguments::Number(small(1, 9)),
        (Signature::List, ColumnClass::MultiSelect) => Arguments::List(
            (0..1 + dice.roll(2)).map(|_| Value::Integer(1 + i64::from(dice.roll(4) == 0))).collect(),
        ),
        (Signature::List, applies) => {
            let number = if applies == ColumnClass::Ordered { 2 } else { 1 + dice.roll(3) };
            Arguments::List((0..number).map(|_| value(dice, column)).collect())
        }
        (Signature::Period, _) => Arguments::Period(small(1, 5), small(2023, 4)),
    };
    Some(Test::Function(function, arguments))
}

fn test(dice: &mut Dice<'_>, table: &Table, column: &Column) -> Test {
    let ordered = !column.ty.is_lookup()
        && !matches!(
            column.ty,
            ColumnType::Boolean { .. } | ColumnType::Uniqueidentifier | ColumnType::Choices { .. }
        );
    let ops =
        [Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge, Comparison::Lt, Comparison::Le];
    let is_text = matches!(column.ty, ColumnType::String { .. } | ColumnType::Memo { .. });
    match dice.roll(6) {
        0 => return Test::Null,
        1 => return Test::NotNull,
        2 if is_text => {
            return match dice.roll(3) {
                0 => Test::Contains(Value::Text(text(dice))),
                1 => Test::StartsWith(Value::Text(text(dice))),
                _ => Test::EndsWith(Value::Text(text(dice))),
            };
        }
        2 | 3 => {
            if let Some(test) = function(dice, table, column) {
                return test;
            }
        }
        _ => {}
    }
    if matches!(column.ty, ColumnType::Choices { .. }) {
        return Test::Compare(Comparison::Eq, Value::Text("1,2".into()));
    }
    Test::Compare(ops[dice.roll(if ordered { 6 } else { 2 })], value(dice, column))
}

/// Returns a random condition. `scopes` are the tables of the rows that it can name, from the outermost to
/// the innermost; `depth` limits the nesting.
pub fn predicate(dice: &mut Dice<'_>, scopes: &mut Vec<&'static Table>, depth: usize) -> Predicate {
    let scope = dice.roll(scopes.len());
    let collections: Vec<&Relationship> =
        scopes[scope].relationships.iter().filter(|r| !r.is_single() && in_store(r)).collect();
    match dice.roll(if depth == 0 { 4 } else { 10 }) {
        4 | 5 => Predicate::and((0..2 + dice.roll(2)).map(|_| predicate(dice, scopes, depth - 1)).collect()),
        6 | 7 => Predicate::or((0..2 + dice.roll(2)).map(|_| predicate(dice, scopes, depth - 1)).collect()),
        8 => {
            let inner = predicate(dice, scopes, depth - 1);
            if matches!(inner, Predicate::Test(_, Test::Function(..))) { inner } else { inner.negate() }
        }
        9 if !collections.is_empty() => {
            let r = dice.pick(&collections).expect("not empty");
            let collection = collection(r, scope);
            if dice.roll(4) == 0 {
                return Predicate::Any(collection, None);
            }
            scopes.push(table(&r.table));
            let inner = Box::new(predicate(dice, scopes, depth - 1));
            scopes.pop();
            if dice.roll(2) == 0 {
                Predicate::Any(collection, Some(inner))
            } else {
                Predicate::All(collection, inner)
            }
        }
        _ => {
            let (reference, table, column) = column(dice, scope, scopes[scope]);
            let test = test(dice, table, column);
            Predicate::Test(reference, test)
        }
    }
}

pub(super) fn collection(r: &Relationship, scope: usize) -> CollectionRef {
    // If no source states the referenced column, it is the key of the table that has the relationship.
    let key = || {
        let tables = store().tables().filter_map(|entry| store().table(&entry.logical_name).ok().flatten());
        let own = |t: &&Table| t.relationships.iter().any(|other| std::ptr::eq(other, r));
        tables.filter(|_| r.side == Side::OneToMany).find(own)?.primary_id.clone()
    };
    CollectionRef {
        scope,
        navigation: r.navigation.clone().unwrap_or_default(),
        table: r.table.clone(),
        column: r.column.clone(),
        referenced: r.referenced.clone().or_else(key),
        intersect: r.intersect.clone(),
        single: false,
    }
}
