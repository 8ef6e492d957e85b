//! Dataverse's query functions as methods, by the kinds of column that they work on.
//!
//! Source: the Web API query function reference. Each is one condition operator of FetchXML.

use jiff::civil;

use super::compare::TextSearchable;
use super::{ColumnPath, Filter, IntoFilter, Literal, Node, Operand, Path, RowOf};
use crate::{ChoiceSet, Column, ColumnKind, Nav, Record, kind};

macro_rules! groups {
    ($($(#[$meta:meta])* $name:ident: $($kind:ident)*;)*) => {$(
        $(#[$meta])*
        pub trait $name: ColumnKind {}
        $(impl $name for kind::$kind {})*
    )*};
}

groups! {
    /// Dates, with or without time.
    #[diagnostic::on_unimplemented(message = "this is asked of dates, and the column is of kind `{Self}`")]
    DateLike: DateTime LocalDateTime Date;
    /// Dates with a time.
    #[diagnostic::on_unimplemented(message = "this is asked of dates with a time, and the column is of kind `{Self}`")]
    DateTimeLike: DateTime LocalDateTime;
    /// Numbers and dates.
    #[diagnostic::on_unimplemented(message = "this is asked of numbers and dates, and the column is of kind `{Self}`")]
    BetweenComparable: Int Long Decimal Money Float DateTime LocalDateTime Date;
    /// Texts, numbers, choices, guids and lookups.
    #[diagnostic::on_unimplemented(
        message = "a column of kind `{Self}` is not compared with a list",
        note = "texts, numbers, choices, guids and lookups are; sets of options have `contain_values`"
    )]
    InComparable: Text Int Long Decimal Money Float Id Lookup;
    /// Sets of options.
    #[diagnostic::on_unimplemented(message = "this is asked of sets of options, and the column is of kind `{Self}`")]
    MultiSelect: ;
    /// Lookups and ids of users, teams and business units.
    #[diagnostic::on_unimplemented(message = "this is asked of users, teams and business units, and the column is of kind `{Self}`")]
    PrincipalId: Id Lookup;
    /// The key or the self-referencing lookup of a hierarchy.
    #[diagnostic::on_unimplemented(message = "a hierarchy is asked by ids, and the column is of kind `{Self}`")]
    HierarchyKey: Id Lookup;
    /// Codes of languages.
    #[diagnostic::on_unimplemented(message = "languages are whole numbers, and the column is of kind `{Self}`")]
    LanguageCode: Int;
}

impl<E: ChoiceSet> InComparable for kind::Choice<E> {}
impl<E: ChoiceSet> MultiSelect for kind::Choices<E> {}

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
pub struct FunctionCondition<T>(Filter<T>);

