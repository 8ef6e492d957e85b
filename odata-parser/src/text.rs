//! Parses strings: correct ones, and ones with wrong quotes, without a closing quote, or with unescaped
//! apostrophes, which are reported. The parser of operands calls it at a quote.

use dvkit_diagnostic::{Applicability, Diagnostic, Span, Suggestion, code};

use crate::ast::{BinaryOp, Expr, ExprKind, Literal, LiteralKind, Placeholder};
use crate::input::{PResult, fail};
use crate::lexical::{at_boundary, binary_operator, blank, is_blank, json_string, name_len, quoted};
use crate::parser::Parser;
use crate::placeholder;

/// Curly quotes, which word processors insert in place of straight ones.
const CURLY: [char; 7] = ['‘', '’', '‚', '‛', '“', '”', '„'];

impl<'s> Parser<'s> {
    /// Parses a string in single quotes at the beginning of `i` (ABNF `string`). A string with a mistake is
    /// reported.
    #[inline]
    pub(crate) fn string(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let found = if self.placeholders { placeholder::quoted_with_placeholders(i) } else { quoted(i) };
        let Some((rest, text)) = found else { return self.unterminated(i) };
        if !at_boundary(rest)
            && let Some(meant) = self.unescaped(i, rest)?
        {
            return Ok(meant);
        }
        if self.placeholders && placeholder::has_placeholder(text) {
            return Ok((rest, self.hole_in_text(i, rest, &text[1..text.len() - 1])));
        }
        Ok((rest, self.literal(i, rest, LiteralKind::String)))
    }

