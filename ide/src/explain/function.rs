//! Explains a query function of Dataverse: how `$filter` calls it, and which operator of FetchXML is the same.

use dvkit_query::functions::{ColumnClass, FUNCTIONS, Function, NAMESPACE, Signature};

use super::page::Page;

/// Finds a query function by its name, with or without its namespace and in any letter case, or by the operator of
/// FetchXML that is equivalent to it.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    let name = name.trim();
    let bare = match name.get(..NAMESPACE.len()) {
        Some(start) if start.eq_ignore_ascii_case(NAMESPACE) => name.get(NAMESPACE.len()..).unwrap_or_default(),
        _ => name,
    };
    let bare = bare.split_once('(').map_or(bare, |(name, _)| name).trim();
    FUNCTIONS
        .iter()
        .find(|function| function.name.eq_ignore_ascii_case(bare))
        .or_else(|| FUNCTIONS.iter().find(|function| function.operator == Some(bare)))
}

/// Returns the explanation of a query function.
pub(super) fn page(function: &Function) -> Page {
    let summary = format!("query function for {}", function.columns.description());
    let mut page = Page::new(function.name, "", summary);
    let column = match function.columns {
        ColumnClass::Date | ColumnClass::DateTime => "createdon",
        ColumnClass::Owner => "ownerid",
        _ => "<column>",
    };
    let call = |arguments: &str| format!("{NAMESPACE}{}(PropertyName='{column}'{arguments})", function.name);
    let is_date = matches!(function.columns, ColumnClass::Date | ColumnClass::DateTime);
    let (arguments, note) = match function.signature {
        Signature::Column => ("", ""),
        Signature::Value if is_date => (",PropertyValue='2025-01-31'", "the value is quoted, also a date"),
        Signature::Value => (",PropertyValue='<value>'", "the value is quoted, also a guid"),
        Signature::Number => (",PropertyValue=7", "a number without quotes"),
        Signature::List => (
            ",PropertyValues=['1','2']",
            "an array of texts, also of numbers, dates and guids; PropertyValues, with an s",
        ),
        Signature::Period => (",PropertyValue1=1,PropertyValue2=2025", "the period, then the year, without quotes"),
    };
    page.noted("in $filter", [(call(arguments), note)]);
    page.one("its column", "the logical name in quotes, of a lookup too (`ownerid`, not `_ownerid_value`)");
    if let Some(negation) = function.negation {
        page.one("the opposite", format!("{NAMESPACE}{negation}; `not` before a function is refused"));
    }
    if let Some(operator) = function.operator {
        let value = match function.signature {
            Signature::Column => String::new(),
            Signature::List => "   with <value>1</value><value>2</value>".to_owned(),
            Signature::Period => "   with two <value> elements".to_owned(),
            Signature::Value | Signature::Number => " value='…'".to_owned(),
        };
        page.one("in FetchXML", format!("operator='{operator}'{value}"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_in_the_ways_that_people_write_it() {
        for name in ["Between", "between", "Microsoft.Dynamics.CRM.Between", "microsoft.dynamics.crm.Between(a)"] {
            assert_eq!(find(name).map(|function| function.name), Some("Between"), "{name}");
        }
        assert_eq!(find("eq-userid").map(|function| function.name), Some("EqualUserId"));
        assert!(find("no such").is_none() && find("").is_none());
    }

    #[test]
    fn every_function_has_a_page() {
        for function in &FUNCTIONS {
            let page = page(function);
            assert!(page.uses.len() >= 2 && page.uses[0].spellings[0].text.contains(function.name), "{page:?}");
        }
    }
}
