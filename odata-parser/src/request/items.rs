//! Parses the options `$select` and `$expand`: their items, and the options in the parentheses of an item
//! (ABNF `selectItem`, `expandItem`). The parser of options calls it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use super::options::OptionContext;
use super::separators::{option_ahead, past_comma};
use crate::ast::{Argument, Call, Item, NestedOptions, OptionKind, Path, QueryOption, Segment, SegmentKind};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{blank, dotted_name, name_len};
use crate::parser::{Parser, fixable};
use crate::placeholder;

/// The help of the diagnostic for an annotation in `$select`. It says how to request annotations.
const ANNOTATIONS: &str = "a header asks for them: `Prefer: odata.include-annotations=\"OData.Community.Display.V1.FormattedValue\"`, or `\"*\"`";

/// The set of things that an error message names as expected at the beginning of an item.
const ITEM: Expected = Expected::NAME;

impl<'s> Parser<'s> {
    pub(super) fn items(
        &mut self,
        mut i: &'s str,
        context: OptionContext,
        expand: bool,
    ) -> PResult<'s, Vec<Item<'s>>> {
        let mut items = Vec::with_capacity(4);
        while blank(i).starts_with(',') {
            let at = blank(i);
            let span = self.span(at, &at[1..]);
            let message = "nothing stands before this comma".to_owned();
            self.mistake(fixable(code::DANGLING_OPERATOR, span, message, "leave it out", String::new()))?;
            i = &at[1..];
        }
        loop {
            let start = blank(i);
            let (rest, item) = match self.list_item(start, context, expand) {
                Err(nom::Err::Error(failure)) if self.recovering => {
                    self.report(failure);
                    (skip_item(start, context), None)
                }
                other => {
                    let (rest, item) = other?;
                    (rest, Some(item))
                }
            };
            items.extend(item);
            let mut rest = blank(rest);
            let ends = rest.is_empty()
                || rest.starts_with([',', ';', ')'])
                || (context == OptionContext::Nested && rest.starts_with('&'));
            if !ends {
                rest = self.between_items(start, rest, context)?;
                if context == OptionContext::Top && rest.starts_with([')', ';']) {
                    return Ok((rest, items));
                }
            }
            match self.more(rest, context.list(), !expand)? {
                Some(next) => i = next,
                None => return Ok((past_comma(rest), items)),
            }
        }
    }