    fn hole_in_text(&self, i: &'s str, rest: &'s str, inner: &'s str) -> Expr<'s> {
        Expr {
            span: self.span(i, rest),
            kind: ExprKind::Placeholder(Placeholder { text: inner, quoted: true }),
        }
    }

    /// Returns `rest` and the string literal with the content `inner`. In the text, the string begins where
    /// `i` begins, ends where `rest` begins, and has other quotes than OData requires.
    fn bare_text(&self, i: &'s str, rest: &'s str, inner: &'s str) -> (&'s str, Expr<'s>) {
        if self.placeholders && placeholder::has_placeholder(inner) {
            return (rest, self.hole_in_text(i, rest, inner));
        }
        let literal = Literal { kind: LiteralKind::String, text: inner };
        (rest, Expr { span: self.span(i, rest), kind: ExprKind::Literal(literal) })
    }

    /// Parses a string at the beginning of `i` with an unescaped apostrophe before a letter, such as
    /// `'O'Brien'`, and reports it. `rest` is the text after that apostrophe. Returns `None` if the letter
    /// begins an operator, or if no other apostrophe closes the string.
    #[cold]
    fn unescaped(
        &mut self,
        i: &'s str,
        rest: &'s str,
    ) -> Result<Option<(&'s str, Expr<'s>)>, nom::Err<crate::input::Failure>> {
        if !self.placeholders
            && let Some(found) = self.text_with_placeholder(i, rest)?
        {
            return Ok(Some(found));
        }
        if operator_begins(rest) {
            return Ok(None);
        }
        // `'Ann and lastname eq 'Bob'`: the first text lacks its quote and ends before `and`.
        let first = self.text(&i[1..], rest);
        if ends_in_operator(&first[..first.len() - 1])
            && let Some(at) = conjunction(&i[1..], first.len())
        {
            return self.cut_short(i, &i[1 + at..]).map(Some);
        }
        let mut from = i.len() - rest.len();
        let end = loop {
            let Some(at) = i[from..].find('\'').map(|p| from + p) else { return Ok(None) };
            if i[at + 1..].starts_with('\'') {
                from = at + 2;
                continue;
            }
            if may_follow_text(&i[at + 1..]) {
                break at;
            }
            from = at + 1;
        };
        let (inner, after) = (&i[1..end], &i[end + 1..]);
        let span = self.span(i, after);
        let base = self.offset(i) + 1;
        let singles: Vec<usize> = single_apostrophes(inner);
        let mut fix = Suggestion::fix("write the apostrophe twice", Span::at(base), "");
        fix.edits.clear();
        // Between letters an apostrophe belongs to the text. Elsewhere it may be a surplus quote, or the quote of
        // another text.
        let within = |at: &usize| {
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let before = inner[..*at].strip_suffix('\\').unwrap_or(&inner[..*at]);
            letter(before.chars().next_back()) && letter(inner[at + 1..].chars().next())
        };
        if !singles.iter().all(within) {
            fix.applicability = Applicability::Maybe;
        }
        for at in &singles {
            // Other languages write `\'`.
            let slash = usize::from(inner[..*at].ends_with('\\'));
            fix = fix.and_edit(Span::new(base + at - slash, base + at), "'");
        }
        let at = singles.first().map_or(base, |at| base + at);
        self.mistake(
            Diagnostic::error(
                code::UNESCAPED_APOSTROPHE,
                Span::new(at, at + 1),
                "this apostrophe ends the text: inside a text it is written twice",
            )
            .suggest(fix),
        )?;
        let literal = Literal { kind: LiteralKind::String, text: inner };
        Ok(Some((after, Expr { span, kind: ExprKind::Literal(literal) })))
    }

    /// Parses a string at the beginning of `i` that contains a placeholder with quotes of its own, such as
    /// `'@{variables('x')}'`, and reports that placeholders are not accepted. `rest` is the text after the
    /// first closing quote. Returns `None` for any other string.
    fn text_with_placeholder(
        &mut self,
        i: &'s str,
        rest: &'s str,
    ) -> Result<Option<(&'s str, Expr<'s>)>, nom::Err<crate::input::Failure>> {
        let Some((after, text)) = placeholder::quoted_with_placeholders(i) else { return Ok(None) };
        if after.len() >= rest.len()
            || !placeholder::has_placeholder(&text[1..text.len() - 1])
            || !may_follow_text(after)
        {
            return Ok(None);
        }
        let message = "this text holds a placeholder with quotes of its own";
        self.mistake(Diagnostic::error(code::PLACEHOLDER, self.span(i, after), message))?;
        Ok(Some((after, self.error(i, after))))
    }

    /// Parses a string at the beginning of `i` whose quotes are escaped as in XML or program code
    /// (`&apos;Ann&apos;`, `\'Ann\'`), and reports it. Returns `None` for any other text.
    #[cold]
    pub(crate) fn escaped_quotes(&mut self, i: &'s str) -> Option<PResult<'s, Expr<'s>>> {
        const ESCAPED: [&str; 8] = ["&apos;", "&#39;", "&#x27;", "&quot;", "&#34;", "&#x22;", "\\'", "\\\""];
        let quote = ESCAPED.into_iter().find(|q| i.starts_with(q))?;
        let content = &i[quote.len()..];
        let mut from = 0;
        let end = loop {
            let at = from + content[from..].find(quote)?;
            if may_follow_text(&content[at + quote.len()..]) {
                break at;
            }
            // A doubled quote is a quote within the text.
            let twice = content[at + quote.len()..].starts_with(quote);
            from = at + quote.len() * if twice { 2 } else { 1 };
        };
        let (inner, rest) = (&content[..end], &content[end + quote.len()..]);
        let span = self.span(i, rest);
        let doubled = quote.repeat(2);
        let meant = inner.replace(&doubled, "'").replace(quote, "'").replace('\'', "''");
        // With plain quotes elsewhere it is unclear which of them were escaped, too.
        let plain = self.source.split(quote).any(|piece| piece.contains(['\'', '"']));
        let fix = if plain { Suggestion::maybe } else { Suggestion::fix };
        let d = Diagnostic::error(code::DOUBLE_QUOTED, span, format!("`{quote}` is a quote that is escaped"))
            .suggest(fix(format!("write `'{meant}'`"), span, format!("'{meant}'")));
        Some(self.mistake(d).map(|()| self.bare_text(i, rest, inner)))
    }

    /// Parses a column name in double quotes, backticks or square brackets, such as `"name"` and `[name]`, at
    /// the beginning of `i`, and reports it. `close` is the closing quote or bracket. Returns `None` unless
    /// an operator follows, or the name is the first argument of a text function.
    #[cold]
    pub(crate) fn quoted_name(&mut self, i: &'s str, close: char) -> Option<PResult<'s, Expr<'s>>> {
        let inner = &i[1..];
        let n = name_len(inner);
        let rest = inner[n..].strip_prefix(close).filter(|_| n > 0)?;
        let next = blank(rest);
        let word = &next[..name_len(next)];
        let compared = binary_operator(word).is_some_and(|op| op.is_comparison() || op == BinaryOp::In)
            || word.is_empty() && next.starts_with(['=', '<', '>', '!']);
        let left = compared && self.min <= crate::expr::precedence_of(BinaryOp::Eq);
        let before = &self.source[..self.offset(i)];
        let searched = next.starts_with(',')
            && ["contains(", "startswith(", "endswith("].iter().any(|f| before.ends_with(f));
        if !left && !searched {
            return None;
        }
        let span = self.span(i, rest);
        let name = &inner[..n];
        let d = Diagnostic::error(
            code::UNEXPECTED,
            span,
            "the name of a column stands without quotes or brackets",
        )
        .suggest(Suggestion::fix(format!("write `{name}`"), span, name));
        Some(self.mistake(d).map(|()| {
            let column = self.column(inner, &inner[n..], name);
            (rest, Expr { span, kind: column.kind })
        }))
    }

    /// Parses a string at the beginning of `i` that is never closed, and reports it. The string ends before
    /// the next condition (` and x eq`), before the closing parentheses at the end of the text that belong to
    /// open ones, or at the end of the text.
    #[cold]
    fn unterminated(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let content = &i[1..];
        // A curly quote may close it.
        if let Some((at, c)) = content
            .char_indices()
            .find(|(at, c)| CURLY.contains(c) && may_follow_text(&content[at + c.len_utf8()..]))
        {
            return self.curly(i, 1, 1 + at, c.len_utf8());
        }
        if let Some(at) = conjunction(content, content.len()) {
            return self.cut_short(i, &content[at..]);
        }
        let mut inner = content.trim_end_matches(is_blank);
        for _ in 0..self.open {
            let Some(shorter) = inner.strip_suffix(')') else { break };
            if shorter.matches('(').count() > shorter.matches(')').count() {
                break;
            }
            inner = shorter.trim_end_matches(is_blank);
        }
        let rest = &content[inner.len()..];
        self.never_ends(i, rest)?;
        // The text keeps its opening quote, so an apostrophe at either end belongs to it.
        Ok(self.bare_text(i, rest, if self.placeholders { inner } else { self.text(i, rest) }))
    }

    /// Parses a string at the beginning of `i` whose closing quote is missing, and reports it. The string
    /// ends where `rest` begins.
    fn cut_short(&mut self, i: &'s str, rest: &'s str) -> PResult<'s, Expr<'s>> {
        self.never_ends(i, rest)?;
        Ok(self.bare_text(i, rest, self.text(&i[1..], rest)))
    }

    fn never_ends(&mut self, i: &'s str, rest: &'s str) -> Result<(), nom::Err<crate::input::Failure>> {
        let at = Span::at(self.offset(rest));
        let fix = Suggestion::maybe("add the closing quote", at, "'");
        let span = self.span(i, &i[1..]);
        self.mistake(
            Diagnostic::error(code::UNTERMINATED_STRING, span, "this text is never closed").suggest(fix),
        )
    }

    /// Parses a string in double quotes at the beginning of `i`, and reports it. OData requires single
    /// quotes.
    #[cold]
    pub(crate) fn double_quoted(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if let Some(name) = self.quoted_name(i, '"') {
            return name;
        }
        let (rest, inner) = match json_string(i) {
            Some((rest, text)) => (rest, &text[1..text.len() - 1]),
            // Its end is clear even if it contains an escape of another language.
            None => match i[1..].split_once('"') {
                Some((inner, rest)) => (rest, inner),
                None => {
                    let span = self.span(i, &i[1..]);
                    self.mistake(Diagnostic::error(
                        code::UNTERMINATED_STRING,
                        span,
                        "this text is never closed",
                    ))?;
                    return Err(fail(i, crate::expr::OPERAND));
                }
            },
        };
        let span = self.span(i, rest);
        let meant = inner.replace("\\\"", "\"").replace("\\\\", "\\").replace('\'', "''");
        // `"null"` may mean the literal.
        let fix =
            if matches!(inner, "null" | "true" | "false") { Suggestion::maybe } else { Suggestion::fix };
        self.mistake(
            Diagnostic::error(code::DOUBLE_QUOTED, span, "texts stand in single quotes").suggest(fix(
                format!("write `'{meant}'`"),
                span,
                format!("'{meant}'"),
            )),
        )?;
        Ok(self.bare_text(i, rest, inner))
    }

    /// Parses a string in curly quotes at the beginning of `i`, and reports it. OData requires straight
    /// single quotes.
    #[cold]
    pub(crate) fn curly_quoted(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let Some(open) = i.chars().next().filter(|c| CURLY.contains(c)) else {
            return Err(fail(i, crate::expr::OPERAND));
        };
        let start = open.len_utf8();
        let close = i.char_indices().skip(1).find(|(at, c)| {
            (CURLY.contains(c) || matches!(c, '\'' | '"')) && may_follow_text(&i[at + c.len_utf8()..])
        });
        match close {
            Some((at, c)) => self.curly(i, start, at, c.len_utf8()),
            None => Err(fail(i, crate::expr::OPERAND)),
        }
    }

    fn curly(&mut self, i: &'s str, from: usize, to: usize, close: usize) -> PResult<'s, Expr<'s>> {
        let (inner, rest) = (&i[from..to], &i[to + close..]);
        let span = self.span(i, rest);
        let meant = inner.replace('\'', "''");
        // Two curly quotes in a row may be one apostrophe. Next to other quotes it is unclear which of them were
        // curly, too.
        let unclear = inner.contains("’’") || self.source.contains('"');
        let fix = if unclear { Suggestion::maybe } else { Suggestion::fix };
        self.mistake(
            Diagnostic::error(code::CURLY_QUOTES, span, "texts stand in straight single quotes")
                .suggest(fix(format!("write `'{meant}'`"), span, format!("'{meant}'"))),
        )?;
        Ok(self.bare_text(i, rest, inner))
    }
}

/// Returns the byte offsets of the apostrophes in a text that are not doubled, in ascending order.
fn single_apostrophes(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut singles = Vec::new();
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        if *b == b'\'' {
            if bytes.get(at + 1) == Some(&b'\'') {
                at += 1;
            } else {
                singles.push(at);
            }
        }
        at += 1;
    }
    singles
}

