//! Lists Dataverse's own query functions: the 69 functions in the namespace `Microsoft.Dynamics.CRM`, with
//! their parameters and the columns they apply to. The resolver and the translations look functions up here.
//!
//! Source: the Web API query function reference, and "Filter rows" for the list. Each function is equivalent
//! to one condition operator of FetchXML, except for `Contains`, the full-text search of articles.

use dvkit_schema::{ColumnType, Edm};

use ColumnClass::*;
use Signature::*;

/// The namespace of the query functions, with a trailing dot.
pub const NAMESPACE: &str = "Microsoft.Dynamics.CRM.";

/// A query function of Dataverse, such as `LastXDays`.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// The name of the function without the namespace.
    pub name: &'static str,
    /// The parameters that the function takes.
    pub signature: Signature,
    /// The class of columns to which the function applies.
    pub columns: ColumnClass,
    /// The condition operator of FetchXML that is equivalent to the function; `None` if there is none.
    pub operator: Option<&'static str>,
    /// The name of the function that returns the opposite result; `None` if there is none. It is needed
    /// because Dataverse refuses `not` before a function.
    pub negation: Option<&'static str>,
}

/// The parameters of a query function. The first parameter of every function is `PropertyName`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// `(PropertyName)`: the function takes no argument after the column.
    Column,
    /// `(PropertyName,PropertyValue)`: one value, which is always quoted, even a date or a guid.
    Value,
    /// `(PropertyName,PropertyValue)`: one number without quotes.
    Number,
    /// `(PropertyName,PropertyValues)`: a list of values, written as a JSON array of strings.
    List,
    /// `(PropertyName,PropertyValue1,PropertyValue2)`: the numbers of a fiscal period and of a year, without
    /// quotes.
    Period,
}

impl Signature {
    /// Returns the names of the function's parameters, in the order of the documentation.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Column => &["PropertyName"],
            Value | Number => &["PropertyName", "PropertyValue"],
            List => &["PropertyName", "PropertyValues"],
            Period => &["PropertyName", "PropertyValue1", "PropertyValue2"],
        }
    }
}

/// A class of columns to which some query functions apply (FetchXML operator reference, "column types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnClass {
    /// Date columns, with or without a time.
    Date,
    /// Date columns with a time. The functions of this class count hours or minutes.
    DateTime,
    /// Number and date columns.
    Ordered,
    /// Text, number, choice, guid and lookup columns.
    AnyOf,
    /// Multi-select choice columns.
    MultiSelect,
    /// Lookups to users, teams and business units, and the keys of these tables.
    Owner,
    /// The primary key of a table that has a hierarchical relationship, and the lookup of the table to itself
    /// that forms the hierarchy.
    Hierarchy,
    /// Whole-number columns that hold language codes.
    Language,
    /// Columns of knowledge articles that have a full-text index.
    FullText,
}

impl ColumnClass {
    /// Returns a description of these columns, such as `date columns`, to complete a message of the form
    /// "works on …".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Date => "date columns",
            DateTime => "date columns that have a time",
            Ordered => "number and date columns",
            AnyOf => "text, number, choice, guid and lookup columns",
            MultiSelect => "multi-select choice columns",
            Owner => "lookups and ids of users, teams and business units",
            Hierarchy => "the key and the hierarchical lookup of a table",
            Language => "language columns (whole numbers)",
            FullText => "full-text indexed columns of knowledge articles",
        }
    }

    /// Returns whether a function for this class of columns applies to a column of type `ty`. Returns `true`
    /// if the type is unknown.
    #[must_use]
    pub fn covers(self, ty: &ColumnType) -> bool {
        let edm = ty.edm();
        let is_choice = ty.is_choice();
        let has_time = edm == Some(Edm::DateTimeOffset);
        let is_date = has_time || edm == Some(Edm::Date);
        let is_number =
            matches!(edm, Some(Edm::Decimal | Edm::Double | Edm::Int32 | Edm::Int64)) && !is_choice;
        matches!(ty, ColumnType::Other { .. })
            || match self {
                Date => is_date,
                DateTime => has_time,
                Ordered => is_date || is_number,
                AnyOf => !matches!(edm, None | Some(Edm::Binary)),
                MultiSelect => {
                    matches!(ty, ColumnType::Choices { .. } | ColumnType::Edm { edm: Edm::String })
                }
                Owner | Hierarchy => edm == Some(Edm::Guid),
                Language => edm == Some(Edm::Int32) && !is_choice,
                FullText => edm == Some(Edm::String),
            }
    }
}

