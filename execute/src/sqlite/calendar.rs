//! Computes the time ranges of query functions, and parts of dates, from the clock and the settings in a
//! [`Context`].
//!
//! The interpreter has another implementation, so that tests can compare the two.

use std::fmt;

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit, Zoned, ZonedRound};

use crate::{Context, FiscalPeriod};
use dvkit_query::hir::{Arguments, DateGrouping, Value};

/// The reason why a time range or a date cannot be computed. It is the error of all functions of the
/// calendar.
#[derive(Debug)]
pub(super) enum OutOfRange {
    /// A time is outside the range of the calendar.
    Calendar(String),
    /// The argument of the function is a placeholder, which has no value.
    Placeholder(String),
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calendar(why) | Self::Placeholder(why) => f.write_str(why),
        }
    }
}

impl From<jiff::Error> for OutOfRange {
    fn from(error: jiff::Error) -> Self {
        Self::Calendar(format!("a time beyond the calendar: {error}"))
    }
}

/// A time range: its start, which is included, and its end, which is excluded. A bound of `None` is open.
pub(super) type TimeRange = (Option<Timestamp>, Option<Timestamp>);

/// A unit of time in which functions count from today.
#[derive(Clone, Copy, PartialEq)]
enum TimeUnit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    FiscalPeriod,
    FiscalYear,
}

/// The division of fiscal years: the day on which they begin, and the number of periods in each.
#[derive(Clone, Copy)]
pub(super) struct Year {
    month: i8,
    day: i8,
    periods: i64,
}

impl Year {
    pub(super) fn of(context: &Context) -> Self {
        let periods = match context.fiscal.period {
            FiscalPeriod::Annually => 1,
            FiscalPeriod::Semiannually => 2,
            FiscalPeriod::Quarterly => 4,
            FiscalPeriod::Monthly => 12,
            FiscalPeriod::FourWeeks => 13,
        };
        Self { month: context.fiscal.start.month(), day: context.fiscal.start.day(), periods }
    }

    /// Returns the text form, for example `07-01/4`, which [`read`](Self::read) reads.
    pub(super) fn written(self) -> String {
        format!("{:02}-{:02}/{}", self.month, self.day, self.periods)
    }

    /// Reads the text form, for example `07-01/4`: the month and day on which the year begins, and the number
    /// of its periods. Returns `None` if the text has another form.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (start, periods) = text.split_once('/')?;
        let (month, day) = start.split_once('-')?;
        let year =
            Self { month: month.parse().ok()?, day: day.parse().ok()?, periods: periods.parse().ok()? };
        let possible = Date::new(2000, year.month, year.day).is_ok();
        (possible && matches!(year.periods, 1 | 2 | 4 | 12 | 13)).then_some(year)
    }

    /// Returns the first day of the fiscal year that begins in the calendar year `year`.
    fn start(self, year: i64) -> Result<Date, OutOfRange> {
        let year = i16::try_from(year).ok().filter(|y| (-9999..=9998).contains(y));
        let year = year.ok_or_else(|| OutOfRange::Calendar("a year beyond the calendar".to_owned()))?;
        // The 29th of February is the 28th in most years.
        Ok(Date::new(year, self.month, self.day)
            .unwrap_or_else(|_| date(year, self.month, 1).last_of_month()))
    }

    fn of_day(self, day: Date) -> Result<i64, OutOfRange> {
        let year = i64::from(day.year());
        Ok(year - i64::from(day < self.start(year)?))
    }

    /// Returns the first day of a fiscal period. `number` counts the periods of all years from the year 0.
    fn period_start(self, number: i64) -> Result<Date, OutOfRange> {
        let start = self.start(number.div_euclid(self.periods))?;
        let past = number.rem_euclid(self.periods);
        let length =
            if self.periods == 13 { (4 * past).weeks() } else { (12 / self.periods * past).months() };
        Ok(start.checked_add(length)?)
    }

    /// Returns the number of the fiscal period that contains a day, counted from 0 in the year 0.
    fn period(self, day: Date) -> Result<i64, OutOfRange> {
        let mut number = self.of_day(day)? * self.periods;
        // The last period continues to the end of the year.
        for _ in 1..self.periods {
            if self.period_start(number + 1)? > day {
                break;
            }
            number += 1;
        }
        Ok(number)
    }

    /// Returns a part of a date, such as the number of its month. A week begins on Sunday; the first week
    /// begins with the year.
    pub(super) fn part(self, part: DateGrouping, day: Date) -> Result<i64, OutOfRange> {
        Ok(match part {
            DateGrouping::Day => day.day().into(),
            DateGrouping::Month => day.month().into(),
            DateGrouping::Year => day.year().into(),
            DateGrouping::Week => {
                let new_year = day.first_of_year().weekday().since(Weekday::Sunday);
                (i64::from(day.day_of_year()) - 1 + i64::from(new_year)) / 7 + 1
            }
            DateGrouping::Quarter => Self { periods: 4, ..self }.period(day)?.rem_euclid(4) + 1,
            DateGrouping::FiscalPeriod => self.period(day)?.rem_euclid(self.periods) + 1,
            DateGrouping::FiscalYear => self.of_day(day)?,
        })
    }
}

