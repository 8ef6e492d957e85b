//! Finds the query at a cursor that is still being typed: `accounts?$sel` has nothing yet by which a query is
//! recognised.
//!
//! What is typed so far is completed to something that is recognised, the file is read with it, and the
//! insertions are taken out of the text that was found. So each host and each construct that builds a text is
//! read by the same rules as when the query is complete. Only completion asks for such a text: nothing is
//! reported of it.

use std::ops::Range;

use super::text::PartKind;
use super::{FoundText, Host, HostText, SourceFile};

/// The maximum number of bytes before a cursor in which the beginning of a query is searched.
const MAX_LOOKED_BACK: usize = 8 << 10;

/// The maximum number of bytes of a file that is read more than once for a literal without an end.
const MAX_REREAD: usize = 1 << 20;

/// An option that marks a request, without characters that a host would escape.
const OPTION: &str = "%24top=1";

/// A query that is still being typed.
#[derive(Clone, Debug)]
pub(crate) struct HalfTyped {
    pub(crate) found: FoundText,
    /// Whether what is typed says that it is a query. If not, something else has to say so: its entity set
    /// exists, or the call that it is an argument of has a table.
    pub(crate) is_certain: bool,
}

/// A text that is inserted into the file at a byte offset.
type Insertion = (usize, String);

impl SourceFile {
    /// Returns the query at the byte offset `offset` of the file that is not recognised as one yet; `None` if
    /// what is typed cannot become one.
    pub(crate) fn half_typed(&self, offset: usize) -> Option<HalfTyped> {
        if self.host() == Host::Queries {
            return None;
        }
        let source = self.text();
        let start =
            (offset.saturating_sub(MAX_LOOKED_BACK)..=offset).find(|at| source.is_char_boundary(*at))?;
        let before = source.get(start..offset)?;
        let (insertions, is_certain) =
            half_option(before).or_else(|| path(before)).or_else(|| element(before))?;
        let insertions: Vec<Insertion> =
            insertions.into_iter().map(|(at, text)| (start + at, text)).collect();
        let found = |end: &str| {
            let mut insertions = insertions.clone();
            let cursor = offset + insertions.iter().map(|(_, text)| text.len()).sum::<usize>();
            if !end.is_empty() {
                insertions.push((offset, end.to_owned()));
            }
            self.read_with(&insertions, cursor)
        };
        let ends = if source.len() <= MAX_REREAD { ends(before) } else { Vec::new() };
        let found = found("").or_else(|| ends.iter().find_map(|end| found(end)))?;
        found.text.text_offset(offset)?;
        Some(HalfTyped { found, is_certain })
    }

    /// Returns the text at the byte offset `cursor` of the file with `insertions`, with the positions that it
    /// has in the file without them.
    fn read_with(&self, insertions: &[Insertion], cursor: usize) -> Option<FoundText> {
        let mut source = String::with_capacity(self.text().len() + 32);
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for (offset, text) in insertions {
            source.push_str(self.text().get(at..*offset)?);
            ranges.push(source.len()..source.len() + text.len());
            source.push_str(text);
            at = *offset;
        }
        source.push_str(self.text().get(at..)?);
        let file = Self::unmarked(self.path.clone(), self.host(), source.into_bytes()).ok()?;
        let found = file.into_found().into_iter().find(|found| found.text.text_offset(cursor).is_some())?;
        let text = found.text.without_insertions(&ranges)?;
        let copies = found.copies.iter().filter_map(|copy| copy.without_insertions(&ranges)).collect();
        let table = found.table.map(|mut table| {
            table.place = table.place.map(|place| moved(place.start, &ranges)..moved(place.end, &ranges));
            table
        });
        Some(FoundText { text, copies, table, diagnostics: Vec::new(), returned_names: Vec::new(), ..found })
    }
}

