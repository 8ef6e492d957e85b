//! Rewrites a `not` before a query function to the function that is its negation, because Dataverse refuses
//! the `not`. The resolver of conditions calls it.
//!
//! The negations `NotIn`, `NotBetween`, `NotUnder` and `DoesNotContainValues` also match rows without a
//! value, which the message says. (Third-party engines show this; Microsoft does not document it.) For a
//! function without a negation, the `not` is reported without a fix.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code};
use odata_parser::ast::{ExprKind, SegmentKind, Unary};

use crate::functions::{self, Function};
use crate::hir::{Predicate, Test};
use crate::resolve::Resolver;

impl<'a> Resolver<'a> {
    /// Returns the negation of `inner`, which is the condition after the `not` in `unary`. If `inner` is a
    /// query function, the `not` is reported.
    pub(crate) fn rewrite_negated_function(&mut self, unary: &'a Unary<'a>, inner: Predicate) -> Predicate {
        let Predicate::Test(column, Test::Function(function, arguments)) = inner else {
            let by_text = match &inner {
                Predicate::Parameter(text) => self.negated_call(unary, text),
                _ => None,
            };
            return by_text.unwrap_or_else(|| inner.negate());
        };
        let span = Span { start: unary.op_span.start, end: unary.operand.span.end };
        let message = format!("Dataverse refuses `not` before its own function `{}`", function.name);
        let d = Diagnostic::error(code::NOT_QUERY_FUNCTION, unary.op_span, message);
        let Some(opposite) = function.negation.and_then(functions::find) else {
            self.push(d.help("this function has no negation"));
            return Predicate::Test(column, Test::Function(function, arguments)).negate();
        };
        let meant = Predicate::Test(column, Test::Function(opposite, arguments));
        let text = self.spell(&meant);
        self.push(d.help(also_keeps(function, opposite)).suggest(Suggestion::fix(
            format!("use `{}`", opposite.name),
            span,
            text,
        )));
        meant
    }

    /// Returns the negation of a query function whose column is given by a parameter, and reports the `not`
    /// in `unary`. `text` is the text of the call, without `not`. Returns `None` if the function has no
    /// negation; then nothing is reported.
    fn negated_call(&mut self, unary: &Unary<'_>, text: &str) -> Option<Predicate> {
        let mut operand = &unary.operand;
        while let ExprKind::Paren(inner) = &operand.kind {
            operand = inner;
        }
        let (ahead, behind) = text.split_once(functions::NAMESPACE)?;
        let (name, behind) = behind.split_once('(')?;
        let function = functions::find(name)?;
        let named = |name: &str| format!("{ahead}{}{name}({behind}", functions::NAMESPACE);
        let call = match &operand.kind {
            ExprKind::Call(call) => call,
            ExprKind::Path(path) => match &path.segments.last()?.kind {
                SegmentKind::Call(call) => call,
                _ => return None,
            },
            // The `not` within is reported and replaced, and then this one is. Both together mean the call itself.
            ExprKind::Unary(_) => return function.negation.map(|name| Predicate::Parameter(named(name))),
            _ => return None,
        };
        let message = format!("Dataverse refuses `not` before its own function `{}`", function.name);
        let d = Diagnostic::error(code::NOT_QUERY_FUNCTION, unary.op_span, message);
        let Some(opposite) = function.negation.and_then(functions::find) else {
            self.push(d.help("this function has no negation"));
            return None;
        };
        let before = Span { start: unary.op_span.start, end: unary.operand.span.start };
        let name = format!("{}{}", functions::NAMESPACE, opposite.name);
        let meant = Predicate::Parameter(named(opposite.name));
        self.push(d.help(also_keeps(function, opposite)).suggest(
            Suggestion::fix(format!("use `{}`", opposite.name), before, "").and_edit(call.name_span, name),
        ));
        Some(meant)
    }
}

/// Returns the sentence that one of two functions which negate each other also matches rows without a value.
fn also_keeps(function: &'static Function, opposite: &'static Function) -> String {
    format!("`{}` also keeps rows without a value", functions::with_empty_rows(function, opposite))
}