/// The current time, and the division of fiscal years.
pub(super) struct Calendar {
    now: Zoned,
    year: Year,
}

impl Calendar {
    /// Returns the calendar for a column. If `local` is true, it is in the user's zone. Otherwise the column
    /// has no time zone, and the user's wall-clock time counts as UTC.
    pub(super) fn of(context: &Context, local: bool) -> Result<Self, OutOfRange> {
        let here = context.now.to_zoned(context.zone.clone());
        let now = if local { here } else { here.datetime().to_zoned(TimeZone::UTC)? };
        Ok(Self { now, year: Year::of(context) })
    }

    /// Returns the time range that the function tests for; `None` if it is a function of another kind.
    pub(super) fn span(
        &self,
        function: &str,
        arguments: &Arguments,
    ) -> Result<Option<TimeRange>, OutOfRange> {
        match arguments {
            Arguments::None => self.around_now(function),
            Arguments::One(value) => self.around(function, value),
            Arguments::Number(n) => self.counted(function, whole(n)?),
            Arguments::Period(period, year) => self.of_period(function, whole(period)?, whole(year)?),
            Arguments::List(_) | Arguments::ListParameter(_) => Ok(None),
        }
    }

    fn around_now(&self, function: &str) -> Result<Option<TimeRange>, OutOfRange> {
        use TimeUnit::{Day, FiscalPeriod, FiscalYear, Month, Week, Year};
        let (unit, from) = match function {
            "Last7Days" => return self.counted("LastXDays", 7),
            "Next7Days" => return self.counted("NextXDays", 7),
            "Yesterday" => (Day, -1),
            "Today" => (Day, 0),
            "Tomorrow" => (Day, 1),
            _ => {
                let directions = [("Last", -1), ("This", 0), ("Next", 1)];
                let found = directions.iter().find_map(|(d, n)| Some((function.strip_prefix(d)?, *n)));
                match found {
                    Some(("Week", n)) => (Week, n),
                    Some(("Month", n)) => (Month, n),
                    Some(("Year", n)) => (Year, n),
                    Some(("FiscalPeriod", n)) => (FiscalPeriod, n),
                    Some(("FiscalYear", n)) => (FiscalYear, n),
                    _ => return Ok(None),
                }
            }
        };
        self.days(self.first_day(unit, from)?, self.first_day(unit, from + 1)?).map(Some)
    }

    /// Returns the first day of the unit (such as a month) that is `n` units after the current one.
    fn first_day(&self, unit: TimeUnit, n: i64) -> Result<Date, OutOfRange> {
        let today = self.now.date();
        Ok(match unit {
            TimeUnit::Minute | TimeUnit::Hour | TimeUnit::Day => today.checked_add(n.days())?,
            TimeUnit::Week => {
                let sunday = i64::from(today.weekday().to_sunday_zero_offset());
                today.checked_sub(sunday.days())?.checked_add(n.weeks())?
            }
            TimeUnit::Month => today.first_of_month().checked_add(n.months())?,
            TimeUnit::Year => today.first_of_year().checked_add(n.years())?,
            TimeUnit::FiscalPeriod => self.year.period_start(self.year.period(today)?.saturating_add(n))?,
            TimeUnit::FiscalYear => self.year.start(self.year.of_day(today)?.saturating_add(n))?,
        })
    }

    fn around(&self, function: &str, value: &Value) -> Result<Option<TimeRange>, OutOfRange> {
        let day = match value {
            Value::Date(day) => *day,
            Value::DateTime(t) => t.to_zoned(self.now.time_zone().clone()).date(),
            Value::Parameter(name) => return Err(placeholder(name)),
            _ => return Ok(None),
        };
        let (start, end) = (self.midnight(day)?, self.midnight(day.checked_add(1.day())?)?);
        Ok(match function {
            "On" => Some((Some(start), Some(end))),
            "OnOrAfter" => Some((Some(start), None)),
            "OnOrBefore" => Some((None, Some(end))),
            _ => None,
        })
    }

