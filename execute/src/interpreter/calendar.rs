//! The time ranges of query functions, and fiscal years.
//!
//! Every range includes its start and excludes its end.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit, Zoned, ZonedRound};

use super::{EvalError, cannot};
use crate::{Context, FiscalPeriod, FiscalSettings};
use dvkit_query::hir::{Arguments, Value};

/// A time range. A bound of `None` is open.
pub(super) struct Window {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Window {
    pub(super) fn holds(&self, moment: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= moment) && self.to.is_none_or(|to| moment < to)
    }
}

/// The current time, in the zone in which the values of a column are read.
pub(super) struct Clock {
    now: Zoned,
    fiscal: FiscalSettings,
}

impl Clock {
    /// Returns the clock for a column. If `local` is true, for columns that are stored in UTC and shown in
    /// the user's zone, it is in that zone. Otherwise, for days and for times that are the same in every
    /// zone, the user's wall-clock time counts as UTC. Returns an error if the current time is at the end of
    /// the calendar.
    pub(super) fn of(context: &Context, local: bool) -> Result<Self, EvalError> {
        let here = context.now.to_zoned(context.zone.clone());
        let now = if local { here } else { here.datetime().to_zoned(TimeZone::UTC).map_err(beyond)? };
        Ok(Self { now, fiscal: context.fiscal })
    }

    /// Returns the point in time that a value stands for. Returns an error if the value is not a date.
    pub(super) fn moment(&self, value: &Value) -> Result<Timestamp, EvalError> {
        match value {
            Value::DateTime(t) => Ok(*t),
            Value::Date(d) => self.midnight(*d),
            other => cannot(format!("{other:?} is not a time")),
        }
    }

    pub(super) fn day(&self, value: &Value) -> Result<Date, EvalError> {
        Ok(match value {
            Value::Date(d) => *d,
            other => self.moment(other)?.to_zoned(self.now.time_zone().clone()).date(),
        })
    }

    fn midnight(&self, day: Date) -> Result<Timestamp, EvalError> {
        Ok(day.to_zoned(self.now.time_zone().clone()).map_err(beyond)?.timestamp())
    }

    fn days(&self, from: Date, to: Date) -> Result<Window, EvalError> {
        Ok(Window { from: Some(self.midnight(from)?), to: Some(self.midnight(to)?) })
    }

    fn last_since(&self, from: Timestamp) -> Window {
        Window { from: Some(from), to: Some(self.now.timestamp()) }
    }

    fn next_until(&self, to: Timestamp) -> Window {
        Window { from: Some(self.now.timestamp()), to: Some(to) }
    }

    /// Returns the time range that the function `name` tests for; `None` if it is a function of another kind.
    /// Returns an error if an argument has the wrong type, or if the time range exceeds the calendar.
    pub(super) fn window(&self, name: &str, arguments: &Arguments) -> Result<Option<Window>, EvalError> {
        let window = match arguments {
            Arguments::None => self.named(name)?,
            Arguments::One(value) => self.on(name, self.day(value)?)?,
            Arguments::Number(value) => self.counted(name, number(value)?)?,
            Arguments::Period(period, year) => self.period(name, number(period)?, number(year)?)?,
            Arguments::List(_) | Arguments::ListParameter(_) => None,
        };
        Ok(window)
    }

    fn named(&self, name: &str) -> Result<Option<Window>, EvalError> {
        let today = self.now.date();
        let week = add(today, (-i64::from(today.weekday().to_sunday_zero_offset())).days())?;
        let month = today.first_of_month();
        let year = today.first_of_year();
        let (period, fiscal_year) = (self.period_index(today)?, self.fiscal_year(today)?);
        let from = |start: Date, first: Span, length: Span| -> Result<Option<Window>, EvalError> {
            let start = add(start, first)?;
            self.days(start, add(start, length)?).map(Some)
        };
        match name {
            "Yesterday" => from(today, (-1).days(), 1.day()),
            "Today" => from(today, 0.days(), 1.day()),
            "Tomorrow" => from(today, 1.day(), 1.day()),
            "Last7Days" => self.counted("LastXDays", 7),
            "Next7Days" => self.counted("NextXDays", 7),
            "LastWeek" => from(week, (-1).weeks(), 1.week()),
            "ThisWeek" => from(week, 0.days(), 1.week()),
            "NextWeek" => from(week, 1.week(), 1.week()),
            "LastMonth" => from(month, (-1).months(), 1.month()),
            "ThisMonth" => from(month, 0.days(), 1.month()),
            "NextMonth" => from(month, 1.month(), 1.month()),
            "LastYear" => from(year, (-1).years(), 1.year()),
            "ThisYear" => from(year, 0.days(), 1.year()),
            "NextYear" => from(year, 1.year(), 1.year()),
            "LastFiscalPeriod" => self.periods(period - 1, period).map(Some),
            "ThisFiscalPeriod" => self.periods(period, period + 1).map(Some),
            "NextFiscalPeriod" => self.periods(period + 1, period + 2).map(Some),
            "LastFiscalYear" => self.years(fiscal_year - 1, fiscal_year).map(Some),
            "ThisFiscalYear" => self.years(fiscal_year, fiscal_year + 1).map(Some),
            "NextFiscalYear" => self.years(fiscal_year + 1, fiscal_year + 2).map(Some),
            _ => Ok(None),
        }
    }

