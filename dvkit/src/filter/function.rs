//! Dataverse's query functions as methods, by the kinds of column that they work on.
//!
//! Source: the Web API query function reference. Each is one condition operator of FetchXML.

use jiff::civil;

use super::compare::Textual;
use super::{Filter, IntoFilter, Literal, Node, Operand, Path, Place, RowOf};
use crate::{ChoiceSet, Column, Kind, Nav, Record, kind};

macro_rules! groups {
    ($($(#[$meta:meta])* $name:ident: $($kind:ident)*;)*) => {$(
        $(#[$meta])*
        pub trait $name: Kind {}
        $(impl $name for kind::$kind {})*
    )*};
}

groups! {
    /// Dates, with or without time.
    #[diagnostic::on_unimplemented(message = "this is asked of dates, and the column is of kind `{Self}`")]
    Dated: DateTime ClockTime Date;
    /// Dates with a time.
    #[diagnostic::on_unimplemented(message = "this is asked of dates with a time, and the column is of kind `{Self}`")]
    Timed: DateTime ClockTime;
    /// Numbers and dates.
    #[diagnostic::on_unimplemented(message = "this is asked of numbers and dates, and the column is of kind `{Self}`")]
    Ranged: Int Long Decimal Money Float DateTime ClockTime Date;
    /// Texts, numbers, choices, guids and lookups.
    #[diagnostic::on_unimplemented(
        message = "a column of kind `{Self}` is not compared with a list",
        note = "texts, numbers, choices, guids and lookups are; sets of options have `contain_values`"
    )]
    Listed: Text Int Long Decimal Money Float Id Reference;
    /// Sets of options.
    #[diagnostic::on_unimplemented(message = "this is asked of sets of options, and the column is of kind `{Self}`")]
    ManySelect: ;
    /// Lookups and ids of users, teams and business units.
    #[diagnostic::on_unimplemented(message = "this is asked of users, teams and business units, and the column is of kind `{Self}`")]
    Owned: Id Reference;
    /// The key or the self-referencing lookup of a hierarchy.
    #[diagnostic::on_unimplemented(message = "a hierarchy is asked by ids, and the column is of kind `{Self}`")]
    Hierarchical: Id Reference;
    /// Codes of languages.
    #[diagnostic::on_unimplemented(message = "languages are whole numbers, and the column is of kind `{Self}`")]
    Language: Int;
}

impl<E: ChoiceSet> Listed for kind::OneOf<E> {}
impl<E: ChoiceSet> ManySelect for kind::ManyOf<E> {}

/// What follows the column in the call of a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arguments {
    /// Nothing.
    None,
    /// One value, as text.
    One(Literal),
    /// A bare number.
    Number(u32),
    /// Several values, as texts.
    List(Vec<Literal>),
    /// A fiscal period and a year.
    Period(u32, u32),
}

/// Functions that negate each other. The negations keep rows without a value.
const NEGATIONS: [(&str, &str); 6] = [
    ("Between", "NotBetween"),
    ("ContainValues", "DoesNotContainValues"),
    ("EqualBusinessId", "NotEqualBusinessId"),
    ("EqualUserId", "NotEqualUserId"),
    ("In", "NotIn"),
    ("Under", "NotUnder"),
];

pub(super) fn negation(function: &str) -> Option<&'static str> {
    NEGATIONS.iter().find_map(|(one, other)| match function {
        _ if function == *one => Some(*other),
        _ if function == *other => Some(*one),
        _ => None,
    })
}

/// A condition by a query function that cannot be negated: the service refuses `not` before it.
///
/// It is a [`Filter`] for everything else.
#[must_use = "a condition does nothing until a query has it"]
pub struct Condition<T>(Filter<T>);

impl<T> Condition<T> {
    /// Both conditions.
    pub fn and(self, other: impl IntoFilter<T>) -> Filter<T> {
        self.0.and(other)
    }

    /// At least one of the two.
    pub fn or(self, other: impl IntoFilter<T>) -> Filter<T> {
        self.0.or(other)
    }

