//! Rewrites a constant expression (`2 add 3`) to its value, because Dataverse does not calculate. The
//! resolver calls it for arithmetic in an operand.
//!
//! The rewrite is exact: the same rows match. An expression that contains a column has no equivalent, so it
//! is reported without a fix.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};
use odata_parser::ast::{BinaryOp, Expr, ExprKind, LiteralKind, UnaryOp};
use rust_decimal::Decimal;

use crate::resolve::{Constant, Resolver};

impl<'a> Resolver<'a> {
    /// Reports an arithmetic expression with a fix that writes its value, and returns the value. An
    /// expression without a constant value, such as one with a column or a division by zero, is reported
    /// without a fix, and the result is `None`.
    pub(crate) fn rewrite_arithmetic(&mut self, expr: &'a Expr<'a>) -> Option<Constant<'a>> {
        let Some(value) = evaluate(expr) else {
            let message = match divides_by_zero(expr) {
                true => "this divides by zero",
                false => "Dataverse does not calculate in a filter",
            };
            let help = if self.mentions_now(expr) {
                "for dates relative to now Dataverse has functions: `LastXDays`, `OlderThanXHours`, `NextXWeeks`, …"
            } else {
                "calculate beforehand, or move the constant to the other side of the comparison"
            };
            return self.refuse(code::ARITHMETIC, expr.span, message.to_owned(), help);
        };
        let text = value.normalize().to_string();
        let kind = if value.fract().is_zero() { LiteralKind::Integer } else { LiteralKind::Decimal };
        self.push(
            Diagnostic::error(code::ARITHMETIC, expr.span, "Dataverse does not calculate in a filter")
                .suggest(Suggestion::fix(format!("write `{text}`"), expr.span, text.clone())),
        );
        Some(Constant::literal(kind, text, expr.span))
    }

    fn mentions_now(&self, expr: &Expr<'_>) -> bool {
        expr.span.of(self.source).contains("now(")
    }
}

/// Returns the value of a constant expression; `None` if it is not constant or has no value. The operators of
/// a long chain (`a add b add …`) are nested on the left, so the function uses a loop for that side;
/// recursion would need too much stack.
fn evaluate(expr: &Expr<'_>) -> Option<Decimal> {
    let mut behind = Vec::new();
    let mut first = expr;
    while let ExprKind::Binary(binary) = &first.kind {
        behind.push(binary);
        first = &binary.left;
    }
    let first = match &first.kind {
        ExprKind::Paren(inner) => evaluate(inner)?,
        ExprKind::Literal(literal) => match literal.kind {
            LiteralKind::Integer | LiteralKind::Decimal => literal.text.parse().ok()?,
            _ => return None,
        },
        ExprKind::Unary(unary) if unary.op == UnaryOp::Neg => -evaluate(&unary.operand)?,
        _ => return None,
    };
    behind.into_iter().rev().try_fold(first, |a, binary| calculated(binary.op, a, evaluate(&binary.right)?))
}

fn calculated(op: BinaryOp, a: Decimal, b: Decimal) -> Option<Decimal> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        // `div` of two whole numbers gives a whole number; `divby` never truncates (URL Conventions 5.1.1.2).
        BinaryOp::Div if a.fract().is_zero() && b.fract().is_zero() => a.checked_div(b).map(|q| q.trunc()),
        BinaryOp::Div | BinaryOp::DivBy => a.checked_div(b),
        BinaryOp::Mod => a.checked_rem(b),
        _ => None,
    }
}

fn divides_by_zero(expr: &Expr<'_>) -> bool {
    let mut at = expr;
    while let ExprKind::Binary(b) = &at.kind {
        let divides = matches!(b.op, BinaryOp::Div | BinaryOp::DivBy | BinaryOp::Mod);
        if divides && evaluate(&b.right).is_some_and(|d| d.is_zero()) || divides_by_zero(&b.right) {
            return true;
        }
        at = &b.left;
    }
    matches!(&at.kind, ExprKind::Paren(inner) if divides_by_zero(inner))
}