/// Returns the insertion that makes `before`, which ends in the name of an option, a request; and whether it is
/// certainly one.
fn half_option(before: &str) -> Option<(Vec<Insertion>, bool)> {
    let rest = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    let (rest, has_dollar) = match rest.strip_suffix('$') {
        // A dollar sign in double quotes of PowerShell.
        Some(rest) => {
            (rest.strip_suffix('`').filter(|rest| rest.ends_with(['?', '&'])).unwrap_or(rest), true)
        }
        None => (rest, false),
    };
    let (rest, has_dollar) = match before.get(rest.len()..) {
        // `%24sel` has no other characters before the name.
        Some(name) if name.starts_with("24") && rest.ends_with('%') => (rest.strip_suffix('%')?, true),
        _ => (rest, has_dollar),
    };
    let is_separated = rest.ends_with(['?', '&']) || rest.ends_with("&amp;") || rest.ends_with("\\u0026");
    let is_first = has_dollar && rest.ends_with(['"', '\'', '`']);
    (is_separated || is_first).then(|| (vec![(rest.len(), OPTION.to_owned())], has_dollar && is_separated))
}

/// Returns the insertion that makes `before`, which ends in the path of the service and the beginning of a name,
/// a request.
fn path(before: &str) -> Option<(Vec<Insertion>, bool)> {
    let rest = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let service = rest.strip_suffix('/')?;
    let version = service.rfind("api/data/v").and_then(|at| service.get(at + "api/data/v".len()..));
    let is_version = version.is_some_and(|version| {
        (1..40).contains(&version.len()) && !version.contains(['/', '"', '\'', '`', ' ', '\n'])
    });
    (is_version || service.ends_with("/_api")).then(|| (vec![(rest.len(), "a".to_owned())], true))
}

/// Returns the insertions that make `before`, which has the beginning of a `<fetch>` element, one that is
/// recognised.
fn element(before: &str) -> Option<(Vec<Insertion>, bool)> {
    let lower = before.to_ascii_lowercase();
    let open =
        ["<fetch", "&lt;fetch", "%3cfetch"].iter().filter_map(|open| Some(lower.rfind(open)? + open.len()));
    let open = open.max()?;
    let behind = lower.get(open..)?;
    let is_other = behind.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_other || behind.contains("/fetch") {
        return None;
    }
    Some((vec![(open, " ".to_owned()), (before.len(), "=1".to_owned())], true))
}

/// Returns the ends that the literal at the end of `before` may have, the most probable first.
fn ends(before: &str) -> Vec<String> {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let mut ends: Vec<String> = Vec::new();
    for (from, text) in [(line, before.get(line..)), (0, before.get(..line))] {
        let text = text.unwrap_or_default();
        for (at, quote) in text.char_indices().rev().filter(|(_, c)| matches!(c, '"' | '\'' | '`')) {
            let run = text.get(..=at).unwrap_or_default();
            let length = run.len() - run.trim_end_matches(quote).len();
            // A literal that begins on this line has no line break before its end.
            let is_here_string = from == 0
                && before.get(..at).is_some_and(|before| before.ends_with('@'))
                && text.get(at + 1..).is_some_and(|rest| rest.starts_with(['\n', '\r']));
            let end = match quote {
                _ if is_here_string => format!("\n{quote}@"),
                _ if length >= 3 => quote.to_string().repeat(length),
                _ => quote.to_string(),
            };
            if !ends.contains(&end) {
                ends.push(end);
            }
            if ends.len() >= 4 {
                return ends;
            }
        }
    }
    ends
}

/// Returns the byte offset in the file for the byte offset `at` in the file with the insertions at `ranges`.
fn moved(at: usize, ranges: &[Range<usize>]) -> usize {
    let before = |range: &Range<usize>| range.end.min(at).saturating_sub(range.start);
    at - ranges.iter().map(before).sum::<usize>()
}