/// Returns whether an operator begins at the beginning of `i`, possibly after white space.
fn operator_begins(i: &str) -> bool {
    let n = name_len(i);
    n > 0 && binary_operator(&i[..n]).is_some() && at_boundary(&i[n..])
}

/// Returns whether a string can end before `rest`, which is empty, or begins with a closing bracket, a comma,
/// or white space and an operator.
fn may_follow_text(rest: &str) -> bool {
    let next = blank(rest);
    next.is_empty()
        || rest.starts_with([')', ',', ']', '}', ':'])
        || next.starts_with([')', ','])
        || (next.len() < rest.len() && operator_begins(next))
}

/// Returns whether a text ends in a comparison operator and white space. A string with this content lacks its
/// closing quote, and includes the beginning of the next condition.
fn ends_in_operator(text: &str) -> bool {
    let trimmed = text.trim_end_matches(is_blank);
    trimmed.len() < text.len()
        && trimmed
            .rsplit(is_blank)
            .next()
            .is_some_and(|w| binary_operator(w).is_some_and(|op| op.is_comparison()))
}

/// Returns the byte offset of ` and name op` or ` or name op` within the first `limit` bytes of `i`; `None`
/// if there is none.
fn conjunction(i: &str, limit: usize) -> Option<usize> {
    i.char_indices().take_while(|(at, _)| *at < limit).find_map(|(at, c)| {
        let next = blank(&i[at..]);
        if !is_blank(c) || !(next.starts_with("and ") || next.starts_with("or ")) {
            return None;
        }
        let operand = blank(&next[next.find(' ')?..]).trim_start_matches('(');
        let n = operand.find(is_blank)?;
        (name_len(operand) > 0 && n < operand.len() && operator_begins(blank(&operand[n..]))).then_some(at)
    })
}
