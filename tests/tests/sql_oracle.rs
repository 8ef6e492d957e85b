//! Queries as SQL return the same rows in SQLite as in the interpreter.

#[path = "../../execute/tests/sqlite/mod.rs"]
mod sqlite;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use dvkit_diagnostic::code;
use dvkit_execute::interpreter::{Database, QueryResult, evaluate};
use dvkit_execute::sqlite::{SqlQuery, UnsupportedQuery, to_sql};
use dvkit_execute::{Context, FiscalPeriod, FiscalSettings};
use dvkit_query::functions::{self, ColumnClass, FUNCTIONS, Signature};
use dvkit_query::hir::{
    Arguments, CollectionRef, ColumnRef, Columns, Comparison, Predicate, Property, Query, Test, Value,
};
use dvkit_query::odata;
use dvkit_query::{CheckOptions, check_fetchxml, check_filter, check_request};
use dvkit_schema::{Column, ColumnType, Edm};
use dvkit_tests::generate::{Dice, config, fetch, request, table as table_of};
use dvkit_tests::rows::{database, world};
use dvkit_tests::sample::{field, rows, store};
use dvkit_translate::to_fetchxml;
use expect_test::expect;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use sqlite::Sqlite;

/// Counts of the results of many queries.
#[derive(Default)]
struct Tally {
    sqlite: Option<RefCell<Sqlite>>,
    emitted: Cell<usize>,
    refused: RefCell<BTreeMap<String, usize>>,
    with_rows: Cell<usize>,
}

impl Tally {
    fn new() -> Self {
        Self { sqlite: Some(RefCell::new(Sqlite::new())), ..Self::default() }
    }

    /// Compares the results of one query. Rows are in the order of their keys, so that the order is the same
    /// even if the query has none.
    fn judge(&self, query: &Query, data: &Database, world: &Context) -> Result<(), String> {
        let said = match to_sql(query, store(), world) {
            Ok(said) => said,
            Err(refused) => {
                let mut tally = self.refused.borrow_mut();
                for reason in refused.reasons {
                    *tally.entry(format!("{} {}", reason.code, reason.message)).or_default() += 1;
                }
                return Ok(());
            }
        };
        let meant = evaluate(query, data, store(), world)
            .map_err(|e| format!("said and not evaluated: {e}\n{query:#?}"))?;
        let mut sqlite = self.sqlite.as_ref().expect("made").borrow_mut();
        sqlite.fill(&said.tables, data);
        let found = sqlite.answer(query, &said)?;
        if found != meant {
            return Err(format!(
                "{}\n{:?}\n{found:#?}\nis not\n{meant:#?}",
                said.rows.text, said.rows.parameters
            ));
        }
        self.emitted.set(self.emitted.get() + 1);
        let any = match meant {
            QueryResult::Rows(rows, _) => !rows.is_empty(),
            QueryResult::Count(n) => n > 0,
            QueryResult::References(all) => !all.is_empty(),
            QueryResult::Column(value) => value.is_some(),
        };
        self.with_rows.set(self.with_rows.get() + usize::from(any));
        Ok(())
    }

    /// Fails if fewer than `said` percent of the queries can be written as SQL, or fewer than `with_rows`
    /// percent return rows, since the test would then show nothing.
    fn holds(&self, said: usize, with_rows: usize) {
        let refused: usize = self.refused.borrow().values().sum();
        let (emitted, found) = (self.emitted.get(), self.with_rows.get());
        let told = format!("{emitted} said, {found} with rows, refused: {:#?}", self.refused.borrow());
        assert!(emitted * 100 >= (emitted + refused) * said, "{told}");
        assert!(found * 100 >= emitted * with_rows, "{told}");
    }
}

