//! Defines the text of a query in a file of a host language, with a map of its positions to the bytes of the
//! file, and writes edits of the text in the host's escaping.
//!
//! A text consists of parts. A *literal* part is what stands between quotes (or whatever the host has), either
//! as it is or as an escape sequence; a *placeholder* part is an expression of the host, whose value is not
//! known; a *synthetic* part is not in the file at all, such as `?$select=` before the names of a list. The
//! readers of host languages make texts with [`HostTextBuilder`].

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The rules for writing a text into a literal of a host language.
pub trait Escaping: fmt::Debug + Send + Sync {
    /// Returns `text` as it is written within the literal; `None` if this kind of literal cannot contain it.
    fn escape(&self, text: &str) -> Option<String>;
}

/// An escaping by a function, for literals whose rules need no settings.
#[derive(Clone, Copy)]
pub struct EscapeWith(pub fn(&str) -> Option<String>);

impl fmt::Debug for EscapeWith {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EscapeWith")
    }
}

impl Escaping for EscapeWith {
    fn escape(&self, text: &str) -> Option<String> {
        (self.0)(text)
    }
}

/// Returns the escaping of literals in which every character is written as it is.
#[must_use]
pub fn verbatim() -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(|text| Some(text.to_owned())))
}

/// The text of a query in a host file, with the position in the file of each of its characters.
#[derive(Clone, Debug, Default)]
pub struct HostText {
    pub(super) text: String,
    pub(super) parts: Vec<Part>,
    pub(super) escapings: Vec<Arc<dyn Escaping>>,
}

/// A part of a text. The parts of a text follow one another without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: Range<usize>,
    /// The byte range in the file; an empty range for a synthetic part.
    pub(super) host: Range<usize>,
    pub(super) kind: PartKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    /// The bytes of the text are those of the file. The index is that of the literal's escaping. The range may
    /// be empty, and then stands for a place where text can be inserted.
    Plain(usize),
    /// An escape sequence, which is read and replaced as a whole. The index is that of the escaping.
    Escape(usize),
    Placeholder,
    Synthetic,
}

/// An edit of a host file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostEdit {
    /// The byte range of the file to replace.
    pub start: usize,
    /// The end of the byte range.
    pub end: usize,
    /// The text that takes the place of the range, escaped for the host.
    pub replacement: String,
}

/// Returns the escaping of strings in JSON.
#[must_use]
pub fn json_string() -> Arc<dyn Escaping> {
    Arc::new(EscapeWith(|text| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
    }))
}

impl HostText {
    /// Returns the text `text` that is written in the file as it is, at the byte offset `start`.
    #[must_use]
    pub fn unescaped(text: &str, start: usize) -> Self {
        let part = Part { text: 0..text.len(), host: start..start + text.len(), kind: PartKind::Plain(0) };
        Self { text: text.to_owned(), parts: vec![part], escapings: vec![verbatim()] }
    }

    /// Returns the text of the query, in which each placeholder is written as `{name}`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the byte ranges in the text of its placeholders, in the order of the text.
    pub fn placeholders(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.parts.iter().filter(|part| part.kind == PartKind::Placeholder).map(|part| part.text.clone())
    }

    /// Returns the byte range of the file in which the whole text is written; `None` if nothing of it is in
    /// the file.
    #[must_use]
    pub fn host_range(&self) -> Option<Range<usize>> {
        self.host_span(0..self.text.len())
    }

    /// Returns the byte range of the file for a byte range of the text; `None` if nothing of the range is in
    /// the file.
    #[must_use]
    pub fn host_span(&self, span: Range<usize>) -> Option<Range<usize>> {
        if span.start >= span.end {
            return self.host_offset(span.start).map(|at| at..at);
        }
        let mut found: Option<Range<usize>> = None;
        for part in self.overlapping(&span) {
            let overlaps = part.text.start < span.end && span.start < part.text.end;
            if part.kind == PartKind::Synthetic || !overlaps {
                continue;
            }
            let from = part.host_at(span.start.max(part.text.start), false);
            let to = part.host_at(span.end.min(part.text.end), true);
            found = Some(match found {
                None => from..to,
                Some(range) => range.start.min(from)..range.end.max(to),
            });
        }
        found
    }

