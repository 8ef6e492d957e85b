//! The context in which a query runs: the user, the time and the settings of the organisation.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The context in which a query runs: the user, the time and the settings of the organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The time at which the query runs.
    pub now: Timestamp,
    /// The time zone of the user who runs the query.
    pub zone: TimeZone,
    /// The id of that user.
    pub user: Uuid,
    /// The id of the user's business unit.
    pub business_unit: Uuid,
    /// The ids of the teams that the user belongs to.
    pub teams: Vec<Uuid>,
    /// The user's language, as an LCID (1033 for English).
    pub language: u32,
    /// The fiscal settings of the organisation.
    pub fiscal: FiscalSettings,
}

impl Context {
    /// Returns a context for the time `now`: a user in UTC with nil ids, without teams, whose language is
    /// English. Fiscal periods are the quarters of the calendar year.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            zone: TimeZone::UTC,
            user: Uuid::nil(),
            business_unit: Uuid::nil(),
            teams: Vec::new(),
            language: 1033,
            fiscal: FiscalSettings { period: FiscalPeriod::Quarterly, start: Date::constant(2000, 1, 1) },
        }
    }
}

/// The fiscal settings of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalSettings {
    /// The length of a fiscal period.
    pub period: FiscalPeriod,
    /// A day on which a fiscal year begins. Only the month and the day of the month matter.
    pub start: Date,
}

/// The length of a fiscal period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiscalPeriod {
    /// A year.
    Annually,
    /// Half a year.
    Semiannually,
    /// A quarter.
    Quarterly,
    /// A month.
    Monthly,
    /// Four weeks; a year has thirteen periods.
    FourWeeks,
}
