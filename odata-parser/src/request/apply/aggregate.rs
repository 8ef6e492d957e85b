//! Parses `aggregate(…)` (ABNF `aggregateExpr`), which is a transformation of `$apply` or a segment of a
//! path. The parsers of both call it.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};

use super::comma;
use crate::ast::{Aggregation, Expr, ExprKind, From, Path, Segment, SegmentKind};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{at_boundary, blank, dotted_name, name_len};
use crate::parser::{Parser, Stops, fixable};
use crate::placeholder;

/// The standard aggregation methods, each with the name that a suggestion proposes for its result.
const METHODS: &[(&str, &str)] = &[
    ("sum", "total"),
    ("average", "average"),
    ("min", "minimum"),
    ("max", "maximum"),
    ("countdistinct", "count"),
];

/// Names of aggregation methods in other languages, each with the method in OData.
const FOREIGN: &[(&str, &str)] = &[
    ("avg", "average"),
    ("mean", "average"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("total", "sum"),
    ("distinctcount", "countdistinct"),
    ("distinct", "countdistinct"),
];

/// Returns the standard aggregation method that `word` means, in OData or another language; `None` if `word`
/// means none.
fn method(word: &str) -> Option<&'static str> {
    let is = |w: &str| w.eq_ignore_ascii_case(word);
    let known = METHODS.iter().map(|(name, _)| *name).find(|n| is(n));
    known.or_else(|| FOREIGN.iter().find(|(n, _)| is(n)).map(|(_, right)| *right))
}