    /// Reports text between two items that is not a comma. `start` begins with the item before, `rest` with
    /// the text. Returns the text from which parsing can continue. `context` says where the option is.
    #[cold]
    fn between_items(
        &mut self,
        start: &'s str,
        rest: &'s str,
        context: OptionContext,
    ) -> Result<&'s str, nom::Err<Failure>> {
        // `name revenue`: if a name follows, a comma is missing.
        if name_len(rest) > 0 && self.text(start, rest).ends_with([' ', '\t', '\n', '\r']) {
            let at = crate::Span::at(self.offset(start) + self.text(start, rest).trim_end().len());
            let d = Diagnostic::error(
                code::UNEXPECTED,
                self.span(rest, &rest[name_len(rest)..]),
                "expected `,` before this name",
            );
            let is_direction = matches!(&rest[..name_len(rest)], "asc" | "desc");
            let d =
                if is_direction { d } else { d.suggest(Suggestion::maybe("put a comma before it", at, ",")) };
            self.mistake(d)?;
        } else {
            let failure = Failure::at(rest, Expected::COMMA | Expected::END);
            self.report(failure);
            if !self.recovering {
                return Err(nom::Err::Failure(failure));
            }
        }
        Ok(skip_item(rest, context))
    }

    fn list_item(&mut self, start: &'s str, context: OptionContext, expand: bool) -> PResult<'s, Item<'s>> {
        let mut segments: Vec<Segment<'s>> = Vec::with_capacity(1);
        let mut i = start;
        loop {
            i = self.item_segment(i, &mut segments, expand)?;
            match i.strip_prefix('/') {
                // The next iteration reports a trailing slash.
                Some(next) => i = next,
                None => break,
            }
            if let Some(Segment { kind: SegmentKind::System(_) | SegmentKind::Count(_), .. }) =
                segments.last()
            {
                return Err(fail(i, Expected::END));
            }
        }
        let path = Path { segments };
        let mut rest = i;
        let mut nested = None;
        let open = blank(i);
        if open.starts_with('(') && (open.len() == i.len() || context == OptionContext::Top || expand) {
            let (after, options) = self.nested(open, path.segments.last().map(|s| &s.kind), expand)?;
            rest = after;
            nested = options;
        }
        Ok((rest, Item { span: self.span(start, rest), path, nested }))
    }

    /// Parses one segment of an item at the beginning of `i`: a name, a type, `*`, `$ref`, `$count`,
    /// `$value`, an annotation, or a placeholder, and adds it to `segments`. `expand` says whether the item
    /// is one of `$expand`. Returns the text after it.
    fn item_segment(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
        expand: bool,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let bytes = i.as_bytes();
        match bytes.first() {
            Some(b'*') => {
                segments.push(Segment { span: self.span(i, &i[1..]), kind: SegmentKind::Star });
                return Ok(&i[1..]);
            }
            Some(b'{' | b'$' | b'@') if placeholder::starts(i) => {
                let (rest, placeholder) = self.placeholder_segment(i)?;
                segments
                    .push(Segment { span: self.span(i, rest), kind: SegmentKind::Placeholder(placeholder) });
                return Ok(rest);
            }
            Some(b'$') => {
                let n = name_len(&i[1..]);
                let (word, rest) = i.split_at(1 + n);
                let kind = match word {
                    "$count" => SegmentKind::Count(None),
                    "$ref" | "$value" if expand => SegmentKind::System(word),
                    _ => return Err(fail(i, ITEM)),
                };
                segments.push(Segment { span: self.span(i, rest), kind });
                return Ok(rest);
            }
            Some(b'@') => {
                let (rest, text) =
                    crate::path::annotation(i).map_err(|_: nom::Err<Failure>| fail(i, ITEM))?;
                segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Annotation(text) });
                return Ok(rest);
            }
            Some(b'\'' | b'"') if bytes[0] == b'"' || crate::lexical::quoted(i).is_some() => {
                return self.quoted_item(i, segments);
            }
            _ => {}
        }
        let (rest, (text, dotted)) = dotted_name(i).map_err(|_: nom::Err<Failure>| fail(i, ITEM))?;
        if placeholder::starts(rest) {
            let (rest, placeholder) = self.placeholder_segment(i)?;
            segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Placeholder(placeholder) });
            return Ok(rest);
        }
        if let Some(after) = rest.strip_prefix(".*").filter(|_| !expand) {
            let all = SegmentKind::AllOperations(self.text(i, after));
            segments.push(Segment { span: self.span(i, after), kind: all });
            return Ok(after);
        }
        if rest.starts_with('(') && !expand && !nests(&rest[1..]) {
            // `Ns.Function(a,b)`: the names of the function's parameters.
            let (after, args) = self.parameter_names(rest)?;
            let call = Call { name: text, name_span: self.span(i, rest), args };
            segments.push(Segment { span: self.span(i, after), kind: SegmentKind::Call(call) });
            return Ok(after);
        }
        let kind = if dotted { SegmentKind::Qualified(text) } else { SegmentKind::Name(text) };
        segments.push(Segment { span: self.span(i, rest), kind });
        if rest.starts_with('@')
            && !expand
            && !placeholder::starts(rest)
            && let Ok((after, _)) = crate::path::annotation(rest)
        {
            let span = self.span(i, after);
            let message = "annotations are not selected: they come with what they are about";
            self.mistake(
                Diagnostic::error(code::UNSUPPORTED_SELECT, span, message)
                    .help(ANNOTATIONS)
                    .suggest(Suggestion::fix("leave the annotation out", self.span(rest, after), "")),
            )?;
            return Ok(after);
        }
        Ok(rest)
    }

    /// Parses a name in quotes at the beginning of `i`, such as `'name'`, adds it to `segments`, and reports
    /// it. Returns the text after it.
    #[cold]
    fn quoted_item(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let quote = &i[..1];
        let Some(end) = i[1..].find(quote) else { return Err(fail(i, ITEM)) };
        let (inner, rest) = (&i[1..=end], &i[end + 2..]);
        if name_len(inner) != inner.len() || inner.is_empty() {
            return Err(fail(i, ITEM));
        }
        let span = self.span(i, rest);
        let message = "names stand without quotes".to_owned();
        self.mistake(fixable(
            code::UNEXPECTED,
            span,
            message,
            &format!("write `{inner}`"),
            inner.to_owned(),
        ))?;
        segments.push(Segment { span, kind: SegmentKind::Name(inner) });
        Ok(rest)
    }

    /// Parses the names of parameters in parentheses at the beginning of `i`, such as `(a,b)`, after a
    /// function in `$select` (ABNF `parameterNames`).
    fn parameter_names(&mut self, i: &'s str) -> PResult<'s, Vec<Argument<'s>>> {
        let mut args = Vec::new();
        let mut rest = blank(&i[1..]);
        while !rest.starts_with(')') {
            let (after, _) = crate::lexical::name(rest)?;
            let (after, value) = (after, self.column(rest, after, self.text(rest, after)));
            args.push(Argument { name: None, value });
            rest = blank(after);
            match rest.strip_prefix(',') {
                Some(next) => rest = blank(next),
                None => break,
            }
        }
        let (rest, ()) = self.close(rest, i, ')', Expected::COMMA | Expected::CLOSE)?;
        Ok((rest, args))
    }

    /// Parses the options in parentheses at the beginning of `i`, such as `($select=a;$filter=…)`. `last` is
    /// the segment before the parentheses, and `expand` says whether the item is one of `$expand` and not of
    /// `$select`.
    pub(crate) fn nested(
        &mut self,
        i: &'s str,
        last: Option<&SegmentKind<'s>>,
        expand: bool,
    ) -> PResult<'s, Option<NestedOptions<'s>>> {
        self.enter(i)?;
        let words = self.expect_words(0);
        let mut options = Vec::with_capacity(2);
        let mut rest = blank(&i[1..]);
        if let Some(after) = rest.strip_prefix(')') {
            let span = self.span(i, after);
            let message = "empty parentheses: an option has to stand in them".to_owned();
            self.mistake(fixable(code::EMPTY_OPTION, span, message, "leave them out", String::new()))?;
            rest = after;
        } else if let Some((after, option)) = self.bare_columns(rest, expand)? {
            options.push(option);
            (rest, ()) = self.close(after, i, ')', Expected::COMMA | Expected::CLOSE)?;
        } else {
            loop {
                rest = blank(rest);
                if rest.starts_with(')') || rest.is_empty() {
                    break;
                }
                let option;
                (rest, option) = self.nested_option(rest)?;
                self.fits(last, &option, expand)?;
                options.push(option);
                rest = blank(rest);
                match rest.as_bytes().first() {
                    Some(b';') => rest = &rest[1..],
                    Some(b',' | b'&') if option_ahead(blank(&rest[1..])).is_some() => {
                        let span = self.span(rest, &rest[1..]);
                        let message =
                            format!("options in parentheses are separated by `;`, not `{}`", &rest[..1]);
                        self.mistake(fixable(code::UNEXPECTED, span, message, "write `;`", ";".to_owned()))?;
                        rest = &rest[1..];
                    }
                    _ => break,
                }
            }
            let after;
            (after, ()) = self.close(rest, i, ')', Expected::SEMI | Expected::CLOSE)?;
            rest = after;
        }
        self.stop_words = words;
        self.leave();
        Ok((rest, Some(NestedOptions { span: self.span(i, rest), options })))
    }

    /// Parses columns in the parentheses of an item that lack `$select=`, such as `contactid,fullname` at the
    /// beginning of `i`, and reports them. Users of Power Automate often write them in the field *Expand
    /// query* (MicrosoftDocs/power-automate-docs#1049). Returns the text after them and the option `$select`
    /// that is meant; `None` if the parentheses contain something else, or if the item is not one of
    /// `$expand` (`expand`).
    fn bare_columns(
        &mut self,
        i: &'s str,
        expand: bool,
    ) -> Result<Option<(&'s str, QueryOption<'s>)>, nom::Err<Failure>> {
        let n = name_len(i);
        let next = blank(&i[n..]);
        if !expand || n == 0 || !next.starts_with([',', ')']) {
            return Ok(None);
        }
        let end = skip_names(i);
        let at = crate::Span::at(self.offset(i));
        let span = self.span(i, end);
        let message = "columns in parentheses stand behind `$select=`";
        let fix = Suggestion::fix("name the option", at, "$select=");
        self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).suggest(fix))?;
        let (rest, items) = self.items(i, OptionContext::Nested, false)?;
        let kind = OptionKind::Select(items);
        Ok(Some((rest, QueryOption { span, name: "$select", name_span: at, value_span: span, kind })))
    }

    fn nested_option(&mut self, i: &'s str) -> PResult<'s, QueryOption<'s>> {
        if self.placeholders && placeholder::starts(i) {
            let (rest, placeholder) = self.placeholder_segment(i)?;
            let span = self.span(i, rest);
            let value_span = crate::Span::at(span.range().end);
            let kind = OptionKind::Custom("");
            return Ok((
                rest,
                QueryOption { span, name: placeholder.text, name_span: span, value_span, kind },
            ));
        }
        let n = usize::from(i.starts_with(['$', '@']));
        let n = n + name_len(&i[n..]);
        let rest = &i[n..];
        let equals = blank(rest);
        let Some(value) = equals.strip_prefix('=').filter(|_| n > 0) else {
            let at = if n > 0 { equals } else { i };
            return Err(fail(at, if n > 0 { Expected::EQUALS } else { Expected::OPTION }));
        };
        let name_span = self.span(i, rest);
        let (after, kind) = self.option(self.text(i, rest), name_span, value, true, OptionContext::Nested)?;
        let end = self.text(value, after).trim_end();
        let start = self.offset(blank(value)).min(self.offset(value) + end.len());
        let value_span = crate::Span::new(start, self.offset(value) + end.len());
        let span = name_span.to(value_span);
        Ok((after, QueryOption { span, name: self.text(i, rest), name_span, value_span, kind }))
    }

    /// Reports the nested option `option` if `last`, the segment before the parentheses, is `$ref` or
    /// `$count` and does not take this option (ABNF `expandRefOption`, `expandCountOption`). Only an item of
    /// `$expand` (`expand`) is checked.
    fn fits(
        &mut self,
        last: Option<&SegmentKind<'s>>,
        option: &QueryOption<'s>,
        expand: bool,
    ) -> Result<(), nom::Err<Failure>> {
        use OptionKind::{Count, Filter, OrderBy, Search, Skip, Top};
        let (word, fits) = match last {
            Some(SegmentKind::System("$ref")) => (
                "$ref",
                matches!(option.kind, Filter(_) | Search(_) | OrderBy(_) | Top(_) | Skip(_) | Count(_)),
            ),
            Some(SegmentKind::Count(_)) => ("$count", matches!(option.kind, Filter(_) | Search(_))),
            _ => return Ok(()),
        };
        if fits || !expand {
            return Ok(());
        }
        let message = format!("`{word}` does not take `{}`", option.name);
        self.mistake(Diagnostic::error(code::UNEXPECTED, option.span, message))
    }
}

/// Returns the text after the names, commas and white space at the beginning of `i`.
fn skip_names(i: &str) -> &str {
    let end = i.find(|c: char| !(crate::lexical::is_name_char(c) || c == ',' || crate::lexical::is_blank(c)));
    &i[end.unwrap_or(i.len())..]
}

/// Returns whether the text in parentheses begins with an option rather than with a name.
fn nests(inner: &str) -> bool {
    let i = blank(inner);
    let n = usize::from(i.starts_with(['$', '@']));
    let n = n + name_len(&i[n..]);
    n > 0 && blank(&i[n..]).starts_with('=')
}

/// Returns the text from the next position at which parsing of items can continue: a comma outside of
/// parentheses, or the end of the option. `context` says where the option is, and thereby where it ends.
fn skip_item(i: &str, context: OptionContext) -> &str {
    let mut depth = 0_usize;
    for (at, b) in i.bytes().enumerate() {
        match b {
            b'(' => depth += 1,
            b')' if depth == 0 && context == OptionContext::Nested => return &i[at..],
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return &i[at..],
            b';' if depth == 0 && context == OptionContext::Nested => return &i[at..],
            _ => {}
        }
    }
    &i[i.len()..]
}
