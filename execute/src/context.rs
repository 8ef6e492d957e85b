//! What a query can refer to beside rows: the caller, the time and the settings of the organisation.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// What a query can refer to beside rows: who asks, when, and the settings of the organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// When it is asked.
    pub now: Timestamp,
    /// The user's time zone.
    pub zone: TimeZone,
    /// The user.
    pub user: Uuid,
    /// The user's business unit.
    pub business_unit: Uuid,
    /// The user's teams.
    pub teams: Vec<Uuid>,
    /// The user's language (LCID).
    pub language: u32,
    /// The fiscal year.
    pub fiscal: Fiscal,
}

impl Context {
    /// A context in UTC at this time, of a user without name and teams, in English, with quarters of the calendar year.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            zone: TimeZone::UTC,
            user: Uuid::nil(),
            business_unit: Uuid::nil(),
            teams: Vec::new(),
            language: 1033,
            fiscal: Fiscal { period: FiscalPeriod::Quarterly, start: Date::constant(2000, 1, 1) },
        }
    }
}

/// The organisation's fiscal settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fiscal {
    /// How a fiscal year is divided.
    pub period: FiscalPeriod,
    /// A day on which a fiscal year begins; its month and day count.
    pub start: Date,
}

/// How a fiscal year is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiscalPeriod {
    /// Not at all.
    Annually,
    /// Into halves.
    Semiannually,
    /// Into quarters.
    Quarterly,
    /// Into months.
    Monthly,
    /// Into thirteen times four weeks.
    FourWeeks,
}
