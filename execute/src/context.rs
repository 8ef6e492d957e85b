//! The context of an execution: the caller, the time and the settings of the organisation.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// The context of an execution: who runs the query, when, and the settings of the organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The time at which the query runs.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
    /// The id of the user.
    pub user: Uuid,
    /// The id of the user's business unit.
    pub business_unit: Uuid,
    /// The ids of the user's teams.
    pub teams: Vec<Uuid>,
    /// The user's language, as an LCID.
    pub language: u32,
    /// The fiscal settings of the organisation.
    pub fiscal: FiscalSettings,
}

impl Context {
    /// Returns a context at the given time in UTC, for a user without id and teams, in English, with the
    /// quarters of the calendar year as fiscal periods.
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

/// The organisation's fiscal settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalSettings {
    /// The length of a fiscal period.
    pub period: FiscalPeriod,
    /// A day on which a fiscal year begins. Only its month and day matter.
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