    fn on(&self, name: &str, day: Date) -> Result<Option<Window>, EvalError> {
        let (start, end) = (self.midnight(day)?, self.midnight(add(day, 1.day())?)?);
        Ok(match name {
            "On" => Some(Window { from: Some(start), to: Some(end) }),
            "OnOrAfter" => Some(Window { from: Some(start), to: None }),
            "OnOrBefore" => Some(Window { from: None, to: Some(end) }),
            _ => None,
        })
    }

    /// Returns the time range of a function with a number `n`; `None` if it is a function of another kind.
    ///
    /// "Last `n` days" begins at the midnight `n` days ago and ends now. "Next `n` days" begins now and ends at
    /// a midnight, and today is not one of the `n` days. Longer units are counted in the same way; hours begin
    /// and end at full hours.
    fn counted(&self, name: &str, n: i64) -> Result<Option<Window>, EvalError> {
        if let Some(window) = self.counted_fiscal(name, n)? {
            return Ok(Some(window));
        }
        let (today, tomorrow) = (self.now.date(), add(self.now.date(), 1.day())?);
        let span = |unit: &str| -> Result<Option<Span>, EvalError> {
            let span = Span::new();
            let span = match unit {
                "Minutes" => span.try_minutes(n),
                "Hours" => span.try_hours(n),
                "Days" => span.try_days(n),
                "Weeks" => span.try_weeks(n),
                "Months" => span.try_months(n),
                "Years" => span.try_years(n),
                _ => return Ok(None),
            };
            span.map(Some).map_err(beyond)
        };
        let ago = |unit: &str| -> Result<Option<Timestamp>, EvalError> {
            let Some(span) = span(unit)? else { return Ok(None) };
            match unit {
                "Minutes" => self.truncated(Unit::Minute, -span).map(Some),
                "Hours" => self.truncated(Unit::Hour, -span).map(Some),
                _ => self.midnight(add(today, -span)?).map(Some),
            }
        };
        if let Some(unit) = name.strip_prefix("LastX") {
            return Ok(ago(unit)?.map(|from| self.last_since(from)));
        }
        if let Some(unit) = name.strip_prefix("OlderThanX") {
            return Ok(ago(unit)?.map(|to| Window { from: None, to: Some(to) }));
        }
        let Some(unit) = name.strip_prefix("NextX") else { return Ok(None) };
        let Some(span) = span(unit)? else { return Ok(None) };
        let to = match unit {
            "Hours" => self.truncated(Unit::Hour, span.checked_add(1.hour()).map_err(beyond)?)?,
            _ => self.midnight(add(tomorrow, span)?)?,
        };
        Ok(Some(self.next_until(to)))
    }

    fn counted_fiscal(&self, name: &str, n: i64) -> Result<Option<Window>, EvalError> {
        let today = self.now.date();
        let (period, year) = (self.period_index(today)?, self.fiscal_year(today)?);
        match name {
            "LastXFiscalPeriods" => self.periods(period.saturating_sub(n), period).map(Some),
            "NextXFiscalPeriods" => self.periods(period + 1, n.saturating_add(period + 1)).map(Some),
            "LastXFiscalYears" => self.years(year.saturating_sub(n), year).map(Some),
            "NextXFiscalYears" => self.years(year + 1, n.saturating_add(year + 1)).map(Some),
            "InFiscalYear" => self.years(n, n.saturating_add(1)).map(Some),
            _ => Ok(None),
        }
    }