impl<T> FunctionCondition<T> {
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

impl<T> From<FunctionCondition<T>> for Filter<T> {
    fn from(condition: FunctionCondition<T>) -> Self {
        condition.0
    }
}

impl<T> From<Filter<T>> for FunctionCondition<T> {
    fn from(filter: Filter<T>) -> Self {
        Self(filter)
    }
}

impl<T> Clone for FunctionCondition<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Record> core::fmt::Debug for FunctionCondition<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

fn call<T>(place: ColumnPath, name: &'static str, arguments: Arguments) -> Filter<T> {
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
    ($table:ty, $kind:ty, DateLike $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, day: civil::Date) -> $out<$table>
        where
            $kind: DateLike,
        {
            let arguments = Arguments::One(Literal::Date(day));
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, HierarchyKey $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, row: impl Operand<kind::Id>) -> $out<$table>
        where
            $kind: HierarchyKey,
        {
            let arguments = Arguments::One(row.literal());
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, TextSearchable $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, text: impl Into<String>) -> $out<$table>
        where
            $kind: TextSearchable,
        {
            let arguments = Arguments::One(Literal::Text(text.into()));
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, BetweenComparable $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, least: impl Operand<$kind>, most: impl Operand<$kind>) -> $out<$table>
        where
            $kind: BetweenComparable,
        {
            let arguments = Arguments::List(vec![least.literal(), most.literal()]);
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $kind:ty, MultiSelect $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, options: impl Operand<$kind>) -> $out<$table>
        where
            $kind: MultiSelect,
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
    ($table:ty, $target:ident of $kind:ty, HierarchyKey $method:ident $name:ident Value $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, row: impl RowOf<$target>) -> $out<$table>
        where
            $kind: HierarchyKey,
        {
            let arguments = Arguments::One(row.literal());
            call(Path::<$table, $kind>::from(self).place, stringify!($name), arguments).into()
        }
    };
    ($table:ty, $target:ident of $kind:ty, InComparable $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, rows: impl IntoIterator<Item = impl RowOf<$target>>) -> $out<$table>
        where
            $kind: InComparable,
        {
            let rows = rows.into_iter().map(Operand::literal).collect();
            call(Path::<$table, $kind>::from(self).place, stringify!($name), Arguments::List(rows)).into()
        }
    };
    ($table:ty, $target:ident of $kind:ty, $group:ident $method:ident $name:ident Column $out:ident $doc:literal) => {
        method!($table, $kind, $group $method $name Column $out $doc);
    };
    ($table:ty, $kind:ty, InComparable $method:ident $name:ident List $out:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $method(self, values: impl IntoIterator<Item = impl Operand<$kind>>) -> $out<$table>
        where
            $kind: InComparable,
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
            HierarchyKey above Above Value FunctionCondition "Above a row in its hierarchy.";
            HierarchyKey above_or_equal AboveOrEqual Value FunctionCondition "A row or above it in its hierarchy.";
            HierarchyKey not_under NotUnder Value Filter "Not below a row in its hierarchy.";
            HierarchyKey under Under Value Filter "Below a row in its hierarchy.";
            HierarchyKey under_or_equal UnderOrEqual Value FunctionCondition "A row or below it in its hierarchy.";
            BetweenComparable between Between List Filter "Between two values, both included.";
            BetweenComparable not_between NotBetween List Filter "Not between two values, or without a value.";
            MultiSelect contain_values ContainValues List Filter "Holds at least one of these options.";
            MultiSelect contain_none_of DoesNotContainValues List Filter "Holds none of these options, or no value.";
            TextSearchable full_text Contains Value FunctionCondition "Full-text search of knowledge articles; elsewhere the service refuses it.";
            PrincipalId is_current_business_unit EqualBusinessId Column Filter "DerivesFrom the business unit of the user who asks.";
            PrincipalId is_current_user EqualUserId Column Filter "DerivesFrom the user who asks.";
            PrincipalId is_current_user_or_below EqualUserOrUserHierarchy Column FunctionCondition "DerivesFrom the user who asks, or one below in the hierarchy.";
            PrincipalId is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column FunctionCondition "DerivesFrom the user who asks, one below in the hierarchy, or a team of theirs.";
            PrincipalId is_current_user_or_teams EqualUserOrUserTeams Column FunctionCondition "DerivesFrom the user who asks, or a team of theirs.";
            PrincipalId is_current_users_team EqualUserTeams Column FunctionCondition "DerivesFrom a team of the user who asks.";
            PrincipalId is_not_current_business_unit NotEqualBusinessId Column Filter "DerivesFrom not the business unit of the user who asks.";
            PrincipalId is_not_current_user NotEqualUserId Column Filter "DerivesFrom not the user who asks.";
            LanguageCode is_current_language EqualUserLanguage Column FunctionCondition "DerivesFrom the language of the user who asks.";
            InComparable is_in In List Filter "DerivesFrom one of these values.";
            InComparable not_in NotIn List Filter "DerivesFrom none of these values, or has no value.";
            DateLike in_fiscal_period InFiscalPeriod Number FunctionCondition "In a fiscal period of any year.";
            DateLike in_fiscal_period_and_year InFiscalPeriodAndYear Period FunctionCondition "In a fiscal period of a year.";
            DateLike in_fiscal_year InFiscalYear Number FunctionCondition "In a fiscal year.";
            DateLike in_or_after_fiscal_period_and_year InOrAfterFiscalPeriodAndYear Period FunctionCondition "In a fiscal period of a year or later.";
            DateLike in_or_before_fiscal_period_and_year InOrBeforeFiscalPeriodAndYear Period FunctionCondition "In a fiscal period of a year or earlier.";
            DateLike last_7_days Last7Days Column FunctionCondition "In the last seven days.";
            DateLike last_fiscal_period LastFiscalPeriod Column FunctionCondition "In the last fiscal period.";
            DateLike last_fiscal_year LastFiscalYear Column FunctionCondition "In the last fiscal year.";
            DateLike last_month LastMonth Column FunctionCondition "In the last month.";
            DateLike last_week LastWeek Column FunctionCondition "In the last week.";
            DateLike last_x_days LastXDays Number FunctionCondition "In the last `number` days.";
            DateLike last_x_fiscal_periods LastXFiscalPeriods Number FunctionCondition "In the last `number` fiscal periods.";
            DateLike last_x_fiscal_years LastXFiscalYears Number FunctionCondition "In the last `number` fiscal years.";
            DateLike last_x_months LastXMonths Number FunctionCondition "In the last `number` months.";
            DateLike last_x_weeks LastXWeeks Number FunctionCondition "In the last `number` weeks.";
            DateLike last_x_years LastXYears Number FunctionCondition "In the last `number` years.";
            DateLike last_year LastYear Column FunctionCondition "In the last year.";
            DateLike next_7_days Next7Days Column FunctionCondition "In the next seven days.";
            DateLike next_fiscal_period NextFiscalPeriod Column FunctionCondition "In the next fiscal period.";
            DateLike next_fiscal_year NextFiscalYear Column FunctionCondition "In the next fiscal year.";
            DateLike next_month NextMonth Column FunctionCondition "In the next month.";
            DateLike next_week NextWeek Column FunctionCondition "In the next week.";
            DateLike next_x_days NextXDays Number FunctionCondition "In the next `number` days.";
            DateLike next_x_fiscal_periods NextXFiscalPeriods Number FunctionCondition "In the next `number` fiscal periods.";
            DateLike next_x_fiscal_years NextXFiscalYears Number FunctionCondition "In the next `number` fiscal years.";
            DateLike next_x_months NextXMonths Number FunctionCondition "In the next `number` months.";
            DateLike next_x_weeks NextXWeeks Number FunctionCondition "In the next `number` weeks.";
            DateLike next_x_years NextXYears Number FunctionCondition "In the next `number` years.";
            DateLike next_year NextYear Column FunctionCondition "In the next year.";
            DateLike older_than_x_days OlderThanXDays Number FunctionCondition "Older than `number` days.";
            DateLike older_than_x_months OlderThanXMonths Number FunctionCondition "Older than `number` months.";
            DateLike older_than_x_weeks OlderThanXWeeks Number FunctionCondition "Older than `number` weeks.";
            DateLike older_than_x_years OlderThanXYears Number FunctionCondition "Older than `number` years.";
            DateLike on On Value FunctionCondition "On a day, in the zone of the user.";
            DateLike on_or_after OnOrAfter Value FunctionCondition "On a day or later, in the zone of the user.";
            DateLike on_or_before OnOrBefore Value FunctionCondition "On a day or earlier, in the zone of the user.";
            DateLike this_fiscal_period ThisFiscalPeriod Column FunctionCondition "In this fiscal period.";
            DateLike this_fiscal_year ThisFiscalYear Column FunctionCondition "In this fiscal year.";
            DateLike this_month ThisMonth Column FunctionCondition "In this month.";
            DateLike this_week ThisWeek Column FunctionCondition "In this week.";
            DateLike this_year ThisYear Column FunctionCondition "In this year.";
            DateLike today Today Column FunctionCondition "Today.";
            DateLike tomorrow Tomorrow Column FunctionCondition "Tomorrow.";
            DateLike yesterday Yesterday Column FunctionCondition "Yesterday.";
            DateTimeLike last_x_hours LastXHours Number FunctionCondition "In the last `number` hours.";
            DateTimeLike next_x_hours NextXHours Number FunctionCondition "In the next `number` hours.";
            DateTimeLike older_than_x_hours OlderThanXHours Number FunctionCondition "Older than `number` hours.";
            DateTimeLike older_than_x_minutes OlderThanXMinutes Number FunctionCondition "Older than `number` minutes.";
        }
    };
}