#[test]
fn random_requests_return_the_same_rows_in_sqlite() {
    let (requests, fetches) = (Tally::new(), Tally::new());
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let query = request(&mut Dice(bytes.iter()));
        let data = database(seed, &query);
        let text = odata::request(&query);
        let read = check_request(store(), None, &text, &CheckOptions::default());
        let read = read.expect("the sample is whole").query;
        let meant = read.ok_or_else(|| TestCaseError::fail(format!("{text} has no meaning")))?;
        let failed = |text: &str, why: String| TestCaseError::fail(format!("{text}\n{why}"));
        requests.judge(&meant, &data, &world()).map_err(|why| failed(&text, why))?;
        // The same query as FetchXML has joins, and conditions on them.
        let Ok(fetch) = to_fetchxml(&query, store()) else { return Ok(()) };
        let read = check_fetchxml(store(), &fetch.text, &CheckOptions::default());
        let Some(meant) = read.expect("the sample is whole").query else { return Ok(()) };
        fetches.judge(&meant, &data, &world()).map_err(|why| failed(&fetch.text, why))
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    requests.holds(99, 50);
    fetches.holds(99, 50);
}

#[test]
fn random_fetchxml_returns_the_same_rows_in_sqlite() {
    let tally = Tally::new();
    let bytes = proptest::collection::vec(any::<u8>(), 8..200);
    let result = TestRunner::new(config()).run(&(bytes, any::<u64>()), |(bytes, seed)| {
        let text = fetch(&mut Dice(bytes.iter()));
        let failed = |why: String| TestCaseError::fail(format!("{text}\n{why}"));
        let read = check_fetchxml(store(), &text, &CheckOptions::default()).expect("the sample is whole");
        let query = read.query.ok_or_else(|| failed("it has no meaning".to_owned()))?;
        let worlds = worlds();
        let world = &worlds[usize::try_from(seed % 5).expect("small")];
        tally.judge(&query, &database(seed, &query), world).map_err(failed)
    });
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    tally.holds(99, 33);
}