const fn f(
    name: &'static str,
    signature: Signature,
    applies: ColumnClass,
    operator: Option<&'static str>,
    negation: Option<&'static str>,
) -> Function {
    Function { name, signature, columns: applies, operator, negation }
}

/// All query functions of Dataverse, sorted by name.
pub static FUNCTIONS: [Function; 69] = [
    f("Above", Value, Hierarchy, Some("above"), None),
    f("AboveOrEqual", Value, Hierarchy, Some("eq-or-above"), None),
    f("Between", List, Ordered, Some("between"), Some("NotBetween")),
    f("ContainValues", List, MultiSelect, Some("contain-values"), Some("DoesNotContainValues")),
    f("Contains", Value, FullText, None, None),
    f("DoesNotContainValues", List, MultiSelect, Some("not-contain-values"), Some("ContainValues")),
    f("EqualBusinessId", Column, Owner, Some("eq-businessid"), Some("NotEqualBusinessId")),
    f("EqualUserId", Column, Owner, Some("eq-userid"), Some("NotEqualUserId")),
    f("EqualUserLanguage", Column, Language, Some("eq-userlanguage"), None),
    f("EqualUserOrUserHierarchy", Column, Owner, Some("eq-useroruserhierarchy"), None),
    f("EqualUserOrUserHierarchyAndTeams", Column, Owner, Some("eq-useroruserhierarchyandteams"), None),
    f("EqualUserOrUserTeams", Column, Owner, Some("eq-useroruserteams"), None),
    f("EqualUserTeams", Column, Owner, Some("eq-userteams"), None),
    f("In", List, AnyOf, Some("in"), Some("NotIn")),
    f("InFiscalPeriod", Number, Date, Some("in-fiscal-period"), None),
    f("InFiscalPeriodAndYear", Period, Date, Some("in-fiscal-period-and-year"), None),
    f("InFiscalYear", Number, Date, Some("in-fiscal-year"), None),
    f("InOrAfterFiscalPeriodAndYear", Period, Date, Some("in-or-after-fiscal-period-and-year"), None),
    f("InOrBeforeFiscalPeriodAndYear", Period, Date, Some("in-or-before-fiscal-period-and-year"), None),
    f("Last7Days", Column, Date, Some("last-seven-days"), None),
    f("LastFiscalPeriod", Column, Date, Some("last-fiscal-period"), None),
    f("LastFiscalYear", Column, Date, Some("last-fiscal-year"), None),
    f("LastMonth", Column, Date, Some("last-month"), None),
    f("LastWeek", Column, Date, Some("last-week"), None),
    f("LastXDays", Number, Date, Some("last-x-days"), None),
    f("LastXFiscalPeriods", Number, Date, Some("last-x-fiscal-periods"), None),
    f("LastXFiscalYears", Number, Date, Some("last-x-fiscal-years"), None),
    f("LastXHours", Number, DateTime, Some("last-x-hours"), None),
    f("LastXMonths", Number, Date, Some("last-x-months"), None),
    f("LastXWeeks", Number, Date, Some("last-x-weeks"), None),
    f("LastXYears", Number, Date, Some("last-x-years"), None),
    f("LastYear", Column, Date, Some("last-year"), None),
    f("Next7Days", Column, Date, Some("next-seven-days"), None),
    f("NextFiscalPeriod", Column, Date, Some("next-fiscal-period"), None),
    f("NextFiscalYear", Column, Date, Some("next-fiscal-year"), None),
    f("NextMonth", Column, Date, Some("next-month"), None),
    f("NextWeek", Column, Date, Some("next-week"), None),
    f("NextXDays", Number, Date, Some("next-x-days"), None),
    f("NextXFiscalPeriods", Number, Date, Some("next-x-fiscal-periods"), None),
    f("NextXFiscalYears", Number, Date, Some("next-x-fiscal-years"), None),
    f("NextXHours", Number, DateTime, Some("next-x-hours"), None),
    f("NextXMonths", Number, Date, Some("next-x-months"), None),
    f("NextXWeeks", Number, Date, Some("next-x-weeks"), None),
    f("NextXYears", Number, Date, Some("next-x-years"), None),
    f("NextYear", Column, Date, Some("next-year"), None),
    f("NotBetween", List, Ordered, Some("not-between"), Some("Between")),
    f("NotEqualBusinessId", Column, Owner, Some("ne-businessid"), Some("EqualBusinessId")),
    f("NotEqualUserId", Column, Owner, Some("ne-userid"), Some("EqualUserId")),
    f("NotIn", List, AnyOf, Some("not-in"), Some("In")),
    f("NotUnder", Value, Hierarchy, Some("not-under"), Some("Under")),
    f("OlderThanXDays", Number, Date, Some("olderthan-x-days"), None),
    f("OlderThanXHours", Number, DateTime, Some("olderthan-x-hours"), None),
    f("OlderThanXMinutes", Number, DateTime, Some("olderthan-x-minutes"), None),
    f("OlderThanXMonths", Number, Date, Some("olderthan-x-months"), None),
    f("OlderThanXWeeks", Number, Date, Some("olderthan-x-weeks"), None),
    f("OlderThanXYears", Number, Date, Some("olderthan-x-years"), None),
    f("On", Value, Date, Some("on"), None),
    f("OnOrAfter", Value, Date, Some("on-or-after"), None),
    f("OnOrBefore", Value, Date, Some("on-or-before"), None),
    f("ThisFiscalPeriod", Column, Date, Some("this-fiscal-period"), None),
    f("ThisFiscalYear", Column, Date, Some("this-fiscal-year"), None),
    f("ThisMonth", Column, Date, Some("this-month"), None),
    f("ThisWeek", Column, Date, Some("this-week"), None),
    f("ThisYear", Column, Date, Some("this-year"), None),
    f("Today", Column, Date, Some("today"), None),
    f("Tomorrow", Column, Date, Some("tomorrow"), None),
    f("Under", Value, Hierarchy, Some("under"), Some("NotUnder")),
    f("UnderOrEqual", Value, Hierarchy, Some("eq-or-under"), None),
    f("Yesterday", Column, Date, Some("yesterday"), None),
];

