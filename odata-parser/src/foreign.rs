//! Recognises operators of other languages, such as `==` and `like`. The parser of expressions calls it where
//! no operator of OData matches.
//!
//! A diagnostic reports the operator with its OData equivalent, which replaces the operator in the tree.

use dvkit_diagnostic::{Diagnostic, Suggestion, code, suggest};

use crate::ast::{
    Argument, Binary, BinaryOp, Call, Expr, ExprKind, Literal, LiteralKind, SegmentKind, Unary, UnaryOp,
};
use crate::expr::{OPERAND, precedence_of};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{OPERATOR_WORDS, at_boundary, binary_operator, blank, is_blank, name_len};
use crate::parser::{Parser, fixable, spaced};

/// The result of looking for an operator of another language after an operand.
pub(crate) enum OperatorAhead<'s> {
    /// No operator was found. The field is the operand, unchanged.
    Nothing(Expr<'s>),
    /// An operator was found, and its right operand is still to be parsed. The fields are the equivalent
    /// operator of OData, the text after the operator, and the left operand, unchanged.
    Operator(BinaryOp, &'s str, Expr<'s>),
    /// An operator was found and parsed together with its right operand. The fields are the text after that
    /// operand, and the whole expression.
    Whole(&'s str, Expr<'s>),
}

type Found<'s> = Result<OperatorAhead<'s>, nom::Err<Failure>>;

/// The operators of other languages that consist of symbols, each with the equivalent operator of OData. The
/// first match counts, so a longer symbol comes before its prefixes.
const SYMBOLS: &[(&str, BinaryOp)] = &[
    ("&lt;&gt;", BinaryOp::Ne),
    ("&lt;=", BinaryOp::Le),
    ("&gt;=", BinaryOp::Ge),
    ("&lt;", BinaryOp::Lt),
    ("&gt;", BinaryOp::Gt),
    ("&amp;&amp;", BinaryOp::And),
    ("===", BinaryOp::Eq),
    ("!==", BinaryOp::Ne),
    ("==", BinaryOp::Eq),
    ("!=", BinaryOp::Ne),
    ("<>", BinaryOp::Ne),
    ("<=", BinaryOp::Le),
    (">=", BinaryOp::Ge),
    ("=<", BinaryOp::Le),
    ("=>", BinaryOp::Ge),
    ("&&", BinaryOp::And),
    ("&", BinaryOp::And),
    ("||", BinaryOp::Or),
    ("=", BinaryOp::Eq),
    ("<", BinaryOp::Lt),
    (">", BinaryOp::Gt),
    ("+", BinaryOp::Add),
    ("-", BinaryOp::Sub),
    ("*", BinaryOp::Mul),
    ("/", BinaryOp::Div),
    ("%", BinaryOp::Mod),
];

/// The words of other languages that can mean only one operator of OData, each with that operator.
const SYNONYMS: &[(&str, BinaryOp)] = &[
    ("equals", BinaryOp::Eq),
    ("equal", BinaryOp::Eq),
    ("equalto", BinaryOp::Eq),
    ("neq", BinaryOp::Ne),
    ("noteq", BinaryOp::Ne),
    ("notequals", BinaryOp::Ne),
    ("gte", BinaryOp::Ge),
    ("lte", BinaryOp::Le),
    ("greaterthan", BinaryOp::Gt),
    ("lessthan", BinaryOp::Lt),
];

