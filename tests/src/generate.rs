//! Random meanings on the sample organisation, and random texts between right and wrong, for tests of laws.

use dvkit_query::functions;
use dvkit_query::hir::{
    Aggregate, AggregateFunction, Answer, Arguments, Collection, ColumnRef, Columns, Comparison, Expansion,
    GroupKey, Grouping, Key, Link, Order, OrderBy, Page, Predicate, Property, Query, Related, Start, Step,
    Test, Value,
};
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Side, Table};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

use crate::sample::store;

/// A table of the sample.
///
/// # Panics
/// Where the sample does not have it.
#[must_use]
pub fn table(name: &str) -> &'static Table {
    store().table(name).expect("in memory").expect("in the sample")
}

/// A generator of random choices from one seed: proptest shrinks the bytes.
pub struct Dice<'b>(pub std::slice::Iter<'b, u8>);

impl Dice<'_> {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        let byte = self.0.next().copied().unwrap_or(0);
        usize::from(byte) % sides.max(1)
    }

    /// One of several.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let i = self.roll(from.len());
        from.get(i)
    }
}

fn link(r: &Relationship) -> Link {
    Link {
        navigation: r.navigation.clone().unwrap_or_default(),
        table: r.table.clone(),
        column: r.column.clone(),
        referenced: r.referenced.clone(),
    }
}

fn in_store(r: &Relationship) -> bool {
    // The sample has a navigation property with quotes in its name, as real ones do: no query can name it.
    let identifier = |n: &String| n.chars().all(|c| c.is_alphanumeric() || c == '_');
    r.navigation.as_ref().is_some_and(identifier) && store().entry(&r.table).is_some()
}

/// A column of the row, or of a row one or two lookups away.
fn column(dice: &mut Dice<'_>, scope: usize, from: &'static Table) -> (ColumnRef, &'static Column) {
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
    (ColumnRef { scope, join: None, path, column: column.logical_name.clone(), property }, column)
}

fn text(dice: &mut Dice<'_>) -> String {
    let words = [
        "Ann",
        "O'Brien",
        "a or b",
        "100%",
        "",
        "ünïcode",
        "say \"hi\"",
        "back\\slash",
        "{x}",
        "a,b",
        "(",
        "]",
    ];
    (*dice.pick(&words).expect("not empty")).to_owned()
}

/// A value of the column's type.
pub(crate) fn value(dice: &mut Dice<'_>, column: &Column) -> Value {
    let n = i64::from(u8::try_from(dice.roll(256)).unwrap_or(0));
    match column.ty.edm().expect("filtered") {
        Edm::String => Value::Text(text(dice)),
        Edm::Int32 | Edm::Int64 => Value::Integer(n),
        Edm::Decimal => Value::Decimal(rust_decimal(n)),
        Edm::Double => Value::Double(n as f64 * [1.0, 0.5, 1e20, -1e-7][dice.roll(4)]),
        Edm::Boolean => Value::Boolean(n > 127),
        Edm::Guid => Value::Guid(guid(n)),
        Edm::Date => Value::Date(format!("20{:02}-0{}-11", n % 100, n % 9 + 1).parse().expect("a date")),
        Edm::DateTimeOffset | Edm::Binary => {
            let fraction = ["", ".5", ".123456789"][dice.roll(3)];
            Value::DateTime(
                format!("20{:02}-0{}-11T10:20:30{fraction}Z", n % 100, n % 9 + 1).parse().expect("a time"),
            )
        }
    }
}

fn rust_decimal(n: i64) -> rust_decimal::Decimal {
    rust_decimal::Decimal::new(n - 100, u32::try_from(n % 5).unwrap_or(0))
}

pub(crate) fn guid(n: i64) -> uuid::Uuid {
    uuid::Uuid::from_u128((u128::from(n.unsigned_abs()) << 64) | 0xdead_beef)
}

fn test(dice: &mut Dice<'_>, column: &Column) -> Test {
    let ordered = !column.ty.is_lookup()
        && !matches!(
            column.ty,
            ColumnType::Boolean { .. } | ColumnType::Uniqueidentifier | ColumnType::Choices { .. }
        );
    let ops =
        [Comparison::Eq, Comparison::Ne, Comparison::Gt, Comparison::Ge, Comparison::Lt, Comparison::Le];
    let is_text = matches!(column.ty, ColumnType::String { .. } | ColumnType::Memo { .. });
    match dice.roll(5) {
        0 => Test::Null,
        1 => Test::NotNull,
        2 if is_text => match dice.roll(3) {
            0 => Test::Contains(Value::Text(text(dice))),
            1 => Test::StartsWith(Value::Text(text(dice))),
            _ => Test::EndsWith(Value::Text(text(dice))),
        },
        2 if matches!(column.ty, ColumnType::Choices { .. }) => {
            let function = functions::find("ContainValues").expect("it exists");
            Test::Function(function, Arguments::List(vec![Value::Integer(1)]))
        }
        2 | 3 if matches!(column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset)) => {
            let (name, arguments) = match dice.roll(4) {
                0 => ("Today", Arguments::None),
                1 => ("LastXDays", Arguments::Number(Value::Integer(7))),
                2 => ("InFiscalPeriodAndYear", Arguments::Period(Value::Integer(1), Value::Integer(2025))),
                _ => ("On", Arguments::One(value(dice, column))),
            };
            Test::Function(functions::find(name).expect("it exists"), arguments)
        }
        3 if !matches!(column.ty, ColumnType::Boolean { .. } | ColumnType::Choices { .. }) => {
            let function = functions::find("In").expect("it exists");
            Test::Function(function, Arguments::List(vec![value(dice, column), value(dice, column)]))
        }
        _ if matches!(column.ty, ColumnType::Choices { .. }) => {
            Test::Compare(Comparison::Eq, Value::Text("1,2".into()))
        }
        _ => Test::Compare(ops[dice.roll(if ordered { 6 } else { 2 })], value(dice, column)),
    }
}

