//! Parses expressions: operators and their operands (ABNF `commonExpr`, `boolCommonExpr`). The parsers of
//! filters and of query options call [`Parser::expression`].

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use crate::ast::{Binary, BinaryOp, Expr, ExprKind, Literal, LiteralKind, Unary, UnaryOp};
use crate::foreign::OperatorAhead;
use crate::input::{Expected, PResult, fail};
use crate::lexical::{at_boundary, begins_name, binary_operator, blank, name_len};
use crate::literal;
use crate::parser::{Parser, Stops};

/// Returns the precedence of an infix operator (URL Conventions, operator precedence). An operator with a
/// greater number binds more tightly. `has` and `in` bind more tightly than the prefix operators `not` and
/// minus.
#[inline]
pub(crate) fn precedence_of(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq | BinaryOp::Ne => 3,
        BinaryOp::Gt | BinaryOp::Ge | BinaryOp::Lt | BinaryOp::Le => 4,
        BinaryOp::Add | BinaryOp::Sub => 5,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::DivBy | BinaryOp::Mod => 6,
        BinaryOp::Has | BinaryOp::In => UNARY + 1,
    }
}

/// The precedence of the prefix operators `not` and minus.
pub(crate) const UNARY: u8 = 7;

/// The set of things that an error message names as expected at the beginning of an operand.
pub(crate) const OPERAND: Expected = Expected(Expected::VALUE.0 | Expected::COLUMN.0 | Expected::OPEN.0);

impl<'s> Parser<'s> {
    /// Parses an expression at the beginning of `i` that ends before one of `stops` (ABNF `commonExpr`). The
    /// text after it, which is returned, begins with the character that ended the expression.
    #[inline]
    pub(crate) fn expression(&mut self, i: &'s str, stops: Stops) -> PResult<'s, Expr<'s>> {
        let (rest, left) = self.parse_binary(blank(i), 0)?;
        let rest = blank(rest);
        if stops.here(rest) { Ok((rest, left)) } else { self.garbage(rest, left, stops) }
    }

    /// Parses an operand at the beginning of `i`, and the operators after it whose precedence is at least
    /// `min`, with their right operands (precedence climbing).
    pub(crate) fn parse_binary(&mut self, i: &'s str, min: u8) -> PResult<'s, Expr<'s>> {
        self.min = min;
        let (i, left) = self.operand(i)?;
        self.parse_binary_after(i, left, min)
    }

    /// Parses the operators at the beginning of `i` whose precedence is at least `min`, with their right
    /// operands (ABNF `andExpr`, `orExpr`, `eqExpr` … `modExpr`, `hasExpr`, `inExpr`). `left` is the operand
    /// before them. Returns the whole expression.
    pub(crate) fn parse_binary_after(
        &mut self,
        mut i: &'s str,
        mut left: Expr<'s>,
        min: u8,
    ) -> PResult<'s, Expr<'s>> {
        loop {
            let at = blank(i);
            let Some(first) = at.as_bytes().first() else { return Ok((i, left)) };
            if matches!(first, b')' | b',' | b':' | b']' | b'}' | b';') {
                return Ok((i, left));
            }
            let n = if first.is_ascii_alphabetic() { name_len(at) } else { 0 };
            let (op, rest) = match binary_operator(&at[..n]) {
                Some(op) => {
                    if precedence_of(op) < min {
                        return Ok((i, left));
                    }
                    let rest = &at[n..];
                    if at.len() == i.len() || !rest.starts_with([' ', '\t', '\r', '\n']) {
                        self.missing_blank(i, at, rest)?;
                    }
                    (op, rest)
                }
                None if self.stop_words != 0 && self.is_stop_word(&at[..n]) => return Ok((i, left)),
                None => match self.foreign_operator(i, at, left, min)? {
                    OperatorAhead::Nothing(back) => return Ok((i, back)),
                    OperatorAhead::Operator(op, rest, back) => {
                        left = back;
                        (op, rest)
                    }
                    OperatorAhead::Whole(rest, whole) => {
                        self.link(at)?;
                        (i, left) = (rest, whole);
                        continue;
                    }
                },
            };
            if matches!(left.kind, ExprKind::Binary(_)) {
                self.link(at)?;
            }
            (i, left) = self.right_side(i, at, op, rest, left)?;
        }
    }