    /// Returns the byte offset in the file for a byte offset in the text. Between two parts, this is the end
    /// of the part before, if that is in the file. Returns `None` if neither part is in the file.
    #[must_use]
    pub fn host_offset(&self, offset: usize) -> Option<usize> {
        let at = offset..offset;
        let parts = || self.overlapping(&at).filter(|part| part.kind != PartKind::Synthetic);
        let literal = |part: &&Part| part.kind != PartKind::Placeholder;
        let ends = parts().filter(|part| part.text.end == offset && !part.text.is_empty());
        if let Some(part) = ends.clone().rfind(literal) {
            return Some(part.host.end);
        }
        let inside = parts().find(literal).or_else(|| parts().next())?;
        Some(inside.host_at(offset, false))
    }

    /// Returns the byte offset in the text for a byte offset in the file; `None` if the text has no literal
    /// part there. The end of a literal counts as inside.
    #[must_use]
    pub fn text_offset(&self, host: usize) -> Option<usize> {
        let literal = |part: &&Part| matches!(part.kind, PartKind::Plain(_) | PartKind::Escape(_));
        let mut touching =
            self.parts.iter().filter(literal).filter(|p| p.host.start <= host && host <= p.host.end);
        let part = touching.clone().find(|p| host < p.host.end).or_else(|| touching.next_back())?;
        Some(match part.kind {
            PartKind::Plain(_) => part.text.start + (host - part.host.start),
            _ if host == part.host.end => part.text.end,
            _ => part.text.start,
        })
    }

    /// Returns the edits of the file that replace the byte range `span` of the text by `replacement`. A
    /// placeholder in the range is kept: the replacement has to contain it as it is written in the text, and
    /// in the same order as others. Returns `None` if the replacement cannot be written: because a placeholder
    /// would be lost, because a synthetic part would change, or because the host's literals cannot contain it.
    #[must_use]
    pub fn edits(&self, span: Range<usize>, replacement: &str) -> Option<Vec<HostEdit>> {
        let old = self.text.get(span.clone())?;
        let mut edits = Vec::new();
        let mut at = span.start;
        let mut rest = replacement;
        // What is kept as it is divides the range into parts that are replaced one by one.
        for part in self.parts.iter().filter(|part| {
            matches!(part.kind, PartKind::Placeholder | PartKind::Synthetic)
                && part.text.start < span.end
                && span.start < part.text.end
        }) {
            let kept = self.text.get(part.text.start.max(span.start)..part.text.end.min(span.end))?;
            // With several occurrences, the one is meant that is as far from the end as the kept part.
            let tail = old.get(part.text.end.min(span.end) - span.start..)?;
            let found = if rest.ends_with(&[kept, tail].concat()) {
                rest.len() - kept.len() - tail.len()
            } else {
                rest.find(kept)?
            };
            self.literal_edits(at..part.text.start.max(span.start), rest.get(..found)?, &mut edits)?;
            rest = rest.get(found + kept.len()..)?;
            at = part.text.end.min(span.end);
        }
        self.literal_edits(at..span.end, rest, &mut edits)?;
        Some(edits)
    }

    /// Returns the edit `edit`, which changes the byte range `span` of the text, as one that replaces the whole
    /// range, so that people see whole names; `edit` itself if the range is not written as it is in the file.
    pub(super) fn whole_edit(&self, span: Range<usize>, edit: &HostEdit) -> HostEdit {
        let whole = || {
            let is_plain = self.overlapping(&span).all(|part| {
                matches!(part.kind, PartKind::Plain(_))
                    || part.text.end <= span.start
                    || part.text.start >= span.end
            });
            let host = self.host_span(span.clone()).filter(|host| is_plain && host.len() == span.len())?;
            let old = self.text.get(span.clone())?;
            let before = old.get(..edit.start.checked_sub(host.start)?)?;
            let after = old.get(edit.end.checked_sub(host.start)?..)?;
            let replacement = [before, &edit.replacement, after].concat();
            Some(HostEdit { start: host.start, end: host.end, replacement })
        };
        whole().unwrap_or_else(|| edit.clone())
    }

