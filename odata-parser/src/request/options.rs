//! Parses the query options of a request, and those in the parentheses of an item (ABNF `queryOption`,
//! `expandOption`, `selectOption`): parses their values, or calls the parser of the value.

use dvkit_diagnostic::{Diagnostic, Severity, Span, Suggestion, code, suggest};

use super::option_names::{SYSTEM, system};
use super::separators::{option_ahead, past_comma};
use super::text::{OptionSpan, Parts};
use super::words::{ForeignOption, foreign_option};
use crate::ast::{
    ComputeItem, Expr, ExprKind, Literal, LiteralKind, OptionKind, OrderItem, QueryOption, Request,
};
use crate::input::{Expected, PResult, fail};
use crate::lexical::{binary_operator, blank, is_blank, name, name_len, quoted};
use crate::parser::{Parser, Stops, fixable};
use crate::placeholder;

/// Where an option is in the request, which decides where its value ends.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OptionContext {
    /// The option is after the `?` of a request. Its value ends at the end of the text that is parsed.
    Top,
    /// The option is within the parentheses of an item. Its value ends before `;` or `)`.
    Nested,
}

impl OptionContext {
    pub(super) fn stops(self) -> Stops {
        match self {
            Self::Top => Stops::END,
            Self::Nested => Stops::SEMI_CLOSE,
        }
    }

    pub(super) fn list(self) -> Stops {
        match self {
            Self::Top => Stops::COMMA,
            Self::Nested => Stops::COMMA_SEMI_CLOSE,
        }
    }
}

