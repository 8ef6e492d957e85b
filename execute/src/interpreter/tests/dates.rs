//! Tests of time ranges. The time is 21:30:20 on Tuesday, 2025-03-11, in New York. The offset is UTC-4; it
//! was UTC-5 until 7:00 UTC on Sunday, 2025-03-09.

use super::*;
use dvkit_query::functions::{self, FUNCTIONS, Signature};
use dvkit_query::hir::Arguments;

fn holds(name: &str, arguments: Arguments, column: &str, value: Value) -> bool {
    let function = functions::find(name).expect("it exists");
    let db = accounts(vec![row(&[("name", text("x")), (column, value)])]);
    kept(is(column, Test::Function(function, arguments)), &db) == "x"
}

fn n(n: i64) -> Arguments {
    Arguments::Number(Value::Integer(n))
}

/// Asserts that the range of the function `name` is from `from` (included) to `to` (excluded).
fn window(name: &str, arguments: Arguments, from: &str, to: &str) {
    let moment = |text: &str| -> jiff::Timestamp { text.parse().expect("a time") };
    let second = jiff::SignedDuration::from_secs(1);
    let at = |t: jiff::Timestamp| holds(name, arguments.clone(), "opened", Value::DateTime(t));
    if !from.is_empty() {
        assert!(at(moment(from)), "{name} holds at {from}");
        assert!(!at(moment(from) - second), "{name} does not hold before {from}");
    }
    if !to.is_empty() {
        assert!(at(moment(to) - second), "{name} holds until {to}");
        assert!(!at(moment(to)), "{name} does not hold at {to}");
    }
}

const NOW: &str = "2025-03-12T01:30:20Z";

#[test]
fn functions_of_days_weeks_months_and_years_have_their_ranges() {
    let none = || Arguments::None;
    window("Yesterday", none(), "2025-03-10T04:00:00Z", "2025-03-11T04:00:00Z");
    window("Today", none(), "2025-03-11T04:00:00Z", "2025-03-12T04:00:00Z");
    window("Tomorrow", none(), "2025-03-12T04:00:00Z", "2025-03-13T04:00:00Z");
    window("Last7Days", none(), "2025-03-04T05:00:00Z", NOW);
    window("Next7Days", none(), NOW, "2025-03-19T04:00:00Z");
    window("LastWeek", none(), "2025-03-02T05:00:00Z", "2025-03-09T05:00:00Z");
    window("ThisWeek", none(), "2025-03-09T05:00:00Z", "2025-03-16T04:00:00Z");
    window("NextWeek", none(), "2025-03-16T04:00:00Z", "2025-03-23T04:00:00Z");
    window("LastMonth", none(), "2025-02-01T05:00:00Z", "2025-03-01T05:00:00Z");
    window("ThisMonth", none(), "2025-03-01T05:00:00Z", "2025-04-01T04:00:00Z");
    window("NextMonth", none(), "2025-04-01T04:00:00Z", "2025-05-01T04:00:00Z");
    window("LastYear", none(), "2024-01-01T05:00:00Z", "2025-01-01T05:00:00Z");
    window("ThisYear", none(), "2025-01-01T05:00:00Z", "2026-01-01T05:00:00Z");
    window("NextYear", none(), "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z");
}

#[test]
fn functions_with_a_number_have_their_ranges() {
    window("LastXHours", n(2), "2025-03-11T23:00:00Z", NOW);
    window("NextXHours", n(2), NOW, "2025-03-12T04:00:00Z");
    window("LastXDays", n(3), "2025-03-08T05:00:00Z", NOW);
    window("NextXDays", n(3), NOW, "2025-03-15T04:00:00Z");
    window("LastXWeeks", n(1), "2025-03-04T05:00:00Z", NOW);
    window("NextXWeeks", n(1), NOW, "2025-03-19T04:00:00Z");
    window("LastXMonths", n(1), "2025-02-11T05:00:00Z", NOW);
    window("NextXMonths", n(1), NOW, "2025-04-12T04:00:00Z");
    window("LastXYears", n(1), "2024-03-11T04:00:00Z", NOW);
    window("NextXYears", n(1), NOW, "2026-03-12T04:00:00Z");
    window("OlderThanXMinutes", n(5), "", "2025-03-12T01:25:00Z");
    window("OlderThanXHours", n(1), "", "2025-03-12T00:00:00Z");
    window("OlderThanXDays", n(1), "", "2025-03-10T04:00:00Z");
    window("OlderThanXWeeks", n(1), "", "2025-03-04T05:00:00Z");
    window("OlderThanXMonths", n(1), "", "2025-02-11T05:00:00Z");
    window("OlderThanXYears", n(1), "", "2024-03-11T04:00:00Z");
}

#[test]
fn functions_with_a_day_have_their_ranges() {
    let day = || Arguments::One(Value::Date(date(2025, 3, 9)));
    window("On", day(), "2025-03-09T05:00:00Z", "2025-03-10T04:00:00Z");
    window("OnOrAfter", day(), "2025-03-09T05:00:00Z", "");
    window("OnOrBefore", day(), "", "2025-03-10T04:00:00Z");
}