    /// Parses the right operand of the operator `op`, and returns the expression of `left`, `op` and this
    /// operand. `at` begins with the operator, `before` with the white space before it, and `rest` is the
    /// text after it.
    #[inline]
    fn right_side(
        &mut self,
        before: &'s str,
        at: &'s str,
        op: BinaryOp,
        rest: &'s str,
        left: Expr<'s>,
    ) -> PResult<'s, Expr<'s>> {
        let next = blank(rest);
        if matches!(op, BinaryOp::And | BinaryOp::Or) && (next.is_empty() || next.starts_with(')')) {
            self.dangling(before, at, rest)?;
            return Ok((next, left));
        }
        self.operator_depth += 1;
        let (i, right) = if op == BinaryOp::In {
            self.in_right(next)?
        } else {
            self.parse_binary(next, precedence_of(op) + 1)?
        };
        self.operator_depth -= 1;
        let span = left.span.to(right.span);
        let op_span = self.span(at, rest);
        Ok((i, Expr { span, kind: ExprKind::Binary(Box::new(Binary { op, op_span, left, right })) }))
    }

    /// Parses the right operand of `in` at the beginning of `i`: a list in parentheses (ABNF `listExpr`) or a
    /// collection.
    pub(crate) fn in_right(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        match i.as_bytes().first() {
            Some(b'(') => {}
            None => return Err(fail(i, Expected::LIST)),
            Some(_) => return self.parse_binary(i, UNARY + 2),
        }
        self.enter(i)?;
        self.open += 1;
        let mut items = Vec::new();
        let mut refused = false;
        let mut rest = blank(&i[1..]);
        while !rest.starts_with(')') {
            let at = rest;
            let item;
            (rest, item) = self.expression(at, Stops::COMMA_CLOSE)?;
            let more = rest.starts_with(',');
            items.push(item);
            if !refused && (more || items.len() > 1) && items.last().is_some_and(|e| !is_list_item(e)) {
                // A single expression in parentheses may be anything; several must be values (ABNF `listExpr`).
                refused = true;
                let span = items.last().map_or(self.span(at, rest), |e| e.span);
                self.mistake(Diagnostic::error(
                    code::UNEXPECTED,
                    span,
                    format!("expected {}", Expected::LITERALS.describe()),
                ))?;
            }
            if !more {
                break;
            }
            rest = blank(&rest[1..]);
            if rest.starts_with(')') {
                return Err(fail(rest, Expected::VALUE));
            }
        }
        let (rest, ()) = self.close(rest, i, ')', Expected::COMMA | Expected::CLOSE)?;
        self.open -= 1;
        self.leave();
        Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::List(items) }))
    }

    /// Parses an operand at the beginning of `i`. If no operand begins there, a recovering parse reports that
    /// and returns an error node; a strict parse fails.
    #[inline]
    pub(crate) fn operand(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let mark = (self.depth, self.operator_depth, self.open, self.in_case);
        match self.operand_or_failure(i) {
            Err(nom::Err::Error(failure)) if self.recovering => {
                (self.depth, self.operator_depth, self.open, self.in_case) = mark;
                self.recover(i, failure)
            }
            result => result,
        }
    }

    /// Parses an operand at the beginning of `i`. The first byte of `i` decides which kind of operand is
    /// parsed. Fails if no operand begins with this byte.
    fn operand_or_failure(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        match i.as_bytes().first() {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.word(i),
            Some(b'\'') => self.string(i),
            Some(b'0'..=b'9') => self.number(i),
            Some(b'(') => self.group(i),
            Some(b'-' | b'+') => self.signed(i),
            Some(b'$') => self.dollar(i),
            Some(b'@') => self.at_sign(i),
            Some(b'[') => self.array(i),
            Some(b'{') => self.brace(i),
            None => Err(fail(i, OPERAND)),
            Some(b) if b.is_ascii() => self.foreign_operand(i),
            Some(_) if begins_name(i) => self.word(i),
            Some(_) => self.foreign_operand(i),
        }
    }

    /// Parses an expression in parentheses at the beginning of `i` (ABNF `parenExpr`, `boolParenExpr`).
    fn group(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        self.enter(i)?;
        self.open += 1;
        let (rest, inner) = self.expression(&i[1..], Stops::CLOSE)?;
        let (rest, ()) = self.close(rest, i, ')', Expected::CLOSE)?;
        self.open -= 1;
        self.leave();
        Ok((rest, Expr { span: self.span(i, rest), kind: ExprKind::Paren(Box::new(inner)) }))
    }

    /// Returns the node of a literal of the kind `kind`. The literal begins where `i` begins, and ends where
    /// `rest` begins.
    #[inline]
    pub(crate) fn literal(&self, i: &'s str, rest: &'s str, kind: LiteralKind) -> Expr<'s> {
        let literal = Literal { kind, text: self.text(i, rest) };
        Expr { span: self.span(i, rest), kind: ExprKind::Literal(literal) }
    }

    /// Parses a number, date, time or guid at the beginning of `i` (ABNF `primitiveLiteral`).
    pub(crate) fn number(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        match literal::numeric(i) {
            // In `case(x gt 10:20)` the colon belongs to `case`.
            Ok((rest, LiteralKind::TimeOfDay)) if self.in_case && i.len() - rest.len() == 5 => {
                Ok((&i[2..], self.literal(i, &i[2..], LiteralKind::Integer)))
            }
            Err(problem) if self.in_case && problem.kind == LiteralKind::TimeOfDay => {
                Ok((&i[2..], self.literal(i, &i[2..], LiteralKind::Integer)))
            }
            Ok((rest, _)) if self.placeholders && crate::placeholder::starts(rest) => {
                self.placeholder_with_affixes(i)
            }
            Ok((rest, kind)) => Ok((rest, self.literal(i, rest, kind))),
            Err(problem) => self.bad_literal(i, *problem),
        }
    }

    /// Reports the malformed literal `p` at the beginning of `i`, and returns the node of the literal that is
    /// probably meant.
    #[cold]
    pub(crate) fn bad_literal(&mut self, i: &'s str, p: literal::Problem<'s>) -> PResult<'s, Expr<'s>> {
        if self.placeholders && crate::placeholder::starts(p.rest) {
            return self.placeholder_with_affixes(i);
        }
        let span = self.span(i, p.rest);
        if p.glued {
            // The value is right; the operator directly after it is read next.
            let at = self.span(p.rest, p.rest);
            let d = Diagnostic::error(code::MISSING_SPACE, span, p.message);
            self.mistake(d.suggest(Suggestion::fix("add the space", at, " ")))?;
            let kind = ExprKind::Literal(Literal { kind: p.kind, text: p.text });
            return Ok((p.rest, Expr { span, kind }));
        }
        let code = if p.legacy { code::LEGACY_LITERAL } else { code::BAD_LITERAL };
        let mut d = Diagnostic::error(code, span, p.message);
        if let Some(fix) = p.fix {
            let message = format!("write `{fix}`");
            d = d.suggest(if p.certain {
                Suggestion::fix(message, span, fix)
            } else {
                Suggestion::maybe(message, span, fix)
            });
        }
        self.mistake(d)?;
        // An unreadable value becomes an error node; a value in an old spelling does not.
        let is_date = p.kind == LiteralKind::Date && literal::bare_time(p.text).is_none();
        let kind = if p.certain && !is_date || !span.is_empty() && is_readable(p.kind, p.text) {
            ExprKind::Literal(Literal { kind: p.kind, text: p.text })
        } else {
            ExprKind::Error
        };
        Ok((p.rest, Expr { span, kind }))
    }

    /// Parses an operand with a sign at the beginning of `i`, such as `-1`, `+1`, `-INF` and `-x` (ABNF
    /// `SIGN`, `negateExpr`).
    fn signed(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let rest = &i[1..];
        match rest.as_bytes().first() {
            Some(b'0'..=b'9') => return self.number(i),
            _ if i.starts_with('+') => return self.foreign_operand(i),
            Some(b'I') if rest.starts_with("INF") && at_boundary(&rest[3..]) => {
                return Ok((&rest[3..], self.literal(i, &rest[3..], LiteralKind::Double)));
            }
            _ => {}
        }
        self.unary(UnaryOp::Neg, i, rest)
    }

    /// Parses the operand of the prefix operator `op` (ABNF `notExpr`, `negateExpr`). `i` begins with the
    /// operator, and `rest` is the text after it.
    pub(crate) fn unary(&mut self, op: UnaryOp, i: &'s str, rest: &'s str) -> PResult<'s, Expr<'s>> {
        self.enter(i)?;
        let (after, operand) = self.parse_binary(blank(rest), UNARY)?;
        self.leave();
        let unary = Unary { op, op_span: self.span(i, rest), operand };
        let span = unary.op_span.to(unary.operand.span);
        Ok((after, Expr { span, kind: ExprKind::Unary(Box::new(unary)) }))
    }
}

/// Returns whether a malformed literal is kept in the tree, because its meaning is clear. This is so only for
/// a date with a time but without an offset.
fn is_readable(kind: LiteralKind, text: &str) -> bool {
    match kind {
        LiteralKind::DateTimeOffset => literal::bare_time(text).is_some(),
        _ => false,
    }
}

/// Returns whether the expression may be an item of a list of several items after the operator `in`.
fn is_list_item(e: &Expr<'_>) -> bool {
    match &e.kind {
        ExprKind::Literal(_)
        | ExprKind::Placeholder(_)
        | ExprKind::Alias(_)
        | ExprKind::JsonString(_)
        | ExprKind::Array(_)
        | ExprKind::Object(_)
        | ExprKind::Error => true,
        ExprKind::Unary(u) => u.op == UnaryOp::Neg && is_list_item(&u.operand),
        _ => false,
    }
}
