//! Reads the names and the string arguments of function calls in the OData syntax tree, for the other modules
//! of the resolver.

use odata_parser::ast::{Call, Expr, ExprKind, LiteralKind};

use crate::functions::NAMESPACE;

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

/// Returns the name of a function without the prefix `Microsoft.Dynamics.CRM.` or `mscrm.`, in any letter
/// case; the whole name if it has neither prefix.
pub(crate) fn strip_namespace(name: &str) -> &str {
    let strip = |prefix: &str| match name.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => name.get(prefix.len()..),
        _ => None,
    };
    strip(NAMESPACE).or_else(|| strip("mscrm.")).unwrap_or(name)
}