/// The expression to aggregate, with the method and its position if the expression is a call such as
/// `sum(revenue)` of other languages, otherwise `None`.
type Aggregated<'s> = (Expr<'s>, Option<(&'s str, Span)>);

impl<'s> Parser<'s> {
    /// Parses the arguments of `aggregate` at the beginning of `i`, such as `a with sum as b,…`. If `named`
    /// is true, a computed value without a name is reported.
    pub(crate) fn aggregations(&mut self, i: &'s str, named: bool) -> PResult<'s, Vec<Aggregation<'s>>> {
        self.listed(i, |g, i| g.aggregation(i, named))
    }

    /// Parses the parentheses after `aggregate` in a path at the beginning of `i`, such as `(a with sum)`
    /// (ABNF `aggregateFunctionExpr`).
    pub(crate) fn aggregate_step(&mut self, i: &'s str) -> PResult<'s, Vec<Aggregation<'s>>> {
        self.parens(i, |g, i| g.aggregations(i, false))
    }

    fn aggregation(&mut self, i: &'s str, named: bool) -> PResult<'s, Aggregation<'s>> {
        let words = self.expect_words(Self::WITH);
        let aggregated = self.aggregated(i);
        self.stop_words = words;
        let (mut rest, (mut expr, mut method)) = aggregated?;
        if let Some(at) = self.behind_with(rest)? {
            let (after, text, span) = self.method(at)?;
            if text.eq_ignore_ascii_case("count") {
                expr = self.with_count(expr, i, after)?;
            } else if is_bare_count(&expr) {
                let message = "`$count` counts rows and takes no method".to_owned();
                let span = self.span(rest, after);
                self.mistake(fixable(code::UNEXPECTED, span, message, "leave it out", String::new()))?;
            } else {
                method = Some((text, span));
            }
            rest = after;
        }
        let aggregated_end = self.end_of(i, rest);
        let mut from = Vec::new();
        while let Some(at) = word(rest, "from") {
            let clause;
            (rest, clause) = self.from(at)?;
            // Only a custom aggregate may have no method.
            if clause.method.is_none() && (method.is_some() || is_count(&expr)) {
                return Err(fail(blank(rest), Expected::METHOD));
            }
            from.push(clause);
        }
        let mut alias = None;
        let behind = rest;
        if word(rest, "as").is_some() {
            let (after, name) = self.alias(rest)?;
            (rest, alias) = (after, Some(name));
        }
        let is_placeholder = matches!(expr.kind, ExprKind::Placeholder(_));
        if method.is_none() && !matches!(expr.kind, ExprKind::Path(_) | ExprKind::Error) && !is_placeholder {
            let message = "it is not said how to aggregate this: `with sum`, `average`, `min`, `max` or `countdistinct` is missing";
            let d = Diagnostic::error(code::UNEXPECTED, expr.span, message);
            self.mistake(d.suggest(Suggestion::maybe("add a method", aggregated_end, " with sum")))?;
        } else if alias.is_none()
            && named
            && (method.is_some() || is_count(&expr) || !from.is_empty())
            && !is_placeholder
        {
            self.nameless(i, behind, method)?;
            // A word in the position of the name is the name.
            if let Ok((after, name)) = crate::lexical::name(blank(rest)) {
                (alias, rest) = (Some((name, self.span(blank(rest), after))), after);
            }
        }
        let span = self.span(i, rest);
        Ok((rest, Aggregation { span, expr, method, from, alias }))
    }

    /// Returns the text after the word `with` at the beginning of `rest`; `None` if no method follows. A
    /// method without `with` is reported.
    fn behind_with(&mut self, rest: &'s str) -> Result<Option<&'s str>, nom::Err<Failure>> {
        let at = blank(rest);
        if method(&at[..name_len(at)]).is_none() {
            return Ok(word(rest, "with"));
        }
        let message = "`with` is missing before the method".to_owned();
        let span = Span::at(self.offset(at));
        self.mistake(fixable(code::UNEXPECTED, span, message, "write `with`", "with ".to_owned()))?;
        Ok(Some(at))
    }

    /// Returns the empty span at the end of the text between the beginnings of `i` and `rest`, before white
    /// space at its end.
    fn end_of(&self, i: &'s str, rest: &str) -> Span {
        Span::at(self.offset(i) + self.text(i, rest).trim_end().len())
    }

    /// Reports a computed value without a name, and suggests a name. `i` begins with the item, `rest` is the
    /// text after it, and `method` is its aggregation method.
    #[cold]
    fn nameless(
        &mut self,
        i: &'s str,
        rest: &'s str,
        method: Option<(&str, Span)>,
    ) -> Result<(), nom::Err<Failure>> {
        let name = match method {
            None => "count",
            Some((text, _)) => METHODS.iter().find(|(m, _)| *m == text).map_or("result", |(_, name)| name),
        };
        let end = self.end_of(i, rest);
        let at = blank(rest);
        let n = name_len(at);
        if n > 0 && (blank(&at[n..]).is_empty() || blank(&at[n..]).starts_with([',', ')'])) {
            let span = Span::at(self.offset(at));
            let d =
                Diagnostic::error(code::UNEXPECTED, span, "`as` is missing before the name of the result");
            // In `asn` only the space is missing.
            let joined = at.get(..2).is_some_and(|w| w.eq_ignore_ascii_case("as"));
            return self.mistake(d.suggest(match joined {
                true => Suggestion::maybe("write `as`", span, "as "),
                false => Suggestion::fix("write `as`", span, "as "),
            }));
        }
        let d = Diagnostic::error(code::UNEXPECTED, self.span(i, rest), "the result needs a name");
        self.mistake(d.suggest(Suggestion::maybe(format!("call it `{name}`"), end, format!(" as {name}"))))
    }

    /// Parses the expression before `with` at the beginning of `i`.
    fn aggregated(&mut self, i: &'s str) -> PResult<'s, Aggregated<'s>> {
        if let Some(rest) = i.strip_prefix("$count").filter(|rest| at_boundary(rest)) {
            return Ok((rest, (self.count(i, rest), None)));
        }
        // `with` is a column unless a method follows it.
        if word(i, "with").is_some_and(|at| method(&at[..name_len(at)]).is_some()) {
            return Err(fail(i, Expected::COLUMN));
        }
        let (rest, (text, dotted)) = match dotted_name(i) {
            Ok(found) => found,
            Err(_) => return self.aggregated_expression(i),
        };
        if dotted && word(rest, "with").is_some() {
            let span = self.span(i, rest);
            let segments = vec![Segment { span, kind: SegmentKind::Qualified(text) }];
            return Ok((rest, (Expr { span, kind: ExprKind::Path(Path { segments }) }, None)));
        }
        if !dotted && rest.starts_with('(') && (method(text).is_some() || text.eq_ignore_ascii_case("count"))
        {
            return self.called(i, rest, text);
        }
        self.aggregated_expression(i)
    }

    fn aggregated_expression(&mut self, i: &'s str) -> PResult<'s, Aggregated<'s>> {
        let (rest, expr) = self.expression(i, Stops::COMMA_CLOSE)?;
        Ok((rest, (expr, None)))
    }

    /// Parses an aggregation in the notation of SQL, such as `sum(revenue)`, and reports it. `text` is the
    /// name at the beginning of `i`, and `open` begins with the parenthesis.
    #[cold]
    fn called(&mut self, i: &'s str, open: &'s str, text: &'s str) -> PResult<'s, Aggregated<'s>> {
        let inside = blank(&open[1..]);
        let message = format!("`{text}(…)` is SQL: OData writes `column with method as name`");
        let Some(method) = method(text) else {
            // `count(*)`, `count(1)`, `count(a)`
            let rest = super::past_parens(open);
            let span = self.span(i, rest);
            let rows = inside.starts_with(['*', ')', '1']);
            let fix = if rows { Suggestion::fix } else { Suggestion::maybe };
            let d = Diagnostic::error(code::FOREIGN_OPERATOR, span, message);
            self.mistake(d.suggest(fix("write `$count`".to_owned(), span, "$count".to_owned())))?;
            return Ok((rest, (self.count(i, rest), None)));
        };
        let (rest, expr) = self.parens(open, |g, i| g.expression(i, Stops::CLOSE))?;
        let span = self.span(i, rest);
        let fix = format!("{} with {method}", expr.span.of(self.source));
        self.mistake(fixable(code::FOREIGN_OPERATOR, span, message, &format!("write `{fix}`"), fix.clone()))?;
        Ok((rest, (expr, Some((method, self.span(i, open))))))
    }

    /// Reports the method `count`, as in `a with count`, because OData has no such method, and returns the
    /// path `$count` that replaces the expression `expr`. The item begins where `i` begins, and `rest` is the
    /// text after it.
    #[cold]
    fn with_count(
        &mut self,
        expr: Expr<'s>,
        i: &'s str,
        rest: &'s str,
    ) -> Result<Expr<'s>, nom::Err<Failure>> {
        let span = self.span(i, rest);
        let d = Diagnostic::error(
            code::FOREIGN_OPERATOR,
            span,
            "rows are counted with `$count`, not with a method",
        );
        let fix = match expr.kind {
            _ if is_count(&expr) => Suggestion::fix("write `$count`", span, expr.to_string()),
            _ => Suggestion::maybe("write `$count`", span, "$count"),
        };
        self.mistake(d.suggest(fix))?;
        Ok(self.count(i, rest))
    }

    /// Returns the path `$count` as an expression. In the text it begins where `i` begins, and ends where
    /// `rest` begins.
    fn count(&self, i: &'s str, rest: &'s str) -> Expr<'s> {
        let span = self.span(i, rest);
        let segments = vec![Segment { span, kind: SegmentKind::Count(None) }];
        Expr { span, kind: ExprKind::Path(Path { segments }) }
    }

    /// Parses an aggregation method at the beginning of `i` (ABNF `aggregateMethod`). Returns the text after
    /// it, the method, and its position.
    fn method(&mut self, i: &'s str) -> Result<(&'s str, &'s str, Span), nom::Err<Failure>> {
        if placeholder::starts(i) {
            let (rest, placeholder) = self.placeholder_segment(i)?;
            return Ok((rest, placeholder.text, self.span(i, rest)));
        }
        let (rest, (text, dotted)) =
            dotted_name(i).map_err(|_: nom::Err<Failure>| fail(i, Expected::AGGREGATE_METHOD))?;
        let span = self.span(i, rest);
        let known = METHODS.iter().any(|(name, _)| *name == text);
        if dotted || known || text.eq_ignore_ascii_case("count") {
            return Ok((rest, text, span));
        }
        let d = Diagnostic::error(code::MISSPELT_OPERATOR, span, format!("there is no method `{text}`"));
        let names = || METHODS.iter().map(|(name, _)| *name);
        let meant = method(text).or_else(|| suggest::unambiguous_typo(text, names().map(|n| (n, None))));
        if let Some(meant) = meant {
            self.mistake(d.suggest(Suggestion::fix(format!("write `{meant}`"), span, meant)))?;
            return Ok((rest, meant, span));
        }
        let d = match suggest::closest(text, names()) {
            Some(close) => d.suggest(Suggestion::maybe("did you mean", span, close)),
            None => d.help("the methods are `sum`, `average`, `min`, `max` and `countdistinct`"),
        };
        self.mistake(d)?;
        Ok((rest, text, span))
    }

    /// Parses the text after the word `from`, such as `a,b/c with average`, at the beginning of `i` (ABNF
    /// `aggregateFrom`, `customFrom`).
    fn from(&mut self, i: &'s str) -> PResult<'s, From<'s>> {
        let (mut rest, first) = self.grouping_property(i)?;
        let mut paths = vec![first];
        while let Ok(next) = comma(rest) {
            let path;
            (rest, path) = self.grouping_property(next)?;
            paths.push(path);
        }
        let mut method = None;
        if let Some(at) = word(rest, "with") {
            let (after, text, span) = self.method(at)?;
            (rest, method) = (after, Some((text, span)));
        }
        Ok((rest, From { paths, method }))
    }
}

/// Skips the word `wanted`, in any letter case, with the white space before and after it, and returns the
/// rest of `i`. Returns `None` if `i` begins with anything else.
fn word<'s>(i: &'s str, wanted: &str) -> Option<&'s str> {
    let at = blank(i);
    let n = name_len(at);
    at[..n].eq_ignore_ascii_case(wanted).then(|| blank(&at[n..]))
}

/// Returns whether the expression is only `$count`, which counts rows and aggregates no column.
fn is_bare_count(expr: &Expr<'_>) -> bool {
    is_count(expr) && matches!(&expr.kind, ExprKind::Path(path) if path.segments.len() == 1)
}

/// Returns whether the expression counts rows, which means that it is a path that ends in `$count`.
fn is_count(expr: &Expr<'_>) -> bool {
    matches!(&expr.kind, ExprKind::Path(path)
        if matches!(path.segments.last(), Some(Segment { kind: SegmentKind::Count(_), .. })))
}