impl<'s> Parser<'s> {
    /// Looks for an operator of another language at the beginning of `at`. `left` is the operand before it,
    /// `before` begins with the white space before it, and `min` is the lowest precedence that the operator
    /// may have.
    #[cold]
    pub(crate) fn foreign_operator(
        &mut self,
        before: &'s str,
        at: &'s str,
        left: Expr<'s>,
        min: u8,
    ) -> Found<'s> {
        let n = name_len(at);
        if n > 0 {
            return self.foreign_word(at, &at[..n], left, min);
        }
        if percent_encoded(at) {
            self.encoded(at)?;
            let whole = self.error(self.source, "");
            return Ok(OperatorAhead::Whole("", whole));
        }
        let Some((symbol, op)) = SYMBOLS.iter().find(|(s, _)| at.starts_with(s)) else {
            return Ok(OperatorAhead::Nothing(left));
        };
        if precedence_of(*op) < min {
            return Ok(OperatorAhead::Nothing(left));
        }
        let rest = &at[symbol.len()..];
        // `&$top=1` begins another option, and `&amp;` is an `&` of XML.
        let begins_other = || blank(rest).starts_with(['$', '@']) || rest[name_len(rest)..].starts_with(';');
        if *symbol == "&" && begins_other() {
            return Ok(OperatorAhead::Nothing(left));
        }
        let message = format!("`{symbol}` is spelt `{}` in OData", op.as_str());
        let seen = &self.source[..self.offset(at)];
        let fix = spaced(op.as_str(), seen, rest);
        let help = format!("write `{}`", op.as_str());
        let _ = before;
        self.mistake(fixable(code::FOREIGN_OPERATOR, self.span(at, rest), message, &help, fix))?;
        Ok(OperatorAhead::Operator(*op, rest, left))
    }

    /// Looks for an operator of another language that consists of words. `word` is the word at the beginning
    /// of `at`, `left` is the operand before it, and `min` is the lowest precedence that the operator may
    /// have.
    fn foreign_word(&mut self, at: &'s str, word: &'s str, left: Expr<'s>, min: u8) -> Found<'s> {
        let left = match self.phrase(at, left, min)? {
            Ok(found) => return Ok(found),
            Err(left) => left,
        };
        let rest = &at[word.len()..];
        let next = blank(rest);
        let comparison = precedence_of(BinaryOp::Gt) >= min;
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "is" if precedence_of(BinaryOp::Eq) >= min => return self.is(at, rest, left),
            "not" if comparison && next.len() < rest.len() => return self.infix_not(at, next, left, min),
            "like" if comparison => return self.like(at, rest, left, false),
            "between" if comparison && is_plain(&left) => return self.between(at, rest, left),
            "contains" | "startswith" | "endswith" if comparison && next.len() < rest.len() => {
                return self.infix_call(at, word, next, left);
            }
            _ => {}
        }
        if !begins_operand(next) {
            return Ok(OperatorAhead::Nothing(left));
        }
        let synonym = SYNONYMS.iter().find(|(s, _)| *s == lower).map(|(_, op)| *op);
        // After a condition only `and` and `or` make sense, after a column the other operators.
        let condition = crate::parser::is_condition(&left);
        let joins = |w: &str| matches!(w, "and" | "or");
        let near = || {
            let closest = |join| {
                let words = OPERATOR_WORDS.iter().copied().filter(|w| joins(w) == join);
                suggest::closest(word, words).and_then(binary_operator)
            };
            let first = condition || min > precedence_of(BinaryOp::Eq);
            closest(first).or_else(|| if condition { None } else { closest(!first) })
        };
        let Some(op) = synonym.or_else(|| if word.len() < 2 { None } else { near() }) else {
            return Ok(OperatorAhead::Nothing(left));
        };
        if precedence_of(op) < min {
            return Ok(OperatorAhead::Nothing(left));
        }
        let span = self.span(at, rest);
        let message = format!("`{word}` is not an operator");
        let question = format!("did you mean `{}`?", op.as_str());
        let suggestion = if synonym.is_some() || is_slip(&lower, op, condition) {
            Suggestion::fix(question, span, op.as_str())
        } else {
            Suggestion::maybe(question, span, op.as_str())
        };
        self.mistake(Diagnostic::error(code::MISSPELT_OPERATOR, span, message).suggest(suggestion))?;
        Ok(OperatorAhead::Operator(op, rest, left))
    }

    /// Parses `is null`, `is not null`, or `is` and any other value, after the operand `left`. `at` begins
    /// with `is`, and `rest` is the text after it.
    fn is(&mut self, at: &'s str, rest: &'s str, left: Expr<'s>) -> Found<'s> {
        let next = blank(rest);
        let negated = word_is(next, "not");
        let (op, rest) = if negated { (BinaryOp::Ne, &next[3..]) } else { (BinaryOp::Eq, rest) };
        let span = self.span(at, rest);
        let (code, message) = if word_is(blank(rest), "null") {
            let what = if negated { "is not null" } else { "is null" };
            (code::IS_NULL, format!("`{what}` is spelt `{} null` in OData", op.as_str()))
        } else {
            (code::FOREIGN_OPERATOR, format!("`{}` is spelt `{}` in OData", self.text(at, rest), op.as_str()))
        };
        let help = format!("write `{}`", op.as_str());
        self.mistake(fixable(code, span, message, &help, op.as_str().to_owned()))?;
        Ok(OperatorAhead::Operator(op, rest, left))
    }

    /// Parses `not` between an operand and an operator, as in `x not eq 1`, `x not in (1,2)` and
    /// `x not like 'a%'`. `left` is the operand, `at` begins with `not`, `next` is the text after it, and
    /// `min` is the lowest precedence that the operator may have.
    fn infix_not(&mut self, at: &'s str, next: &'s str, left: Expr<'s>, min: u8) -> Found<'s> {
        let n = name_len(next);
        let rest = &next[n..];
        let word = &next[..n];
        match binary_operator(word) {
            Some(BinaryOp::In) => {
                let (after, list) = self.in_right(blank(rest))?;
                let op_span = self.span(next, rest);
                let span = left.span.to(list.span);
                let not_span = self.span(at, &at[3..]);
                self.mistake(
                    Diagnostic::error(
                        code::FOREIGN_OPERATOR,
                        self.span(at, rest),
                        "`not` stands before the whole condition",
                    )
                    .suggest(
                        Suggestion::fix("put `not` first", self.span(at, next), "")
                            .and_edit(dvkit_diagnostic::Span::at(left.span.start as usize), "not "),
                    ),
                )?;
                let binary = Binary { op: BinaryOp::In, op_span, left, right: list };
                let operand = Expr { span, kind: ExprKind::Binary(Box::new(binary)) };
                Ok(OperatorAhead::Whole(after, negate(operand, not_span)))
            }
            Some(op) if op.is_comparison() => {
                let (opposite, certain) = match op {
                    BinaryOp::Eq => (BinaryOp::Ne, true),
                    BinaryOp::Ne => (BinaryOp::Eq, true),
                    BinaryOp::Gt => (BinaryOp::Le, false),
                    BinaryOp::Ge => (BinaryOp::Lt, false),
                    BinaryOp::Lt => (BinaryOp::Ge, false),
                    _ => (BinaryOp::Gt, false),
                };
                if precedence_of(opposite) < min {
                    return Ok(OperatorAhead::Nothing(left));
                }
                let span = self.span(at, rest);
                let message = format!("`not {word}` is spelt `{}` in OData", opposite.as_str());
                let help = format!("write `{}`", opposite.as_str());
                // If one side is null, `not (x gt 1)` and `x le 1` differ.
                let fix = if certain {
                    Suggestion::fix(help, span, opposite.as_str())
                } else {
                    Suggestion::maybe(help, span, opposite.as_str())
                };
                self.mistake(Diagnostic::error(code::FOREIGN_OPERATOR, span, message).suggest(fix))?;
                Ok(OperatorAhead::Operator(opposite, rest, left))
            }
            _ if word.eq_ignore_ascii_case("like") => self.like(at, rest, left, true),
            _ => Ok(OperatorAhead::Nothing(left)),
        }
    }

    /// Parses the operator `like`, as in `x like 'a%'`, and reports the equivalent function of OData, which
    /// is exact if the pattern has no wildcards except `%` at its ends. `left` is the operand before it, `at`
    /// begins with it, `rest` is the text after it, and `negated` says whether the operator was `not like`.
    fn like(&mut self, at: &'s str, rest: &'s str, left: Expr<'s>, negated: bool) -> Found<'s> {
        let op = self.span(at, rest);
        let (after, right) = self.parse_binary(blank(rest), precedence_of(BinaryOp::Add))?;
        let span = left.span.to(right.span);
        let column = left.span.of(self.source);
        let not = if negated { "not " } else { "" };
        let message = format!("`{}` is SQL", self.text(at, rest));
        let d = Diagnostic::error(code::FOREIGN_OPERATOR, op, message);
        let ExprKind::Literal(Literal { kind: LiteralKind::String, text }) = right.kind else {
            self.mistake(d.help("OData has `contains`, `startswith` and `endswith`"))?;
            return Ok(OperatorAhead::Whole(after, Expr { span, kind: ExprKind::Error }));
        };
        let inner = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text);
        let core = inner.trim_matches('%');
        let name = match (inner.starts_with('%'), inner.ends_with('%')) {
            (true, true) => "contains",
            (false, true) => "startswith",
            (true, false) => "endswith",
            (false, false) => "eq",
        };
        let fix = if name == "eq" {
            let op = if negated { "ne" } else { "eq" };
            format!("{column} {op} '{core}'")
        } else {
            format!("{not}{name}({column},'{core}')")
        };
        let exact = !core.is_empty() && !core.contains(['%', '_', '[']);
        let help = format!("write `{fix}`");
        let suggestion =
            if exact { Suggestion::fix(help, span, fix) } else { Suggestion::maybe(help, span, fix) };
        self.mistake(d.suggest(suggestion))?;
        if core.is_empty() {
            return Ok(OperatorAhead::Whole(after, Expr { span, kind: ExprKind::Error }));
        }
        let literal = Literal { kind: LiteralKind::String, text: core };
        let value = Expr { span: right.span, kind: ExprKind::Literal(literal) };
        let kind = if name == "eq" {
            ExprKind::Binary(Box::new(Binary { op: BinaryOp::Eq, op_span: op, left, right: value }))
        } else {
            let args = [left, value].map(|value| Argument { name: None, value }).into();
            ExprKind::Call(Call { name, name_span: op, args })
        };
        let whole = Expr { span, kind };
        Ok(OperatorAhead::Whole(after, if negated { negate(whole, op) } else { whole }))
    }

    /// Parses the operator `between`, as in `x between 1 and 2`, as two comparisons. `left` is the operand
    /// before it, `at` begins with it, and `rest` is the text after it.
    fn between(&mut self, at: &'s str, rest: &'s str, left: Expr<'s>) -> Found<'s> {
        let op = self.span(at, rest);
        let sum = precedence_of(BinaryOp::Add);
        let (mid, low) = self.parse_binary(blank(rest), sum)?;
        let and = blank(mid);
        if !word_is(and, "and") {
            return Err(fail(and, Expected::AND));
        }
        let (after, high) = self.parse_binary(blank(&and[3..]), sum)?;
        let span = left.span.to(high.span);
        let [column, from, to] = [&left, &low, &high].map(|e| e.span.of(self.source));
        let fix = format!("({column} ge {from} and {column} le {to})");
        // Without one of the bounds it is not a condition yet.
        let is_whole = ![&low, &high].iter().any(|e| matches!(e.kind, ExprKind::Error));
        let suggest = if is_whole { Suggestion::fix } else { Suggestion::maybe };
        self.mistake(Diagnostic::error(code::FOREIGN_OPERATOR, op, "`between` is SQL").suggest(suggest(
            format!("write `{fix}`"),
            span,
            fix,
        )))?;
        let compare = |op_kind, left: Expr<'s>, right: Expr<'s>| Expr {
            span,
            kind: ExprKind::Binary(Box::new(Binary { op: op_kind, op_span: op, left, right })),
        };
        let lower = compare(BinaryOp::Ge, left.clone(), low);
        let upper = compare(BinaryOp::Le, left, high);
        let both = compare(BinaryOp::And, lower, upper);
        Ok(OperatorAhead::Whole(after, Expr { span, kind: ExprKind::Paren(Box::new(both)) }))
    }

    /// Parses a function that is written like an operator, as in `name contains 'a'`, as
    /// `contains(name,'a')`. `left` is the operand before the function, `at` begins with the function, `word`
    /// is its name, and `next` is the text after it.
    fn infix_call(&mut self, at: &'s str, word: &'s str, next: &'s str, left: Expr<'s>) -> Found<'s> {
        if !begins_operand(next) {
            return Ok(OperatorAhead::Nothing(left));
        }
        let (after, right) = self.parse_binary(next, precedence_of(BinaryOp::Add))?;
        let span = left.span.to(right.span);
        let name = word;
        let op = self.span(at, &at[word.len()..]);
        let fix = format!(
            "{}({},{})",
            word.to_ascii_lowercase(),
            left.span.of(self.source),
            right.span.of(self.source)
        );
        let message = format!("`{word}` is a function, not an operator");
        let d = Diagnostic::error(code::FOREIGN_OPERATOR, op, message);
        self.mistake(d.suggest(Suggestion::fix(format!("write `{fix}`"), span, fix)))?;
        let args = [left, right].map(|value| Argument { name: None, value }).into();
        Ok(OperatorAhead::Whole(
            after,
            Expr { span, kind: ExprKind::Call(Call { name, name_span: op, args }) },
        ))
    }

    /// Parses a text at the beginning of `i` that cannot begin an operand in OData, such as `!x`, `"Ann"`,
    /// `‘Ann’` and `.5`, and reports it. Fails if it is none of those that are known.
    #[cold]
    pub(crate) fn foreign_operand(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        match i.as_bytes().first() {
            Some(b'"') => self.double_quoted(i),
            Some(b'`') => self.quoted_name(i, '`').unwrap_or_else(|| Err(fail(i, OPERAND))),
            Some(b'&' | b'\\') => self.escaped_quotes(i).unwrap_or_else(|| Err(fail(i, OPERAND))),
            Some(b'!') if !i.starts_with("!=") => {
                let rest = &i[1..];
                let span = self.span(i, rest);
                let message = "`!` is spelt `not` in OData".to_owned();
                self.mistake(fixable(
                    code::FOREIGN_OPERATOR,
                    span,
                    message,
                    "write `not`",
                    "not ".to_owned(),
                ))?;
                self.unary(UnaryOp::Not, i, rest)
            }
            Some(b'.') if i[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let n = i[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(i.len() - 1);
                let (text, rest) = i.split_at(1 + n);
                if !at_boundary(rest) {
                    return Err(fail(i, OPERAND));
                }
                let span = self.span(i, rest);
                let message = "a number begins with a digit".to_owned();
                let help = format!("write `0{text}`");
                self.mistake(fixable(code::BAD_LITERAL, span, message, &help, format!("0{text}")))?;
                Ok((rest, self.literal(i, rest, LiteralKind::Decimal)))
            }
            Some(b) if !b.is_ascii() => self.curly_quoted(i),
            _ if percent_encoded(i) => {
                self.encoded(i)?;
                Ok(("", self.error(i, "")))
            }
            _ => Err(fail(i, OPERAND)),
        }
    }

    /// Reports that the text is percent-encoded, because of the escape at the beginning of `i`.
    fn encoded(&mut self, i: &'s str) -> Result<(), nom::Err<Failure>> {
        let message = format!("`{}` is percent-encoding: the text must be decoded first", &i[..3]);
        let mut d = Diagnostic::error(code::UNEXPECTED, self.span(i, &i[3..]), message);
        if crate::url::is_encoded(self.source) {
            let decoded = crate::url::decode(self.source).text;
            d = d.suggest(Suggestion::maybe("decode it", self.span(self.source, ""), decoded));
        }
        self.mistake(d)
    }

    /// Reports the space at the beginning of `rest`, between the function `text` and its parenthesis, as in
    /// `contains (a,'b')`.
    #[cold]
    pub(crate) fn blank_before_parens(&mut self, rest: &'s str, text: &str) -> Result<(), nom::Err<Failure>> {
        let span = self.span(rest, blank(rest));
        let message = format!("there must be no space between `{text}` and its `(`");
        self.mistake(fixable(code::UNEXPECTED, span, message, "leave it out", String::new()))
    }

    /// Warns if a space is missing between an operator and one of its operands, which the grammar requires
    /// but Dataverse does not. `i` begins after the left operand, `at` begins with the operator, and `rest`
    /// is the text after it.
    #[cold]
    pub(crate) fn missing_blank(
        &mut self,
        i: &'s str,
        at: &'s str,
        rest: &'s str,
    ) -> Result<(), nom::Err<Failure>> {
        let next = blank(rest);
        if next.is_empty() || next.starts_with(')') {
            return Ok(());
        }
        // After an operand that had to be skipped, the space has been consumed already.
        let touches = at.len() == i.len() && !self.source[..self.offset(at)].ends_with(is_blank);
        if !touches && rest.starts_with(is_blank) {
            return Ok(());
        }
        if self.glued_before(at) {
            return Ok(());
        }
        let word = self.text(at, rest);
        let mut fix = Suggestion::fix("add the space", self.span(at, at), "");
        fix.edits.clear();
        if touches {
            fix = fix.and_edit(self.span(at, at), " ");
        }
        if !rest.starts_with(is_blank) {
            fix = fix.and_edit(self.span(rest, rest), " ");
        }
        let message = format!("`{word}` needs a space on both sides");
        self.mistake(Diagnostic::warning(code::MISSING_SPACE, self.span(at, rest), message).suggest(fix))
    }
}

/// Returns whether `word` is a clear typo of `op`: it differs from `op` by one edit, and from no other
/// operator that can follow the left operand. `condition` says whether the left operand is a condition, which
/// only `and` and `or` can follow. Words that differ in a negation are never typos of each other.
fn is_slip(word: &str, op: BinaryOp, condition: bool) -> bool {
    let joins = |w: &str| matches!(w, "and" | "or");
    let here = OPERATOR_WORDS.iter().filter(|w| !condition || joins(w));
    let mut near = here.filter(|w| suggest::is_one_edit(word, w));
    near.next() == Some(&op.as_str())
        && near.next().is_none()
        && !suggest::is_opposite(word, op.as_str())
        && !NOT_A_SLIP.contains(&word)
}

/// Words that are one edit away from an operator, and have a meaning of their own.
const NOT_A_SLIP: [&str; 4] = ["as", "nor", "on", "xor"];

/// Returns the negation of `e`, in which `e` is in parentheses if it binds less tightly than `not`. `op_span`
/// is the position of the `not`.
fn negate(e: Expr<'_>, op_span: dvkit_diagnostic::Span) -> Expr<'_> {
    let span = e.span;
    let loose = matches!(&e.kind, ExprKind::Binary(b) if precedence_of(b.op) < precedence_of(BinaryOp::In));
    let operand = if loose { Expr { span, kind: ExprKind::Paren(Box::new(e)) } } else { e };
    Expr { span, kind: ExprKind::Unary(Box::new(Unary { op: UnaryOp::Not, op_span, operand })) }
}

/// Returns whether an expression is simple enough to be written twice, as the rewriting of `between` to two
/// comparisons does.
fn is_plain(e: &Expr<'_>) -> bool {
    match &e.kind {
        ExprKind::Literal(_) | ExprKind::Alias(_) | ExprKind::Placeholder(_) => true,
        ExprKind::Path(p) => p.segments.iter().all(|s| {
            matches!(
                s.kind,
                SegmentKind::Name(_)
                    | SegmentKind::Qualified(_)
                    | SegmentKind::It
                    | SegmentKind::Placeholder(_)
            )
        }),
        _ => false,
    }
}

/// Returns whether `i` begins with the whole word `word`, in any letter case.
fn word_is(i: &str, word: &str) -> bool {
    i[..name_len(i)].eq_ignore_ascii_case(word)
}

/// Returns whether an operand can begin at the beginning of `i`.
fn begins_operand(i: &str) -> bool {
    i.starts_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '_' | '\'' | '"' | '(' | '-' | '@' | '$' | '{' | '[' | '‘' | '“')
    })
}

/// Returns whether `i` begins with a percent escape such as `%20`.
fn percent_encoded(i: &str) -> bool {
    i.starts_with('%') && i.as_bytes().get(1..3).is_some_and(|h| h.iter().all(u8::is_ascii_hexdigit))
}
