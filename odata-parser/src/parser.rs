//! Defines the state of the parser, and how parsing functions report mistakes. Strict and recovering parsing
//! share this parser.
//!
//! A *failure* means that the text at a position does not match the grammar. It is returned as a nom error up
//! to the function that skips the operand and replaces it by an [`ExprKind::Error`]. A *mistake* means that
//! the text is wrong but its intention is clear. It is reported at once, and parsing continues as if the text
//! were corrected. A strict parse stops at the first failure or mistake.

use dvkit_diagnostic::{Code, Diagnostic, Severity, Span, Suggestion, code};

use crate::ParseOptions;
use crate::ast::{Expr, ExprKind};
use crate::input::{Expected, Failure, PResult};
use crate::lexical::{binary_operator, blank, is_blank, is_name_char, name_len, quoted, token};

/// The maximum number of operators in one chain (`a or b or …`), as a multiple of the maximum depth of
/// nesting.
const CHAIN: usize = 10;

/// The state of the parser of one text.
pub(crate) struct Parser<'s> {
    /// The whole text. The input of every parsing function is a suffix of it.
    pub(crate) source: &'s str,
    /// Whether placeholders of templates are accepted in place of names and values; otherwise they are
    /// reported.
    pub(crate) placeholders: bool,
    /// Whether parsing continues after a mistake (a recovering parse), or stops at the first error (a strict
    /// parse).
    pub(crate) recovering: bool,
    /// Whether the arguments of `case(…)` are being parsed, where `0:1` is two numbers and not a time.
    pub(crate) in_case: bool,
    /// The number of parentheses that are open. A string without a closing quote may end before the
    /// parentheses that close them.
    pub(crate) open: usize,
    /// The number of levels in which the current position is nested.
    pub(crate) depth: usize,
    /// The number of operators whose right operand is being parsed. Each of them needs space on the stack.
    pub(crate) operator_depth: usize,
    /// The lowest precedence that an operator after the next operand may have.
    pub(crate) min: u8,
    /// The words that end the current expression, as a sum of bits such as [`Parser::DIRECTION`] and
    /// [`Parser::AS`].
    pub(crate) stop_words: u8,
    max_depth: usize,
    /// The number of operators in the current chain, such as `a or b or …`. Each operator of a chain deepens
    /// the tree.
    chain_length: usize,
    diagnostics: Vec<Diagnostic>,
}

/// A set of characters that end an expression. The end of the text always ends an expression too.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Stops(u8);

impl Stops {
    /// No character: only the end of the text ends the expression.
    pub(crate) const END: Self = Self(0);
    /// The expression ends before `)`.
    pub(crate) const CLOSE: Self = Self(1);
    /// The expression ends before `,` or `)`.
    pub(crate) const COMMA_CLOSE: Self = Self(1 | 2);
    /// The expression ends before `,` or `]`.
    pub(crate) const COMMA_BRACKET: Self = Self(2 | 4);
    /// The expression ends before `,` or `}`.
    pub(crate) const COMMA_BRACE: Self = Self(2 | 8);
    /// The expression ends before `:`.
    pub(crate) const COLON: Self = Self(16);
    /// The expression ends before `,`.
    pub(crate) const COMMA: Self = Self(2);
    /// The expression ends before `;` or `)`, as the value of a query option within parentheses does.
    pub(crate) const SEMI_CLOSE: Self = Self(1 | 32);
    /// The expression ends before `,`, `;` or `)`, as an item of a list in a query option within parentheses
    /// does.
    pub(crate) const COMMA_SEMI_CLOSE: Self = Self(1 | 2 | 32);

    /// Returns whether this set contains all characters of `other`.
    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns whether `i` begins with a character of this set, or is empty.
    #[inline]
    pub(crate) fn here(self, i: &str) -> bool {
        let bit = match i.as_bytes().first() {
            None => return true,
            Some(b')') => 1,
            Some(b',') => 2,
            Some(b']') => 4,
            Some(b'}') => 8,
            Some(b':') => 16,
            Some(b';') => 32,
            _ => return false,
        };
        self.0 & bit != 0
    }

