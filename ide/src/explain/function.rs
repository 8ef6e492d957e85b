//! Explains the query functions of Dataverse and the condition operators of FetchXML.

use dvkit_query::functions::{self, Function, NAMESPACE, Signature};
use fetchxml::ast::{Arity, Keyword as _, Operator, ValueKind};

use super::page::Page;

/// Returns the explanation of the query function or the condition operator with the name `name`, in any letter
/// case and with or without its namespace; `None` if there is none.
pub(super) fn find(name: &str) -> Option<Page> {
    let plain = name.trim().trim_end_matches("()");
    let prefix = plain.get(..NAMESPACE.len()).filter(|prefix| prefix.eq_ignore_ascii_case(NAMESPACE));
    let plain = prefix.map_or(plain, |_| &plain[NAMESPACE.len()..]);
    let function = functions::FUNCTIONS.iter().find(|f| f.name.eq_ignore_ascii_case(plain));
    let operator = || Operator::ALL.iter().find(|o| o.as_str().eq_ignore_ascii_case(plain));
    function.map(self::function).or_else(|| operator().map(|o| self::operator(*o)))
}

/// Returns the explanation of a query function.
pub(super) fn function(function: &Function) -> Page {
    let name = format!("{NAMESPACE}{}", function.name);
    let mut page = Page::new(name, "", format!("query function for {}", function.columns.description()));
    page.one("in $filter", call(function));
    if let Some(operator) = function.operator.and_then(Operator::exact) {
        page.one("in FetchXML", condition(operator));
    }
    match function.negation.and_then(functions::find) {
        Some(opposite) => page.one("the opposite", call(opposite)),
        None => page.one("the opposite", "there is none: `not` is refused before a query function"),
    }
    page
}

/// Returns the explanation of a condition operator of FetchXML.
pub(super) fn operator(operator: Operator) -> Page {
    let mut page =
        Page::new(operator.as_str(), "", format!("condition operator of FetchXML, {}", values(operator)));
    page.one("in FetchXML", condition(operator));
    if operator.takes_column() {
        let text = format!("attribute='<column>' operator='{}' valueof='<column>'", operator.as_str());
        page.one("with a column", text);
    }
    if let Some(function) = operator.function().and_then(functions::find) {
        page.one("in $filter", call(function));
    }
    if let Some(opposite) = operator.negation() {
        page.one("the opposite", condition(opposite));
    }
    page
}

/// Returns a call of a query function.
fn call(function: &Function) -> String {
    let arguments = match function.signature {
        Signature::Column => "",
        Signature::Value => ",PropertyValue='…'",
        Signature::Number => ",PropertyValue=…",
        Signature::List => ",PropertyValues=['…','…']",
        Signature::Period => ",PropertyValue1=…,PropertyValue2=…",
    };
    format!("{NAMESPACE}{}(PropertyName='<column>'{arguments})", function.name)
}

/// Returns the attributes of a condition with the operator, and its values.
fn condition(operator: Operator) -> String {
    let condition = format!("attribute='<column>' operator='{}'", operator.as_str());
    match operator.arity() {
        Arity::None => condition,
        Arity::One => format!("{condition} value='…'"),
        Arity::List | Arity::Two => format!("{condition}   with <value>…</value><value>…</value>"),
    }
}

/// Describes the values of an operator: `one value, a date`.
pub(crate) fn values(operator: Operator) -> String {
    let kind = match operator.value_kind() {
        ValueKind::Nothing => return "no value".to_owned(),
        ValueKind::Column => "of the column's type",
        ValueKind::Pattern => "a pattern with `%` and `_`",
        ValueKind::Text => "a text",
        ValueKind::Choice => "the number of an option",
        ValueKind::Record => "the id of a row",
        ValueKind::Date => "a date",
        ValueKind::NumberOrDate => "a number or a date",
        ValueKind::Count => "a whole number from 1",
        ValueKind::FiscalYear => "a fiscal year",
        ValueKind::FiscalPeriod => "the number of a fiscal period",
        ValueKind::FiscalPeriodAndYear => "a fiscal period and a fiscal year",
    };
    match operator.arity() {
        Arity::None => "no value".to_owned(),
        Arity::One => format!("one value, {kind}"),
        Arity::List => format!("one or more values, each {kind}"),
        Arity::Two if operator.value_kind() == ValueKind::FiscalPeriodAndYear => {
            format!("two values, {kind}")
        }
        Arity::Two => format!("two values, each {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_operators_are_found_by_any_spelling() {
        for name in ["LastXDays", "lastxdays", "Microsoft.Dynamics.CRM.LastXDays", "LastXDays()"] {
            assert_eq!(find(name).unwrap().name, "Microsoft.Dynamics.CRM.LastXDays", "{name}");
        }
        let page = find("last-x-days").unwrap();
        assert_eq!(page.summary, "condition operator of FetchXML, one value, a whole number from 1");
        assert!(
            page.lines()[1]
                .ends_with("Microsoft.Dynamics.CRM.LastXDays(PropertyName='<column>',PropertyValue=…)")
        );
        assert!(find("é").is_none() && find("").is_none());
    }

    #[test]
    fn every_function_and_operator_has_a_page() {
        assert!(functions::FUNCTIONS.iter().all(|f| function(f).uses.len() >= 2));
        assert!(Operator::ALL.iter().all(|o| !operator(*o).uses.is_empty()));
    }
}