impl<'s> Parser<'s> {
    /// Parses the whole request `whole`, whose parts are at the positions `parts`. Each failure of an option
    /// is reported separately, so that the other options are still parsed.
    pub(super) fn request(&mut self, whole: &'s str, parts: &Parts) -> Request<'s> {
        let service = &whole[parts.service.clone()];
        let mut request = Request {
            service: (!service.is_empty())
                .then(|| (service, Span::new(parts.service.start, parts.service.end))),
            ..Request::default()
        };
        request.path = self.resource_path(whole, parts);
        request.fragment = parts.fragment.clone().map(|r| (&whole[r.clone()], Span::new(r.start, r.end)));
        request.options.reserve_exact(parts.options.len());
        for piece in &parts.options {
            if !self.recovering && self.has_errors() {
                break;
            }
            if let Some(option) = self.top_option(whole, piece) {
                request.options.push(option);
            }
        }
        if self.recovering || !self.has_errors() {
            // A strict parse finds the mistake among the diagnostics.
            let _ = self.entity_by_id(&request);
        }
        request
    }

    fn top_option(&mut self, whole: &'s str, piece: &OptionSpan) -> Option<QueryOption<'s>> {
        let name = &whole[piece.name.clone()];
        let name_span = Span::new(piece.name.start, piece.name.end);
        let value_span = Span::new(piece.value.start, piece.value.end);
        self.begin(&whole[..piece.value.end]);
        let value = &self.source[piece.value.start..];
        let option = self.option(name, name_span, value, piece.has_value, OptionContext::Top);
        let kind = match option {
            Ok((rest, kind)) => {
                let rest = blank(rest);
                if !rest.is_empty() && self.leftover(rest).is_err() {
                    return None;
                }
                kind
            }
            Err(nom::Err::Error(failure)) => {
                self.report(failure);
                return None;
            }
            Err(_) => return None,
        };
        Some(QueryOption { span: name_span.to(value_span), name, name_span, value_span, kind })
    }

    /// Reports the text `rest` that follows the complete value of an option and does not belong to it.
    #[cold]
    fn leftover(&mut self, rest: &'s str) -> Result<(), nom::Err<crate::input::Failure>> {
        if rest.starts_with([')', ']', '}']) {
            let span = self.span(rest, &rest[1..]);
            let message = format!("this `{}` closes nothing", &rest[..1]);
            let d = Diagnostic::error(code::UNBALANCED, span, message);
            return self.mistake(d.suggest(Suggestion::maybe("leave it out", span, "")));
        }
        let failure = crate::input::Failure::at(rest, Expected::END);
        if self.recovering {
            self.report(failure);
            return Ok(());
        }
        self.report(failure);
        Err(nom::Err::Failure(failure))
    }

    /// Parses the value `value` of the option `name`. `has_value` says whether an `=` follows the name, and
    /// `context` where the option is.
    pub(super) fn option(
        &mut self,
        name: &'s str,
        name_span: Span,
        value: &'s str,
        has_value: bool,
        context: OptionContext,
    ) -> PResult<'s, OptionKind<'s>> {
        if name.is_empty() && has_value {
            let d = Diagnostic::error(
                code::UNKNOWN_QUERY_OPTION,
                name_span,
                "a query option needs a name before the `=`",
            )
            .help("a shell replaces `$name` within double quotes: put the query into single quotes");
            self.mistake(d)?;
            return self.raw(value, context).map(|(rest, text)| (rest, OptionKind::Custom(text)));
        }
        // `${filter}`: a whole option, which only the template knows.
        if self.placeholders && placeholder::starts(name) {
            return self.raw(value, context).map(|(rest, text)| (rest, OptionKind::Custom(text)));
        }
        if let Some(alias) = name.strip_prefix('@').filter(|_| !placeholder::starts(name)) {
            if name_len(alias) != alias.len() || alias.is_empty() {
                let message = format!("`{name}` is not the name of a parameter: write `@` and letters");
                self.mistake(Diagnostic::error(code::UNKNOWN_QUERY_OPTION, name_span, message))?;
            }
            let (rest, value) = self.expression(value, context.stops())?;
            return Ok((rest, OptionKind::Alias(value)));
        }
        let known = match system(name) {
            Ok(known) => known,
            Err(close) => match foreign_option(name) {
                Some(other) => match self.foreign_option(name, name_span, value, other, context)? {
                    Ok(known) => known,
                    Err(read) => return Ok(read),
                },
                None => self.unknown_option(name, name_span, close)?,
            },
        };
        let Some(known) = known else {
            return self.raw(value, context).map(|(rest, text)| (rest, OptionKind::Custom(text)));
        };
        if blank(value).is_empty() && context == OptionContext::Top
            || context.stops().here(blank(value)) && !self.placeholders
        {
            self.empty_option(name, name_span)?;
        }
        self.system_option(known, value, context)
    }

    fn system_option(
        &mut self,
        known: &str,
        value: &'s str,
        context: OptionContext,
    ) -> PResult<'s, OptionKind<'s>> {
        let i = blank(value);
        if context.stops().here(i) {
            let kind = match known {
                "select" => OptionKind::Select(Vec::new()),
                "expand" => OptionKind::Expand(Vec::new()),
                "orderby" => OptionKind::OrderBy(Vec::new()),
                _ => OptionKind::Text(""),
            };
            return Ok((i, kind));
        }
        Ok(match known {
            "select" => {
                let (rest, items) = self.items(i, context, false)?;
                (rest, OptionKind::Select(items))
            }
            "expand" => {
                let (rest, items) = self.items(i, context, true)?;
                (rest, OptionKind::Expand(items))
            }
            "filter" => {
                let (rest, expr) = self.expression(i, context.stops())?;
                (rest, OptionKind::Filter(expr))
            }
            "orderby" => {
                let (rest, items) = self.order_items(i, context.list())?;
                (rest, OptionKind::OrderBy(items))
            }
            "compute" => {
                let (rest, items) = self.compute_items(i, context.list())?;
                (rest, OptionKind::Compute(items))
            }
            "search" => {
                let (rest, search) = self.search(i, context == OptionContext::Nested)?;
                (rest, OptionKind::Search(search))
            }
            "apply" => {
                let (rest, apply) = self.transformations(i, false)?;
                (rest, OptionKind::Apply(apply))
            }
            "top" => {
                let (rest, n) = self.whole_number(i, false)?;
                (rest, OptionKind::Top(n))
            }
            "skip" => {
                let (rest, n) = self.whole_number(i, false)?;
                (rest, OptionKind::Skip(n))
            }
            "index" => {
                let (rest, n) = self.whole_number(i, true)?;
                (rest, OptionKind::Index(n))
            }
            "count" => {
                let (rest, flag) = self.flag(i)?;
                (rest, OptionKind::Count(flag))
            }
            "levels" => {
                let (rest, n) = self.levels(i)?;
                (rest, OptionKind::Levels(n))
            }
            _ => {
                let (rest, text) = self.raw(i, context)?;
                (rest, OptionKind::Text(text))
            }
        })
    }

    /// Reports the option `name` of another system at `span`. `other` is its meaning in OData, and `value` is
    /// the text of its value. Returns the name of the OData option that is meant (`None` if there is none).
    /// If the value is parsed differently too, returns the text after it and the parsed option as the inner
    /// error.
    #[cold]
    #[expect(clippy::type_complexity, reason = "what to go on with, within what may fail")]
    fn foreign_option(
        &mut self,
        name: &'s str,
        span: Span,
        value: &'s str,
        other: ForeignOption,
        context: OptionContext,
    ) -> Result<Result<Option<&'static str>, (&'s str, OptionKind<'s>)>, nom::Err<crate::input::Failure>>
    {
        let message = format!("there is no query option `{name}`");
        let d = Diagnostic::error(code::UNKNOWN_QUERY_OPTION, span, message);
        match other {
            ForeignOption::SameAs(right) => {
                let right = SYSTEM.iter().copied().find(|s| *s == right);
                let written = format!("${}", right.unwrap_or_default());
                self.mistake(d.suggest(Suggestion::fix(
                    format!("OData calls it `{written}`"),
                    span,
                    written,
                )))?;
                Ok(Ok(right))
            }
            ForeignOption::Dataverse(right) => {
                let message = format!("`{right}` is an option of Dataverse, and those have no `$`");
                let d = Diagnostic::error(code::UNKNOWN_QUERY_OPTION, span, message);
                self.mistake(d.suggest(Suggestion::fix(format!("write `{right}`"), span, right)))?;
                Ok(Ok(None))
            }
            ForeignOption::InlineCount => {
                let (rest, text) = self.raw(value, context)?;
                let word = text.trim();
                let at = self.span(blank(value), rest);
                let message = "`$inlinecount` is of OData 2 and 3".to_owned();
                let d = Diagnostic::error(code::UNKNOWN_QUERY_OPTION, span, message);
                let right = match word.to_ascii_lowercase().as_str() {
                    "allpages" => "true",
                    "none" => "false",
                    _ => {
                        self.mistake(d.help("it is `$count=true`, or nothing"))?;
                        return Ok(Err((rest, OptionKind::Custom(text))));
                    }
                };
                let value_span = Span::new(at.range().start, at.range().start + word.len());
                self.mistake(
                    d.suggest(
                        Suggestion::fix(format!("write `$count={right}`"), span, "$count")
                            .and_edit(value_span, right),
                    ),
                )?;
                let literal = Literal { kind: LiteralKind::Boolean, text: right };
                let flag = Expr { span: value_span, kind: ExprKind::Literal(literal) };
                Ok(Err((rest, OptionKind::Count(flag))))
            }
            ForeignOption::Advice(how) => {
                self.mistake(d.help(how))?;
                Ok(Ok(None))
            }
        }
    }

    #[cold]
    fn unknown_option(
        &mut self,
        name: &'s str,
        span: Span,
        close: Option<&'static str>,
    ) -> Result<Option<&'static str>, nom::Err<crate::input::Failure>> {
        let message = format!("there is no query option `{name}`");
        let mut d = Diagnostic::error(code::UNKNOWN_QUERY_OPTION, span, message);
        match close {
            Some(close) => {
                let right = format!("${close}");
                d = d.suggest(Suggestion::fix(format!("write `{right}`"), span, right));
            }
            None => {
                let near = suggest::closest(name.trim_start_matches('$'), SYSTEM.iter().copied());
                d = match near {
                    Some(near) => d.suggest(Suggestion::maybe("did you mean", span, format!("${near}"))),
                    None => d.help("options of your own are written without `$`"),
                };
            }
        }
        self.mistake(d)?;
        Ok(close)
    }

    /// Reports the option `name`, which has no value, as in `$select=`. `span` is its position.
    #[cold]
    fn empty_option(&mut self, name: &str, span: Span) -> Result<(), nom::Err<crate::input::Failure>> {
        self.mistake(Diagnostic::error(code::EMPTY_OPTION, span, format!("`{name}` has no value")))
    }

    /// Parses the value of an option that is kept as a text. The value ends where `context` says, but not
    /// within strings or parentheses.
    pub(super) fn raw(&mut self, i: &'s str, context: OptionContext) -> PResult<'s, &'s str> {
        if context == OptionContext::Top {
            return Ok(("", i));
        }
        let (mut rest, mut depth) = (i, 0_usize);
        while let Some(c) = rest.chars().next() {
            match c {
                '\'' => {
                    if let Some((after, _)) = quoted(rest) {
                        rest = after;
                        continue;
                    }
                }
                '(' => depth += 1,
                ')' | ';' if depth == 0 => break,
                ')' => depth -= 1,
                _ => {}
            }
            rest = &rest[c.len_utf8()..];
        }
        Ok((rest, self.text(i, rest).trim_end_matches(is_blank)))
    }

    /// Parses a whole number or a placeholder at the beginning of `i` (ABNF `top`, `skip`, `index`). If
    /// `signed` is true, the number may have a minus.
    pub(super) fn whole_number(&mut self, i: &'s str, signed: bool) -> PResult<'s, Expr<'s>> {
        if placeholder::starts(i) {
            return self.placeholder_operand(i);
        }
        let digits = i.strip_prefix('-').filter(|_| signed).unwrap_or(i);
        let n = digits.bytes().take_while(u8::is_ascii_digit).count();
        if n == 0 {
            return Err(fail(i, Expected::NUMBER));
        }
        let rest = &digits[n..];
        Ok((rest, self.literal(i, rest, LiteralKind::Integer)))
    }

    /// Parses `true` or `false` at the beginning of `i`, the value of `$count` (ABNF `inlinecount`).
    fn flag(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        if placeholder::starts(i) {
            return self.placeholder_operand(i);
        }
        let n = name_len(i);
        let (word, rest) = (&i[..n], &i[n..]);
        let right = match word.to_ascii_lowercase().as_str() {
            "true" => "true",
            "false" => "false",
            _ => return Err(fail(i, Expected::FLAG)),
        };
        let span = self.span(i, rest);
        if word != right {
            let d =
                Diagnostic::warning(code::WRONG_CASE, span, format!("`{right}` is written in lower case"));
            self.mistake(d.suggest(Suggestion::fix(format!("write `{right}`"), span, right)))?;
        }
        let kind = ExprKind::Literal(Literal { kind: LiteralKind::Boolean, text: right });
        Ok((rest, Expr { span, kind }))
    }

    /// Parses a whole number or `max` at the beginning of `i`, the value of `$levels` (ABNF `levels`).
    fn levels(&mut self, i: &'s str) -> PResult<'s, Expr<'s>> {
        let n = name_len(i);
        if n > 0 {
            return if i[..n].eq_ignore_ascii_case("max") {
                self.word(i)
            } else {
                Err(fail(i, Expected::LEVELS))
            };
        }
        if i.starts_with('0') {
            return Err(fail(i, Expected::LEVELS));
        }
        self.whole_number(i, false)
    }

    /// Parses the items of an order at the beginning of `i`, such as `name desc,revenue` (ABNF `orderby`).
    /// The last one ends before one of `stops`.
    pub(super) fn order_items(&mut self, mut i: &'s str, stops: Stops) -> PResult<'s, Vec<OrderItem<'s>>> {
        let mut items = Vec::with_capacity(2);
        loop {
            let leading = leading_direction(blank(i));
            let start = leading.map_or(blank(i), |(_, next)| next);
            let words = self.expect_words(Parser::DIRECTION);
            let result = self.expression(start, stops);
            self.stop_words = words;
            let (rest, expr) = result?;
            let (rest, mut direction) = self.direction(rest)?;
            let mut span = direction.map_or(expr.span, |(_, s)| expr.span.to(s));
            if let Some((descending, next)) = leading {
                let before = self.span(blank(i), next);
                self.misplaced_direction(descending, before, expr.span, direction)?;
                let word = self.span(blank(i), &blank(i)[name_len(blank(i))..]);
                direction = direction.or(Some((descending, word)));
                span.start = before.start;
            }
            items.push(OrderItem { span, expr, direction });
            match self.more(rest, stops, false)? {
                Some(next) => i = next,
                None => return Ok((past_comma(rest), items)),
            }
        }
    }

    /// Reports a direction before the column that it is for. `descending` says whether it is `desc`, `word` is its
    /// position with the space behind it, `column` is that of the column, and `behind` the direction that
    /// follows the column too.
    #[cold]
    fn misplaced_direction(
        &mut self,
        descending: bool,
        word: Span,
        column: Span,
        behind: Option<(bool, Span)>,
    ) -> Result<(), nom::Err<crate::input::Failure>> {
        let name = if descending { "desc" } else { "asc" };
        let message = format!("the direction `{name}` follows the column that it is for");
        let d = Diagnostic::error(
            code::UNEXPECTED,
            Span { end: word.start + name.len() as u32, ..word },
            message,
        );
        let fix = Suggestion::fix(format!("write `{name}` behind it"), word, "");
        self.mistake(match behind {
            None => d.suggest(fix.and_edit(Span::at(column.end as usize), format!(" {name}"))),
            Some((same, _)) if same == descending => {
                d.suggest(Suggestion::fix("leave out the first one", word, ""))
            }
            Some(_) => d.suggest(Suggestion::maybe("leave out the first one", word, "")),
        })
    }

    /// Parses the direction of an order, `asc` or `desc`, at the beginning of `i`. Returns whether it is
    /// `desc`, and its position; `None` if there is no direction.
    pub(super) fn direction(&mut self, i: &'s str) -> PResult<'s, Option<(bool, Span)>> {
        let at = blank(i);
        let n = name_len(at);
        let right = match at[..n].to_ascii_lowercase().as_str() {
            "asc" | "ascending" => "asc",
            "desc" | "descending" => "desc",
            _ => return Ok((i, None)),
        };
        let span = self.span(at, &at[n..]);
        if !at[..n].eq_ignore_ascii_case(right) {
            let message = format!("the direction is spelt `{right}` in OData");
            self.mistake(fixable(
                code::FOREIGN_OPERATOR,
                span,
                message,
                &format!("write `{right}`"),
                right.to_owned(),
            ))?;
        }
        Ok((&at[n..], Some((right == "desc", span))))
    }

    /// Parses what follows an item of a list at the beginning of `i`. Returns the text after a comma; `None`
    /// if the list ends there. A comma at the end of the list is reported, as a warning if `names` is true
    /// and otherwise as an error.
    pub(super) fn more(
        &mut self,
        i: &'s str,
        stops: Stops,
        names: bool,
    ) -> Result<Option<&'s str>, nom::Err<crate::input::Failure>> {
        let mut at = blank(i);
        let Some(mut next) = at.strip_prefix(',') else { return Ok(None) };
        while blank(next).starts_with(',') {
            let span = self.span(at, next);
            let message = "two commas in a row".to_owned();
            self.mistake(fixable(code::DANGLING_OPERATOR, span, message, "leave one out", String::new()))?;
            at = blank(next);
            next = &at[1..];
        }
        let behind = blank(next);
        if behind.is_empty() || behind.starts_with([';', ')']) {
            let span = self.span(at, next);
            let message = "nothing follows this comma".to_owned();
            let mut d = fixable(code::DANGLING_OPERATOR, span, message, "leave it out", String::new());
            // The service's own parser ignores it in `$select` and `$expand`.
            if names {
                d.severity = Severity::Warning;
            }
            self.mistake(d)?;
            return Ok(None);
        }
        // Options are separated by `;`.
        if stops.has(Stops::SEMI_CLOSE) && option_ahead(behind).is_some() {
            return Ok(None);
        }
        Ok(Some(next))
    }

    /// Parses the items of `$compute` at the beginning of `i`, such as `a mul b as c,…` (ABNF `compute`). The
    /// last one ends before one of `stops`.
    pub(super) fn compute_items(
        &mut self,
        mut i: &'s str,
        stops: Stops,
    ) -> PResult<'s, Vec<ComputeItem<'s>>> {
        let mut items = Vec::new();
        loop {
            let start = blank(i);
            let words = self.expect_words(Parser::AS);
            let result = self.expression(start, stops);
            self.stop_words = words;
            let (rest, expr) = result?;
            let (rest, alias) = self.alias(rest)?;
            let span = expr.span.to(alias.1);
            items.push(ComputeItem { span, expr, alias });
            match self.more(rest, stops, false)? {
                Some(next) => i = next,
                None => return Ok((past_comma(rest), items)),
            }
        }
    }

    /// Parses a name after `as` at the beginning of `i`, such as `as total`. Returns the name and its
    /// position.
    pub(super) fn alias(&mut self, i: &'s str) -> PResult<'s, (&'s str, Span)> {
        let at = blank(i);
        let n = name_len(at);
        if !at[..n].eq_ignore_ascii_case("as") {
            return Err(fail(at, Expected::AS));
        }
        let start = blank(&at[n..]);
        let (rest, text) = name(start)?;
        Ok((rest, (text, self.span(start, rest))))
    }

    /// Sets the words that end an expression to a sum of bits such as [`Parser::AS`], and returns the sum
    /// that was set before.
    pub(super) fn expect_words(&mut self, words: u8) -> u8 {
        std::mem::replace(&mut self.stop_words, words)
    }
}

/// Returns whether the direction at the beginning of `at` is `desc`, and the text from the column that follows it,
/// as in `desc name`; `None` if there is no direction, or if it is the name of a column itself.
fn leading_direction(at: &str) -> Option<(bool, &str)> {
    let word = &at[..name_len(at)];
    let descending = word.eq_ignore_ascii_case("desc");
    if !descending && !word.eq_ignore_ascii_case("asc") {
        return None;
    }
    let next = blank(&at[word.len()..]);
    let is_other = |word: &str| {
        ["asc", "ascending", "desc", "descending"].iter().any(|d| word.eq_ignore_ascii_case(d))
            || binary_operator(word).is_some()
    };
    let column = &next[..name_len(next)];
    (next.len() < at.len() - word.len() && !column.is_empty() && !is_other(column))
        .then_some((descending, next))
}