#[test]
fn sample_queries_return_the_same_rows_in_sqlite() {
    let tally = Tally::new();
    let mut failures = Vec::new();
    for row in ["right.jsonl", "requests.jsonl", "lints.jsonl", "fetchxml.jsonl"].iter().flat_map(|f| rows(f))
    {
        let options = CheckOptions::default();
        let read = if let Some(fetch) = row["fetchxml"].as_str() {
            check_fetchxml(store(), fetch, &options)
        } else if let Some(filter) = row["filter"].as_str() {
            check_filter(store(), field(&row, "table"), filter, &options)
        } else {
            check_request(store(), row["table"].as_str(), field(&row, "query"), &options)
        };
        let read = read.expect("the sample is whole");
        let Some(query) = read.query.filter(|_| read.parsed) else { continue };
        for seed in 0..5 {
            if let Err(difference) = tally.judge(&query, &database(seed, &query), &world()) {
                failures.push(format!("{row}\n{difference}"));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n\n"));
    tally.holds(90, 50);
}

/// Returns evaluation contexts that differ in everything that a query can depend on.
fn worlds() -> Vec<Context> {
    let zone = |text: &str| TimeZone::posix(text).expect("a zone");
    let fiscal = |period, month, day| FiscalSettings { period, start: date(2000, month, day) };
    let other = |zone, fiscal| Context { zone, fiscal, ..world() };
    vec![
        world(),
        other(zone("EST5EDT,M3.2.0,M11.1.0"), fiscal(FiscalPeriod::FourWeeks, 7, 1)),
        other(zone("<+1345>-13:45"), fiscal(FiscalPeriod::Monthly, 2, 29)),
        other(zone("CET-1CEST,M3.5.0,M10.5.0/3"), fiscal(FiscalPeriod::Semiannually, 12, 31)),
        other(TimeZone::fixed(jiff::tz::offset(-11)), fiscal(FiscalPeriod::Annually, 1, 1)),
    ]
}

fn plain(column: &str) -> ColumnRef {
    let column = column.to_owned();
    ColumnRef { scope: 0, join: None, path: vec![], column, property: Property::Plain }
}

/// Tables and columns for testing functions: every type of date, numbers, texts, ids, hierarchies.
const ASKED: [(&str, &str); 16] = [
    ("account", "createdon"),
    ("contact", "anniversary"),
    ("contact", "lastonholdtime"),
    ("new_project", "new_shiftstart"),
    ("account", "name"),
    ("account", "revenue"),
    ("account", "numberofemployees"),
    ("account", "statecode"),
    ("account", "accountid"),
    ("account", "parentaccountid"),
    ("account", "ownerid"),
    ("systemuser", "systemuserid"),
    ("systemuser", "parentsystemuserid"),
    ("systemuser", "businessunitid"),
    ("new_project", "new_regions"),
    ("new_project", "new_latitude"),
];

/// Returns arguments for a function: values that rows have, and numbers near the limits.
fn arguments(dice: &mut Dice<'_>, signature: Signature, values: &[&Value]) -> Arguments {
    let number = |dice: &mut Dice<'_>| Value::Integer([0, 1, 2, 4, 7, 12, 13, 14, 2024, 2025][dice.roll(10)]);
    let own = |dice: &mut Dice<'_>| dice.pick(values).map_or(Value::Integer(1033), |v| (*v).clone());
    match signature {
        Signature::Column => Arguments::None,
        Signature::Value => Arguments::One(own(dice)),
        Signature::Number => Arguments::Number(number(dice)),
        Signature::List => Arguments::List(vec![own(dice), own(dice)]),
        Signature::Period => Arguments::Period(number(dice), Value::Integer(2023 + number_of(dice))),
    }
}

fn number_of(dice: &mut Dice<'_>) -> i64 {
    i64::try_from(dice.roll(4)).expect("small")
}

fn applies(to: ColumnClass, column: &Column) -> bool {
    let date = matches!(column.ty, ColumnType::DateTime { .. });
    let number = matches!(column.ty.edm(), Some(Edm::Int32 | Edm::Decimal | Edm::Double));
    let id = column.ty.edm() == Some(Edm::Guid);
    let multi_select = matches!(column.ty, ColumnType::Choices { .. });
    match to {
        ColumnClass::Date => date,
        ColumnClass::DateTime => column.ty.edm() == Some(Edm::DateTimeOffset),
        ColumnClass::Ordered => date || number,
        ColumnClass::AnyOf => !date,
        ColumnClass::MultiSelect => multi_select,
        ColumnClass::Owner => id,
        ColumnClass::Hierarchy => {
            id && ["account", "systemuser"].iter().any(|t| column.logical_name.contains(t))
        }
        ColumnClass::Language => matches!(column.ty, ColumnType::Integer { .. }),
        ColumnClass::FullText => false,
    }
}

#[test]
fn every_query_function_selects_the_same_rows_in_sqlite() {
    let tally = Tally::new();
    let said: RefCell<BTreeSet<&str>> = RefCell::default();
    let few = ProptestConfig { cases: config().cases / 8, ..config() };
    let bytes = proptest::collection::vec(any::<u8>(), 300);
    let judge = |bytes: &[u8], seed: u64, asked: Option<(&'static str, &'static str)>| {
        let mut dice = Dice(bytes.iter());
        let (table, column) = asked.unwrap_or(ASKED[dice.roll(ASKED.len())]);
        let worlds = worlds();
        let world = &worlds[dice.roll(worlds.len())];
        let all = Query::rows(table, Predicate::Constant(true));
        let data = near(database(seed, &all), column, seed, world);
        let values: Vec<&Value> = data.rows(table).iter().filter_map(|row| row.get(column)).collect();
        for function in &FUNCTIONS {
            let arguments = arguments(&mut dice, function.signature, &values);
            let test = Predicate::Test(plain(column), Test::Function(function, arguments));
            let test = if dice.roll(2) == 0 { test.negate() } else { test };
            let query = Query { columns: Columns::Listed(vec![plain(column)]), ..Query::rows(table, test) };
            let asked = table_of(table).column(column).expect("in the sample");
            if !applies(function.columns, asked) || values.is_empty() {
                continue;
            }
            let before = tally.emitted.get();
            let failed = |why| TestCaseError::fail(format!("{:?}\n{why}", query.predicate));
            tally.judge(&query, &data, world).map_err(failed)?;
            if tally.emitted.get() > before {
                said.borrow_mut().insert(function.name);
            }
        }
        Ok(())
    };
    // A few cases for each column, so that every function is asked however few random cases there are.
    for asked in ASKED {
        for seed in 0..8_u8 {
            let bytes: Vec<u8> =
                (0..300_u16).map(|n| (n * 167 + 13).to_le_bytes()[0] ^ seed.wrapping_mul(89)).collect();
            judge(&bytes, u64::from(seed), Some(asked)).unwrap();
        }
    }
    let result = TestRunner::new(few).run(&(bytes, any::<u64>()), |(bytes, seed)| judge(&bytes, seed, None));
    assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    let unsaid: Vec<&str> =
        FUNCTIONS.iter().map(|f| f.name).filter(|name| !said.borrow().contains(name)).collect();
    // Full-text search is not evaluated.
    assert_eq!(unsaid, ["Contains"], "functions that were never asked");
    tally.holds(100, 20);
}

/// Moves the times of a column near the limits of date functions: around now, by minutes to years.
fn near(mut data: Database, column: &str, seed: u64, world: &Context) -> Database {
    const HOUR: i64 = 3_600;
    let steps =
        [0, 1, 59, 60, HOUR, 5 * HOUR, 23 * HOUR, 24 * HOUR, 7 * 24 * HOUR, 31 * 24 * HOUR, 366 * 24 * HOUR];
    for (n, row) in data.tables.values_mut().flatten().enumerate() {
        let n = n.wrapping_mul(7).wrapping_add(usize::try_from(seed % 97).unwrap_or(0));
        let step = steps[n % steps.len()] * if n % 2 == 0 { 1 } else { -1 };
        let Ok(moment) = world.now.checked_add(jiff::SignedDuration::from_secs(step)) else { continue };
        match row.get_mut(column) {
            Some(Value::DateTime(t)) if n % 3 > 0 => *t = moment,
            Some(Value::Date(d)) if n % 3 > 0 => *d = moment.to_zoned(TimeZone::UTC).date(),
            _ => {}
        }
    }
    data
}

/// Checks that the interpreter and SQLite return the same rows of FetchXML on several databases and in all
/// contexts, and that `with_rows` percent of the runs return some.
fn alike(fetch: &str, with_rows: usize) {
    let read = check_fetchxml(store(), fetch, &CheckOptions::default()).expect("the sample is whole");
    let query = read.query.unwrap_or_else(|| panic!("{fetch}: {:?}", read.diagnostics));
    let tally = Tally::new();
    for (seed, world) in (0..60).zip(worlds().iter().cycle()) {
        tally.judge(&query, &database(seed, &query), world).unwrap_or_else(|why| panic!("{fetch}\n{why}"));
    }
    tally.holds(100, with_rows);
}

#[test]
fn a_result_column_may_have_any_name() {
    let by = |alias: &str, counted: &str| {
        alike(
            &format!(
                "<fetch aggregate='true'><entity name='account'>\
             <attribute name='statecode' alias='{alias}' groupby='true'/>\
             <attribute name='name' alias='{counted}' aggregate='countcolumn'/>\
             <attribute name='name' alias='least' aggregate='min'/></entity></fetch>"
            ),
            50,
        );
    };
    by("c1", "n");
    by("q", "c0");
    by("t0", "a&quot;; DROP TABLE account; --");
    alike(
        "<fetch distinct='true'><entity name='contact'><attribute name='firstname' alias='n'/>\
         <attribute name='statecode' alias='c0'/><order attribute='lastname'/></entity></fetch>",
        50,
    );
}

#[test]
fn groups_by_parts_of_dates_agree_in_any_time_zone() {
    for part in ["day", "week", "month", "quarter", "year", "fiscal-period", "fiscal-year"] {
        for (column, zone) in [("createdon", "true"), ("createdon", "false"), ("anniversary", "true")] {
            alike(
                &format!(
                    "<fetch aggregate='true'><entity name='contact'>\
                 <attribute name='{column}' alias='d' groupby='true' dategrouping='{part}' usertimezone='{zone}'/>\
                 <attribute name='annualincome' alias='sum' aggregate='sum'/>\
                 <attribute name='annualincome' alias='mean' aggregate='avg'/>\
                 <attribute name='firstname' alias='least' aggregate='min'/>\
                 <attribute name='firstname' alias='different' aggregate='countcolumn' distinct='true'/>\
                 <order alias='mean' descending='true'/></entity></fetch>"
                ),
                50,
            );
        }
    }
}

#[test]
fn a_group_has_the_spelling_of_its_first_row() {
    alike(
        "<fetch aggregate='true'><entity name='contact'>\
         <attribute name='firstname' alias='first' groupby='true'/>\
         <attribute name='lastname' alias='greatest' aggregate='max'/>\
         <attribute name='contactid' alias='rows' aggregate='count'/><order alias='first'/></entity></fetch>",
        50,
    );
}

#[test]
fn nested_joins_return_the_same_rows_in_sqlite() {
    let kinds = ["inner", "outer", "exists", "matchfirstrowusingcrossapply"];
    for (outer, inner) in kinds.iter().flat_map(|a| kinds.iter().map(move |b| (*a, *b))) {
        // The service does not accept columns of rows behind `exists`.
        let columns = |kind: &str, column: &str| match kind {
            "exists" => String::new(),
            _ => format!("<attribute name='{column}'/>"),
        };
        let below = |alias: &str, kind: &str| {
            format!(
                "<link-entity name='systemuser' from='systemuserid' to='ownerid' link-type='{kind}' alias='{alias}'>\
                 {}<filter><condition attribute='isdisabled' operator='ne' value='1'/></filter></link-entity>",
                columns(kind, "fullname")
            )
        };
        let fetch = format!(
            "<fetch><entity name='account'><attribute name='name'/>\
             <link-entity name='contact' from='parentcustomerid' to='accountid' link-type='{outer}' alias='c'>{}\
             <filter type='or'><condition attribute='statecode' operator='lt' value='3'/>\
             <condition attribute='firstname' operator='null'/></filter>{}{}</link-entity></entity></fetch>",
            columns(outer, "firstname"),
            below("u", inner),
            below("v", "outer"),
        );
        alike(&fetch, 5);
    }
}

#[test]
fn null_compares_alike_in_sqlite() {
    let above = functions::find("Above").expect("it exists");
    let other = Arguments::One(Value::Guid(uuid::Uuid::from_u128(99)));
    let test = Predicate::Test(plain("parentaccountid"), Test::Function(above, other)).negate();
    let query = Query::rows("account", test);
    let tally = Tally::new();
    for seed in 0..60 {
        tally.judge(&query, &database(seed, &query), &world()).expect("the same rows");
    }
    tally.holds(100, 30);
}

/// Returns a request or FetchXML as SQL.
fn said(text: &str) -> Result<SqlQuery, UnsupportedQuery> {
    let options = CheckOptions::default();
    let read = match text.starts_with('<') {
        true => check_fetchxml(store(), text, &options),
        false => check_request(store(), None, text, &options),
    };
    let read = read.expect("the sample is whole");
    let query = read.query.unwrap_or_else(|| panic!("{text}: {:?}", read.diagnostics));
    to_sql(&query, store(), &world())
}

#[test]
fn sql_is_written_as_in_the_goldens() {
    let text = |text: &str| {
        let said = said(text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"));
        let expand = said.rows.expand.iter().map(|e| format!("\n{}: {}", e.navigation, e.rows.text));
        let values = format!("\n{:?}", said.rows.parameters);
        [said.rows.text.clone(), values].into_iter().chain(expand).collect::<String>()
    };
    expect![[r#"
        SELECT t0."name" AS "name", t0."accountid" AS "accountid" FROM "account" AS t0 WHERE ((NOT dv_like(t0."name", ?1)) OR (SELECT t1."fullname" FROM "contact" AS t1 WHERE t1."contactid" = t0."primarycontactid") COLLATE DVTEXT = ?2) ORDER BY (SELECT t2."fullname" FROM "contact" AS t2 WHERE t2."contactid" = t0."primarycontactid") COLLATE DVTEXT DESC, t0."accountid" LIMIT ?3 OFFSET ?4
        [SqlValue(Text("%a%%")), SqlValue(Text("Ann")), SqlValue(Integer(3)), SqlValue(Integer(0))]"#]].assert_eq(&text(
        "accounts?$select=name&$filter=not contains(name,'a%') or primarycontactid/fullname eq 'Ann'&$orderby=_primarycontactid_value desc&$top=3",
    ));
    expect![[r#"
        SELECT t0."name" AS "name", t0."accountid" AS "accountid", t0."primarycontactid" FROM "account" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "contact" AS t1 WHERE t1."parentcustomerid" = t0."accountid" AND (t1."annualincome" > ?1) IS NOT TRUE) ORDER BY t0."accountid" LIMIT ?2 OFFSET ?3
        [SqlValue(Text("10.50")), SqlValue(Integer(5000)), SqlValue(Integer(0))]
        primarycontactid: SELECT t2."contactid" AS "contactid", t2."fullname" AS "fullname" FROM "contact" AS t2 WHERE t2."contactid" = ?1 ORDER BY t2."contactid" LIMIT ?2 OFFSET ?3"#]].assert_eq(&text(
        "accounts?$select=name&$filter=contact_customer_accounts/all(c:c/annualincome gt 10.50)&$expand=primarycontactid($select=fullname)",
    ));
    expect![[r#"
        SELECT t0."name" AS "name", t0."accountid" AS "accountid", t1."fullname" AS "c.fullname" FROM "account" AS t0 LEFT JOIN ("contact" AS t1 JOIN "systemuser" AS t2 ON t2."systemuserid" = t1."ownerid") ON (t1."parentcustomerid" = t0."accountid" AND (t1."createdon" >= ?1 AND t1."createdon" < ?2)) ORDER BY t0."accountid", t1."contactid", t2."systemuserid" LIMIT ?3 OFFSET ?4
        [SqlValue(Text("2025-03-05T00:00:00.000000000Z")), SqlValue(Text("2025-03-12T01:30:20.000000000Z")), SqlValue(Integer(5000)), SqlValue(Integer(0))]"#]].assert_eq(&text(
        "<fetch><entity name='account'><attribute name='name'/>\
         <link-entity name='contact' from='parentcustomerid' to='accountid' link-type='outer' alias='c'>\
         <attribute name='fullname'/><filter><condition attribute='createdon' operator='last-x-days' value='7'/></filter>\
         <link-entity name='systemuser' from='systemuserid' to='ownerid' alias='u'/>\
         </link-entity></entity></fetch>",
    ));
    expect![[r#"
        SELECT q.c0 AS "year", q.c1 AS "sum" FROM (SELECT q.c0 AS c0, dv_sum(q.c1) AS c1, MIN(q.n) AS n FROM (SELECT dv_part(t0."createdon", ?1, ?2, ?3) AS c0, t0."revenue" AS c1, ROW_NUMBER() OVER (ORDER BY t0."accountid") AS n FROM "account" AS t0) AS q GROUP BY q.c0) AS q ORDER BY q.c1 COLLATE DVDECIMAL, q.n LIMIT ?4 OFFSET ?5
        [SqlValue(Text("fiscal-year")), SqlValue(Text("UTC")), SqlValue(Text("01-01/4")), SqlValue(Integer(5000)), SqlValue(Integer(0))]"#]].assert_eq(&text(
        "<fetch aggregate='true'><entity name='account'>\
         <attribute name='createdon' alias='year' groupby='true' dategrouping='fiscal-year'/>\
         <attribute name='revenue' alias='sum' aggregate='sum'/><order alias='sum'/></entity></fetch>",
    ));
    expect![[r#"
        SELECT t0."name" AS "name", t0."accountid" AS "accountid" FROM "account" AS t0 WHERE t0."accountid" IN (WITH RECURSIVE "~h" (id, depth) AS (SELECT t1."accountid", 1 FROM "account" AS t1 WHERE t1."parentaccountid" = ?1 UNION SELECT t1."accountid", h.depth + 1 FROM "~h" AS h JOIN "account" AS t1 ON t1."parentaccountid" = h.id WHERE h.depth < 100) SELECT id FROM "~h") ORDER BY t0."accountid" LIMIT ?2 OFFSET ?3
        [SqlValue(Text("00000000-0000-0000-0000-000000000007")), SqlValue(Integer(5000)), SqlValue(Integer(0))]"#]].assert_eq(&text(
        "accounts?$select=name&$filter=Microsoft.Dynamics.CRM.Under(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000007')",
    ));
}

#[test]
fn a_value_is_never_part_of_the_sql_text() {
    let hostile = "x'' OR 1=1; DROP TABLE \"account\"; --";
    let said = said(&format!("accounts?$filter=name eq '{hostile}' or contains(name,'{hostile}')"));
    let said = said.expect("SQL can say it");
    assert!(!said.rows.text.contains("DROP") && !said.rows.text.contains('\''), "{}", said.rows.text);
    let values: Vec<String> = said.rows.parameters.iter().map(|p| format!("{p:?}")).collect();
    assert_eq!(values.iter().filter(|v| v.contains("DROP")).count(), 2, "{values:?}");
}

#[test]
fn a_refused_query_lists_all_reasons() {
    let codes = |text: &str| -> Vec<String> {
        let refused = said(text).expect_err("not to be said");
        refused.reasons.iter().map(|r| r.code.to_string()).collect()
    };
    assert_eq!(
        codes("accounts?$filter=name eq @a and createdon gt @b and revenue gt 1"),
        ["DV0604", "DV0604"]
    );
    let fetch =
        "<fetch><entity name='email'><attribute name='subject'/><attribute name='to'/></entity></fetch>";
    assert_eq!(codes(fetch), ["DV0640"]);
}

#[test]
fn queries_beyond_the_limits_of_sqlite_are_refused() {
    let name = |n: i64| {
        Predicate::Test(plain("numberofemployees"), Test::Compare(Comparison::Eq, Value::Integer(n)))
    };
    let run = |predicate: Predicate| {
        let query = Query::rows("account", predicate);
        let said = to_sql(&query, store(), &world())?;
        let mut sqlite = Sqlite::new();
        sqlite.fill(&said.tables, &Database::default());
        Ok::<_, UnsupportedQuery>(sqlite.answer(&query, &said).expect("it runs"))
    };
    // A long condition, and one that is as deep as allowed.
    run(Predicate::Or((0..2_000).map(name).collect())).expect("a long condition");
    let listed = functions::find("In").expect("it exists");
    let list = |n: i64| {
        let values = Arguments::List((0..n).map(Value::Integer).collect());
        Predicate::Test(plain("numberofemployees"), Test::Function(listed, values))
    };
    run(list(32_000)).expect("a long list");
    let refused = run(list(33_000)).expect_err("too long");
    assert_eq!(refused.reasons.iter().map(|r| r.code).collect::<Vec<_>>(), [code::SQLITE_LIMIT]);
    let children = || CollectionRef {
        scope: 0,
        navigation: String::new(),
        table: "account".into(),
        column: Some("parentaccountid".into()),
        referenced: Some("accountid".into()),
        intersect: None,
        single: false,
    };
    let nested =
        |levels: usize| (0..levels).fold(name(1), |inner, _| Predicate::All(children(), Box::new(inner)));
    run(nested(19)).expect("a deep condition");
    let mut refused = run(nested(21)).expect_err("too deep").reasons;
    assert_eq!(refused.pop().map(|r| r.code), Some(code::SQLITE_LIMIT));
}
