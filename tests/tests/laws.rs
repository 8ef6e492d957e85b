//! The laws of the checker, on the sample organisation: what a fix means is what the text meant; a rewritten filter checks
//! clean and rewrites to itself; `resolve(emit(hir)) = hir`; every code's example shows that code.

use dvkit_diagnostic::code;
use dvkit_query::hir::{
    Arguments, Collection, ColumnRef, Comparison, Link, Predicate, Property, Query, Test, Value,
};
use dvkit_query::{Checked, Options, check, emit, functions};
use dvkit_schema::{Column, ColumnType, Edm, Relationship, Side, Table};
use dvkit_tests::sample::{field, rows, store};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn checked(table: &str, filter: &str) -> Checked {
    check(store(), table, filter, &Options::default()).expect("the snapshot is in memory")
}

/// Everything that must hold of any text.
fn holds(table: &str, filter: &str) -> Result<(), String> {
    let first = checked(table, filter);
    let explain = |c: &Checked, text: &str| {
        c.diagnostics.iter().map(|d| d.display(text).to_string()).collect::<Vec<_>>().join("\n")
    };
    for d in &first.diagnostics {
        if filter.get(d.span.range()).is_none() {
            return Err(format!("{filter}\na span that does not fit: {d:?}"));
        }
        for s in &d.suggestions {
            dvkit_diagnostic::apply(filter, &s.edits).map_err(|e| format!("{filter}\n{e}: {s:?}"))?;
        }
    }
    if let Some(query) = &first.query
        && first.ok()
    {
        let text = emit::odata::filter(query);
        let again = checked(table, &text);
        if !again.ok() || again.query.as_ref() != Some(query) {
            return Err(format!(
                "{filter}\nemits {text}\n{}\n{query:?}\n{:?}",
                explain(&again, &text),
                again.query
            ));
        }
    }
    let Some(rewritten) = &first.rewritten else { return Ok(()) };
    let second = checked(table, rewritten);
    if !second.ok() {
        return Err(format!("{filter}\n→ {rewritten}, which is not clean:\n{}", explain(&second, rewritten)));
    }
    if second.rewritten.as_ref() != Some(rewritten) {
        return Err(format!("{filter}\n→ {rewritten}\n→ {:?}", second.rewritten));
    }
    // What a text that is no OData means is a guess of the parser's recovery.
    if let Some(query) = first.query.as_ref().filter(|_| first.parsed)
        && second.query.as_ref() != Some(query)
    {
        return Err(format!(
            "{filter}\n→ {rewritten}, which means something else:\n{query:?}\n{:?}",
            second.query
        ));
    }
    Ok(())
}

#[test]
fn laws_hold_on_the_sample_queries() {
    let failures: Vec<String> = ["right.jsonl", "wrong.jsonl"]
        .iter()
        .flat_map(|file| rows(file))
        .filter_map(|row| holds(field(&row, "table"), field(&row, "filter")).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_example_shows_its_code() {
    let mut failures = Vec::new();
    for info in code::all().filter(|i| !i.table.is_empty()) {
        let wrong = checked(info.table, info.wrong);
        if !wrong.diagnostics.iter().any(|d| d.code == info.code) {
            let codes: Vec<String> = wrong.diagnostics.iter().map(|d| d.to_string()).collect();
            failures.push(format!("{}: `{}` gives {codes:?}", info.code, info.wrong));
        }
        if info.right.is_empty() {
            continue;
        }
        let right = checked(info.table, info.right);
        if !right.diagnostics.is_empty() {
            let codes: Vec<String> = right.diagnostics.iter().map(|d| d.to_string()).collect();
            failures.push(format!("{}: `{}` is called right and gives {codes:?}", info.code, info.right));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

// ---- generated meanings -------------------------------------------------------------------------------------

fn table(name: &str) -> &'static Table {
    store().table(name).expect("in memory").expect("in the sample")
}

/// A generator of random choices from one seed: proptest shrinks the bytes.
struct Dice<'b>(std::slice::Iter<'b, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        let byte = self.0.next().copied().unwrap_or(0);
        usize::from(byte) % sides.max(1)
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
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
    (ColumnRef { scope, path, column: column.logical_name.clone(), property }, column)
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
fn value(dice: &mut Dice<'_>, column: &Column) -> Value {
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

fn guid(n: i64) -> uuid::Uuid {
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

fn predicate(dice: &mut Dice<'_>, scopes: &mut Vec<&'static Table>, depth: usize) -> Predicate {
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
            let collection = Collection {
                scope,
                navigation: r.navigation.clone().unwrap_or_default(),
                table: r.table.clone(),
                column: r.column.clone(),
                referenced: r.referenced.clone(),
                intersect: r.intersect.clone(),
            };
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
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let cases = asked.unwrap_or(1500);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn emitted_meaning_resolves_to_itself(bytes in proptest::collection::vec(any::<u8>(), 8..120)) {
        let mut dice = Dice(bytes.iter());
        let roots = ["account", "contact", "new_project", "task", "incident", "new_externalorder"];
        let root = roots[dice.roll(roots.len())];
        let query = Query::rows(root, predicate(&mut dice, &mut vec![table(root)], 3));
        let text = emit::odata::filter(&query);
        let result = checked(root, &text);
        let found: Vec<String> = result.diagnostics.iter().map(ToString::to_string).collect();
        prop_assert!(result.ok(), "{text}\n{found:?}");
        prop_assert_eq!(result.query.as_ref(), Some(&query), "{}", text);
        prop_assert_eq!(result.rewritten.as_ref(), Some(&text));
    }

    /// Texts between right and wrong: sample queries with pieces cut out, doubled, exchanged with others' pieces.
    #[test]
    fn laws_hold_on_mutated_queries(seed in any::<u64>(), edits in proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..5), 1..4)) {
        let all: Vec<(String, String)> = ["right.jsonl", "wrong.jsonl"]
            .iter()
            .flat_map(|f| rows(f))
            .map(|r| (field(&r, "table").to_owned(), field(&r, "filter").to_owned()))
            .collect();
        let (table, filter) = &all[usize::try_from(seed % all.len() as u64).unwrap_or(0)];
        let mut words: Vec<String> = filter.split_inclusive([' ', '(', ')', ',', '/', '\'']).map(str::to_owned).collect();
        for (a, b, kind) in edits {
            if words.is_empty() { break; }
            let (i, j) = (usize::from(a) % words.len(), usize::from(b) % words.len());
            match kind {
                0 => { words.remove(i); }
                1 => { let w = words[i].clone(); words.insert(j, w); }
                2 => words.swap(i, j),
                3 => { words[i] = words[i].to_uppercase(); }
                _ => {
                    let other = &all[usize::from(b) % all.len()].1;
                    let piece = other.split_inclusive([' ', '(', ')', ',']).nth(usize::from(a) % 5).unwrap_or("x");
                    words[i] = piece.to_owned();
                }
            }
        }
        let text = words.concat();
        if let Err(message) = holds(table, &text) {
            prop_assert!(false, "{message}");
        }
    }
}
