//! Generates random rows of the sample organisation, and compares two queries by their results on these rows.

mod differences;
mod read;

use dvkit_execute::Context;
use dvkit_execute::interpreter::{Database, QueryResult, Row, evaluate};
use dvkit_query::hir::{Arguments, Join, Predicate, Query, Test, Value};
use dvkit_schema::{Column, ColumnType, Edm, Table};
use uuid::Uuid;

use crate::generate::{Dice, guid, table, value};
use crate::sample::store;

pub use differences::same_rows_except_noted_differences;

/// Returns a random database of the tables that the query reads. It depends only on `seed` and `query`.
/// Tables are small, and some are empty; a third of the values are null, rows repeat, lookups point to
/// existing and missing rows, and many values are those with which the query compares columns.
///
/// # Panics
/// Panics only if the sample organisation in memory is damaged.
#[must_use]
pub fn database(seed: u64, query: &Query) -> Database {
    let mut asked = Vec::new();
    constants(&query.predicate, &mut asked);
    query.expand.iter().for_each(|e| constants(&e.predicate, &mut asked));
    constants_of_joins(&query.joins, &mut asked);
    let bytes = noise(seed);
    let mut dice = Dice(bytes.iter());
    let mut database = Database::default();
    for name in read::tables(query) {
        let table = table(name);
        // The row that a request starts from must exist: the service answers with an error otherwise.
        let started =
            query.source.key.is_some() && table.entity_set.as_deref() == Some(&query.source.entity_set);
        let number = dice.roll(7).max(if started { 2 } else { 0 });
        database.tables.insert(table.logical_name.clone(), rows(&mut dice, table, number, &asked));
    }
    complete_intersect_rows(&mut database);
    database
}

/// Adds the missing rows on both sides of every row of an intersect table. In an organisation the service
/// writes the rows of intersect tables, so both sides exist.
fn complete_intersect_rows(database: &mut Database) {
    let names: Vec<String> = database.tables.keys().cloned().collect();
    for table in names.iter().map(|name| table(name)) {
        let Some(key) = &table.primary_id else { continue };
        let ids: Vec<Value> =
            database.tables[&table.logical_name].iter().filter_map(|r| r.get(key).cloned()).collect();
        for r in &table.relationships {
            if let (Some(intersect), Some(column)) = (&r.intersect, &r.column)
                && let Some(pairs) = database.tables.get_mut(intersect)
            {
                pairs.retain(|pair| pair.get(column).is_some_and(|id| ids.contains(id)));
            }
        }
    }
}

/// Returns the context in which queries are evaluated: the current time, which is within the years of the
/// random dates, and the current user.
///
/// # Panics
/// Never panics, because the time in the code is valid.
#[must_use]
pub fn world() -> Context {
    let user = keys()[0];
    Context {
        user,
        teams: vec![keys()[1]],
        business_unit: keys()[2],
        ..Context::at("2025-03-12T01:30:20Z".parse().expect("a time"))
    }
}

/// Checks that two queries give the same result. If `a` has no order, the order of the rows is ignored.
/// Returns the number of rows; `None` if neither query can be evaluated.
///
/// # Errors
/// Returns a description of the difference.
pub fn same_rows(
    a: &Query,
    b: &Query,
    database: &Database,
    world: &Context,
) -> Result<Option<usize>, String> {
    let (of_a, of_b) = (evaluate(a, database, store(), world), evaluate(b, database, store(), world));
    let (mut of_a, mut of_b) = match (of_a, of_b) {
        (Ok(of_a), Ok(of_b)) => (of_a, of_b),
        (Err(_), Err(_)) => return Ok(None),
        (Err(error), _) => return Err(format!("only the second can be evaluated: {error}")),
        (_, Err(error)) => return Err(format!("only the first can be evaluated: {error}")),
    };
    let number = match &of_a {
        QueryResult::Rows(rows, _) => rows.len(),
        QueryResult::Count(n) => *n,
        QueryResult::References(all) => all.len(),
        QueryResult::Column(value) => usize::from(value.is_some()),
    };
    if a.order.is_empty() {
        for answer in [&mut of_a, &mut of_b] {
            if let QueryResult::Rows(rows, _) = answer {
                rows.sort_by_cached_key(|row| format!("{row:?}"));
            }
        }
    }
    if of_a == of_b { Ok(Some(number)) } else { Err(format!("{of_a:#?}\nis not\n{of_b:#?}")) }
}

/// Returns the keys of rows. The first two are used by random requests, the other four by conditions.
fn keys() -> [Uuid; 6] {
    [Uuid::from_u128(7), Uuid::from_u128(8), guid(0), guid(1), guid(2), guid(3)]
}

