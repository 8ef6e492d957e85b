//! Adds the query functions of Dataverse as methods to columns and paths. The kind of a column decides which
//! of the methods it has.
//!
//! Source: the Web API query function reference. Each function corresponds to one condition operator of
//! FetchXML.

use jiff::civil;

use super::compare::TextSearchable;
use super::condition::{Arguments, ColumnPath, Filter, FunctionCondition, Node};
use super::{Literal, Operand, Path, RowOf};
use crate::column::{Column, Nav};
use crate::kind::{self, ColumnKind};
use crate::row::Record;
use crate::value::ChoiceSet;

macro_rules! groups {
    ($($(#[$meta:meta])* $name:ident: $($kind:ident)*;)*) => {$(
        $(#[$meta])*
        pub trait $name: ColumnKind {}
        $(impl $name for kind::$kind {})*
    )*};
}

groups! {
    /// The kinds of column that hold dates, with or without a time.
    #[diagnostic::on_unimplemented(message = "this function takes dates, and the column is of kind `{Self}`")]
    DateLike: DateTime LocalDateTime Date;
    /// A kind of column that holds dates with a time.
    #[diagnostic::on_unimplemented(message = "this function takes dates with a time, and the column is of kind `{Self}`")]
    DateTimeLike: DateTime LocalDateTime;
    /// A kind of column that `between` can compare: numbers and dates.
    #[diagnostic::on_unimplemented(message = "this function takes numbers and dates, and the column is of kind `{Self}`")]
    BetweenComparable: Int Long Decimal Money Float DateTime LocalDateTime Date;
    /// A kind of column that `is_in` can compare with a list of values: texts, numbers, choices, guids and
    /// lookups.
    #[diagnostic::on_unimplemented(
        message = "a column of kind `{Self}` is not compared with a list",
        note = "texts, numbers, choices, guids and lookups are; sets of options have `contain_values`"
    )]
    InComparable: Text Int Long Decimal Money Float Id Lookup;
    /// The kind of a multi-select choice column, which holds a set of options.
    #[diagnostic::on_unimplemented(message = "this function takes sets of options, and the column is of kind `{Self}`")]
    MultiSelect: ;
    /// A kind of column that can identify a user, a team or a business unit: lookups and ids.
    #[diagnostic::on_unimplemented(message = "this function takes users, teams and business units, and the column is of kind `{Self}`")]
    PrincipalId: Id Lookup;
    /// A kind of column that takes part in a hierarchy of rows: the primary key and the lookup to the parent
    /// row.
    #[diagnostic::on_unimplemented(message = "a hierarchy consists of ids and lookups, and the column is of kind `{Self}`")]
    HierarchyKey: Id Lookup;
    /// The kind of column that can hold the code of a language (LCID): whole numbers.
    #[diagnostic::on_unimplemented(message = "languages are whole numbers, and the column is of kind `{Self}`")]
    LanguageCode: Int;
}

impl<E: ChoiceSet> InComparable for kind::Choice<E> {}
impl<E: ChoiceSet> MultiSelect for kind::Choices<E> {}

fn call<T>(place: ColumnPath, name: &'static str, arguments: Arguments) -> Filter<T> {
    Filter::new(Node::Function(name, place, arguments))
}

/// Defines the method for one query function. The trait of the column's kind and the signature of the
/// function determine the arguments of the method.
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
    // A lookup with one target table: the type of the row is known.
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