/// Returns the query function with this name; `None` if there is none. `name` has no namespace, and its
/// letter case must be right.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by(|f| f.name.cmp(name)).ok().map(|i| &FUNCTIONS[i])
}

/// Returns that of two functions which negate each other that also matches rows without a value: `NotIn` of `In` and
/// `NotIn`.
pub(crate) fn with_empty_rows(one: &'static Function, other: &'static Function) -> &'static str {
    if one.name.starts_with("Not") || one.name.starts_with("DoesNot") { one.name } else { other.name }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The crate `fetchxml` also lists FetchXML's operators with their equivalent functions. Both lists must
    /// agree.
    #[test]
    fn operators_of_fetchxml_and_functions_agree() {
        use fetchxml::ast::{Keyword as _, Operator};
        for operator in Operator::ALL {
            let Some(name) = operator.function() else { continue };
            let function = find(name).unwrap_or_else(|| panic!("`{}` is no function", name));
            assert_eq!(function.operator, Some(operator.as_str()), "{name}");
            let negation = operator.negation().and_then(Operator::function);
            assert_eq!(function.negation, negation, "{name}");
        }
        for function in &FUNCTIONS {
            let Some(text) = function.operator else { continue };
            let operator = Operator::ALL.iter().find(|o| o.as_str() == text);
            let operator = operator.unwrap_or_else(|| panic!("`{text}` is no operator"));
            assert_eq!(operator.function(), Some(function.name), "{text}");
        }
    }

    #[test]
    fn functions_are_sorted_and_negate_each_other() {
        assert!(FUNCTIONS.windows(2).all(|w| w[0].name < w[1].name));
        for f in &FUNCTIONS {
            if let Some(other) = f.negation {
                let other = find(other).expect("a negation is a function");
                assert_eq!(other.negation, Some(f.name));
                let wide = with_empty_rows(f, other);
                assert_eq!(wide, with_empty_rows(other, f));
                assert!(wide.contains("Not") && wide.len() >= f.name.len().max(other.name.len()), "{wide}");
            }
        }
    }
}
