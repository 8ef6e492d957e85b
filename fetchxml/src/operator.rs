//! Lists the condition operators of FetchXML with their values, their opposites, and the equivalent query
//! functions of the Web API. The parser, the resolver of queries and the translations look operators up here.
//!
//! The list follows the XML schema of FetchXML that Microsoft publishes. Values and column types are
//! documented at
//! <https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/operators>.

use crate::ast::{AllowedValues, AttrValue, Keyword};

/// The number of values that a condition operator takes, and how a condition writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arity {
    /// The operator takes no value.
    None,
    /// The operator takes one value, in the attribute `value`.
    One,
    /// The operator takes one or more values, as `<value>` elements.
    List,
    /// The operator takes exactly two values, as `<value>` elements.
    Two,
}

/// The kind of the values that a condition operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// The operator takes no value.
    Nothing,
    /// A value of the type of the condition's column.
    Column,
    /// A text with the wildcards of T-SQL's `LIKE`: `%`, `_`, `[…]`, `[^…]`.
    Pattern,
    /// A text.
    Text,
    /// The numbers of options of a choice column.
    Choice,
    /// The id of a row of the queried table.
    Record,
    /// A date.
    Date,
    /// A number or a date.
    NumberOrDate,
    /// A number of hours, days or other units of time: a whole number, at least one.
    Count,
    /// A fiscal year.
    FiscalYear,
    /// A fiscal period.
    FiscalPeriod,
    /// A fiscal period, followed by a fiscal year.
    FiscalPeriodAndYear,
}

/// Declares the enum [`Operator`] together with the table of the operators' properties, so that no operator
/// is missing in the table.
macro_rules! operators {
    ($($name:ident = $text:literal, $arity:ident, $kind:ident, $function:expr, $negation:expr;)*) => {
        /// A condition operator of FetchXML, the value of the attribute `operator`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operator {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Keyword for Operator {
            const ALL: &'static [Self] = &[$(Self::$name),*];
            const NAMES: &'static [&'static str] = &[$($text),*];

            fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            fn exact(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }

        impl Operator {
            /// Returns how many values the operator takes.
            #[must_use]
            pub fn arity(self) -> Arity {
                match self { $(Self::$name => Arity::$arity,)* }
            }

            /// Returns the kind of the operator's values.
            #[must_use]
            pub fn value_kind(self) -> ValueKind {
                match self { $(Self::$name => ValueKind::$kind,)* }
            }

            /// Returns the name of the equivalent query function of the Web API, without its namespace
            /// `Microsoft.Dynamics.CRM`; `None` if OData has a standard operator or function instead, or no
            /// equivalent.
            #[must_use]
            pub fn function(self) -> Option<&'static str> {
                match self { $(Self::$name => $function,)* }
            }

            /// Returns the opposite operator; `None` if there is none. For rows with a value, the opposite is
            /// true exactly if this operator is false. Rows without a value may be included by neither of the
            /// two, as with `gt` and `le`.
            #[must_use]
            pub fn negation(self) -> Option<Self> {
                match self { $(Self::$name => $negation,)* }
            }
        }
    };
}

