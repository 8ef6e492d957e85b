//! The condition operators of FetchXML and the query functions of the Web API are two tables; each names its equivalents in
//! the other one.

use dvkit_query::functions::{FUNCTIONS, Signature, find};
use fetchxml::ast::{Arity, Keyword as _, Operator};

#[test]
fn every_operator_with_a_function_is_the_operator_of_that_function() {
    for operator in Operator::ALL {
        let Some(name) = operator.function() else { continue };
        let function = find(name).unwrap_or_else(|| panic!("there is no function `{name}`"));
        assert_eq!(function.operator, Some(operator.as_str()), "{name}");
        let negation = operator.negation().and_then(|o| o.function());
        assert_eq!(function.negation, negation, "the negation of {name}");
        let fits = match function.signature {
            Signature::Column => operator.arity() == Arity::None,
            Signature::Value | Signature::Number => operator.arity() == Arity::One,
            Signature::List => matches!(operator.arity(), Arity::List | Arity::Two),
            Signature::Period => operator.arity() == Arity::Two,
        };
        assert!(fits, "{name} takes {:?}, its operator {:?}", function.signature, operator.arity());
    }
}

#[test]
fn every_function_with_an_operator_is_the_function_of_that_operator() {
    for function in &FUNCTIONS {
        let Some(name) = function.operator else { continue };
        let operator = Operator::exact(name).unwrap_or_else(|| panic!("there is no operator `{name}`"));
        assert_eq!(operator.function(), Some(function.name), "{name}");
    }
    let without: Vec<&str> = FUNCTIONS.iter().filter(|f| f.operator.is_none()).map(|f| f.name).collect();
    assert_eq!(without, ["Contains"], "only the full-text search has no operator");
}