    /// Its text, as it stands behind `$filter=` before percent-encoding.
    #[must_use]
    pub fn odata(&self) -> String {
        self.0.odata()
    }
}

impl<T> From<Condition<T>> for Filter<T> {
    fn from(condition: Condition<T>) -> Self {
        condition.0
    }
}

impl<T> From<Filter<T>> for Condition<T> {
    fn from(filter: Filter<T>) -> Self {
        Self(filter)
    }
}

impl<T> Clone for Condition<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Record> core::fmt::Debug for Condition<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

fn call<T>(place: Place, name: &'static str, arguments: Arguments) -> Filter<T> {
    Filter::new(Node::Function(name, place, arguments))
}

/// One method; the arguments and their types come from group and signature.
macro_rules! method {
    ($table:ty, $kind:ty, $group:ident $method:ident $name:ident Column $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self) -> $out<$table>
        where
            $kind: $group,
        {
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::None).into()
        }
    };
    ($table:ty, $kind:ty, $group:ident $method:ident $name:ident Number $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, number: u32) -> $out<$table>
        where
            $kind: $group,
        {
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::Number(number)).into()
        }
    };
    ($table:ty, $kind:ty, $group:ident $method:ident $name:ident Period $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, period: u32, year: u32) -> $out<$table>
        where
            $kind: $group,
        {
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::Period(period, year))
                .into()
        }
    };
    ($table:ty, $kind:ty, Dated $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, day: civil::Date) -> $out<$table>
        where
            $kind: Dated,
        {
            let arguments = Arguments::One(Literal::Date(day));
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, Hierarchical $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, row: impl Operand<kind::Id>) -> $out<$table>
        where
            $kind: Hierarchical,
        {
            let arguments = Arguments::One(row.literal());
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, Textual $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, text: impl Into<String>) -> $out<$table>
        where
            $kind: Textual,
        {
            let arguments = Arguments::One(Literal::Text(text.into()));
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, Ranged $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, least: impl Operand<$kind>, most: impl Operand<$kind>) -> $out<$table>
        where
            $kind: Ranged,
        {
            let arguments = Arguments::List(vec![least.literal(), most.literal()]);
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, ManySelect $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, options: impl Operand<$kind>) -> $out<$table>
        where
            $kind: ManySelect,
        {
            let values = match options.literal() {
                Literal::Options(values) => {
                    values.into_iter().map(|value| Literal::Whole(value.into())).collect()
                }
                one => vec![one],
            };
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::List(values)).into()
        }
    };
    // A lookup by its navigation: the table that it leads to is known.
    ($table:ty, $target:ident of $kind:ty, Hierarchical $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, row: impl RowOf<$target>) -> $out<$table>
        where
            $kind: Hierarchical,
        {
            let arguments = Arguments::One(row.literal());
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $target:ident of $kind:ty, Listed $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, rows: impl IntoIterator<Item = impl RowOf<$target>>) -> $out<$table>
        where
            $kind: Listed,
        {
            let rows = rows.into_iter().map(Operand::literal).collect();
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::List(rows)).into()
        }
    };
    ($table:ty, $target:ident of $kind:ty, $group:ident $method:ident $name:ident Column $out:ident $doc:literal) => {
        method!($table, $kind, $group $method $name Column $out $doc);
    };
    ($table:ty, $kind:ty, Listed $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, values: impl IntoIterator<Item = impl Operand<$kind>>) -> $out<$table>
        where
            $kind: Listed,
        {
            let values = values.into_iter().map(Operand::literal).collect();
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::List(values)).into()
        }
    };
}

