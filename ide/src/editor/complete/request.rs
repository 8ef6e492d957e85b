//! Splits a request into its path and its options, and completes the names of options.

use std::ops::Range;

use dvkit_schema::{StoreError, Table};

use super::lexer::{TokenKind, is_name_char, lex};
use super::rank::Candidate;
use super::rows::named_table;
use super::{Completer, CompletionKind};

/// The byte ranges of the parts of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::editor) struct RequestParts {
    /// The path, behind the root of the service; `None` if there are only options.
    pub(in crate::editor) path: Option<Range<usize>>,
    /// The names and the values of the options; a value is `None` without `=`.
    pub(in crate::editor) options: Vec<(Range<usize>, Option<Range<usize>>)>,
}

/// The query options of a request, with a description and a weight.
const OPTIONS: [(&str, &str, i32); 13] = [
    ("$select", "the columns that are returned", 60),
    ("$filter", "the condition that rows must meet", 58),
    ("$expand", "related rows that are returned as well", 52),
    ("$orderby", "the order of the rows", 50),
    ("$top", "the maximum number of rows", 46),
    ("$count", "whether the number of all matching rows is returned", 40),
    ("$apply", "groups and totals in place of rows", 36),
    ("fetchXml", "a FetchXML query in place of the options of OData", 20),
    ("savedQuery", "the id of a saved view", 14),
    ("userQuery", "the id of a personal view", 12),
    ("$skiptoken", "the position of the next page", 6),
    ("tag", "a text that plug-ins can read", 2),
    ("partitionId", "the partition of an elastic table", 2),
];

/// The options within the parentheses of `$expand`.
const NESTED_OPTIONS: [(&str, &str, i32); 6] = [
    ("$select", "the columns that are returned", 60),
    ("$filter", "the condition that related rows must meet", 50),
    ("$orderby", "the order of the related rows", 40),
    ("$top", "the maximum number of related rows", 36),
    ("$expand", "rows related to the related rows", 34),
    ("$levels", "the number of levels", 1),
];

/// Returns whether an option (`$name=`, `@name=`) is at the beginning of `text`.
fn begins_option(text: &str) -> bool {
    let rest = text.trim_start();
    rest.strip_prefix(['$', '@']).is_some_and(|rest| {
        let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        end > 0 && rest[end..].trim_start().starts_with('=')
    })
}

/// Splits a request into its parts.
pub(in crate::editor) fn split_request(text: &str) -> RequestParts {
    let (start, end) = match odata_parser::request_line(text) {
        Some(line) => (line.target.start, line.target.end),
        None => (text.len() - text.trim_start().len(), text.len()),
    };
    let placeholders: Vec<Range<usize>> = odata_parser::placeholders(text).collect();
    let placeholder = |at: usize| {
        let n = placeholders.partition_point(|p| p.start < at);
        placeholders.get(n).filter(|p| p.start == at).map(|p| p.end.min(end))
    };
    let mut parts = RequestParts::default();
    let rest = &text[start..end];
    let only_options = rest.starts_with(['?', '&'])
        || (rest.starts_with('$') && placeholder(start).is_none() && !rest.starts_with("$metadata"))
        || begins_option(rest)
        || rest.split(['?', '/', '(', '&', ' ']).next().is_some_and(|word| word.contains('='));
    let mut at = start;
    if !only_options {
        let mut depth = 0_usize;
        while at < end {
            if let Some(behind) = placeholder(at) {
                at = behind;
                continue;
            }
            match text.as_bytes()[at] {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'?' => break,
                b'&' if depth == 0 && begins_option(&text[at + 1..]) => break,
                _ => {}
            }
            at += 1;
        }
        parts.path = Some(start + service_len(&text[start..at])..at);
    }
    if text[at..end].starts_with(['?', '&']) {
        at += 1;
    } else if !only_options {
        return parts;
    }
    loop {
        let stop = option_end(text, at, end, &placeholder);
        let equals = text[at..stop].find('=').map(|n| at + n);
        let name = trimmed(text, at..equals.unwrap_or(stop));
        parts.options.push((name, equals.map(|n| n + 1..stop)));
        if stop >= end {
            return parts;
        }
        at = stop + 1;
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Returns the end of the option that begins at the offset `at`.
fn option_end(text: &str, mut at: usize, end: usize, placeholder: &impl Fn(usize) -> Option<usize>) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut quoted) = (0_usize, false);
    while at < end {
        if let Some(behind) = placeholder(at) {
            at = behind.max(at + 1);
            continue;
        }
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            // An option that follows tells that the text before it lacks its closing quote.
            b'&' if quoted && !begins_option(&text[at + 1..end]) => {}
            // An `&` in place of a `;`, if the parentheses around it are closed.
            b'&' if !quoted && depth > 0 && closes(&bytes[at..end], depth) => {}
            b'&' => return at,
            _ => {}
        }
        at += 1;
    }
    end
}

