//! Parses the option `$apply` (ABNF `applyExpr`): a chain of transformations, each of which is applied to the
//! result of the one before it. The parser of options calls it.

mod aggregate;
mod hierarchy;

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};

use super::separators::past_comma;
use crate::ast::{
    ApplyArgument, GroupKey, Join, NestItem, Path, Segment, SegmentKind, Transformation, TransformationKind,
};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{blank, dotted_name, name_len, quoted};
use crate::parser::{Parser, Stops, fixable};
use crate::placeholder;

/// The names of the transformations that the standard defines.
const NAMES: &[&str] = &[
    "aggregate",
    "groupby",
    "filter",
    "compute",
    "orderby",
    "top",
    "skip",
    "search",
    "identity",
    "concat",
    "nest",
    "addnested",
    "join",
    "outerjoin",
    "topcount",
    "topsum",
    "toppercent",
    "bottomcount",
    "bottomsum",
    "bottompercent",
    "ancestors",
    "descendants",
    "traverse",
];

/// Names of transformations in other languages, each with the name in OData.
const FOREIGN: &[(&str, &str)] = &[
    ("where", "filter"),
    ("having", "filter"),
    ("sort", "orderby"),
    ("limit", "top"),
    ("take", "top"),
    ("offset", "skip"),
];

/// The functions of OData that return a part of a date.
const DATE_PARTS: [&str; 6] = ["year", "month", "day", "hour", "date", "quarter"];