/// Calls `method!` for every query function. The arguments are a type, its table and its kind of column.
macro_rules! methods {
    ($each:ident) => {
        $each! {
            HierarchyKey above Above Value FunctionCondition "Matches the rows above a row in its hierarchy.";
            HierarchyKey above_or_equal AboveOrEqual Value FunctionCondition "Matches a row and the rows above it in its hierarchy.";
            HierarchyKey not_under NotUnder Value Filter "Matches the rows that are not below a row in its hierarchy.";
            HierarchyKey under Under Value Filter "Matches the rows below a row in its hierarchy.";
            HierarchyKey under_or_equal UnderOrEqual Value FunctionCondition "Matches a row and the rows below it in its hierarchy.";
            BetweenComparable between Between List Filter "Matches the values from `least` to `most`, both included.";
            BetweenComparable not_between NotBetween List Filter "Matches the values less than `least` or greater than `most`, and empty columns.";
            MultiSelect contain_values ContainValues List Filter "Matches the columns that hold at least one of these options.";
            MultiSelect contain_none_of DoesNotContainValues List Filter "Matches the columns that hold none of these options, and empty columns.";
            TextSearchable full_text Contains Value FunctionCondition "Searches the full text of knowledge articles; the service refuses it for other tables.";
            PrincipalId is_current_business_unit EqualBusinessId Column Filter "Matches the business unit of the user who sends the request.";
            PrincipalId is_current_user EqualUserId Column Filter "Matches the user who sends the request.";
            PrincipalId is_current_user_or_below EqualUserOrUserHierarchy Column FunctionCondition "Matches the user who sends the request and the users below in the hierarchy.";
            PrincipalId is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column FunctionCondition "Matches the user who sends the request, the users below in the hierarchy, and the teams of them all.";
            PrincipalId is_current_user_or_teams EqualUserOrUserTeams Column FunctionCondition "Matches the user who sends the request and the user's teams.";
            PrincipalId is_current_users_team EqualUserTeams Column FunctionCondition "Matches the teams of the user who sends the request.";
            PrincipalId is_not_current_business_unit NotEqualBusinessId Column Filter "Matches every business unit but that of the user who sends the request.";
            PrincipalId is_not_current_user NotEqualUserId Column Filter "Matches every user but the one who sends the request.";
            LanguageCode is_current_language EqualUserLanguage Column FunctionCondition "Matches the language of the user who sends the request.";
            InComparable is_in In List Filter "Matches the values of a list.";
            InComparable not_in NotIn List Filter "Matches the values that are not in a list, and empty columns.";
            DateLike in_fiscal_period InFiscalPeriod Number FunctionCondition "Matches dates in a fiscal period of any year.";
            DateLike in_fiscal_period_and_year InFiscalPeriodAndYear Period FunctionCondition "Matches dates in a fiscal period of a year.";
            DateLike in_fiscal_year InFiscalYear Number FunctionCondition "Matches dates in a fiscal year.";
            DateLike in_or_after_fiscal_period_and_year InOrAfterFiscalPeriodAndYear Period FunctionCondition "Matches dates in a fiscal period of a year or later.";
            DateLike in_or_before_fiscal_period_and_year InOrBeforeFiscalPeriodAndYear Period FunctionCondition "Matches dates in a fiscal period of a year or earlier.";
            DateLike last_7_days Last7Days Column FunctionCondition "Matches dates in the last seven days.";
            DateLike last_fiscal_period LastFiscalPeriod Column FunctionCondition "Matches dates in the last fiscal period.";
            DateLike last_fiscal_year LastFiscalYear Column FunctionCondition "Matches dates in the last fiscal year.";
            DateLike last_month LastMonth Column FunctionCondition "Matches dates in the last month.";
            DateLike last_week LastWeek Column FunctionCondition "Matches dates in the last week.";
            DateLike last_x_days LastXDays Number FunctionCondition "Matches dates in the last `number` days.";
            DateLike last_x_fiscal_periods LastXFiscalPeriods Number FunctionCondition "Matches dates in the last `number` fiscal periods.";
            DateLike last_x_fiscal_years LastXFiscalYears Number FunctionCondition "Matches dates in the last `number` fiscal years.";
            DateLike last_x_months LastXMonths Number FunctionCondition "Matches dates in the last `number` months.";
            DateLike last_x_weeks LastXWeeks Number FunctionCondition "Matches dates in the last `number` weeks.";
            DateLike last_x_years LastXYears Number FunctionCondition "Matches dates in the last `number` years.";
            DateLike last_year LastYear Column FunctionCondition "Matches dates in the last year.";
            DateLike next_7_days Next7Days Column FunctionCondition "Matches dates in the next seven days.";
            DateLike next_fiscal_period NextFiscalPeriod Column FunctionCondition "Matches dates in the next fiscal period.";
            DateLike next_fiscal_year NextFiscalYear Column FunctionCondition "Matches dates in the next fiscal year.";
            DateLike next_month NextMonth Column FunctionCondition "Matches dates in the next month.";
            DateLike next_week NextWeek Column FunctionCondition "Matches dates in the next week.";
            DateLike next_x_days NextXDays Number FunctionCondition "Matches dates in the next `number` days.";
            DateLike next_x_fiscal_periods NextXFiscalPeriods Number FunctionCondition "Matches dates in the next `number` fiscal periods.";
            DateLike next_x_fiscal_years NextXFiscalYears Number FunctionCondition "Matches dates in the next `number` fiscal years.";
            DateLike next_x_months NextXMonths Number FunctionCondition "Matches dates in the next `number` months.";
            DateLike next_x_weeks NextXWeeks Number FunctionCondition "Matches dates in the next `number` weeks.";
            DateLike next_x_years NextXYears Number FunctionCondition "Matches dates in the next `number` years.";
            DateLike next_year NextYear Column FunctionCondition "Matches dates in the next year.";
            DateLike older_than_x_days OlderThanXDays Number FunctionCondition "Matches dates more than `number` days ago.";
            DateLike older_than_x_months OlderThanXMonths Number FunctionCondition "Matches dates more than `number` months ago.";
            DateLike older_than_x_weeks OlderThanXWeeks Number FunctionCondition "Matches dates more than `number` weeks ago.";
            DateLike older_than_x_years OlderThanXYears Number FunctionCondition "Matches dates more than `number` years ago.";
            DateLike on On Value FunctionCondition "Matches dates on a day in the user's time zone.";
            DateLike on_or_after OnOrAfter Value FunctionCondition "Matches dates on a day or later in the user's time zone.";
            DateLike on_or_before OnOrBefore Value FunctionCondition "Matches dates on a day or earlier in the user's time zone.";
            DateLike this_fiscal_period ThisFiscalPeriod Column FunctionCondition "Matches dates in this fiscal period.";
            DateLike this_fiscal_year ThisFiscalYear Column FunctionCondition "Matches dates in this fiscal year.";
            DateLike this_month ThisMonth Column FunctionCondition "Matches dates in this month.";
            DateLike this_week ThisWeek Column FunctionCondition "Matches dates in this week.";
            DateLike this_year ThisYear Column FunctionCondition "Matches dates in this year.";
            DateLike today Today Column FunctionCondition "Matches today's dates.";
            DateLike tomorrow Tomorrow Column FunctionCondition "Matches tomorrow's dates.";
            DateLike yesterday Yesterday Column FunctionCondition "Matches yesterday's dates.";
            DateTimeLike last_x_hours LastXHours Number FunctionCondition "Matches dates in the last `number` hours.";
            DateTimeLike next_x_hours NextXHours Number FunctionCondition "Matches dates in the next `number` hours.";
            DateTimeLike older_than_x_hours OlderThanXHours Number FunctionCondition "Matches dates more than `number` hours ago.";
            DateTimeLike older_than_x_minutes OlderThanXMinutes Number FunctionCondition "Matches dates more than `number` minutes ago.";
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
    HierarchyKey above Above Value FunctionCondition "Matches the rows above a row in its hierarchy.";
    HierarchyKey above_or_equal AboveOrEqual Value FunctionCondition "Matches a row and the rows above it in its hierarchy.";
    HierarchyKey not_under NotUnder Value Filter "Matches the rows that are not below a row in its hierarchy.";
    HierarchyKey under Under Value Filter "Matches the rows below a row in its hierarchy.";
    HierarchyKey under_or_equal UnderOrEqual Value FunctionCondition "Matches a row and the rows below it in its hierarchy.";
    PrincipalId is_current_business_unit EqualBusinessId Column Filter "Matches the business unit of the user who sends the request.";
    PrincipalId is_current_user EqualUserId Column Filter "Matches the user who sends the request.";
    PrincipalId is_current_user_or_below EqualUserOrUserHierarchy Column FunctionCondition "Matches the user who sends the request and the users below in the hierarchy.";
    PrincipalId is_current_user_or_below_or_teams EqualUserOrUserHierarchyAndTeams Column FunctionCondition "Matches the user who sends the request, the users below in the hierarchy, and the teams of them all.";
    PrincipalId is_current_user_or_teams EqualUserOrUserTeams Column FunctionCondition "Matches the user who sends the request and the user's teams.";
    PrincipalId is_current_users_team EqualUserTeams Column FunctionCondition "Matches the teams of the user who sends the request.";
    PrincipalId is_not_current_business_unit NotEqualBusinessId Column Filter "Matches every business unit but that of the user who sends the request.";
    PrincipalId is_not_current_user NotEqualUserId Column Filter "Matches every user but the one who sends the request.";
    InComparable is_in In List Filter "Matches lookups to one of these rows.";
    InComparable not_in NotIn List Filter "Matches lookups to other rows than these, and empty lookups.";
}
