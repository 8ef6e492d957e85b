//! Laws: parts of a date, and a day against a date with time, are ranges.
//!
//! `year(x) eq 2025` is `x ge 2025-01-01T00:00:00Z and x lt 2026-01-01T00:00:00Z`; `date(x) eq d` and `x eq d` are that
//! day. Days are UTC's, as in standard OData. Exact for every operator but `ne`, whose ranges leave out rows without a
//! date, and but for a bare date with `eq` and `ne`, which taken literally means midnight alone; the messages say so.

use dvkit_diagnostic::{Diagnostic, Severity, Suggestion, code};
use dvkit_schema::{ColumnType, DateTimeBehavior, Edm};
use jiff::civil::Date;
use jiff::{Span as JiffSpan, tz::TimeZone};
use odata_parser::ast::{Call, LiteralKind};

use crate::hir::{ColumnRef, Comparison, Predicate, Test, Value};
use crate::resolve::{ColumnOperand, Constant, Operand, Resolver};

impl<'a> Resolver<'a> {
    /// A date literal against a column with time; `None` where it is something else.
    pub(crate) fn date_for_date_time(
        &mut self,
        column: &ColumnOperand<'a>,
        op: Comparison,
        value: &Constant<'a>,
    ) -> Option<Option<Predicate>> {
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
            return Some(self.rewritten(severity, code, value.span, message, "the whole day", meant));
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
            d = d.suggest(Suggestion::maybe(what, self.leaf.span, self.spell(&whole_day)));
        }
        self.push(d);
        Some(Some(Predicate::Test(reference, Test::Compare(op, midnight))))
    }

    /// `date(x) op d`
    pub(crate) fn date_value(
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

    /// `year(x) op n`
    pub(crate) fn year_value(
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
                let message = format!("`{}` is no date", column.column.logical_name);
                self.refuse(code::FUNCTION_FOR_TYPE, column.span, message, "")
            }
            _ => self.no_function(call, "compare a date column with a value"),
        }
    }
}

fn has_time(column: &ColumnOperand<'_>) -> bool {
    column.column.ty.edm() != Some(Edm::Date)
}

/// The beginning of a day: a day itself, or its midnight in UTC.
fn at(day: Date, time: bool) -> Option<Value> {
    if !time {
        return Some(Value::Date(day));
    }
    Some(Value::DateTime(day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

/// A column against the days `first..=last`.
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