impl<'s> Parser<'s> {
    /// Parses a chain of transformations at the beginning of `i`, such as `filter(…)/groupby(…)`. If `listed`
    /// is true, the chain is an item of a list, so that a comma ends it; otherwise a comma is reported as a
    /// typo of the slash.
    pub(super) fn transformations(
        &mut self,
        i: &'s str,
        listed: bool,
    ) -> PResult<'s, Vec<Transformation<'s>>> {
        let mut all = Vec::with_capacity(2);
        let mut i = blank(i);
        loop {
            let mark = (self.depth, self.operator_depth, self.open, self.in_case, self.stop_words);
            let rest = match self.transformation(i) {
                Err(nom::Err::Error(failure)) if self.recovering => {
                    (self.depth, self.operator_depth, self.open, self.in_case, self.stop_words) = mark;
                    self.report(failure);
                    skip(i, |c| matches!(c, '/' | ',' | ';' | ')'))
                }
                other => {
                    let (rest, one) = other?;
                    all.push(one);
                    rest
                }
            };
            let at = blank(rest);
            if let Some(next) = at.strip_prefix('/') {
                i = blank(next);
            } else if !listed && at.starts_with(',') && begins_transformation(blank(&at[1..])) {
                let message = "transformations are joined by `/`".to_owned();
                let span = self.span(at, &at[1..]);
                // A transformation behind the keys of groups may belong into their parentheses.
                let may_be_within = matches!(
                    all.last().map(|last| &last.kind),
                    Some(TransformationKind::GroupBy(_, apply)) if apply.is_empty()
                );
                let suggest = if may_be_within { Suggestion::maybe } else { Suggestion::fix };
                self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).suggest(suggest(
                    "write `/`".to_owned(),
                    span,
                    "/".to_owned(),
                )))?;
                i = blank(&at[1..]);
            } else if begins_transformation(at) {
                let span = self.span(rest, at);
                let message = "a `/` is missing between two transformations".to_owned();
                self.mistake(fixable(code::UNEXPECTED, span, message, "write `/`", "/".to_owned()))?;
                i = at;
            } else {
                return Ok((at, all));
            }
        }
    }

    fn transformation(&mut self, i: &'s str) -> PResult<'s, Transformation<'s>> {
        if placeholder::starts(i) {
            let (rest, placeholder) = self.placeholder_segment(i)?;
            let span = self.span(i, rest);
            return Ok((
                rest,
                Transformation { span, name_span: span, kind: TransformationKind::Placeholder(placeholder) },
            ));
        }
        let (behind, (written, dotted)) =
            dotted_name(i).map_err(|_: nom::Err<Failure>| fail(i, Expected::TRANSFORMATION))?;
        let name_span = self.span(i, behind);
        let name = if dotted { written } else { self.transformation_name(written, name_span)? };
        if name == "identity" {
            return Ok((
                behind,
                Transformation { span: name_span, name_span, kind: TransformationKind::Identity },
            ));
        }
        let open = blank(behind);
        if !open.starts_with('(') {
            return Err(fail(behind, Expected::OPEN));
        }
        if open.len() < behind.len() {
            let span = self.span(behind, open);
            let message = format!("there is a space before the parenthesis of `{name}`");
            self.mistake(fixable(code::UNEXPECTED, span, message, "leave it out", String::new()))?;
        }
        let (rest, kind) = self.transformation_kind(name, dotted, open)?;
        Ok((rest, Transformation { span: self.span(i, rest), name_span, kind }))
    }

    /// Parses the arguments of the transformation `name`. `open` begins with the opening parenthesis, and
    /// `dotted` says whether the name contains a dot. Returns the transformation.
    fn transformation_kind(
        &mut self,
        name: &'s str,
        dotted: bool,
        open: &'s str,
    ) -> PResult<'s, TransformationKind<'s>> {
        use TransformationKind as Kind;
        let pass = |(rest, kind)| Ok((rest, kind));
        match name {
            "aggregate" => {
                let (rest, items) = self.parens(open, |g, i| g.aggregations(i, true))?;
                pass((rest, Kind::Aggregate(items)))
            }
            "groupby" => self.parens(open, Self::group_by),
            "filter" => {
                let (rest, condition) = self.parens(open, |g, i| g.expression(i, Stops::CLOSE))?;
                pass((rest, Kind::Filter(condition)))
            }
            "compute" => {
                let (rest, items) = self.parens(open, |g, i| g.compute_items(i, Stops::COMMA_CLOSE))?;
                pass((rest, Kind::Compute(items)))
            }
            "orderby" => {
                let (rest, items) = self.parens(open, |g, i| g.order_items(i, Stops::COMMA_CLOSE))?;
                pass((rest, Kind::OrderBy(items)))
            }
            "top" | "skip" => {
                let (rest, n) = self.parens(open, |g, i| g.whole_number(i, false))?;
                pass((rest, if name == "top" { Kind::Top(n) } else { Kind::Skip(n) }))
            }
            "search" => {
                let (rest, search) = self.parens(open, |g, i| g.search(i, false))?;
                pass((rest, Kind::Search(search)))
            }
            "concat" => {
                let (rest, all) = self.parens(open, |g, i| g.listed(i, |g, i| g.transformations(i, true)))?;
                if all.len() < 2 {
                    let d = Diagnostic::error(
                        code::UNEXPECTED,
                        self.span(open, rest),
                        "`concat` takes two or more: `concat(top(1),skip(1))`",
                    );
                    self.mistake(d)?;
                }
                pass((rest, Kind::Concat(all)))
            }
            "nest" => {
                let (rest, items) = self.parens(open, |g, i| g.listed(i, Self::nest))?;
                pass((rest, Kind::Nest(None, items)))
            }
            "addnested" => self.parens(open, |g, i| {
                let (rest, path) = g.apply_path(i)?;
                let (rest, items) = g.listed(comma(rest)?, Self::nest)?;
                Ok((rest, Kind::Nest(Some(path), items)))
            }),
            "join" | "outerjoin" => {
                let (rest, join) = self.parens(open, Self::join)?;
                pass((rest, Kind::Join(name == "outerjoin", join)))
            }
            "ancestors" | "descendants" | "traverse" => {
                let (rest, args) = self.parens(open, |g, i| g.hierarchy(name, i))?;
                pass((rest, Kind::Call(name, args)))
            }
            _ if NAMES.contains(&name) => {
                let (rest, args) = self.parens(open, Self::count_and_value)?;
                pass((rest, Kind::Call(name, args)))
            }
            _ if dotted => {
                let (rest, args) = self.arguments(open, false)?;
                let args = args.into_iter().map(|a| ApplyArgument::Expr {
                    name: a.name,
                    expr: a.value,
                    direction: None,
                });
                pass((rest, Kind::Call(name, args.collect())))
            }
            // The arguments of an unknown transformation, which has been reported, have no known grammar.
            _ => pass((past_parens(open), Kind::Call(name, Vec::new()))),
        }
    }

    /// Returns the name of the transformation that `written` means. `written` itself is returned if it is
    /// right, or if it is reported and its meaning is not clear. `span` is the position of the name.
    fn transformation_name(&mut self, written: &'s str, span: Span) -> Result<&'s str, nom::Err<Failure>> {
        if let Some(name) = NAMES.iter().find(|n| **n == written) {
            return Ok(name);
        }
        self.foreign_transformation(written, span)
    }

    #[cold]
    fn foreign_transformation(&mut self, written: &'s str, span: Span) -> Result<&'s str, nom::Err<Failure>> {
        let message = format!("there is no transformation `{written}`");
        let d = Diagnostic::error(code::MISSPELT_OPERATOR, span, message);
        let foreign = FOREIGN.iter().find(|(n, _)| n.eq_ignore_ascii_case(written)).map(|(_, right)| *right);
        let meant = foreign.or_else(|| suggest::unambiguous_typo(written, NAMES.iter().map(|n| (*n, None))));
        if let Some(meant) = meant {
            self.mistake(d.suggest(Suggestion::fix(format!("write `{meant}`"), span, meant)))?;
            return Ok(meant);
        }
        let d = match suggest::closest(written, NAMES.iter().copied()) {
            Some(close) => d.suggest(Suggestion::maybe("did you mean", span, close)),
            None => d.help("the most frequent ones are `filter`, `groupby` and `aggregate`"),
        };
        self.mistake(d)?;
        Ok(written)
    }

    /// Parses the arguments of `groupby` at the beginning of `i`: keys in parentheses, and transformations if
    /// a comma follows, as in `(a,b),aggregate(…)` (ABNF `groupbyTrafo`).
    fn group_by(&mut self, i: &'s str) -> PResult<'s, TransformationKind<'s>> {
        let (rest, keys) = if i.starts_with('(') {
            self.parens(i, |g, i| g.listed(i, Self::group_key))?
        } else {
            self.keys_without_parens(i)?
        };
        let keys = keys.into_iter().flatten().collect();
        let (rest, apply) = match blank(rest).strip_prefix(',') {
            Some(next) => self.transformations(next, false)?,
            None => (rest, Vec::new()),
        };
        Ok((rest, TransformationKind::GroupBy(keys, apply)))
    }

    /// Parses the keys of a `groupby` at the beginning of `i` that lack their own parentheses, as in
    /// `groupby(a,b,aggregate(…))`, and reports that. The keys end before the first transformation. A key
    /// that is `None` has been reported.
    #[cold]
    fn keys_without_parens(&mut self, i: &'s str) -> PResult<'s, Vec<Option<GroupKey<'s>>>> {
        let (mut rest, first) = self.group_key(i)?;
        let mut keys = vec![first];
        while let Some(next) = blank(rest).strip_prefix(',').map(blank)
            && !begins_transformation(next)
        {
            let key;
            (rest, key) = self.group_key(next)?;
            keys.push(key);
        }
        let span = self.span(i, rest);
        let message = "the columns of `groupby` stand in parentheses of their own";
        let fix = Suggestion::fix("put them in parentheses", Span::at(span.range().start), "(");
        let fix = fix.and_edit(Span::at(span.range().end), ")");
        self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).suggest(fix))?;
        Ok((rest, keys))
    }

    /// Parses one key of a `groupby` at the beginning of `i` (ABNF `groupbyElement`). Returns `None` in place
    /// of an item that cannot be a key, after reporting that.
    fn group_key(&mut self, i: &'s str) -> PResult<'s, Option<GroupKey<'s>>> {
        let n = name_len(i);
        let (word, behind) = i.split_at(n);
        if behind.starts_with('(') {
            let key = match word {
                "rollup" => {
                    let (rest, paths) = self.parens(behind, |g, i| g.listed(i, Self::grouping_property))?;
                    // A single one is the name of a hierarchy.
                    if let [path] = paths.as_slice()
                        && path.as_name().is_none()
                    {
                        return Err(fail(rest, Expected::COMMA));
                    }
                    (rest, GroupKey::Rollup(paths, self.span(i, rest)))
                }
                "rolluprecursive" => {
                    let (rest, args) = self.parens(behind, |g, i| g.hierarchy(word, i))?;
                    (rest, GroupKey::RollupRecursive(args, self.span(i, rest)))
                }
                _ => return self.computed_key(i),
            };
            return Ok((key.0, Some(key.1)));
        }
        let (rest, path) = self.grouping_property(i)?;
        Ok((rest, Some(GroupKey::Path(path, self.span(i, rest)))))
    }

    #[cold]
    fn computed_key(&mut self, i: &'s str) -> PResult<'s, Option<GroupKey<'s>>> {
        let (rest, expr) = self.expression(i, Stops::COMMA_CLOSE)?;
        let text = expr.to_string();
        let d = Diagnostic::error(code::UNEXPECTED, expr.span, "`groupby` takes columns, and no expressions");
        // Dataverse has no `compute` either; FetchXML groups by the parts of dates.
        let is_part = DATE_PARTS.iter().any(|part| {
            text.get(..part.len()).is_some_and(|t| t.eq_ignore_ascii_case(part))
                && text[part.len()..].trim_start().starts_with('(')
        });
        self.mistake(d.help(match is_part {
            true => "FetchXML groups by parts of dates: `<attribute … groupby=\"true\" dategrouping=\"year\" alias=\"…\"/>`",
            false => "group by a column, or group what comes back",
        }))?;
        Ok((rest, None))
    }

    /// Parses one item of `nest` at the beginning of `i`, such as `… as a` (ABNF `nestApplyExpr`).
    fn nest(&mut self, i: &'s str) -> PResult<'s, NestItem<'s>> {
        let (rest, apply) = self.transformations(i, true)?;
        let (rest, alias) = self.alias(rest)?;
        Ok((rest, NestItem { apply, alias }))
    }

    /// Parses the arguments of `join` at the beginning of `i`, such as `Sales as Sale,…` (ABNF `joinTrafo`).
    fn join(&mut self, i: &'s str) -> PResult<'s, Join<'s>> {
        let (rest, path) = self.apply_path(i)?;
        let (rest, alias) = self.alias(rest)?;
        let (rest, apply) = match blank(rest).strip_prefix(',') {
            Some(next) => self.transformations(next, false)?,
            None => (rest, Vec::new()),
        };
        Ok((rest, Join { path, alias, apply }))
    }

    /// Parses parentheses at the beginning of `i`. `inner` parses their content.
    fn parens<T>(
        &mut self,
        i: &'s str,
        inner: impl FnOnce(&mut Self, &'s str) -> PResult<'s, T>,
    ) -> PResult<'s, T> {
        self.enter(i)?;
        self.open += 1;
        let words = self.expect_words(0);
        let (rest, value) = inner(self, blank(&i[1..]))?;
        let (rest, ()) = self.close(blank(rest), i, ')', Expected::COMMA | Expected::CLOSE)?;
        self.stop_words = words;
        self.open -= 1;
        self.leave();
        Ok((rest, value))
    }

    /// Parses one or more items at the beginning of `i`, separated by commas, up to a closing parenthesis.
    /// `item` parses each item.
    fn listed<T>(
        &mut self,
        mut i: &'s str,
        item: impl Fn(&mut Self, &'s str) -> PResult<'s, T>,
    ) -> PResult<'s, Vec<T>> {
        let mut items = Vec::with_capacity(2);
        loop {
            let (rest, one) = item(self, blank(i))?;
            items.push(one);
            match self.more(rest, Stops::COMMA_CLOSE, false)? {
                Some(next) => i = next,
                None => return Ok((past_comma(rest), items)),
            }
        }
    }

    /// Parses a path at the beginning of `i` that consists of names joined by `/`, and may include types and
    /// annotations (ABNF `nestPath`, `joinProperty`).
    fn apply_path(&mut self, i: &'s str) -> PResult<'s, Path<'s>> {
        let mut segments = Vec::with_capacity(1);
        let mut at = i;
        loop {
            let (rest, kind) = if placeholder::starts(at) {
                let (rest, placeholder) = self.placeholder_segment(at)?;
                (rest, SegmentKind::Placeholder(placeholder))
            } else if at.starts_with('@') {
                let (rest, text) = crate::path::annotation(at)?;
                (rest, SegmentKind::Annotation(text))
            } else {
                let (rest, (text, dotted)) =
                    dotted_name(at).map_err(|_: nom::Err<Failure>| fail(at, Expected::COLUMN))?;
                if self.placeholders && placeholder::starts(rest) {
                    let (rest, placeholder) = self.placeholder_segment(at)?;
                    (rest, SegmentKind::Placeholder(placeholder))
                } else {
                    (rest, if dotted { SegmentKind::Qualified(text) } else { SegmentKind::Name(text) })
                }
            };
            segments.push(Segment { span: self.span(at, rest), kind });
            match rest.strip_prefix('/') {
                Some(next) => at = next,
                None => return Ok((rest, Path { segments })),
            }
        }
    }

    /// Parses a path to a column at the beginning of `i` (ABNF `groupingProperty`). It must not contain
    /// annotations, or end in a type.
    fn grouping_property(&mut self, i: &'s str) -> PResult<'s, Path<'s>> {
        let (rest, path) = self.apply_path(i)?;
        if let Some(term) = path.segments.iter().find(|s| matches!(s.kind, SegmentKind::Annotation(_))) {
            return Err(fail(&self.source[term.span.range().start..], Expected::COLUMN));
        }
        if let Some(Segment { kind: SegmentKind::Qualified(_), .. }) = path.segments.last() {
            return Err(fail(rest, Expected::SLASH));
        }
        Ok((rest, path))
    }
}