operators! {
    Eq = "eq", One, Column, None, Some(Self::Ne);
    Ne = "ne", One, Column, None, Some(Self::Eq);
    Neq = "neq", One, Column, None, Some(Self::Eq);
    Gt = "gt", One, Column, None, Some(Self::Le);
    Ge = "ge", One, Column, None, Some(Self::Lt);
    Lt = "lt", One, Column, None, Some(Self::Ge);
    Le = "le", One, Column, None, Some(Self::Gt);
    Like = "like", One, Pattern, None, Some(Self::NotLike);
    NotLike = "not-like", One, Pattern, None, Some(Self::Like);
    BeginsWith = "begins-with", One, Text, None, Some(Self::NotBeginWith);
    NotBeginWith = "not-begin-with", One, Text, None, Some(Self::BeginsWith);
    EndsWith = "ends-with", One, Text, None, Some(Self::NotEndWith);
    NotEndWith = "not-end-with", One, Text, None, Some(Self::EndsWith);
    In = "in", List, Column, Some("In"), Some(Self::NotIn);
    NotIn = "not-in", List, Column, Some("NotIn"), Some(Self::In);
    Between = "between", Two, NumberOrDate, Some("Between"), Some(Self::NotBetween);
    NotBetween = "not-between", Two, NumberOrDate, Some("NotBetween"), Some(Self::Between);
    Null = "null", None, Nothing, None, Some(Self::NotNull);
    NotNull = "not-null", None, Nothing, None, Some(Self::Null);
    ContainValues = "contain-values", List, Choice, Some("ContainValues"), Some(Self::NotContainValues);
    NotContainValues = "not-contain-values", List, Choice, Some("DoesNotContainValues"), Some(Self::ContainValues);
    EqUserId = "eq-userid", None, Nothing, Some("EqualUserId"), Some(Self::NeUserId);
    NeUserId = "ne-userid", None, Nothing, Some("NotEqualUserId"), Some(Self::EqUserId);
    EqUserTeams = "eq-userteams", None, Nothing, Some("EqualUserTeams"), None;
    EqUserOrUserTeams = "eq-useroruserteams", None, Nothing, Some("EqualUserOrUserTeams"), None;
    EqUserOrUserHierarchy = "eq-useroruserhierarchy", None, Nothing, Some("EqualUserOrUserHierarchy"), None;
    EqUserOrUserHierarchyAndTeams = "eq-useroruserhierarchyandteams", None, Nothing, Some("EqualUserOrUserHierarchyAndTeams"), None;
    EqBusinessId = "eq-businessid", None, Nothing, Some("EqualBusinessId"), Some(Self::NeBusinessId);
    NeBusinessId = "ne-businessid", None, Nothing, Some("NotEqualBusinessId"), Some(Self::EqBusinessId);
    EqUserLanguage = "eq-userlanguage", None, Nothing, Some("EqualUserLanguage"), None;
    Above = "above", One, Record, Some("Above"), None;
    EqOrAbove = "eq-or-above", One, Record, Some("AboveOrEqual"), None;
    Under = "under", One, Record, Some("Under"), Some(Self::NotUnder);
    EqOrUnder = "eq-or-under", One, Record, Some("UnderOrEqual"), None;
    NotUnder = "not-under", One, Record, Some("NotUnder"), Some(Self::Under);
    On = "on", One, Date, Some("On"), None;
    OnOrAfter = "on-or-after", One, Date, Some("OnOrAfter"), None;
    OnOrBefore = "on-or-before", One, Date, Some("OnOrBefore"), None;
    Yesterday = "yesterday", None, Nothing, Some("Yesterday"), None;
    Today = "today", None, Nothing, Some("Today"), None;
    Tomorrow = "tomorrow", None, Nothing, Some("Tomorrow"), None;
    LastSevenDays = "last-seven-days", None, Nothing, Some("Last7Days"), None;
    NextSevenDays = "next-seven-days", None, Nothing, Some("Next7Days"), None;
    LastWeek = "last-week", None, Nothing, Some("LastWeek"), None;
    ThisWeek = "this-week", None, Nothing, Some("ThisWeek"), None;
    NextWeek = "next-week", None, Nothing, Some("NextWeek"), None;
    LastMonth = "last-month", None, Nothing, Some("LastMonth"), None;
    ThisMonth = "this-month", None, Nothing, Some("ThisMonth"), None;
    NextMonth = "next-month", None, Nothing, Some("NextMonth"), None;
    LastYear = "last-year", None, Nothing, Some("LastYear"), None;
    ThisYear = "this-year", None, Nothing, Some("ThisYear"), None;
    NextYear = "next-year", None, Nothing, Some("NextYear"), None;
    LastXHours = "last-x-hours", One, Count, Some("LastXHours"), None;
    NextXHours = "next-x-hours", One, Count, Some("NextXHours"), None;
    LastXDays = "last-x-days", One, Count, Some("LastXDays"), None;
    NextXDays = "next-x-days", One, Count, Some("NextXDays"), None;
    LastXWeeks = "last-x-weeks", One, Count, Some("LastXWeeks"), None;
    NextXWeeks = "next-x-weeks", One, Count, Some("NextXWeeks"), None;
    LastXMonths = "last-x-months", One, Count, Some("LastXMonths"), None;
    NextXMonths = "next-x-months", One, Count, Some("NextXMonths"), None;
    LastXYears = "last-x-years", One, Count, Some("LastXYears"), None;
    NextXYears = "next-x-years", One, Count, Some("NextXYears"), None;
    OlderThanXMinutes = "olderthan-x-minutes", One, Count, Some("OlderThanXMinutes"), None;
    OlderThanXHours = "olderthan-x-hours", One, Count, Some("OlderThanXHours"), None;
    OlderThanXDays = "olderthan-x-days", One, Count, Some("OlderThanXDays"), None;
    OlderThanXWeeks = "olderthan-x-weeks", One, Count, Some("OlderThanXWeeks"), None;
    OlderThanXMonths = "olderthan-x-months", One, Count, Some("OlderThanXMonths"), None;
    OlderThanXYears = "olderthan-x-years", One, Count, Some("OlderThanXYears"), None;
    ThisFiscalPeriod = "this-fiscal-period", None, Nothing, Some("ThisFiscalPeriod"), None;
    LastFiscalPeriod = "last-fiscal-period", None, Nothing, Some("LastFiscalPeriod"), None;
    NextFiscalPeriod = "next-fiscal-period", None, Nothing, Some("NextFiscalPeriod"), None;
    ThisFiscalYear = "this-fiscal-year", None, Nothing, Some("ThisFiscalYear"), None;
    LastFiscalYear = "last-fiscal-year", None, Nothing, Some("LastFiscalYear"), None;
    NextFiscalYear = "next-fiscal-year", None, Nothing, Some("NextFiscalYear"), None;
    LastXFiscalPeriods = "last-x-fiscal-periods", One, Count, Some("LastXFiscalPeriods"), None;
    NextXFiscalPeriods = "next-x-fiscal-periods", One, Count, Some("NextXFiscalPeriods"), None;
    LastXFiscalYears = "last-x-fiscal-years", One, Count, Some("LastXFiscalYears"), None;
    NextXFiscalYears = "next-x-fiscal-years", One, Count, Some("NextXFiscalYears"), None;
    InFiscalYear = "in-fiscal-year", One, FiscalYear, Some("InFiscalYear"), None;
    InFiscalPeriod = "in-fiscal-period", One, FiscalPeriod, Some("InFiscalPeriod"), None;
    InFiscalPeriodAndYear = "in-fiscal-period-and-year", Two, FiscalPeriodAndYear, Some("InFiscalPeriodAndYear"), None;
    InOrBeforeFiscalPeriodAndYear = "in-or-before-fiscal-period-and-year", Two, FiscalPeriodAndYear, Some("InOrBeforeFiscalPeriodAndYear"), None;
    InOrAfterFiscalPeriodAndYear = "in-or-after-fiscal-period-and-year", Two, FiscalPeriodAndYear, Some("InOrAfterFiscalPeriodAndYear"), None;
}

impl AttrValue for Operator {
    const ALLOWED: AllowedValues = AllowedValues::Names(Self::NAMES);

    fn read(raw: &str) -> Option<Self> {
        Self::exact(raw)
    }
}

impl Operator {
    /// Returns whether a condition with this operator can compare with another column, named by the attribute
    /// `valueof`, instead of a value.
    #[must_use]
    pub fn takes_column(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_table_is_consistent() {
        assert_eq!(Operator::ALL.len(), 83);
        assert_eq!(Operator::ALL.iter().filter(|o| o.function().is_some()).count(), 68);
        for operator in Operator::ALL {
            assert_eq!(Operator::exact(operator.as_str()), Some(*operator));
            assert_eq!(operator.arity() == Arity::None, operator.value_kind() == ValueKind::Nothing);
            if let Some(negation) = operator.negation()
                && *operator != Operator::Neq
            {
                assert_eq!(negation.negation(), Some(*operator), "{operator:?}");
                assert_eq!(negation.arity(), operator.arity(), "{operator:?}");
            }
        }
    }
}