/// The methods for what has a table, a kind and a place.
macro_rules! methods {
    ($each:ident) => {
        $each! {
            Hierarchical above Above Value Condition "Above a row in its hierarchy.";
            Hierarchical above_or_equal AboveOrEqual Value Condition "A row or above it in its hierarchy.";
            Hierarchical not_under NotUnder Value Filter "Not below a row in its hierarchy.";
            Hierarchical under Under Value Filter "Below a row in its hierarchy.";
            Hierarchical under_or_equal UnderOrEqual Value Condition "A row or below it in its hierarchy.";
            Ranged between Between List Filter "Between two values, both included.";
            Ranged not_between NotBetween List Filter "Not between two values, or without a value.";
            ManySelect contain_values ContainValues List Filter "Holds at least one of these options.";
            ManySelect contain_none_of DoesNotContainValues List Filter "Holds none of these options, or no value.";
            Textual full_text Contains Value Condition "Full-text search of knowledge articles; elsewhere the service refuses it.";
            Owned is_current_business_unit EqualBusinessId Column Filter "Is the business unit of the user who asks.";
            Owned is_current_user EqualUserId Column Filter "Is the user who asks.";
            Owned is_current_user_or_below EqualUserOrUserHierarchy Column Condition "Is the user who asks, or one below in the hierarchy.";
            Owned is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column Condition "Is the user who asks, one below in the hierarchy, or a team of theirs.";
            Owned is_current_user_or_teams EqualUserOrUserTeams Column Condition "Is the user who asks, or a team of theirs.";
            Owned is_current_users_team EqualUserTeams Column Condition "Is a team of the user who asks.";
            Owned is_not_current_business_unit NotEqualBusinessId Column Filter "Is not the business unit of the user who asks.";
            Owned is_not_current_user NotEqualUserId Column Filter "Is not the user who asks.";
            Language is_current_language EqualUserLanguage Column Condition "Is the language of the user who asks.";
            Listed is_in In List Filter "Is one of these values.";
            Listed not_in NotIn List Filter "Is none of these values, or has no value.";
            Dated in_fiscal_period InFiscalPeriod Number Condition "In a fiscal period of any year.";
            Dated in_fiscal_period_and_year InFiscalPeriodAndYear Period Condition "In a fiscal period of a year.";
            Dated in_fiscal_year InFiscalYear Number Condition "In a fiscal year.";
            Dated in_or_after_fiscal_period_and_year InOrAfterFiscalPeriodAndYear Period Condition "In a fiscal period of a year or later.";
            Dated in_or_before_fiscal_period_and_year InOrBeforeFiscalPeriodAndYear Period Condition "In a fiscal period of a year or earlier.";
            Dated last_7_days Last7Days Column Condition "In the last seven days.";
            Dated last_fiscal_period LastFiscalPeriod Column Condition "In the last fiscal period.";
            Dated last_fiscal_year LastFiscalYear Column Condition "In the last fiscal year.";
            Dated last_month LastMonth Column Condition "In the last month.";
            Dated last_week LastWeek Column Condition "In the last week.";
            Dated last_x_days LastXDays Number Condition "In the last `number` days.";
            Dated last_x_fiscal_periods LastXFiscalPeriods Number Condition "In the last `number` fiscal periods.";
            Dated last_x_fiscal_years LastXFiscalYears Number Condition "In the last `number` fiscal years.";
            Dated last_x_months LastXMonths Number Condition "In the last `number` months.";
            Dated last_x_weeks LastXWeeks Number Condition "In the last `number` weeks.";
            Dated last_x_years LastXYears Number Condition "In the last `number` years.";
            Dated last_year LastYear Column Condition "In the last year.";
            Dated next_7_days Next7Days Column Condition "In the next seven days.";
            Dated next_fiscal_period NextFiscalPeriod Column Condition "In the next fiscal period.";
            Dated next_fiscal_year NextFiscalYear Column Condition "In the next fiscal year.";
            Dated next_month NextMonth Column Condition "In the next month.";
            Dated next_week NextWeek Column Condition "In the next week.";
            Dated next_x_days NextXDays Number Condition "In the next `number` days.";
            Dated next_x_fiscal_periods NextXFiscalPeriods Number Condition "In the next `number` fiscal periods.";
            Dated next_x_fiscal_years NextXFiscalYears Number Condition "In the next `number` fiscal years.";
            Dated next_x_months NextXMonths Number Condition "In the next `number` months.";
            Dated next_x_weeks NextXWeeks Number Condition "In the next `number` weeks.";
            Dated next_x_years NextXYears Number Condition "In the next `number` years.";
            Dated next_year NextYear Column Condition "In the next year.";
            Dated older_than_x_days OlderThanXDays Number Condition "Older than `number` days.";
            Dated older_than_x_months OlderThanXMonths Number Condition "Older than `number` months.";
            Dated older_than_x_weeks OlderThanXWeeks Number Condition "Older than `number` weeks.";
            Dated older_than_x_years OlderThanXYears Number Condition "Older than `number` years.";
            Dated on On Value Condition "On a day, in the zone of the user.";
            Dated on_or_after OnOrAfter Value Condition "On a day or later, in the zone of the user.";
            Dated on_or_before OnOrBefore Value Condition "On a day or earlier, in the zone of the user.";
            Dated this_fiscal_period ThisFiscalPeriod Column Condition "In this fiscal period.";
            Dated this_fiscal_year ThisFiscalYear Column Condition "In this fiscal year.";
            Dated this_month ThisMonth Column Condition "In this month.";
            Dated this_week ThisWeek Column Condition "In this week.";
            Dated this_year ThisYear Column Condition "In this year.";
            Dated today Today Column Condition "Today.";
            Dated tomorrow Tomorrow Column Condition "Tomorrow.";
            Dated yesterday Yesterday Column Condition "Yesterday.";
            Timed last_x_hours LastXHours Number Condition "In the last `number` hours.";
            Timed next_x_hours NextXHours Number Condition "In the next `number` hours.";
            Timed older_than_x_hours OlderThanXHours Number Condition "Older than `number` hours.";
            Timed older_than_x_minutes OlderThanXMinutes Number Condition "Older than `number` minutes.";
        }
    };
}