    fn expected(self) -> Expected {
        let bits = [
            (1, Expected::CLOSE),
            (2, Expected::COMMA),
            (4, Expected::BRACKET),
            (8, Expected::BRACE),
            (16, Expected::COLON),
            (32, Expected::SEMI),
        ];
        let all = bits.iter().filter(|(bit, _)| self.0 & bit != 0).fold(Expected(0), |set, (_, e)| set | *e);
        if self == Self::END { Expected::END } else { all }
    }
}

impl<'s> Parser<'s> {
    /// The bit for the words `asc` and `desc` in [`Self::stop_words`].
    pub(crate) const DIRECTION: u8 = 1;
    /// The bit for the word `as` in [`Self::stop_words`].
    pub(crate) const AS: u8 = 2;
    /// The bits for the words `with`, `from` and `as`, and for the methods of `aggregate`, in
    /// [`Self::stop_words`].
    pub(crate) const WITH: u8 = 2 | 4;

    /// Returns whether `word` is one of the words that end the current expression.
    pub(crate) fn is_stop_word(&self, word: &str) -> bool {
        let is = |w: &str| word.eq_ignore_ascii_case(w);
        let bit = match word.len() {
            2 if is("as") => Self::AS,
            3 if is("asc") => Self::DIRECTION,
            4 if is("desc") => Self::DIRECTION,
            4 if is("with") || is("from") => 4,
            // Aggregation methods after which `with` may have been left out.
            3 if is("sum") || is("avg") || is("min") || is("max") => 4,
            7 if is("average") => 4,
            13 if is("countdistinct") => 4,
            9 if is("ascending") => Self::DIRECTION,
            10 if is("descending") => Self::DIRECTION,
            _ => 0,
        };
        self.stop_words & bit != 0
    }

