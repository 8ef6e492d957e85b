//! Recognises queries in the texts of programs. All hosts whose files do not say themselves what a text is
//! decide here, by the form of the text alone.
//!
//! A text contains a query if it has a `<fetch` element, a query option of OData (`$select=`, `?fetchXml=`), or
//! a path of the Web API (`/api/data/v9.2/…`). URLs of other OData services are not queries of Dataverse.

use std::ops::Range;

use super::HostText;

/// A query that was recognised in a text.
#[derive(Clone, Debug)]
pub struct Recognized {
    /// The query, without what surrounds it in the text: the address of the organisation, words before it.
    pub text: HostText,
    /// Whether this is only a part of a query, whose other parts are elsewhere. It cannot be checked.
    pub is_part: bool,
}

/// The names of the query options that mark a request.
const OPTIONS: [&str; 12] = [
    "select",
    "filter",
    "expand",
    "orderby",
    "apply",
    "top",
    "count",
    "skiptoken",
    "search",
    "compute",
    "deltatoken",
    "skip",
];

/// The maximum number of queries in one text.
const MAX_QUERIES: usize = 64;

/// Returns the queries in a text, in the order of the text. Most texts have none or one.
///
/// ```
/// use dvkit_ide::embedded::{HostTextBuilder, recognize, verbatim};
/// let source = "GET https://contoso.crm.dynamics.com/api/data/v9.2/accounts?$select=name";
/// let mut builder = HostTextBuilder::default();
/// builder.begin(0, verbatim());
/// builder.plain(0..source.len(), source);
/// let found = recognize(&builder.finish());
/// assert_eq!(found[0].text.text(), "accounts?$select=name");
/// ```
#[must_use]
pub fn recognize(text: &HostText) -> Vec<Recognized> {
    let found = fetch_elements(text);
    if !found.is_empty() {
        return found;
    }
    request(text).into_iter().collect()
}

/// The next place of a word in a text, which is searched only once for all places before it.
struct NextWord<'t> {
    text: &'t str,
    word: &'static str,
    /// The offset from which was searched, and what was found.
    last: Option<(usize, Option<usize>)>,
}

impl<'t> NextWord<'t> {
    fn new(text: &'t str, word: &'static str) -> Self {
        Self { text, word, last: None }
    }

    /// Returns the offset of the word at `from` or later, in any case of letters.
    fn at_or_after(&mut self, from: usize) -> Option<usize> {
        if let Some((start, found)) = self.last
            && start <= from
            && found.is_none_or(|at| from <= at)
        {
            return found;
        }
        let found = find_ignoring_case(self.text, self.word, from);
        self.last = Some((from, found));
        found
    }
}