fn rows(dice: &mut Dice<'_>, table: &Table, number: usize, asked: &[Constant<'_>]) -> Vec<Row> {
    // Every row has an existing owner.
    if table.logical_name == "principal" {
        let owner = |key: Uuid| Row::from([("ownerid".to_owned(), Value::Guid(key))]);
        return keys().into_iter().chain([guid(99)]).map(owner).collect();
    }
    let mut rows: Vec<Row> = Vec::new();
    for key in keys().into_iter().take(number) {
        let mut row = match rows.last() {
            Some(before) if dice.roll(4) == 0 => before.clone(),
            _ => row(dice, table, asked),
        };
        // Users and teams are principals too, with the same key.
        let principal = table.column("ownerid").filter(|c| c.ty == ColumnType::Uniqueidentifier);
        let ids = table.primary_id.iter().chain(principal.map(|c| &c.logical_name));
        row.extend(ids.map(|id| (id.clone(), Value::Guid(key))));
        rows.push(row);
    }
    rows
}

fn row(dice: &mut Dice<'_>, table: &Table, asked: &[Constant<'_>]) -> Row {
    let mut row = Row::new();
    for column in &table.columns {
        if dice.roll(3) > 0 {
            let value = cell(dice, column).map(|own| asked_for(dice, column, asked, &own).unwrap_or(own));
            row.extend(value.map(|value| (column.logical_name.clone(), value)));
        }
    }
    row
}

fn cell(dice: &mut Dice<'_>, column: &Column) -> Option<Value> {
    Some(match column.ty.edm() {
        None if column.ty == ColumnType::ManagedProperty => Value::Boolean(dice.roll(2) == 0),
        None | Some(Edm::Binary) => return None,
        // There is one more key than rows, so that a lookup may point to a missing row.
        Some(Edm::Guid) => Value::Guid(keys().get(dice.roll(7)).copied().unwrap_or_else(|| guid(99))),
        Some(_) if matches!(column.ty, ColumnType::Choices { .. }) => {
            Value::Text((*dice.pick(&["1", "1,2", "2,3"])?).to_owned())
        }
        // Few different numbers, so that values are often equal; one of them is a language code.
        Some(Edm::Int32) => Value::Integer(*dice.pick(&[0, 1, 2, 3, 1033])?),
        Some(_) => value(dice, column),
    })
}

/// A comparison in a query: the logical name of the column, and the value.
type Constant<'q> = (&'q str, &'q Value);

/// Returns, half of the time, a value with which the query compares a column of this name (`asked`), if the
/// value has the type of `own`. Otherwise returns `None`.
fn asked_for(dice: &mut Dice<'_>, column: &Column, asked: &[Constant<'_>], own: &Value) -> Option<Value> {
    let fits = |(name, value): &&Constant<'_>| {
        *name == column.logical_name && std::mem::discriminant(*value) == std::mem::discriminant(own)
    };
    let fitting: Vec<&Constant<'_>> = asked.iter().filter(fits).collect();
    if dice.roll(2) == 0 {
        return None;
    }
    dice.pick(&fitting).map(|(_, value)| (*value).clone())
}

fn constants_of_joins<'q>(joins: &'q [Join], found: &mut Vec<Constant<'q>>) {
    for join in joins {
        constants(&join.predicate, found);
        constants_of_joins(&join.joins, found);
    }
}

fn constants<'q>(predicate: &'q Predicate, found: &mut Vec<Constant<'q>>) {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().for_each(|p| constants(p, found)),
        Predicate::Not(inner) | Predicate::Any(_, Some(inner)) | Predicate::All(_, inner) => {
            constants(inner, found);
        }
        Predicate::Test(column, test) => {
            let values: Vec<&Value> = match test {
                Test::Compare(_, value)
                | Test::Contains(value)
                | Test::StartsWith(value)
                | Test::EndsWith(value)
                | Test::Like(value) => vec![value],
                Test::Function(_, Arguments::One(value)) => vec![value],
                Test::Function(_, Arguments::List(values)) => values.iter().collect(),
                _ => vec![],
            };
            found.extend(values.into_iter().map(|value| (column.column.as_str(), value)));
        }
        Predicate::Any(_, None)
        | Predicate::Constant(_)
        | Predicate::Columns(..)
        | Predicate::Parameter(_) => {}
    }
}

/// Returns enough pseudo-random bytes for a database. The bytes depend only on `seed` (SplitMix64).
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..2048).flat_map(|_| next().to_le_bytes()).collect()
}