    /// Resets the state to parse another part of the text, and keeps the diagnostics. `source` is the whole
    /// text up to the end of that part.
    pub(crate) fn begin(&mut self, source: &'s str) {
        (self.source, self.depth, self.operator_depth, self.open, self.min, self.chain_length) =
            (source, 0, 0, 0, 0, 0);
        (self.in_case, self.stop_words) = (false, 0);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(crate) fn new(source: &'s str, options: &ParseOptions, recovering: bool) -> Self {
        Self {
            source,
            placeholders: options.placeholders,
            recovering,
            in_case: false,
            open: 0,
            max_depth: options.limits.depth,
            depth: 0,
            operator_depth: 0,
            min: 0,
            stop_words: 0,
            chain_length: 0,
            diagnostics: Vec::new(),
        }
    }

    /// Parses the whole text, and refuses it if it is longer than `max_length` bytes. Returns the tree and
    /// the diagnostics. If the tree is `None`, there is at least one diagnostic.
    pub(crate) fn run(mut self, max_length: usize) -> (Option<Expr<'s>>, Vec<Diagnostic>) {
        if self.source.len() > max_length {
            let message = format!("the text has {} bytes, the limit is {max_length}", self.source.len());
            let span = Span::new(0, self.source.len());
            return (None, vec![Diagnostic::error(code::TOO_LONG, span, message)]);
        }
        let result = self.whole(self.source);
        match result {
            Ok((_, expr)) => (Some(expr), self.diagnostics),
            Err(nom::Err::Error(failure)) => {
                self.report(failure);
                (None, self.diagnostics)
            }
            // The code that gave up has reported the reason.
            Err(_) => (None, self.diagnostics),
        }
    }

    /// Parses the whole filter `i`: white space, an optional `$filter=`, the expression, and white space up
    /// to the end.
    fn whole(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let mut i = blank(i);
        if let Some(rest) = option_prefix(i) {
            let span = self.span(i, rest);
            self.mistake(
                Diagnostic::error(
                    code::OPTION_PREFIX,
                    span,
                    "the name of the query option is not part of the filter",
                )
                .suggest(Suggestion::fix("leave it out", span, "")),
            )?;
            i = blank(rest);
        }
        if i.is_empty() {
            let span = Span::new(0, self.source.len());
            self.mistake(Diagnostic::error(code::EMPTY, span, "the filter is empty"))?;
            return Ok((i, self.error(i, i)));
        }
        self.expression(i, Stops::END)
    }

    /// Returns the byte offset of `i` in the source, of which `i` is a suffix.
    #[inline]
    pub(crate) fn offset(&self, i: &str) -> usize {
        self.source.len() - i.len()
    }

    /// Returns the span of the text from the beginning of `before` to the beginning of `after`. Both are
    /// suffixes of the source.
    #[inline]
    pub(crate) fn span(&self, before: &str, after: &str) -> Span {
        Span::new(self.offset(before), self.offset(after))
    }

    /// Returns the text from the beginning of `before` to the beginning of `after`. Both are suffixes of the
    /// source.
    #[inline]
    pub(crate) fn text(&self, before: &'s str, after: &str) -> &'s str {
        &before[..before.len() - after.len()]
    }

    /// Enters one level of nesting at the beginning of `i`, until [`Parser::leave`] is called. Fails with a
    /// diagnostic if the text is nested too deeply.
    #[inline]
    pub(crate) fn enter(&mut self, i: &str) -> Result<(), nom::Err<Failure>> {
        self.depth += 1;
        if self.depth > self.max_depth || self.stack() > self.max_depth * 10 {
            Err(self.too_deep(i))
        } else {
            Ok(())
        }
    }

    /// Returns an estimate of the stack in use, in tenths of a level of nesting. A level of nesting counts as
    /// 6 and a right operand that is being parsed as 4, because `(a or b and c eq (…` uses more stack than
    /// `((…`.
    #[inline]
    fn stack(&self) -> usize {
        self.depth * 6 + self.operator_depth * 4
    }

    /// Leaves the level of nesting that [`Parser::enter`] entered last.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Counts one more operator in the current chain. Fails with a diagnostic if the chain is too long.
    /// `a or b or …` nests to the left, so visiting the tree recurses once for each operator. `i` begins with
    /// the operator.
    #[inline]
    pub(crate) fn link(&mut self, i: &str) -> Result<(), nom::Err<Failure>> {
        self.chain_length += 1;
        if self.chain_length > self.max_depth.saturating_mul(CHAIN) { Err(self.too_many(i)) } else { Ok(()) }
    }

    #[cold]
    fn too_many(&mut self, i: &str) -> nom::Err<Failure> {
        let at = self.offset(i);
        let message = format!("more than {} operators in a row", self.max_depth.saturating_mul(CHAIN));
        let help =
            "Dataverse takes 500 conditions; a long list of values fits into one `Microsoft.Dynamics.CRM.In`";
        let span = Span::new(at, at + token(i).len());
        self.diagnostics.push(Diagnostic::error(code::TOO_DEEP, span, message).help(help));
        nom::Err::Failure(Failure::NONE)
    }

    #[cold]
    fn too_deep(&mut self, i: &str) -> nom::Err<Failure> {
        let at = self.offset(i);
        let message = format!("nested deeper than {} levels", self.max_depth);
        self.diagnostics.push(Diagnostic::error(code::TOO_DEEP, Span::new(at, at + token(i).len()), message));
        nom::Err::Failure(Failure::NONE)
    }

    /// Reports a mistake whose intention is clear. A recovering parse continues after it. A strict parse
    /// fails if the mistake is an error, and ignores warnings and notes.
    #[cold]
    pub(crate) fn mistake(&mut self, d: Diagnostic) -> Result<(), nom::Err<Failure>> {
        if self.recovering {
            self.diagnostics.push(d);
            return Ok(());
        }
        if d.severity < Severity::Error {
            return Ok(());
        }
        self.diagnostics.push(d);
        Err(nom::Err::Failure(Failure::NONE))
    }

    /// Adds a diagnostic for a failure, unless an error was reported at the same position before.
    #[cold]
    pub(crate) fn report(&mut self, failure: Failure) {
        let start = self.source.len().saturating_sub(failure.rest as usize);
        let rest = self.source.get(start..).unwrap_or("");
        let found = token(rest);
        let span = Span::new(start, start + found.len());
        let expected = failure.expected.describe();
        let message = match found.chars().count() {
            0 => format!("expected {expected}, but the text ends"),
            1..=40 => format!("expected {expected}, found `{found}`"),
            _ => format!("expected {expected}, found something else"),
        };
        // Two failures at one position have one cause. The duplicate comes soon after the first, so a few are
        // compared.
        if self.diagnostics.iter().rev().take(8).all(|d| d.span.start != span.start || !d.is_error()) {
            self.diagnostics.push(Diagnostic::error(code::UNEXPECTED, span, message));
        }
    }

    /// Returns whether the last diagnostic says that a space is missing after the value that ends where `i`
    /// begins.
    pub(crate) fn glued_before(&self, i: &str) -> bool {
        let at = self.offset(i);
        self.diagnostics
            .last()
            .is_some_and(|d| d.code == code::MISSING_SPACE && d.is_error() && d.span.range().end == at)
    }

    /// Returns the error node for the part of the text from the beginning of `before` to the beginning of
    /// `after`, which could not be parsed.
    pub(crate) fn error(&self, before: &str, after: &str) -> Expr<'s> {
        Expr { span: self.span(before, after), kind: ExprKind::Error }
    }

    /// Parses the closing bracket `with` at the beginning of `i`, for the opening bracket with which `open`
    /// begins. If it is missing at the end of the text, reports that; if it is missing elsewhere, fails and
    /// expects `otherwise`.
    pub(crate) fn close(
        &mut self,
        i: &'s str,
        open: &'s str,
        with: char,
        otherwise: Expected,
    ) -> PResult<'s, ()> {
        if i.starts_with(with) {
            return Ok((&i[1..], ()));
        }
        if i.is_empty() {
            self.never_closed(open, with)?;
            return Ok((i, ()));
        }
        Err(nom::Err::Error(Failure::at(i, otherwise)))
    }