    fn period(&self, name: &str, period: i64, year: i64) -> Result<Option<Window>, EvalError> {
        // The range of a period that the year does not have is empty.
        if !(1..=self.in_a_year()).contains(&period) {
            let never = Some(self.now.timestamp());
            return Ok(Some(Window { from: never, to: never }));
        }
        let index = year.saturating_mul(self.in_a_year()).saturating_add(period - 1);
        let Window { from, to } = self.periods(index, index.saturating_add(1))?;
        Ok(match name {
            "InFiscalPeriodAndYear" => Some(Window { from, to }),
            "InOrAfterFiscalPeriodAndYear" => Some(Window { from, to: None }),
            "InOrBeforeFiscalPeriodAndYear" => Some(Window { from: None, to }),
            _ => None,
        })
    }

    /// Returns the start of the current hour or minute, plus `by`. Returns an error if the result exceeds the
    /// calendar.
    fn truncated(&self, unit: Unit, by: Span) -> Result<Timestamp, EvalError> {
        let round = ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Trunc);
        let start = self.now.round(round).map_err(beyond)?;
        Ok(start.checked_add(by).map_err(beyond)?.timestamp())
    }

    fn periods(&self, from: i64, to: i64) -> Result<Window, EvalError> {
        self.days(self.period_start(from)?, self.period_start(to)?)
    }

    fn years(&self, from: i64, to: i64) -> Result<Window, EvalError> {
        self.days(self.year_start(from)?, self.year_start(to)?)
    }

    fn in_a_year(&self) -> i64 {
        match self.fiscal.period {
            FiscalPeriod::Annually => 1,
            FiscalPeriod::Semiannually => 2,
            FiscalPeriod::Quarterly => 4,
            FiscalPeriod::Monthly => 12,
            FiscalPeriod::FourWeeks => 13,
        }
    }

    fn year_start(&self, year: i64) -> Result<Date, EvalError> {
        let Some(year) = i16::try_from(year).ok().filter(|y| (-9999..=9998).contains(y)) else {
            return cannot(format!("{year} is not a year"));
        };
        let month = date(year, self.fiscal.start.month(), 1);
        let day = Date::new(year, month.month(), self.fiscal.start.day());
        Ok(day.unwrap_or_else(|_| month.last_of_month()))
    }

    /// Returns the number of the fiscal year that contains a day: the calendar year in which it begins.
    pub(super) fn fiscal_year(&self, day: Date) -> Result<i64, EvalError> {
        let year = i64::from(day.year());
        Ok(if day < self.year_start(year)? { year - 1 } else { year })
    }

    /// Returns the first day of a fiscal period. `index` is the number of the period, counted from the first
    /// period of the fiscal year 0. Returns an error if the result exceeds the calendar.
    fn period_start(&self, index: i64) -> Result<Date, EvalError> {
        let n = self.in_a_year();
        let (start, period) = (self.year_start(index.div_euclid(n))?, index.rem_euclid(n));
        match self.fiscal.period {
            FiscalPeriod::FourWeeks => add(start, (4 * period).weeks()),
            _ => add(start, (12 / n * period).months()),
        }
    }

    fn period_index(&self, day: Date) -> Result<i64, EvalError> {
        let first = self.fiscal_year(day)? * self.in_a_year();
        for index in (first..first + self.in_a_year()).rev() {
            if self.period_start(index)? <= day {
                return Ok(index);
            }
        }
        Ok(first)
    }

    /// Returns the number of the fiscal period that contains a day, counted from 1 within its fiscal year.
    pub(super) fn fiscal_period(&self, day: Date) -> Result<i64, EvalError> {
        Ok(self.period_index(day)?.rem_euclid(self.in_a_year()) + 1)
    }

    /// Returns the number of the fiscal quarter that contains a day, from 1 to 4, whatever the fiscal periods
    /// are.
    pub(super) fn fiscal_quarter(&self, day: Date) -> Result<i64, EvalError> {
        let fiscal = FiscalSettings { period: FiscalPeriod::Quarterly, ..self.fiscal };
        Self { now: self.now.clone(), fiscal }.fiscal_period(day)
    }
}

fn add(day: Date, span: Span) -> Result<Date, EvalError> {
    day.checked_add(span).map_err(beyond)
}

fn number(value: &Value) -> Result<i64, EvalError> {
    match value {
        Value::Integer(n) => Ok(*n),
        Value::Parameter(name) => cannot(format!("`{name}` has no value here")),
        other => cannot(format!("{other:?} is not a whole number")),
    }
}

fn beyond(error: jiff::Error) -> EvalError {
    EvalError::Unsupported(format!("a time beyond the calendar: {error}"))
}