/// Parses a comma with the white space around it at the beginning of `i`. Returns the text after them; fails
/// if there is no comma.
fn comma(i: &str) -> Result<&str, nom::Err<Failure>> {
    let at = blank(i);
    at.strip_prefix(',').map(blank).ok_or_else(|| fail(at, Expected::COMMA))
}

/// Returns whether `i` begins with the name of a transformation and an opening parenthesis.
fn begins_transformation(i: &str) -> bool {
    let n = name_len(i);
    let (name, rest) = i.split_at(n);
    blank(rest).starts_with('(') && NAMES.iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Returns the text after the parentheses with which `i` begins. The content of the parentheses is skipped.
fn past_parens(i: &str) -> &str {
    let rest = skip(&i[1..], |c| c == ')');
    rest.strip_prefix(')').unwrap_or(rest)
}

/// Returns the text from the next character for which `ends` returns true; the empty text if there is none.
/// Strings and parentheses are skipped with their content.
fn skip(i: &str, ends: impl Fn(char) -> bool) -> &str {
    let (mut rest, mut depth) = (i, 0_usize);
    while let Some(c) = rest.chars().next() {
        match c {
            '\'' => {
                if let Some((after, _)) = quoted(rest) {
                    rest = after;
                    continue;
                }
            }
            _ if depth == 0 && ends(c) => return rest,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = &rest[c.len_utf8()..];
    }
    rest
}