    fn counted(&self, function: &str, n: i64) -> Result<Option<TimeRange>, OutOfRange> {
        if function == "InFiscalYear" {
            return self.days(self.year.start(n)?, self.year.start(n.saturating_add(1))?).map(Some);
        }
        let directions = ["LastX", "NextX", "OlderThanX"];
        let found = directions.iter().find_map(|d| Some((*d, function.strip_prefix(d)?)));
        let Some((direction, unit)) = found else { return Ok(None) };
        let (unit, length) = match unit {
            "Minutes" => (TimeUnit::Minute, Span::new().try_minutes(n)?),
            "Hours" => (TimeUnit::Hour, Span::new().try_hours(n)?),
            "Days" => (TimeUnit::Day, Span::new().try_days(n)?),
            "Weeks" => (TimeUnit::Week, Span::new().try_weeks(n)?),
            "Months" => (TimeUnit::Month, Span::new().try_months(n)?),
            "Years" => (TimeUnit::Year, Span::new().try_years(n)?),
            "FiscalPeriods" => (TimeUnit::FiscalPeriod, Span::new()),
            "FiscalYears" => (TimeUnit::FiscalYear, Span::new()),
            _ => return Ok(None),
        };
        if matches!(unit, TimeUnit::FiscalPeriod | TimeUnit::FiscalYear) {
            let (from, to) =
                if direction == "NextX" { (1, n.saturating_add(1)) } else { (n.saturating_neg(), 0) };
            return self.days(self.first_day(unit, from)?, self.first_day(unit, to)?).map(Some);
        }
        let now = Some(self.now.timestamp());
        Ok(match direction {
            "LastX" => Some((Some(self.ago(unit, length)?), now)),
            "OlderThanX" => Some((None, Some(self.ago(unit, length)?))),
            _ => Some((now, Some(self.ahead(unit, length)?))),
        })
    }

    fn ago(&self, unit: TimeUnit, length: Span) -> Result<Timestamp, OutOfRange> {
        match unit {
            TimeUnit::Minute => self.since_start(Unit::Minute, -length),
            TimeUnit::Hour => self.since_start(Unit::Hour, -length),
            _ => self.midnight(self.now.date().checked_sub(length)?),
        }
    }

    fn ahead(&self, unit: TimeUnit, length: Span) -> Result<Timestamp, OutOfRange> {
        match unit {
            TimeUnit::Hour => self.since_start(Unit::Hour, length.checked_add(1.hour())?),
            _ => self.midnight(self.now.date().checked_add(1.day())?.checked_add(length)?),
        }
    }

    /// Returns the start of the current hour or minute, plus `length`.
    fn since_start(&self, unit: Unit, length: Span) -> Result<Timestamp, OutOfRange> {
        let start = self.now.round(ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Trunc))?;
        Ok(start.checked_add(length)?.timestamp())
    }

    fn of_period(&self, function: &str, period: i64, year: i64) -> Result<Option<TimeRange>, OutOfRange> {
        if !(1..=self.year.periods).contains(&period) {
            // There is no such period, so the range is empty.
            let now = Some(self.now.timestamp());
            return Ok(Some((now, now)));
        }
        let number = year.saturating_mul(self.year.periods).saturating_add(period - 1);
        let (from, to) =
            self.days(self.year.period_start(number)?, self.year.period_start(number.saturating_add(1))?)?;
        Ok(match function {
            "InFiscalPeriodAndYear" => Some((from, to)),
            "InOrAfterFiscalPeriodAndYear" => Some((from, None)),
            "InOrBeforeFiscalPeriodAndYear" => Some((None, to)),
            _ => None,
        })
    }

    fn days(&self, from: Date, to: Date) -> Result<TimeRange, OutOfRange> {
        Ok((Some(self.midnight(from)?), Some(self.midnight(to)?)))
    }

    fn midnight(&self, day: Date) -> Result<Timestamp, OutOfRange> {
        Ok(day.to_zoned(self.now.time_zone().clone())?.timestamp())
    }
}

fn whole(value: &Value) -> Result<i64, OutOfRange> {
    match value {
        Value::Integer(n) => Ok(*n),
        Value::Parameter(name) => Err(placeholder(name)),
        other => {
            Err(OutOfRange::Calendar(format!("`{}` is not a whole number", dvkit_query::odata::value(other))))
        }
    }
}

fn placeholder(name: &str) -> OutOfRange {
    OutOfRange::Placeholder(format!("`{name}` has no value here"))
}