/// A condition on the innermost of `scopes`.
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
            let (reference, column) = column(dice, scope, scopes[scope]);
            let test = test(dice, column);
            Predicate::Test(reference, test)
        }
    }
}

/// `PROPTEST_CASES` asks for a long run on new cases; without it a quick one goes over the same cases every time, so
/// that nobody's change fails on what somebody else's left.
#[must_use]
pub fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let cases = asked.unwrap_or(1500);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// `text` with some of its pieces cut out, doubled, exchanged, shouted, or replaced by pieces of `others`.
#[must_use]
pub fn mutated(text: &str, others: &[&str], edits: &[(u16, u16, u8)]) -> String {
    const ENDS: [char; 10] = [' ', '(', ')', ',', '/', '\'', '&', '=', ';', '?'];
    let mut words: Vec<String> = text.split_inclusive(ENDS).map(str::to_owned).collect();
    for (a, b, kind) in edits {
        if words.is_empty() {
            break;
        }
        let (i, j) = (usize::from(*a) % words.len(), usize::from(*b) % words.len());
        match kind {
            0 => drop(words.remove(i)),
            1 => words.insert(j, words[i].clone()),
            2 => words.swap(i, j),
            3 => words[i] = words[i].to_uppercase(),
            _ => {
                let other = others[usize::from(*b) % others.len()];
                let piece = other.split_inclusive(ENDS).nth(usize::from(*a) % 7).unwrap_or("x");
                words[i] = piece.to_owned();
            }
        }
    }
    words.concat()
}

/// A whole request's meaning.
///
/// # Panics
/// Never: every table of the sample has columns.
pub fn request(dice: &mut Dice<'_>) -> Query {
    let roots = ["account", "contact", "new_project", "task", "incident", "systemuser"];
    let root = table(roots[dice.roll(roots.len())]);
    let mut query = Query::rows(root.logical_name.as_str(), Predicate::Constant(true));
    query.start.entity_set = root.entity_set.clone().unwrap_or_default();
    let shape = dice.roll(8);
    if shape == 0 {
        // One row of it.
        query.start.key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(7))));
        query.columns = columns(dice, root);
        query.expand = expansions(dice, root, 1, false);
        return query;
    }
    if shape == 1 {
        // The rows that a row leads to.
        let many: Vec<&Relationship> =
            root.relationships.iter().filter(|r| !r.is_single() && in_store(r)).collect();
        if let Some(r) = dice.pick(&many).copied() {
            query.start.key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(8))));
            let step = Step {
                navigation: r.navigation.clone().unwrap_or_default(),
                table: r.table.clone(),
                key: None,
            };
            query.start = Start { steps: vec![step], ..query.start };
            query.table = r.table.clone();
            if dice.roll(3) == 0 {
                query.answer = Answer::Count;
                return query;
            }
        }
    }
    let rows = table(&query.table);
    if dice.roll(2) == 0 {
        query.predicate = predicate(dice, &mut vec![rows], 2);
    }
    if shape == 2 && query.start.key.is_none() {
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

/// Columns that are properties.
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

/// Expansions that the service takes: no N:N, and without order or top where anything is nested.
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
            to: if single { Related::One(link(r)) } else { Related::Many(collection(r, 0)) },
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

fn collection(r: &Relationship, scope: usize) -> Collection {
    Collection {
        scope,
        navigation: r.navigation.clone().unwrap_or_default(),
        table: r.table.clone(),
        column: r.column.clone(),
        referenced: r.referenced.clone(),
        intersect: r.intersect.clone(),
        single: false,
    }
}

/// The meaning with every `In` and `NotIn` written out: what a long list of comparisons is before and after it was
/// mended.
#[must_use]
pub fn written_out(mut query: Query) -> Query {
    query.predicate = lists_written_out(query.predicate);
    expansions_written_out(&mut query.expand);
    query
}

fn expansions_written_out(expand: &mut [Expansion]) {
    for expansion in expand {
        let predicate = std::mem::replace(&mut expansion.predicate, Predicate::Constant(true));
        expansion.predicate = lists_written_out(predicate);
        expansions_written_out(&mut expansion.expand);
    }
}

fn lists_written_out(predicate: Predicate) -> Predicate {
    let each = |parts: Vec<Predicate>| parts.into_iter().map(lists_written_out).collect();
    match predicate {
        Predicate::And(parts) => Predicate::and(each(parts)),
        Predicate::Or(parts) => Predicate::or(each(parts)),
        Predicate::Not(inner) => lists_written_out(*inner).negate(),
        Predicate::Any(collection, condition) => {
            Predicate::Any(collection, condition.map(|c| Box::new(lists_written_out(*c))))
        }
        Predicate::All(collection, condition) => {
            Predicate::All(collection, Box::new(lists_written_out(*condition)))
        }
        Predicate::Test(column, Test::Function(function, Arguments::List(values)))
            if matches!(function.name, "In" | "NotIn") =>
        {
            let comparison = if function.name == "In" { Comparison::Eq } else { Comparison::Ne };
            let test = |value| Predicate::Test(column.clone(), Test::Compare(comparison, value));
            let tests = values.into_iter().map(test).collect();
            if function.name == "In" { Predicate::or(tests) } else { Predicate::and(tests) }
        }
        other => other,
    }
}
