//! Parses the resource path of a request, such as `accounts(…)/contact_customer_accounts/$count` (ABNF
//! `resourcePath`). The parser of requests calls it.

use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use super::text::Parts;
use crate::ast::{Call, ExprKind, OptionKind, Path, Request, Segment, SegmentKind};
use crate::input::{Expected, Failure, PResult, fail};
use crate::lexical::{dotted_name, is_blank, name_len};
use crate::parser::Parser;
use crate::placeholder;

/// The names of segments that begin with `$`. The first flag says whether the segment may be the first one of
/// a path, and the second whether another segment may follow it.
const SYSTEM: &[(&str, bool, bool)] = &[
    ("$metadata", true, false),
    ("$batch", true, false),
    ("$entity", true, true),
    ("$all", true, true),
    ("$ref", false, false),
    ("$value", false, false),
    ("$each", false, true),
    ("$query", false, false),
];

impl<'s> Parser<'s> {
    pub(super) fn resource_path(&mut self, whole: &'s str, parts: &Parts) -> Path<'s> {
        self.begin(&whole[..parts.path.end]);
        let i = &self.source[parts.path.start..];
        let path = i.trim_end_matches(is_blank);
        if path.is_empty() {
            return Path::default();
        }
        self.begin(&whole[..parts.path.start + path.len()]);
        let i = &self.source[parts.path.start..];
        match self.segments(i) {
            Ok((_, path)) if self.values_alone(&path).is_ok() => path,
            Ok(_) => Path::default(),
            Err(nom::Err::Error(failure)) => {
                self.report(failure);
                Path::default()
            }
            Err(_) => Path::default(),
        }
    }

    fn segments(&mut self, start: &'s str) -> PResult<'s, Path<'s>> {
        let mut segments = Vec::with_capacity(2);
        let mut i = start;
        loop {
            let at = segments.len();
            i = match self.resource_segment(i, &mut segments) {
                Err(nom::Err::Error(failure)) if self.recovering => {
                    self.report(failure);
                    i.find('/').map_or("", |n| &i[n..])
                }
                other => other?,
            };
            if i.is_empty() {
                break;
            }
            let Some(next) = i.strip_prefix('/') else {
                return Err(fail(i, Expected::SLASH | Expected::END));
            };
            let ends = segments.get(at..).is_some_and(|new| {
                new.iter().any(|s| match &s.kind {
                    SegmentKind::System(word) => SYSTEM.iter().any(|(w, _, on)| w == word && !on),
                    SegmentKind::Count(_) => true,
                    _ => false,
                })
            });
            if ends {
                return Err(fail(i, Expected::END));
            }
            // A slash at the end has no effect.
            if next.is_empty() {
                break;
            }
            i = next;
        }
        if let [Segment { span, kind: SegmentKind::Qualified(name) }] = segments.as_slice() {
            let (span, name) = (*span, *name);
            let message = format!(
                "`{name}` is a bound operation: write what it is bound to before it, `accounts(<id>)/{name}`"
            );
            self.mistake(Diagnostic::error(code::UNEXPECTED, span, message))?;
        }
        Ok(("", Path { segments }))
    }

    fn resource_segment(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let first = segments.is_empty();
        if placeholder::starts(i) {
            return self.placeholder_path_segment(i, segments);
        }
        match i.as_bytes().first() {
            Some(b'$') => {
                let n = 1 + name_len(&i[1..]);
                let (word, rest) = i.split_at(n);
                if word == "$crossjoin" && rest.starts_with('(') && first {
                    let (after, args) = self.arguments(rest, false)?;
                    if args.is_empty() {
                        return Err(fail(&rest[1..], Expected::NAME));
                    }
                    let call = Call { name: word, name_span: self.span(i, rest), args };
                    segments.push(Segment { span: self.span(i, after), kind: SegmentKind::Call(call) });
                    return Ok(after);
                }
                if let Some((word, may_begin, _)) = SYSTEM.iter().find(|(w, ..)| *w == word) {
                    if *may_begin != first && !(*word == "$all" || self.is_service_path(segments)) {
                        return Err(fail(i, Expected::NAME));
                    }
                    segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::System(word) });
                    return Ok(rest);
                }
                if first {
                    return Err(fail(i, Expected::NAME));
                }
                self.segment_for_path(i, segments)
            }
            None => Err(fail(i, Expected::NAME)),
            Some(_) if !first && is_key_segment(i) => {
                let end = i.find('/').map_or("", |n| &i[n..]);
                let kind = SegmentKind::KeySegment(self.text(i, end));
                segments.push(Segment { span: self.span(i, end), kind });
                Ok(end)
            }
            Some(_) => {
                let rest = self.segment_for_path(i, segments)?;
                // `O'Neil`: a key that begins like a name.
                if !first && !rest.is_empty() && !rest.starts_with(['/', '(']) && !rest.contains(' ') {
                    let end = i.find('/').map_or("", |n| &i[n..]);
                    if end.len() < rest.len() && !self.text(i, end).contains(['(', ')']) {
                        segments.pop();
                        let kind = SegmentKind::KeySegment(self.text(i, end));
                        segments.push(Segment { span: self.span(i, end), kind });
                        return Ok(end);
                    }
                }
                Ok(rest)
            }
        }
    }

    /// Reports names of columns in the keys and arguments of a resource path, which may contain only values
    /// and parameter aliases (ABNF `keyPredicate`, `functionParameters`).
    fn values_alone(&mut self, path: &Path<'s>) -> Result<(), nom::Err<Failure>> {
        for segment in &path.segments {
            let args = match &segment.kind {
                SegmentKind::Key(args) => args,
                SegmentKind::Call(call) if call.name != "$crossjoin" => &call.args,
                _ => continue,
            };
            for arg in args {
                let mut value = &arg.value;
                while let ExprKind::Paren(inner) = &value.kind {
                    value = inner;
                }
                if let ExprKind::Path(path) = &value.kind
                    && let Some(name) = path.as_name()
                {
                    let span = value.span;
                    let message = format!("`{name}` is a name: a value has to stand here");
                    let help = "give the value: a guid, or `column='…'` for an alternate key";
                    self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).help(help))?;
                }
            }
        }
        Ok(())
    }

    /// Reports the path `$entity` without the option `$id`. Also reports the options `$select` and `$expand`
    /// if no type follows `$entity`, because the type defines the names in them (ABNF `odataRelativeUri`).
    pub(super) fn entity_by_id(&mut self, request: &Request<'s>) -> Result<(), nom::Err<Failure>> {
        let Some(Segment { span, kind: SegmentKind::System("$entity") }) = request.path.segments.first()
        else {
            return Ok(());
        };
        let is_id = |name: &str| name.trim_start_matches('$').eq_ignore_ascii_case("id");
        if !request.options.iter().any(|o| is_id(o.name)) {
            let message = "`$entity` needs to be told which one: `$entity?$id=…`";
            self.mistake(Diagnostic::error(code::UNEXPECTED, *span, message))?;
        }
        let typeless = request.path.segments.len() == 1;
        for option in request.options.iter().filter(|_| typeless) {
            if matches!(option.kind, OptionKind::Select(_) | OptionKind::Expand(_)) {
                let message =
                    format!("behind `$entity`, `{}` needs a type: `$entity/Namespace.Type`", option.name);
                self.mistake(Diagnostic::error(code::UNEXPECTED, option.name_span, message))?;
            }
        }
        Ok(())
    }

    /// Returns whether all segments are names. Then they may be the root of a service (`host/service/`),
    /// after which `$metadata` and `$batch` are allowed.
    fn is_service_path(&self, segments: &[Segment<'s>]) -> bool {
        segments.iter().all(|s| matches!(s.kind, SegmentKind::Name(_) | SegmentKind::Qualified(_)))
    }

    /// Parses one segment at the beginning of `i` as in expressions, adds it to `segments`, and reports a
    /// space before its key. Returns the text after it.
    fn segment_for_path(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let rest = self.segment(i, segments)?;
        if rest.starts_with(' ') && rest.trim_start().starts_with('(') {
            let (_, (_, dotted)) = dotted_name(i)?;
            let span = self.span(rest, rest.trim_start());
            let message = "there is a space before the key";
            self.mistake(Diagnostic::error(code::UNEXPECTED, span, message).suggest(Suggestion::fix(
                "leave it out",
                span,
                "",
            )))?;
            if let (false, Some(last)) = (dotted, segments.last())
                && let SegmentKind::Name(_) = last.kind
            {
                let open = rest.trim_start();
                let (after, args) = self.arguments(open, false)?;
                segments.push(Segment { span: self.span(open, after), kind: SegmentKind::Key(args) });
                return Ok(after);
            }
        }
        Ok(rest)
    }

    fn placeholder_path_segment(
        &mut self,
        i: &'s str,
        segments: &mut Vec<Segment<'s>>,
    ) -> Result<&'s str, nom::Err<Failure>> {
        let (rest, placeholder) = self.placeholder_segment(i)?;
        segments.push(Segment { span: self.span(i, rest), kind: SegmentKind::Placeholder(placeholder) });
        if !rest.starts_with('(') {
            return Ok(rest);
        }
        let (after, args) = self.arguments(rest, false)?;
        segments.push(Segment { span: self.span(rest, after), kind: SegmentKind::Key(args) });
        Ok(after)
    }
}

/// Returns whether the first segment of `i` is a number or a guid, which is a key after a slash (OData 4.01
/// key-as-segment).
fn is_key_segment(i: &str) -> bool {
    let segment = i.split('/').next().unwrap_or(i);
    let digits = segment.strip_prefix('-').unwrap_or(segment);
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    number || crate::literal::guid(segment).is_some_and(str::is_empty)
}