    #[cold]
    fn never_closed(&mut self, open: &'s str, with: char) -> Result<(), nom::Err<Failure>> {
        let end = Span::at(self.source.len());
        if self.diagnostics.last().is_some_and(|d| d.code == code::UNEXPECTED && d.span == end) {
            // The text ends too early, which has been reported.
            return Ok(());
        }
        let at = self.offset(open);
        let message = format!("this `{}` is never closed", &open[..1]);
        let end = self.source.trim_end_matches(is_blank).len();
        self.mistake(
            // More may be missing where the text ends, and a lost bracket may belong in several positions.
            Diagnostic::error(code::UNBALANCED, Span::new(at, at + 1), message).suggest(Suggestion::maybe(
                format!("add `{with}` at the end"),
                Span::at(end),
                with,
            )),
        )
    }

    /// Reports text at the beginning of `i` that follows the expression `left` and does not belong to it, and
    /// continues with the operators after it. Returns the expression up to one of `stops`.
    #[cold]
    pub(crate) fn garbage(
        &mut self,
        mut i: &'s str,
        mut left: Expr<'s>,
        stops: Stops,
    ) -> PResult<'s, Expr<'s>> {
        loop {
            i = blank(i);
            if stops.here(i) || self.is_stop_word(&i[..name_len(i)]) || ends_nested(i, stops) {
                return Ok((i, left));
            }
            if i.starts_with([')', ']', '}']) {
                if stops != Stops::END {
                    return Ok((i, left));
                }
                let span = self.span(i, &i[1..]);
                let message = format!("this `{}` closes nothing", &i[..1]);
                self.mistake(Diagnostic::error(code::UNBALANCED, span, message).suggest(Suggestion::maybe(
                    "leave it out",
                    span,
                    "",
                )))?;
                (i, left) = self.parse_binary_after(&i[1..], left, 0)?;
                continue;
            }
            if stops == Stops::END && i.starts_with('&') && i.contains('=') {
                let span = self.span(i, "");
                self.mistake(
                    Diagnostic::error(
                        code::UNEXPECTED,
                        span,
                        "`&` begins another query option: the filter ends here",
                    )
                    .suggest(Suggestion::maybe("leave out what follows", span, "")),
                )?;
                return Ok(("", left));
            }
            let failure = Failure::at(i, after_operand(&left) | stops.expected());
            if !self.recovering {
                return Err(nom::Err::Error(failure));
            }
            self.report(failure);
            let next = skip(i, stops, true);
            if !is_condition(&left) {
                left.span = left.span.to(self.span(i, next));
                left.kind = ExprKind::Error;
            }
            (i, left) = self.parse_binary_after(next, left, 0)?;
        }
    }