macro_rules! for_columns {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<T: Record, K: ColumnKind, W> Column<T, K, W> {
            $(method!(T, K, $group $method $name $signature $out $doc);)*
        }
    };
}

macro_rules! for_paths {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<T, K: ColumnKind> Path<T, K> {
            $(method!(T, K, $group $method $name $signature $out $doc);)*
        }
    };
}

methods!(for_columns);
methods!(for_paths);

macro_rules! for_navigations {
    ($($group:ident $method:ident $name:ident $signature:ident $out:ident $doc:literal;)*) => {
        impl<A: Record, B, W> Nav<A, B, W> {
            $(method!(A, B of kind::Lookup, $group $method $name $signature $out $doc);)*
        }
    };
}

for_navigations! {
    HierarchyKey above Above Value FunctionCondition "Above a row in its hierarchy.";
    HierarchyKey above_or_equal AboveOrEqual Value FunctionCondition "A row or above it in its hierarchy.";
    HierarchyKey not_under NotUnder Value Filter "Not below a row in its hierarchy.";
    HierarchyKey under Under Value Filter "Below a row in its hierarchy.";
    HierarchyKey under_or_equal UnderOrEqual Value FunctionCondition "A row or below it in its hierarchy.";
    PrincipalId is_current_business_unit EqualBusinessId Column Filter "DerivesFrom the business unit of the user who asks.";
    PrincipalId is_current_user EqualUserId Column Filter "DerivesFrom the user who asks.";
    PrincipalId is_current_user_or_below EqualUserOrUserHierarchy Column FunctionCondition "DerivesFrom the user who asks, or one below in the hierarchy.";
    PrincipalId is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column FunctionCondition "DerivesFrom the user who asks, one below in the hierarchy, or a team of theirs.";
    PrincipalId is_current_user_or_teams EqualUserOrUserTeams Column FunctionCondition "DerivesFrom the user who asks, or a team of theirs.";
    PrincipalId is_current_users_team EqualUserTeams Column FunctionCondition "DerivesFrom a team of the user who asks.";
    PrincipalId is_not_current_business_unit NotEqualBusinessId Column Filter "DerivesFrom not the business unit of the user who asks.";
    PrincipalId is_not_current_user NotEqualUserId Column Filter "DerivesFrom not the user who asks.";
    InComparable is_in In List Filter "Leads to one of these rows.";
    InComparable not_in NotIn List Filter "Leads to none of these rows, or nowhere.";
}
