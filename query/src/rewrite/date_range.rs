//! Rewrites a comparison of a part of a date (`year(x)`), or of a date-time column with a day, to a test
//! whether the time is within a range. The resolver of comparisons calls it.
//!
//! `year(x) eq 2025` becomes `x ge 2025-01-01T00:00:00Z and x lt 2026-01-01T00:00:00Z`; `date(x) eq d` and
//! `x eq d` become the range of the day `d`. Days begin at midnight UTC, as in standard OData. The rewrite is
//! exact with two exceptions, which the messages mention: the range for `ne` excludes rows without a date,
//! and `x eq d` and `x ne d` would literally compare with midnight.

use dvkit_diagnostic::{Diagnostic, Severity, Suggestion, code};
use dvkit_schema::{ColumnType, DateTimeBehavior, Edm};
use jiff::civil::Date;
use jiff::{Span as JiffSpan, tz::TimeZone};
use odata_parser::ast::{Call, LiteralKind};

use crate::hir::{ColumnRef, Comparison, Predicate, Test, Value};
use crate::resolve::{ColumnOperand, Constant, Operand, Resolver, Rewrite};

impl<'a> Resolver<'a> {
    /// Rewrites a comparison of a date-time column with a day to one with points in time, and reports it.
    /// Returns the rewritten condition; `None`, without a report, if the column has no time or `value` is not
    /// a day.
    pub(crate) fn rewrite_date_for_date_time(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Rewrite<Predicate>> {
        let has_time = match &column.column.ty {
            ColumnType::DateTime { behavior, .. } => *behavior != Some(DateTimeBehavior::DateOnly),
            ColumnType::Edm { edm } => *edm == Edm::DateTimeOffset,
            _ => false,
        };
        let quoted = value.is(LiteralKind::String);
        if !has_time || !(quoted || value.is(LiteralKind::Date)) {
            return None;
        }
        let day: Date = value.text.trim().parse().ok().filter(|_| value.text.trim().len() == 10)?;
        let (severity, code) = if quoted {
            (Severity::Warning, code::TYPE_MISMATCH)
        } else {
            (Severity::Warning, code::DATE_FOR_DATE_TIME)
        };
        let name = &column.column.logical_name;
        let reference = column.reference();
        if op.is_equality() {
            let message = format!("`{name}` has a time: a date alone matches midnight only");
            let meant = days(reference, op, day, day, true)?;
            return Some(self.rewritten(severity, code, value.span, message, "the whole day", meant).into());
        }
        let midnight = at(day, true)?;
        let text = crate::odata::value(&midnight);
        let message = format!("`{name}` has a time, so a date alone is midnight (UTC) of that day");
        let mut d = Diagnostic::new(code, severity, value.span, message).suggest(Suggestion::fix(
            "write the time",
            value.span,
            text,
        ));
        if matches!(op, Comparison::Gt | Comparison::Le) {
            let whole_day = days(reference.clone(), op, day, day, true)?;
            let what = if op == Comparison::Gt { "after that day" } else { "including that day" };
            d = d.suggest(Suggestion::maybe(what, self.current.span, self.spell(&whole_day)));
        }
        self.push(d);
        Some(Rewrite::Done(Predicate::Test(reference, Test::Compare(op, midnight))))
    }

    /// Rewrites a comparison of `date(x)` with a day, and returns the condition with that meaning. `call` is
    /// the call of `date`. Returns `None` after reporting a mistake.
    pub(crate) fn rewrite_date_function(
        &mut self,
        call: &'a Call<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let column = self.date_argument(call)?;
        let Ok(day) = value.text.trim().get(..10).unwrap_or_default().parse::<Date>() else {
            return self.refuse(
                code::TYPE_MISMATCH,
                value.span,
                "`date(…)` is compared with a date, like `2025-01-31`".to_owned(),
                "",
            );
        };
        let meant = days(column.reference(), op, day, day, has_time(&column))?;
        self.part_rewritten(call, op, meant)
    }

    /// Rewrites a comparison of `year(x)` with a number, and returns the condition with that meaning. `call`
    /// is the call of `year`. Returns `None` after reporting a mistake.
    pub(crate) fn rewrite_year_function(
        &mut self,
        call: &'a Call<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Predicate> {
        let column = self.date_argument(call)?;
        let year = value.text.trim().parse::<i16>().ok().filter(|y| (1..=9998).contains(y));
        let Some(year) = year else {
            return self.refuse(
                code::TYPE_MISMATCH,
                value.span,
                "`year(…)` is compared with a year, like `2025`".to_owned(),
                "",
            );
        };
        let (first, last) = (Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?);
        let meant = days(column.reference(), op, first, last, has_time(&column))?;
        self.part_rewritten(call, op, meant)
    }

    fn part_rewritten(&mut self, call: &Call<'_>, op: Comparison, meant: Predicate) -> Option<Predicate> {
        let mut message =
            format!("Dataverse has no function `{}` in a filter; a range says the same", call.name);
        if op == Comparison::Ne {
            message.push_str(" of rows that have a date");
        }
        self.rewritten(
            Severity::Error,
            code::DATE_FUNCTION,
            call.name_span,
            message,
            "compare with a range",
            meant,
        )
    }

    fn date_argument(&mut self, call: &'a Call<'a>) -> Option<ColumnOperand<'a>> {
        let argument = &call.args.first()?.value;
        match self.operand(argument)? {
            Operand::Column(column)
                if matches!(column.column.ty.edm(), Some(Edm::Date | Edm::DateTimeOffset) | None) =>
            {
                Some(column)
            }
            Operand::Column(column) => {
                let message = format!("`{}` is not a date", column.column.logical_name);
                self.refuse(code::FUNCTION_FOR_TYPE, column.span, message, "")
            }
            _ => self.unsupported_function(call, "compare a date column with a value"),
        }
    }
}

fn has_time(column: &ColumnOperand<'_>) -> bool {
    column.column.ty.edm() != Some(Edm::Date)
}

/// Returns the start of a day as a value. If `time` is true, this is the point in time of its midnight in
/// UTC, otherwise the day itself. Returns `None` if that point in time is out of range.
fn at(day: Date, time: bool) -> Option<Value> {
    if !time {
        return Some(Value::Date(day));
    }
    Some(Value::DateTime(day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

/// Returns the condition that a column compares, with the operator `op`, to the period from the day `first`
/// to the day `last`, both included. `time` says whether the values of the column have a time. Returns `None`
/// if a day is out of range.
fn days(column: ColumnRef, op: Comparison, first: Date, last: Date, time: bool) -> Option<Predicate> {
    let start = at(first, time)?;
    let end = at(last.checked_add(JiffSpan::new().days(1)).ok()?, time)?;
    let test = |op, value| Predicate::Test(column.clone(), Test::Compare(op, value));
    Some(match op {
        Comparison::Eq if !time && first == last => test(Comparison::Eq, start),
        Comparison::Ne if !time && first == last => test(Comparison::Ne, start),
        Comparison::Eq => Predicate::and(vec![test(Comparison::Ge, start), test(Comparison::Lt, end)]),
        Comparison::Ne => Predicate::or(vec![test(Comparison::Lt, start), test(Comparison::Ge, end)]),
        Comparison::Gt => test(Comparison::Ge, end),
        Comparison::Ge => test(Comparison::Ge, start),
        Comparison::Lt => test(Comparison::Lt, start),
        Comparison::Le => test(Comparison::Lt, end),
    })
}