    /// Reports `failure`, skips the operand at the beginning of `i` that failed, and returns an error node in
    /// its place.
    #[cold]
    pub(crate) fn recover(&mut self, i: &'s str, failure: Failure) -> PResult<'s, Expr<'s>> {
        self.report(failure);
        let next = skip(i, Stops::COMMA_CLOSE, false);
        Ok((next, self.error(i, next)))
    }
}

/// Returns whether `i` begins with a wrong separator (a comma or `&` instead of `;`) before another option
/// within the parentheses of `$expand`. `stops` says whether such parentheses are open. The parser of options
/// reports the separator.
fn ends_nested(i: &str, stops: Stops) -> bool {
    stops.has(Stops::SEMI_CLOSE)
        && i.starts_with([',', '&'])
        && blank(&i[1..]).strip_prefix(['$', '@']).is_some_and(|name| {
            let n = name_len(name);
            n > 0 && blank(&name[n..]).starts_with('=')
        })
}

/// Returns the text after the name of the option with which `i` begins: `$filter=`, `?$filter=` or `filter=`.
/// Returns `None` if `i` begins with none of them.
fn option_prefix(i: &str) -> Option<&str> {
    if !i.starts_with(['$', '?', '&', 'f', 'F']) {
        return None;
    }
    let name = i.trim_start_matches(['?', '&', '$']);
    let rest = name.get(6..).filter(|_| name[..6].eq_ignore_ascii_case("filter"))?;
    let rest = blank(rest).strip_prefix('=')?;
    // `filter == 1` compares a column called `filter`.
    (!rest.starts_with('=')).then_some(rest)
}

/// Returns the set of things that an error message names as expected after the complete operand `left`.
fn after_operand(left: &Expr<'_>) -> Expected {
    if is_condition(left) { Expected::AND | Expected::OR } else { Expected::OPERATOR }
}

/// Returns whether `e` is a complete condition, which only `and` and `or` can follow.
pub(crate) fn is_condition(e: &Expr<'_>) -> bool {
    match &e.kind {
        ExprKind::Binary(b) => !b.op.is_arithmetic(),
        ExprKind::Paren(inner) => is_condition(inner),
        ExprKind::Unary(u) => u.op == crate::ast::UnaryOp::Not,
        _ => false,
    }
}

/// Returns the text from the next position at which parsing can continue: one of `stops`, a closing bracket,
/// or `and` or `or`. Strings and parentheses are skipped with their content. If `progress` is true, at least
/// one character is skipped.
fn skip(i: &str, stops: Stops, progress: bool) -> &str {
    let mut rest = i;
    let mut depth = 0_usize;
    let mut moved = !progress;
    while let Some(c) = rest.chars().next() {
        if depth == 0 && moved && (stops.here(rest) || matches!(c, ')' | ']' | '}')) {
            return rest;
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '\'' => {
                if let Some((after, _)) = quoted(rest) {
                    rest = after;
                    moved = true;
                    continue;
                }
            }
            _ => {}
        }
        let word = name_len(rest);
        if word > 0 {
            let op = binary_operator(&rest[..word]);
            if depth == 0 && matches!(op, Some(crate::ast::BinaryOp::And | crate::ast::BinaryOp::Or)) {
                return rest;
            }
            rest = &rest[word..];
        } else {
            rest = &rest[c.len_utf8()..];
            // The end of something like `9and` is not a word of its own.
            if is_name_char(c) {
                rest = rest.trim_start_matches(is_name_char);
            }
        }
        moved = true;
    }
    rest
}

/// Returns `word` as the replacement for a symbol between the texts `before` and `after`, with an additional
/// space on each side that has none.
pub(crate) fn spaced(word: &str, before: &str, after: &str) -> String {
    let left = if before.ends_with(is_blank) || before.is_empty() { "" } else { " " };
    let right = if after.starts_with(is_blank) || after.is_empty() { "" } else { " " };
    format!("{left}{word}{right}")
}

/// Returns an error with one certain fix that replaces the text at `span` by `replacement`. `fix` is the
/// message of the fix.
pub(crate) fn fixable(code: Code, span: Span, message: String, fix: &str, replacement: String) -> Diagnostic {
    Diagnostic::error(code, span, message).suggest(Suggestion::fix(fix, span, replacement))
}
