//! Reads the names and the string arguments of function calls in the OData syntax tree, for the other modules
//! of the resolver.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use odata_parser::ast::{Argument, Call, Expr, ExprKind, LiteralKind};

use crate::functions::{Function, NAMESPACE, Signature};

/// Returns the content of the argument `PropertyName` of a call; `None` if the call has no such argument or
/// it is not a string.
pub(crate) fn property_name<'s>(call: &'s Call<'s>) -> Option<&'s str> {
    let argument =
        call.args.iter().find(|a| a.name.is_none_or(|(n, _)| n.eq_ignore_ascii_case("PropertyName")))?;
    text_of(&argument.value)
}

/// Returns the content of a quoted string, without the quotes; `None` if `expr` is another expression, or if
/// the string contains an escaped quote.
pub(crate) fn text_of<'s>(expr: &'s Expr<'s>) -> Option<&'s str> {
    match &expr.kind {
        ExprKind::Literal(l) if l.kind == LiteralKind::String => {
            Some(l.text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(l.text))
        }
        ExprKind::JsonString(text) => Some(text.trim_matches('"')),
        _ => None,
    }
}

/// Returns the finding about a call of `function` that gives the values of a list one by one, such as
/// `PropertyValue1=1,PropertyValue2=2`, with the list as its fix. Returns `None` for other calls.
pub(crate) fn separate_values(function: &Function, call: &Call<'_>, source: &str) -> Option<Diagnostic> {
    const VALUE: &str = "PropertyValue";
    let [property, values @ ..] = &call.args[..] else { return None };
    let (first, last) = (values.first()?, values.last()?);
    let is_value = |argument: &Argument<'_>| {
        let start = argument.name.and_then(|(name, _)| name.get(..VALUE.len()));
        start.is_some_and(|start| start.eq_ignore_ascii_case(VALUE))
            && matches!(argument.value.kind, ExprKind::Literal(_))
    };
    let has_column = property.name.is_some_and(|(name, _)| name.eq_ignore_ascii_case("PropertyName"));
    if function.signature != Signature::List
        || values.len() < 2
        || !has_column
        || !values.iter().all(is_value)
    {
        return None;
    }
    let text = |argument: &Argument<'_>| {
        let written = argument.value.span.of(source);
        if text_of(&argument.value).is_some() { written.to_owned() } else { format!("'{written}'") }
    };
    let list: Vec<String> = values.iter().map(text).collect();
    let (_, name) = first.name?;
    let span = name.to(last.value.span);
    let message = format!("`{}` takes its values as one list", function.name);
    let list = format!("PropertyValues=[{}]", list.join(","));
    Some(Diagnostic::error(code::FUNCTION_PARAMETERS, span, message).suggest(Suggestion::fix(
        "write the list",
        span,
        list,
    )))
}

/// Returns the name of a function without the prefix `Microsoft.Dynamics.CRM.` or `mscrm.`, in any letter
/// case; the whole name if it has neither prefix.
pub(crate) fn strip_namespace(name: &str) -> &str {
    let strip = |prefix: &str| match name.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => name.get(prefix.len()..),
        _ => None,
    };
    strip(NAMESPACE).or_else(|| strip("mscrm.")).unwrap_or(name)
}