impl HostText {
    /// Returns this text, which was read from a file with insertions at the byte ranges `ranges`, without them
    /// and with the positions in the file without them. Returns `None` if an insertion became a part of
    /// something else than a text that is written as it is.
    fn without_insertions(&self, ranges: &[Range<usize>]) -> Option<Self> {
        let mut text = Self { escapings: self.escapings.clone(), ..Self::default() };
        for part in &self.parts {
            let host = moved(part.host.start, ranges)..moved(part.host.end, ranges);
            let content = self.text.get(part.text.clone())?;
            let start = text.text.len();
            let is_plain = matches!(part.kind, PartKind::Plain(_));
            if host.len() == part.host.len() {
                text.text.push_str(content);
            } else if is_plain {
                let is_kept = |at: usize| !ranges.iter().any(|range| range.contains(&(part.host.start + at)));
                text.text.extend(content.char_indices().filter(|(at, _)| is_kept(*at)).map(|(_, c)| c));
            } else {
                return None;
            }
            let mut part = part.clone();
            (part.text, part.host) = (start..text.text.len(), host);
            text.parts.push(part);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_can_end_in_each_quote_that_was_written_before() {
        for (before, expected) in [
            ("a", vec![]),
            ("a \"b", vec!["\""]),
            ("a 'b \"c", vec!["\"", "'"]),
            ("\"a\" \"b", vec!["\""]),
            ("`a\nb", vec!["`"]),
            ("'a\n\"b", vec!["\"", "'"]),
            ("\"\"\"a", vec!["\"\"\"", "\""]),
            ("a @'\nb", vec!["\n'@"]),
            ("a @\"\r\nb", vec!["\n\"@"]),
            ("a @'b", vec!["'"]),
            ("a @'b\nc", vec!["'"]),
            ("a '\nb", vec!["'"]),
        ] {
            assert_eq!(ends(before), expected, "{before:?}");
        }
    }

    #[test]
    fn a_path_of_the_service_is_completed_by_a_name() {
        let long = format!("api/data/v{}/a", "1".repeat(39));
        let longer = format!("api/data/v{}/a", "1".repeat(40));
        for (before, at) in [
            ("/api/data/v9.2/", Some(15)),
            ("x/api/data/v9.2/cont", Some(16)),
            ("api/data/v{version}/con_1", Some(20)),
            ("/api/data/v9/x/api/data/v9.2/a", Some(29)),
            ("/_api/con", Some(6)),
            (long.as_str(), Some(50)),
            (longer.as_str(), None),
            ("/api/data/v/a", None),
            ("/api/data/v9.2", None),
            ("/api/data/v9.2/accounts/", None),
            ("/api/data/v9 2/a", None),
            ("/api/data/v9\"/a", None),
            ("/api/data/v9'/a", None),
            ("/api/data/v9`/a", None),
            ("/api/data/v9\n/a", None),
            ("/api/a", None),
            ("a", None),
        ] {
            let expected = at.map(|at| (vec![(at, "a".to_owned())], true));
            assert_eq!(path(before), expected, "{before}");
        }
    }

    #[test]
    fn the_beginning_of_an_element_is_completed_to_one() {
        for (before, at) in [
            ("x <fetch><ent", Some(8)),
            ("&lt;FETCH ", Some(9)),
            ("%3Cfetch", Some(8)),
            ("<fetch></fetch><fetch", Some(21)),
            ("<fetch></fetch>", None),
            ("<fetch/fetch", None),
            ("<fetch &lt;fetch", Some(16)),
            ("&lt;fetch <fetch", Some(16)),
            ("%3cfetch &lt;fetch", Some(18)),
            ("<fetcher", None),
            ("<fetch_", None),
            ("<fetch-a", None),
            ("<entity", None),
        ] {
            let expected = at.map(|at| (vec![(at, " ".to_owned()), (before.len(), "=1".to_owned())], true));
            assert_eq!(element(before), expected, "{before}");
        }
    }
}