/// Returns whether `depth` parentheses that are open before `rest` are closed in it.
fn closes(rest: &[u8], depth: usize) -> bool {
    let (mut depth, mut quoted) = (depth, false);
    for byte in rest {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

/// Returns the length of the root of the service at the beginning of `path`.
fn service_len(path: &str) -> usize {
    let lower = path.to_ascii_lowercase();
    if let Some(at) = lower.find("api/data/v") {
        return path[at + 10..].find('/').map_or(path.len(), |n| at + 10 + n + 1);
    }
    if let Some(at) = lower.find("://") {
        return path[at + 3..].find('/').map_or(path.len(), |n| at + 3 + n + 1);
    }
    // A portal has its own root.
    let start = usize::from(path.starts_with('/'));
    if path[start..].starts_with("_api/") { start + 5 } else { start }
}

impl<'a> Completer<'a> {
    /// Completes a request. `table` is the logical name of the table for a request without a path.
    pub(super) fn request(&mut self, table: Option<&str>) -> Result<(), StoreError> {
        let parts = split_request(self.text);
        let cursor = self.cursor;
        if let Some(path) = parts.path.clone().filter(|path| cursor <= path.end) {
            return if cursor >= path.start { self.path(path) } else { Ok(()) };
        }
        let at = parts.options.iter().rposition(|(name, value)| {
            name.start.min(value.as_ref().map_or(usize::MAX, |v| v.start)) <= cursor
        });
        let Some((name, value)) = at.and_then(|at| parts.options.get(at)) else {
            self.word = cursor..cursor;
            self.option_names(&OPTIONS, &parts.names(self.text));
            return Ok(());
        };
        match value {
            Some(value) if cursor >= value.start => {
                let base = match &parts.path {
                    Some(path) => self.path_table(path.clone())?,
                    None => table.map_or(Ok(None), |name| named_table(self.store, name))?,
                };
                let option = self.text.get(name.clone()).unwrap_or_default();
                self.option_value(option, value.clone(), base)
            }
            _ => {
                self.word = self.word_around(cursor, |c| is_name_char(c) || matches!(c, '$' | '@' | '-'));
                let own = name.start;
                let given: Vec<&str> = parts
                    .options
                    .iter()
                    .filter(|(name, _)| name.start != own)
                    .filter_map(|(name, _)| self.text.get(name.clone()))
                    .collect();
                self.option_names(&OPTIONS, &given);
                Ok(())
            }
        }
    }

    /// Completes the value of the option `name`, which has the byte range `value`, on the rows of `base`.
    pub(super) fn option_value(
        &mut self,
        name: &str,
        value: Range<usize>,
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        let name = name.trim_start_matches('$').to_ascii_lowercase();
        let tokens = lex(self.text, value);
        match name.as_str() {
            "filter" => self.expression(&tokens, base),
            "select" => self.select(&tokens, base),
            "orderby" => self.order_by(&tokens, base),
            "expand" => self.expand(&tokens, base),
            "apply" => self.apply(&tokens, base),
            "count" => {
                self.take_word(&tokens);
                for (word, weight) in [("true", 1), ("false", 0)] {
                    self.push(Candidate::new(word, CompletionKind::Value).weight(weight));
                }
                Ok(())
            }
            "top" => {
                self.take_word(&tokens);
                for (rank, number) in ["1", "10", "50", "100", "1000", "5000"].into_iter().enumerate() {
                    let weight = -i32::try_from(rank).unwrap_or(0);
                    self.push(Candidate::new(number, CompletionKind::Value).weight(weight));
                }
                Ok(())
            }
            "fetchxml" => {
                self.take_word(&tokens);
                if tokens.is_empty() {
                    let query = "<fetch><entity name='account'></entity></fetch>";
                    self.push(Candidate::new("<fetch>", CompletionKind::Snippet).insert(query));
                }
                Ok(())
            }
            // A parameter alias stands for any value, and most often for one of a condition.
            _ if name.starts_with('@') => self.alias_value(&name, &tokens, base),
            _ => Ok(()),
        }
    }

    /// Completes the nested options in the parentheses behind a navigation property. `range` is the byte range
    /// between the parentheses, and `base` the table of the related rows.
    pub(super) fn nested_options(
        &mut self,
        range: Range<usize>,
        base: Option<&'a Table>,
    ) -> Result<(), StoreError> {
        let tokens = lex(self.text, range.clone());
        let mut options: Vec<(Range<usize>, Option<usize>)> = vec![(range.start..range.end, None)];
        let mut depth = 0_usize;
        for token in &tokens {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                TokenKind::Semicolon if depth == 0 => {
                    if let Some(last) = options.last_mut() {
                        last.0.end = token.range.start;
                    }
                    options.push((token.range.end..range.end, None));
                }
                TokenKind::Equals if depth == 0 => {
                    if let Some(last) = options.last_mut().filter(|last| last.1.is_none()) {
                        last.1 = Some(token.range.start);
                    }
                }
                _ => {}
            }
        }
        let cursor = self.cursor;
        let at = options.iter().position(|(range, _)| range.start <= cursor && cursor <= range.end);
        let Some((own, equals)) = at.and_then(|at| options.get(at)) else { return Ok(()) };
        if let Some(equals) = equals.filter(|equals| *equals < cursor) {
            let name = self.text.get(own.start..equals).unwrap_or_default().trim();
            return self.option_value(name, equals + 1..own.end, base);
        }
        self.word = self.word_around(cursor, |c| is_name_char(c) || c == '$');
        let given: Vec<&str> = options
            .iter()
            .filter(|(range, _)| range.start != own.start)
            .filter_map(|(range, equals)| self.text.get(range.start..(*equals)?))
            .map(str::trim)
            .collect();
        self.option_names(&NESTED_OPTIONS, &given);
        Ok(())
    }

    /// Offers the options of `list` that are not `given` yet.
    fn option_names(&mut self, list: &'static [(&'static str, &'static str, i32)], given: &[&str]) {
        for (name, detail, weight) in list.iter().filter(|(name, ..)| !given.contains(name)) {
            let candidate =
                Candidate::new(*name, CompletionKind::QueryOption).detail(*detail).weight(*weight);
            let candidate = candidate.alias(name.trim_start_matches('$'));
            let assigned = format!("{name}=");
            let is_assigned = self.behind().trim_start().starts_with('=');
            self.push(if is_assigned { candidate } else { candidate.insert(assigned) });
        }
    }
}

impl RequestParts {
    fn names<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.options.iter().filter_map(|(name, _)| text.get(name.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let parts = split_request(text);
        let mut all: Vec<&str> = parts.path.into_iter().map(|r| &text[r]).collect();
        for (name, value) in parts.options {
            all.push(&text[name]);
            all.extend(value.map(|r| &text[r]));
        }
        all.join("|")
    }

    #[test]
    fn requests_are_split_although_they_are_not_finished() {
        for (text, expected) in [
            ("accounts?$select=a&$filter=b eq 'x&y'&$top=1", "accounts|$select|a|$filter|b eq 'x&y'|$top|1"),
            ("accounts?$filter=b eq 'x&$top=1", "accounts|$filter|b eq 'x|$top|1"),
            ("accounts?$expand=n($select=a&$filter=b", "accounts|$expand|n($select=a|$filter|b"),
            (
                "accounts?$expand=n($select=a&$top=1)&$count=true",
                "accounts|$expand|n($select=a&$top=1)|$count|true",
            ),
            ("accounts?", "accounts|"),
            ("acc", "acc"),
            ("https://o.example/api/data/v9.2/accounts?$sel", "accounts|$sel"),
            ("${base}/api/data/v9.2/accounts?$top={n}", "accounts|$top|{n}"),
            ("$select=a&", "$select|a|"),
            ("?", ""),
            ("GET accounts?$top=1 HTTP/1.1\nA: b?c", "accounts|$top|1"),
            ("/_api/contacts?$top=1", "contacts|$top|1"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_request_is_split_at_its_options() {
        let split = |text: &str| -> String {
            let parts = split_request(text);
            let path = parts.path.map_or("-", |range| &text[range]);
            let option = |(name, value): &(Range<usize>, Option<Range<usize>>)| match value {
                Some(value) => format!(" |{}={}", &text[name.clone()], &text[value.clone()]),
                None => format!(" |{}", &text[name.clone()]),
            };
            format!("{path}{}", parts.options.iter().map(option).collect::<String>())
        };
        for (text, expected) in [
            ("", ""),
            (" contacts ", "contacts "),
            ("contacts", "contacts"),
            ("contacts?", "contacts |"),
            ("contacts?$top=1", "contacts |$top=1"),
            ("contacts? $top =1& $select= a , b&x", "contacts |$top=1 |$select= a , b |x"),
            ("GET contacts?$top=1 HTTP/1.1", "contacts |$top=1"),
            ("$top=1&$select=a", "- |$top=1 |$select=a"),
            ("?$top=1", "- |$top=1"),
            ("&$top=1", "- |$top=1"),
            ("$to", "- |$to"),
            ("$metadata?x", "$metadata |x"),
            ("@a=1", "- |@a=1"),
            ("top=1", "- |top=1"),
            ("a/b=1", "a/b=1"),
            ("a(b=1)", "a(b=1)"),
            ("${a}/contacts?$top=1", "${a}/contacts |$top=1"),
            ("contacts(a='?')?$top=1", "contacts(a=' |')?$top=1"),
            ("contacts({a?b})?$top={c&d}", "contacts({a?b}) |$top={c&d}"),
            ("contacts&$top=1", "contacts |$top=1"),
            ("contacts&x=1", "contacts&x=1"),
            ("contacts(a&$top=1)", "contacts(a&$top=1)"),
            ("contacts)&$top=1", "contacts) |$top=1"),
            ("contacts&$=1", "contacts&$=1"),
            ("contacts& $top =1", "contacts |$top=1"),
            ("contacts?$filter='a&b'&$top=1", "contacts |$filter='a&b' |$top=1"),
            ("contacts?$filter='a&$top=1", "contacts |$filter='a |$top=1"),
            ("contacts?$filter='a&b=1", "contacts |$filter='a&b=1"),
            (
                "contacts?$expand=a($select=b&$top=1)&$count=true",
                "contacts |$expand=a($select=b&$top=1) |$count=true",
            ),
            ("contacts?$expand=a($select=b&$top=1", "contacts |$expand=a($select=b |$top=1"),
            ("contacts?$expand=a(b('c)&d')&e)&$top=1", "contacts |$expand=a(b('c)&d')&e) |$top=1"),
            ("contacts?$expand=a(b(&c)&$top=1", "contacts |$expand=a(b( |c) |$top=1"),
            ("contacts?$filter=')'&$top=1", "contacts |$filter=')' |$top=1"),
            ("https://a.b/api/data/v9.2/contacts?x", "contacts |x"),
            ("/API/Data/v9.2/contacts", "contacts"),
            ("api/data/v9.2", ""),
            ("https://a.b/contacts", "contacts"),
            ("https://a.b", ""),
            ("/_api/contacts", "contacts"),
            ("_api/contacts", "contacts"),
            ("/contacts", "contacts"),
            ("/a_api/contacts", "a_api/contacts"),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