    /// Adds the edits for a byte range of the text that has no placeholder and no synthetic part.
    fn literal_edits(&self, span: Range<usize>, replacement: &str, edits: &mut Vec<HostEdit>) -> Option<()> {
        let old = self.text.get(span.clone())?;
        if old == replacement {
            return Some(());
        }
        let (before, after) = common_ends(old, replacement);
        let new = replacement.get(before..replacement.len() - after)?;
        let mut span = span.start + before..span.end - after;
        // An escape sequence is replaced as a whole.
        let cut = |part: &&Part, at: usize| {
            matches!(part.kind, PartKind::Escape(_)) && part.text.start < at && at < part.text.end
        };
        let widened = |at: usize| self.parts.iter().find(|p| cut(p, at)).map(|p| p.text.clone());
        let mut new = new.to_owned();
        if let Some(part) = widened(span.start) {
            new.insert_str(0, self.text.get(part.start..span.start)?);
            span.start = part.start;
        }
        if let Some(part) = widened(span.end) {
            new.push_str(self.text.get(span.end..part.end)?);
            span.end = part.end;
        }
        if span.is_empty() {
            let (at, escaping) = self.insertion(span.start)?;
            let replacement = self.escapings.get(escaping)?.escape(&new)?;
            edits.push(HostEdit { start: at, end: at, replacement });
            return Some(());
        }
        let mut pending = Some(new);
        for part in self.overlapping(&span) {
            let (PartKind::Plain(escaping) | PartKind::Escape(escaping)) = part.kind else { continue };
            let text = span.start.max(part.text.start)..span.end.min(part.text.end);
            if text.is_empty() {
                continue;
            }
            let (start, end) = (part.host_at(text.start, false), part.host_at(text.end, true));
            let replacement = match pending.take() {
                Some(new) => self.escapings.get(escaping)?.escape(&new)?,
                None => String::new(),
            };
            match edits.last_mut() {
                // The parts of one literal follow one another in the file.
                Some(last) if last.end == start && replacement.is_empty() => last.end = end,
                _ => edits.push(HostEdit { start, end, replacement }),
            }
        }
        pending.is_none().then_some(())
    }

    /// Returns the offset in the file at which text is inserted for the byte offset `at` of the text, and the
    /// index of the escaping there; `None` if no literal begins or ends there.
    fn insertion(&self, at: usize) -> Option<(usize, usize)> {
        let here = at..at;
        let literals = self.overlapping(&here).filter_map(|part| match part.kind {
            PartKind::Plain(escaping) | PartKind::Escape(escaping) => Some((part, escaping)),
            PartKind::Placeholder | PartKind::Synthetic => None,
        });
        let mut before = literals.clone().filter(|(part, _)| part.text.end == at && !part.text.is_empty());
        let (part, escaping) = before.next_back().or_else(|| literals.clone().next())?;
        Some((part.host_at(at, part.text.end == at), escaping))
    }

    /// Returns the parts that overlap a byte range of the text, or touch it.
    pub(super) fn overlapping<'a>(
        &'a self,
        span: &Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &'a Part> + Clone + 'a {
        let from = self.parts.partition_point(|part| part.text.end < span.start);
        let end = span.end;
        let to =
            from + self.parts.get(from..).unwrap_or_default().partition_point(|part| part.text.start <= end);
        self.parts.get(from..to).unwrap_or_default().iter()
    }

    /// Returns this text with `text` at its end, which is written in the file at the byte offset `host` as it is.
    /// Returns `None` if the text does not end in a literal there.
    pub(crate) fn extended(&self, host: usize, text: &str) -> Option<Self> {
        let last = self.parts.last()?;
        let (PartKind::Plain(literal) | PartKind::Escape(literal)) = last.kind else { return None };
        if last.host.end != host {
            return None;
        }
        let mut extended = self.clone();
        let start = extended.text.len();
        extended.text.push_str(text);
        extended.parts.push(Part {
            text: start..extended.text.len(),
            host: host..host + text.len(),
            kind: PartKind::Plain(literal),
        });
        Some(extended)
    }

    /// Returns the part of this text in the byte range `range`, whose ends have to be on character boundaries.
    /// A placeholder or an escape sequence that the range cuts is left out.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut sliced = Self { escapings: self.escapings.clone(), ..Self::default() };
        for part in self.overlapping(&range) {
            let text = part.text.start.max(range.start)..part.text.end.min(range.end);
            if text.start > text.end || (text.is_empty() && !part.text.is_empty()) {
                continue;
            }
            let whole = text == part.text;
            if !whole && matches!(part.kind, PartKind::Placeholder | PartKind::Escape(_)) {
                continue;
            }
            let host = match part.kind {
                PartKind::Plain(_) => part.host_at(text.start, false)..part.host_at(text.end, true),
                _ => part.host.clone(),
            };
            let start = sliced.text.len();
            sliced.text.push_str(self.text.get(text).unwrap_or_default());
            sliced.parts.push(Part { text: start..sliced.text.len(), host, kind: part.kind });
        }
        sliced
    }
}