/// Returns the FetchXML documents in a text.
fn fetch_elements(text: &HostText) -> Vec<Recognized> {
    let whole = text.text();
    let placeholders: Vec<Range<usize>> = text.placeholders().collect();
    let mut equals = NextWord::new(whole, "=");
    let mut found = Vec::new();
    for (open, close, entity, is_plain) in [
        ("<fetch", "</fetch>", "<entity", true),
        ("&lt;fetch", "&lt;/fetch&gt;", "&lt;entity", false),
        ("%3cfetch", "%3c/fetch%3e", "%3centity", false),
    ] {
        let mut from = 0;
        let (mut ends, mut entity) = (NextWord::new(whole, close), NextWord::new(whole, entity));
        while found.len() < MAX_QUERIES
            && let Some(start) = find_ignoring_case(whole, open, from)
        {
            let after = whole.get(start + open.len()..).unwrap_or_default();
            from = start + open.len();
            let begins = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '{');
            if is_plain && !after.starts_with(begins) && !after.is_empty() {
                continue;
            }
            if is_option_value(whole, start) {
                // A URL with FetchXML is a request.
                return Vec::new();
            }
            let end = ends.at_or_after(from).map(|at| at + close.len());
            let body = whole.get(start..end.unwrap_or(whole.len())).unwrap_or_default();
            let within = |at: Option<usize>| at.is_some_and(|at| at < start + body.len());
            let has_entity = within(entity.at_or_after(start));
            let first = placeholders.partition_point(|p| p.start <= start);
            let has_placeholder = within(placeholders.get(first).map(|p| p.start));
            let is_whole = end.is_some() && (has_entity || has_placeholder);
            // `<fetch>` alone is a word in a sentence.
            let is_query = is_whole
                || has_entity
                || (after.starts_with(char::is_whitespace) && equals.at_or_after(from).is_some());
            if is_query {
                let end = start + body.trim_end().len();
                found.push(Recognized { text: text.slice(start..end), is_part: !is_whole && !has_entity });
                from = end.max(from);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Returns whether the text at `at` is the value of an option such as `fetchXml=`.
fn is_option_value(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.len() >= 9
        && before.is_char_boundary(before.len() - 9)
        && before[before.len() - 9..].eq_ignore_ascii_case("fetchxml=")
}

/// Returns the request in a text.
fn request(text: &HostText) -> Option<Recognized> {
    let whole = text.text();
    let placeholders: Vec<Range<usize>> = text.placeholders().collect();
    if let Some(count) = count_of_rows(text, &placeholders) {
        return Some(count);
    }
    let option = first_option(whole);
    let service = service_path(whole);
    let path_start = match (option, &service) {
        (Some(option), _) => url_start(whole, option, &placeholders),
        (None, Some(_)) => 0,
        (None, None) => return None,
    };
    let start = match service {
        Some(service) if option.is_none_or(|option| service.end <= option) => {
            if is_other_api(whole.get(service.clone())?, whole.get(service.end..)?) {
                return None;
            }
            service.end
        }
        _ => relative_start(whole, path_start, option?, &placeholders)?,
    };
    let end = whole.trim_end().len();
    let end = http_version(whole.get(..end)?, start).unwrap_or(end);
    let query = whole.get(start..end)?;
    let has_value = || query.split_once('=').is_some_and(|(_, value)| !value.starts_with([' ', ',', '.']));
    if start == path_start && start > 0 && query.starts_with(['?', '&']) && !has_value() {
        // A sentence that names an option.
        return None;
    }
    if option.is_none() && !is_resource(query) {
        return None;
    }
    Some(Recognized { text: text.slice(start..end), is_part: false })
}

/// Returns the offset of the first query option in a text: its `?`, its `&`, or the `$` at the beginning of the
/// text.
fn first_option(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'$', b'%', bytes.get(from..)?).map(|at| at + from) {
        let rest = &text[at..];
        let name = rest.strip_prefix('$').or_else(|| rest.strip_prefix("%24"));
        let opens = match at.checked_sub(1).and_then(|before| bytes.get(before)) {
            None => true,
            Some(b'?' | b'&') => true,
            Some(b';') => text[..at].ends_with("&amp;"),
            Some(before) => before.is_ascii_whitespace() && text[..at].trim_end().ends_with(['?', '&']),
        };
        if opens && name.is_some_and(is_option) {
            return Some(if at == 0 { 0 } else { text[..at].trim_end().len() - 1 });
        }
        from = at + 1;
    }
    ["?fetchxml=", "&fetchxml=", "?savedquery=", "?userquery="]
        .iter()
        .find_map(|marker| find_ignoring_case(text, marker, 0))
}

/// Returns whether a text begins with the name of a query option and `=`.
fn is_option(text: &str) -> bool {
    OPTIONS.iter().any(|name| {
        text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && text[name.len()..].trim_start_matches(' ').starts_with(['=', '%'])
    })
}

/// Returns the byte range of `/api/data/v9.2/` or `/_api/` in a text.
fn service_path(text: &str) -> Option<Range<usize>> {
    if let Some(start) = find_ignoring_case(text, "api/data/v", 0) {
        let version = &text[start + "api/data/v".len()..];
        let slash = version.find('/')?;
        let is_version = |c: char| c.is_ascii_digit() || c == '.';
        let is_placeholder = version.starts_with('{') && version[..slash].ends_with('}');
        if slash > 0 && (is_placeholder || version[..slash].chars().all(is_version)) {
            return Some(start..start + "api/data/v".len() + slash + 1);
        }
        return None;
    }
    let start = find_ignoring_case(text, "/_api/", 0)?;
    Some(start..start + "/_api/".len())
}

/// Returns whether the path behind `prefix` is that of SharePoint's interface, which has the same prefix as the
/// one of portals.
fn is_other_api(prefix: &str, path: &str) -> bool {
    let word = path.split(['/', '?', '(', '.']).next().unwrap_or_default();
    prefix.ends_with("_api/")
        && ["web", "site", "lists", "search", "sp", "contextinfo", "$batch", "v2", "v1"]
            .iter()
            .any(|other| word.eq_ignore_ascii_case(other))
}

/// Returns the offset at which the URL with the option at `option` begins: behind the last white space that is
/// not in brackets, quotes or a placeholder.
fn url_start(text: &str, option: usize, placeholders: &[Range<usize>]) -> usize {
    let before = text.get(..option).unwrap_or_default();
    let mut quoted = false;
    let mut depth = 0_usize;
    for (at, c) in before.char_indices().rev() {
        if placeholders.iter().any(|p| p.contains(&at)) {
            continue;
        }
        match c {
            '\'' => quoted = !quoted,
            ')' if !quoted => depth += 1,
            '(' if !quoted => depth = depth.saturating_sub(1),
            c if (c.is_whitespace() || matches!(c, '"' | '`' | '=')) && !quoted && depth == 0 => {
                return at + c.len_utf8();
            }
            _ => {}
        }
    }
    0
}

/// Returns the offset at which the path of a relative URL begins, without an address in a placeholder; `None`
/// if the URL is that of another service. `start` is that of the URL, and `option` that of its first option.
fn relative_start(text: &str, start: usize, option: usize, placeholders: &[Range<usize>]) -> Option<usize> {
    let mut at = start;
    let path = |at: usize| text.get(at..option);
    if let Some(rest) = path(at)?.strip_prefix("https://").or_else(|| path(at)?.strip_prefix("http://")) {
        // An absolute URL without the path of the service is not one of Dataverse, unless the address is open.
        let host = rest.split('/').next()?;
        let known = host.contains("dynamics.com") || host.starts_with('{');
        let slash = rest.find('/').filter(|_| known)?;
        at = option - rest.len() + slash;
    }
    loop {
        at += path(at)?.len() - path(at)?.trim_start_matches('/').len();
        // `{base}/accounts` and `{base}accounts` begin with an address, `{set}?` and `{set}(` with a table.
        let Some(placeholder) = placeholders.iter().find(|p| p.start == at) else { break };
        match text.get(placeholder.end..option)?.chars().next() {
            Some(c) if c == '/' || c.is_ascii_alphanumeric() || c == '{' => at = placeholder.end,
            _ => break,
        }
    }
    let path = path(at)?;
    let mut segments = path.split('/');
    let first = segments.next().unwrap_or_default();
    let name = first.split('(').next().unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}');
    if !name.chars().all(is_name) || is_version(name) {
        return None;
    }
    let has_key = first.contains('(') || first.contains('{');
    let next = segments.next();
    let continues = next.is_none_or(|next| {
        has_key
            || next.starts_with('$')
            || next.starts_with("Microsoft.")
            || next.contains('(')
            || next.is_empty()
    });
    continues.then_some(at)
}

/// Returns whether a segment of a path is the version of another service, such as `v1.0`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether a path without options is that of rows: it begins with the name of an entity set, and not
/// with an operation, `$metadata` or definitions.
fn is_resource(path: &str) -> bool {
    path.starts_with(|c: char| c.is_ascii_lowercase()) && !path.contains(char::is_whitespace)
}

/// Returns the request for the number of rows that is the text, as in `{base}/accounts/$count`; `None` if the text
/// is something else.
fn count_of_rows(text: &HostText, placeholders: &[Range<usize>]) -> Option<Recognized> {
    let whole = text.text().trim_end();
    let path = whole.strip_suffix("/$count")?;
    let slash = path.rfind('/').map_or(0, |at| at + 1);
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let set = path.get(slash..)?;
    // The set follows an address, or is all that there is.
    let address = path.get(..slash)?;
    let is_address = address.is_empty() || placeholders.first().is_some_and(|first| first.start == 0);
    let is_set = is_name(set) || placeholders.contains(&(slash..path.len()));
    let is_service = service_path(whole).is_some();
    (is_address && is_set && !is_service && !address.contains(char::is_whitespace))
        .then(|| Recognized { text: text.slice(slash..whole.len()), is_part: false })
}

/// Returns the end of a request line behind the byte offset `start`, without the version of HTTP.
fn http_version(text: &str, start: usize) -> Option<usize> {
    let at = start + text.get(start..)?.find(" HTTP/")?;
    let version = text.get(at + " HTTP/".len()..)?;
    let end = version.find(['\r', '\n']).unwrap_or(version.len());
    (end <= "1.1".len()).then(|| text[..at].trim_end().len())
}

/// Returns the offset of `word` (in lower case) in `text`, in any case of letters, at `from` or later.
fn find_ignoring_case(text: &str, word: &str, from: usize) -> Option<usize> {
    let (bytes, word) = (text.as_bytes(), word.as_bytes());
    let first = *word.first()?;
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        let found = memchr::memchr2(first, first.to_ascii_uppercase(), rest)?;
        at += found;
        if bytes.get(at..at + word.len())?.eq_ignore_ascii_case(word) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::{HostTextBuilder, verbatim};

    /// Returns the queries in a literal, in which `{…}` are placeholders.
    fn found(source: &str) -> Vec<String> {
        let mut builder = HostTextBuilder::default();
        builder.begin(0, verbatim());
        let mut at = 0;
        while let Some(open) = source[at..].find('{').map(|n| at + n) {
            builder.plain(at..open, &source[at..open]);
            let close = source[open..].find('}').map_or(source.len(), |n| open + n + 1);
            builder.placeholder(open..close, &source[open + 1..close - 1]);
            at = close;
        }
        builder.plain(at..source.len(), &source[at..]);
        recognize(&builder.finish()).into_iter().map(|r| r.text.text().to_owned()).collect()
    }

    #[test]
    fn a_query_is_found_without_what_surrounds_it() {
        for (source, query) in [
            ("accounts?$select=name", "accounts?$select=name"),
            ("?$select=name&$top=3", "?$select=name&$top=3"),
            ("$select=name&$filter=a eq 1 ", "$select=name&$filter=a eq 1"),
            ("&$filter={x}", "&$filter={x}"),
            ("{base}/api/data/v9.2/accounts?$select=name", "accounts?$select=name"),
            ("{base}/api/data/v{version}/accounts({id})", "accounts({id})"),
            ("{base}/accounts?$top=1", "accounts?$top=1"),
            ("{base}accounts?$top=1", "accounts?$top=1"),
            ("{base}/{set}?$top=1", "{set}?$top=1"),
            ("{set}?$top=1", "{set}?$top=1"),
            ("{set}({id})?$select=name", "{set}({id})?$select=name"),
            ("accounts(name='a b')?$select=name", "accounts(name='a b')?$select=name"),
            (
                "accounts({id})/contact_customer_accounts?$select=fullname",
                "accounts({id})/contact_customer_accounts?$select=fullname",
            ),
            ("GET /api/data/v9.2/contacts?$top=3 HTTP/1.1", "contacts?$top=3"),
            ("/_api/contacts?$select=fullname", "contacts?$select=fullname"),
            ("https://contoso.crm.dynamics.com/api/data/v9.2/contacts", "contacts"),
            (
                "accounts?fetchXml=<fetch><entity name='account'/></fetch>",
                "accounts?fetchXml=<fetch><entity name='account'/></fetch>",
            ),
            ("accounts?fetchXml={fetch}", "accounts?fetchXml={fetch}"),
            (
                "Query: <fetch top='1'><entity name='account'/></fetch> is sent",
                "<fetch top='1'><entity name='account'/></fetch>",
            ),
            ("accounts?%24select=name", "accounts?%24select=name"),
            ("failed: ?$select=name&$top=1", "?$select=name&$top=1"),
            ("--b\r\n\r\nGET {base}/api/data/v9.2/contacts?$top=3 HTTP/1.1\r\n\r\n--b--", "contacts?$top=3"),
            ("accounts/$count", "accounts/$count"),
            ("{base}/{set}/$count", "{set}/$count"),
        ] {
            assert_eq!(found(source), [query], "{source}");
        }
    }

    #[test]
    fn what_is_no_query_is_not_found() {
        for source in [
            "",
            "use $select= to name columns",
            "<fetch>",
            "the <fetch> element is missing",
            "<fetchcollection>",
            "https://graph.microsoft.com/v1.0/users?$select=id",
            "/v1.0/me/messages?$select=subject",
            "users/{id}/messages?$select=subject",
            "https://contoso.sharepoint.com/_api/web/lists?$select=Title",
            "https://contoso.crm.dynamics.com/api/data/v9.2/",
            "/api/data/v9.2/WhoAmI",
            "/api/data/v9.2/$metadata",
            "a price of $top= 3",
            "Use ?$select= to name columns",
            "{base}/accounts/$counted",
            "the number is accounts/$count",
        ] {
            assert_eq!(found(source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn several_fetch_elements_are_several_queries() {
        let one = "<fetch><entity name='account'/></fetch>";
        assert_eq!(found(&format!("{one}\n\n{one}")), [one, one]);
    }
}