macro_rules! for_columns {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<T: Record, K: Kind, W> Column<T, K, W> {
            $(method!(T, K, $group $method $name $signature $out $doc);)*
        }
    };
}

macro_rules! for_paths {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<T, K: Kind> Path<T, K> {
            $(method!(T, K, $group $method $name $signature $out $doc);)*
        }
    };
}

methods!(for_columns);
methods!(for_paths);

macro_rules! for_navigations {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<A: Record, B, W> Nav<A, B, W> {
            $(method!(A, B of kind::Reference, $group $method $name $signature $out $doc);)*
        }
    };
}

for_navigations! {
    Hierarchical above Above Value Condition "Above a row in its hierarchy.";
    Hierarchical above_or_equal AboveOrEqual Value Condition "A row or above it in its hierarchy.";
    Hierarchical not_under NotUnder Value Filter "Not below a row in its hierarchy.";
    Hierarchical under Under Value Filter "Below a row in its hierarchy.";
    Hierarchical under_or_equal UnderOrEqual Value Condition "A row or below it in its hierarchy.";
    Owned is_current_business_unit EqualBusinessId Column Filter "Is the business unit of the user who asks.";
    Owned is_current_user EqualUserId Column Filter "Is the user who asks.";
    Owned is_current_user_or_below EqualUserOrUserHierarchy Column Condition "Is the user who asks, or one below in the hierarchy.";
    Owned is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column Condition "Is the user who asks, one below in the hierarchy, or a team of theirs.";
    Owned is_current_user_or_teams EqualUserOrUserTeams Column Condition "Is the user who asks, or a team of theirs.";
    Owned is_current_users_team EqualUserTeams Column Condition "Is a team of the user who asks.";
    Owned is_not_current_business_unit NotEqualBusinessId Column Filter "Is not the business unit of the user who asks.";
    Owned is_not_current_user NotEqualUserId Column Filter "Is not the user who asks.";
    Listed is_in In List Filter "Leads to one of these rows.";
    Listed not_in NotIn List Filter "Leads to none of these rows, or nowhere.";
}
