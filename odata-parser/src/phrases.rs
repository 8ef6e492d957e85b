//! Recognises operators of several words, as people write them and as apps show them in the conditions of a
//! view, such as `begins with`, `is greater than or equal to` and `does not contain data`. The parser calls
//! it only if no operator of OData matches.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{Argument, Binary, BinaryOp, Call, Expr, ExprKind, Literal, LiteralKind};
use crate::expr::precedence_of;
use crate::foreign::OperatorAhead;
use crate::input::Failure;
use crate::lexical::{blank, name_len};
use crate::parser::{Parser, fixable};

/// The equivalent in OData of a phrase that is used as an operator.
#[derive(Clone, Copy)]
enum Meaning {
    Operator(BinaryOp),
    /// A text function of the two operands. The fields are its name, and whether its result is negated.
    Function(&'static str, bool),
    /// A comparison of the left operand with null: `ne null` if the flag is true, otherwise `eq null`.
    Value(bool),
}

use Meaning::{Function, Operator, Value};

/// The phrases, each with its equivalent in OData. The first match counts, so a longer phrase comes before
/// its prefixes.
const PHRASES: &[(&str, Meaning)] = &[
    ("is greater than or equal to", Operator(BinaryOp::Ge)),
    ("greater than or equal to", Operator(BinaryOp::Ge)),
    ("greater than or equals", Operator(BinaryOp::Ge)),
    ("greater than or equal", Operator(BinaryOp::Ge)),
    ("greater or equal", Operator(BinaryOp::Ge)),
    ("is greater than", Operator(BinaryOp::Gt)),
    ("greater than", Operator(BinaryOp::Gt)),
    ("more than", Operator(BinaryOp::Gt)),
    ("at least", Operator(BinaryOp::Ge)),
    ("is less than or equal to", Operator(BinaryOp::Le)),
    ("less than or equal to", Operator(BinaryOp::Le)),
    ("less than or equals", Operator(BinaryOp::Le)),
    ("less than or equal", Operator(BinaryOp::Le)),
    ("less or equal", Operator(BinaryOp::Le)),
    ("is less than", Operator(BinaryOp::Lt)),
    ("less than", Operator(BinaryOp::Lt)),
    ("at most", Operator(BinaryOp::Le)),
    ("is not equal to", Operator(BinaryOp::Ne)),
    ("not equal to", Operator(BinaryOp::Ne)),
    ("not equals", Operator(BinaryOp::Ne)),
    ("not equal", Operator(BinaryOp::Ne)),
    ("does not equal", Operator(BinaryOp::Ne)),
    ("is equal to", Operator(BinaryOp::Eq)),
    ("equals to", Operator(BinaryOp::Eq)),
    ("equal to", Operator(BinaryOp::Eq)),
    ("does not contain data", Value(false)),
    ("contains data", Value(true)),
    ("has no value", Value(false)),
    ("has value", Value(true)),
    ("is not empty", Value(true)),
    ("is not blank", Value(true)),
    ("is empty", Value(false)),
    ("is blank", Value(false)),
    ("does not begin with", Function("startswith", true)),
    ("does not start with", Function("startswith", true)),
    ("does not end with", Function("endswith", true)),
    ("does not contain", Function("contains", true)),
    ("begins with", Function("startswith", false)),
    ("starts with", Function("startswith", false)),
    ("ends with", Function("endswith", false)),
];

impl<'s> Parser<'s> {
    /// Parses the phrase at the beginning of `at`, which follows the operand `left`. `min` is the lowest
    /// precedence that its operator may have. If there is no such phrase, returns `left` unchanged as the
    /// inner error. The outer error is a failure to parse the right operand.
    #[cold]
    pub(crate) fn phrase(
        &mut self,
        at: &'s str,
        left: Expr<'s>,
        min: u8,
    ) -> Result<Result<OperatorAhead<'s>, Expr<'s>>, nom::Err<Failure>> {
        let found = PHRASES.iter().find_map(|(words, meaning)| Some((behind(at, words)?, *meaning)));
        let Some((rest, meaning)) = found else { return Ok(Err(left)) };
        let operator = match meaning {
            Operator(op) => op,
            _ => BinaryOp::Eq,
        };
        if precedence_of(operator) < min {
            return Ok(Err(left));
        }
        let (written, op_span) = (self.text(at, rest), self.span(at, rest));
        let message = format!("`{written}` is not an operator of OData");
        match meaning {
            Operator(op) => {
                let (help, word) = (format!("write `{}`", op.as_str()), op.as_str().to_owned());
                self.mistake(fixable(code::FOREIGN_OPERATOR, op_span, message, &help, word))?;
                Ok(Ok(OperatorAhead::Operator(op, rest, left)))
            }
            Value(some) => {
                let op = if some { BinaryOp::Ne } else { BinaryOp::Eq };
                let right = format!("{} null", op.as_str());
                let help = format!("write `{right}`");
                self.mistake(fixable(code::IS_NULL, op_span, message, &help, right))?;
                let span = left.span.to(op_span);
                let null = ExprKind::Literal(Literal { kind: LiteralKind::Null, text: "null" });
                let binary = Binary { op, op_span, left, right: Expr { span: op_span, kind: null } };
                Ok(Ok(OperatorAhead::Whole(rest, Expr { span, kind: ExprKind::Binary(Box::new(binary)) })))
            }
            Function(name, negated) => {
                let (after, right) = self.parse_binary(blank(rest), precedence_of(BinaryOp::Add))?;
                let span = left.span.to(right.span);
                let not = if negated { "not " } else { "" };
                let call =
                    format!("{not}{name}({},{})", left.span.of(self.source), right.span.of(self.source));
                let help = format!("write `{call}`");
                let d = Diagnostic::error(code::FOREIGN_OPERATOR, op_span, message);
                self.mistake(d.suggest(match negated {
                    // People and services disagree on rows without a value, so this is a guess.
                    true => Suggestion::maybe(help, span, call),
                    false => Suggestion::fix(help, span, call),
                }))?;
                if negated {
                    return Ok(Ok(OperatorAhead::Whole(after, Expr { span, kind: ExprKind::Error })));
                }
                let args = [left, right].map(|value| Argument { name: None, value }).into();
                let call = ExprKind::Call(Call { name, name_span: op_span, args });
                Ok(Ok(OperatorAhead::Whole(after, Expr { span, kind: call })))
            }
        }
    }
}

/// Returns the text after the words `words`, if `text` begins with them in any letter case and with any white
/// space between them; otherwise `None`.
fn behind<'s>(text: &'s str, words: &str) -> Option<&'s str> {
    let mut rest = text;
    for word in words.split(' ') {
        rest = blank(rest);
        let n = name_len(rest);
        if n == 0 || !rest[..n].eq_ignore_ascii_case(word) {
            return None;
        }
        rest = &rest[n..];
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use crate::{ParseOptions, parse_filter_recovering};
    use dvkit_diagnostic::apply;

    #[test]
    fn phrases_become_operators_of_odata() {
        for (text, right) in [
            ("name begins with 'a'", "startswith(name,'a')"),
            ("name Starts With 'a' and b eq 1", "startswith(name,'a') and b eq 1"),
            ("a is greater than or equal to 5", "a ge 5"),
            ("a less than 5", "a lt 5"),
            ("a is equal to 'x'", "a eq 'x'"),
            ("a not equal to 'x'", "a ne 'x'"),
            ("a contains data", "a ne null"),
            ("a does not contain data", "a eq null"),
            ("a is not empty or b is blank", "a ne null or b eq null"),
        ] {
            let parsed = parse_filter_recovering(text, &ParseOptions::default());
            let edits: Vec<_> =
                parsed.diagnostics.iter().filter_map(|d| d.fix()).flat_map(|f| f.edits.clone()).collect();
            assert_eq!(apply(text, &edits).as_deref(), Ok(right), "{text}");
        }
        let negated = parse_filter_recovering("a does not contain 'x'", &ParseOptions::default());
        assert_eq!(negated.diagnostics[0].suggestions[0].edits[0].replacement, "not contains(a,'x')");
        assert!(negated.diagnostics[0].fix().is_none());
    }
}