impl Part {
    /// Returns the offset in the file for the byte offset `at` of the text, which is within this part. In the
    /// middle of an escape sequence or a placeholder, this is its end if `is_end`, otherwise its start.
    fn host_at(&self, at: usize, is_end: bool) -> usize {
        match self.kind {
            PartKind::Plain(_) => {
                self.host.start + (at.clamp(self.text.start, self.text.end) - self.text.start)
            }
            _ if at <= self.text.start => self.host.start,
            _ if at >= self.text.end || is_end => self.host.end,
            _ => self.host.start,
        }
    }
}

/// Returns the numbers of bytes that two texts have in common at the beginning, and then at the end.
fn common_ends(old: &str, new: &str) -> (usize, usize) {
    let mut before = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(before) && new.is_char_boundary(before)) {
        before -= 1;
    }
    let (old, new) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let mut after = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !(old.is_char_boundary(old.len() - after) && new.is_char_boundary(new.len() - after)) {
        after -= 1;
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::HostTextBuilder;

    /// A string literal with backslash escapes and `${…}` placeholders, as JavaScript has it.
    fn backslashes() -> Arc<dyn Escaping> {
        Arc::new(EscapeWith(|text| {
            Some(text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
        }))
    }

    /// Reads the string literals and names of `source`, which are joined by `+`.
    fn read(source: &str) -> HostText {
        let mut builder = HostTextBuilder::default();
        let mut at = 0;
        while at < source.len() {
            match source.as_bytes()[at] {
                b'"' => {
                    at += 1;
                    builder.begin(at, backslashes());
                    while source.as_bytes()[at] != b'"' {
                        let length = source[at..].chars().next().map_or(0, char::len_utf8);
                        if source.as_bytes()[at] == b'\\' {
                            let meaning = if source.as_bytes()[at + 1] == b'n' {
                                "\n"
                            } else {
                                &source[at + 1..at + 2]
                            };
                            builder.escape(at..at + 2, meaning);
                            at += 2;
                        } else if source[at..].starts_with("${") {
                            let end = at + source[at..].find('}').unwrap() + 1;
                            builder.placeholder(at..end, &source[at + 2..end - 1]);
                            at = end;
                        } else {
                            builder.plain(at..at + length, &source[at..at + length]);
                            at += length;
                        }
                    }
                    builder.end();
                    at += 1;
                }
                b' ' | b'+' => at += 1,
                _ => {
                    let end = source[at..].find([' ', '+']).map_or(source.len(), |n| at + n);
                    builder.placeholder(at..end, &source[at..end]);
                    at = end;
                }
            }
        }
        builder.finish()
    }

    /// Returns `source` with the text that it contains edited.
    fn edited(source: &str, span: Range<usize>, replacement: &str) -> Option<String> {
        let mut edits = read(source).edits(span, replacement)?;
        edits.sort();
        let mut out = source.to_owned();
        for edit in edits.iter().rev() {
            out.replace_range(edit.start..edit.end, &edit.replacement);
        }
        Some(out)
    }

    #[test]
    fn spans_lead_into_the_file() {
        let source = r#""a\"é" + name + "b${x}c""#;
        let text = read(source);
        assert_eq!(text.text(), "a\"é{name}b{x}c");
        for (part, written) in [
            ("a", "a"),
            ("\"", "\\\""),
            ("é", "é"),
            ("{name}", "name"),
            ("b", "b"),
            ("{x}", "${x}"),
            ("c", "c"),
        ] {
            let start = text.text().find(part).unwrap();
            let host = text.host_span(start..start + part.len()).unwrap();
            assert_eq!(&source[host], written);
        }
        assert_eq!(&source[text.host_span(0..text.text().len()).unwrap()], &source[1..source.len() - 1]);
        for at in 0..source.len() {
            if let Some(offset) = text.text_offset(at) {
                assert!(text.text().is_char_boundary(offset) || !source.is_char_boundary(at));
            }
        }
    }

    #[test]
    fn an_edit_is_written_as_the_host_writes_it() {
        let source = r#""na\"me eq '" + x + "'""#;
        let text = read(source);
        assert_eq!(text.text(), "na\"me eq '{x}'");
        for (old, new, written) in [
            ("na\"me", "n\"", Some(r#""n\" eq '" + x + "'""#)),
            ("eq", "ne \n", Some(r#""na\"me ne \n '" + x + "'""#)),
            // Quotes around a placeholder are removed on both sides of it.
            ("'{x}'", "{x}", Some(r#""na\"me eq " + x + """#)),
            ("{x}", "lower({x})", Some(r#""na\"me eq 'lower(" + x + ")'""#)),
            // A placeholder is never lost.
            ("'{x}'", "'y'", None),
        ] {
            let start = text.text().find(old).unwrap();
            assert_eq!(edited(source, start..start + old.len(), new).as_deref(), written, "{old}");
        }
    }

    #[test]
    fn an_edit_over_several_literals_is_written_into_the_first() {
        assert_eq!(edited(r#""ab" + "cd""#, 1..3, "x").unwrap(), r#""ax" + "d""#);
        assert_eq!(edited(r#""" + x + """#, 0..3, "a{x}b").unwrap(), r#""a" + x + "b""#);
        assert_eq!(edited(r#"x + y"#, 3..3, "b"), None, "there is no literal between the two");
    }

    #[test]
    fn synthetic_text_is_never_changed() {
        let mut builder = HostTextBuilder::default();
        builder.synthetic("accounts?$select=");
        builder.begin(5, verbatim());
        builder.plain(5..9, "nmae");
        let text = builder.finish();
        assert_eq!(text.host_span(0..8), None);
        assert_eq!(text.host_span(10..21), Some(5..9));
        let edit =
            |start, end, replacement: &str| HostEdit { start, end, replacement: replacement.to_owned() };
        assert_eq!(text.edits(17..21, "name"), Some(vec![edit(6, 8, "am")]));
        assert_eq!(text.edits(0..21, "accounts?$select=name"), Some(vec![edit(6, 8, "am")]));
        assert_eq!(text.edits(0..21, "contacts?$select=name"), None);
    }

    proptest::proptest! {
        #[test]
        fn an_edited_file_reads_as_the_edited_text(
            source in r#"("([a-c]|\\"|\\n|é|\$\{[xy]\}){0,4}"|[p-r])( \+ ("([a-c]|\\"|é|\$\{[xy]\}){0,4}"|[p-r])){0,3}"#,
            from in 0_usize..20, length in 0_usize..6, new in r#"[a-c"\né]{0,4}"#,
        ) {
            let text = read(&source);
            let mut start = from.min(text.text().len());
            while !text.text().is_char_boundary(start) { start -= 1; }
            let mut end = (start + length).min(text.text().len());
            while !text.text().is_char_boundary(end) { end -= 1; }
            if let Some(out) = edited(&source, start..end, &new) {
                let mut wanted = text.text().to_owned();
                wanted.replace_range(start..end, &new);
                // The names of placeholders count those before them.
                let again = read(&out);
                proptest::prop_assert_eq!(again.text(), wanted);
            }
        }

        #[test]
        fn a_slice_has_the_positions_of_the_whole(
            source in r#"("([a-c]|\\"|é|\$\{[xy]\}){0,4}"|[p-r])( \+ "([a-c]|\\"){0,4}"){0,2}"#, from in 0_usize..20, length in 0_usize..10,
        ) {
            let text = read(&source);
            let bounds: Vec<usize> = text.parts.iter().map(|part| part.text.start).chain([text.text().len()]).collect();
            let start = bounds[from % bounds.len()];
            let end = bounds[(from + length) % bounds.len()].max(start);
            let slice = text.slice(start..end);
            proptest::prop_assert_eq!(slice.text(), &text.text()[start..end]);
            for at in start..end {
                if text.text().is_char_boundary(at) && text.text().is_char_boundary(at + 1) {
                    proptest::prop_assert_eq!(slice.host_span(at - start..at - start + 1), text.host_span(at..at + 1));
                }
            }
        }
    }
}