#[test]
fn functions_of_fiscal_periods_have_their_ranges() {
    // The fiscal year 2024 began in July 2024; this is its third quarter.
    let period = |p, y| Arguments::Period(Value::Integer(p), Value::Integer(y));
    let none = || Arguments::None;
    window("ThisFiscalYear", none(), "2024-07-01T04:00:00Z", "2025-07-01T04:00:00Z");
    window("LastFiscalYear", none(), "2023-07-01T04:00:00Z", "2024-07-01T04:00:00Z");
    window("NextFiscalYear", none(), "2025-07-01T04:00:00Z", "2026-07-01T04:00:00Z");
    window("ThisFiscalPeriod", none(), "2025-01-01T05:00:00Z", "2025-04-01T04:00:00Z");
    window("LastFiscalPeriod", none(), "2024-10-01T04:00:00Z", "2025-01-01T05:00:00Z");
    window("NextFiscalPeriod", none(), "2025-04-01T04:00:00Z", "2025-07-01T04:00:00Z");
    window("LastXFiscalPeriods", n(2), "2024-07-01T04:00:00Z", "2025-01-01T05:00:00Z");
    window("NextXFiscalPeriods", n(2), "2025-04-01T04:00:00Z", "2025-10-01T04:00:00Z");
    window("LastXFiscalYears", n(1), "2023-07-01T04:00:00Z", "2024-07-01T04:00:00Z");
    window("NextXFiscalYears", n(1), "2025-07-01T04:00:00Z", "2026-07-01T04:00:00Z");
    window("InFiscalYear", n(2023), "2023-07-01T04:00:00Z", "2024-07-01T04:00:00Z");
    window("InFiscalPeriodAndYear", period(4, 2024), "2025-04-01T04:00:00Z", "2025-07-01T04:00:00Z");
    window("InOrAfterFiscalPeriodAndYear", period(4, 2024), "2025-04-01T04:00:00Z", "");
    window("InOrBeforeFiscalPeriodAndYear", period(4, 2024), "", "2025-07-01T04:00:00Z");
    assert!(holds("InFiscalPeriod", n(1), "founded", Value::Date(date(1999, 9, 30))));
    assert!(!holds("InFiscalPeriod", n(1), "founded", Value::Date(date(1999, 10, 1))));
    assert!(!holds("InFiscalPeriod", n(5), "founded", Value::Date(date(1999, 9, 30))));
    assert!(!holds("InFiscalPeriodAndYear", period(5, 2024), "founded", Value::Date(date(2025, 7, 1))));
}

#[test]
fn the_last_of_thirteen_periods_ends_with_the_year() {
    let mut context = context();
    context.fiscal.period = FiscalPeriod::FourWeeks;
    let holds = |p: i64, day: jiff::civil::Date| {
        let function = functions::find("InFiscalPeriod").expect("it exists");
        let db = accounts(vec![row(&[("founded", Value::Date(day))])]);
        let query = Query::rows("account", is("founded", Test::Function(function, n(p))));
        matches!(evaluate(&query, &db, &store(), &context), Ok(QueryResult::Rows(rows, _)) if rows.len() == 1)
    };
    assert!(holds(1, date(2024, 7, 28)) && holds(2, date(2024, 7, 29)));
    assert!(holds(13, date(2024, 6, 30)), "the last period goes on to the end of the year");
}

#[test]
fn columns_without_a_zone_use_the_wall_clock() {
    // The wall clock says the 11th, although it is the 12th in UTC.
    assert!(holds("Today", Arguments::None, "founded", Value::Date(date(2025, 3, 11))));
    assert!(!holds("Today", Arguments::None, "founded", Value::Date(date(2025, 3, 12))));
    assert!(holds("Today", Arguments::None, "clock", time("2025-03-11T00:00:00Z")));
    assert!(holds("LastXHours", n(1), "clock", time("2025-03-11T21:30:00Z")));
    assert!(!holds("LastXHours", n(1), "clock", time("2025-03-12T01:00:00Z")));
}

#[test]
fn every_function_of_time_has_a_range() {
    for function in FUNCTIONS.iter().filter(|f| f.columns.description().starts_with("date columns")) {
        let arguments = match function.signature {
            Signature::Column => Arguments::None,
            Signature::Value => Arguments::One(Value::Date(date(2025, 3, 11))),
            Signature::Number => n(1),
            Signature::List => Arguments::List(vec![]),
            Signature::Period => Arguments::Period(Value::Integer(1), Value::Integer(2024)),
        };
        // An error would panic. A null is in no range.
        holds(function.name, arguments.clone(), "opened", time(NOW));
        let db = accounts(vec![row(&[("name", text("x"))])]);
        assert_eq!(kept(is("opened", Test::Function(function, arguments)), &db), "");
    }
}
