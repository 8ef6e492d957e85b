//! Decides whether a text is a whole request or a filter, because a user may pass either. The crate `ide`
//! calls [`is_request`] for each query that is given without its form.

use crate::lexical::{blank, is_blank, name_len};
use crate::literal::guid;
use crate::placeholder;

use super::http::{is_batch, request_line};
use super::option_names::is_system;
use super::words::foreign_option;

/// The query options of Dataverse that OData does not have. A text that begins with such a name and `=` is a
/// request and not a comparison.
const OWN: &[&str] = &["fetchXml", "savedQuery", "userQuery"];

/// Returns whether `text` is a request rather than a filter. A request may lack the root of the service, and
/// also its path.
///
/// A text is a request if it begins with a scheme such as `https://`, with `/`, `?` or an option; if there is
/// only a path before its first `?`; or if it is a path that cannot be a condition. `contacts` alone is a
/// filter, because a column may have that name.
///
/// ```
/// use odata_parser::is_request;
/// assert!(is_request("contacts?$filter=a eq 1") && is_request("$top=3") && is_request("accounts/$count"));
/// assert!(!is_request("contains(name,'?a=1')") && !is_request("contacts"));
/// ```
#[must_use]
pub fn is_request(text: &str) -> bool {
    let text = text.trim();
    if request_line(text).is_some() || is_batch(text) {
        return true;
    }
    let has_scheme = |s: &&str| text.get(..s.len()).is_some_and(|start| start.eq_ignore_ascii_case(s));
    if ["https://", "http://"].iter().any(has_scheme)
        || ["/", "?", "$metadata", "$batch"].iter().any(|s| text.starts_with(s))
    {
        return true;
    }
    if let Some(rest) = text.strip_prefix('&') {
        return begins_option(rest.trim_start_matches(['&', ' ']));
    }
    if let Some((name, value)) = option(text) {
        return is_known(name) || another_option(value);
    }
    match path_len(text) {
        Some(n) if n < text.len() => {
            let options = text[n..].trim_start_matches(|c| matches!(c, '?' | '&') || is_blank(c));
            begins_option(options)
        }
        Some(_) => is_clear_path(text),
        None => false,
    }
}

/// Returns the name and the value of the option with which the text begins; `None` if it does not begin with
/// an option. The `==` of other languages is a comparison and not an option.
fn option(text: &str) -> Option<(&str, &str)> {
    let sigil = ["%24", "$", "@"].iter().find(|s| text.starts_with(**s)).map_or(0, |s| s.len());
    let n = sigil + name_len(&text[sigil..]);
    let value = blank(&text[n..]).strip_prefix('=').filter(|v| n > sigil && !v.starts_with('='))?;
    Some((&text[..n], value))
}

/// Returns whether the text begins with an option. After a name without `$`, an `=` must follow.
fn begins_option(text: &str) -> bool {
    let system = text.strip_prefix("%24").or_else(|| text.strip_prefix('$'));
    system.is_some_and(|name| name_len(name) > 0) || option(text).is_some()
}

/// Returns whether `name` followed by `=` is always an option. `filter=` and `name=` may be comparisons by
/// users who write `=` for `eq`.
fn is_known(name: &str) -> bool {
    if let Some(system) = name.strip_prefix("%24").or_else(|| name.strip_prefix('$')) {
        return is_system(system) || foreign_option(system).is_some();
    }
    name.starts_with('@') || OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Returns whether `value` contains an `&` outside of quotes that an option follows.
fn another_option(value: &str) -> bool {
    let mut quoted = false;
    value.char_indices().any(|(at, c)| {
        quoted ^= c == '\'';
        c == '&' && !quoted && option(blank(&value[at + 1..])).is_some()
    })
}

/// Returns the length in bytes of the path at the beginning of `text`, if a `?` or the end of the text
/// follows it; otherwise `None`. A `?` within a key, a string or a placeholder does not end the path.
fn path_len(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut at) = (0_usize, false, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            // Outside of parentheses an apostrophe is a letter: `People/O'Neil`.
            '\'' if depth > 0 => quoted = !quoted,
            _ if quoted => {}
            '{' | '$' | '@' if placeholder::end(&text[at..], true).is_some() => {
                at = text.len() - placeholder::end(&text[at..], true).map_or(0, str::len);
                continue;
            }
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            '?' if depth == 0 => break,
            '%' | ':' | ' ' if depth > 0 => {}
            _ if is_blank(c) && blank(&text[at..]).starts_with('?') => {}
            _ if c.is_alphanumeric() || "_/.-,='$@".contains(c) => {}
            _ => return None,
        }
        at += c.len_utf8();
    }
    (at > 0 && depth == 0 && !quoted).then_some(at)
}

/// Returns whether a path without options cannot be a condition, because it ends in `/$count` or a similar
/// segment, contains the root of a service, or begins with a single row of a table.
fn is_clear_path(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or(path);
    let ends = matches!(last, "$count" | "$ref" | "$value") && last.len() < path.len();
    let name = &path[..name_len(path)];
    let key = || {
        let key = path[name.len()..].strip_prefix('(')?;
        // `not({condition})` is a condition; no function of filters has one argument.
        let placeholder = || placeholder::end(key, true).filter(|_| !name.is_empty() && name != "not");
        guid(key).or_else(placeholder)
    };
    ends || is_operation(path)
        || path.contains("api/data/v")
        || key().is_some_and(|rest| rest.starts_with(')'))
}

/// Returns whether the text is a call of an operation, such as `WhoAmI()`, `RetrieveVersion()` and
/// `InitializeFrom(EntityMoniker=@p1,…)`. The functions of filters begin with a small letter or a namespace.
fn is_operation(path: &str) -> bool {
    let n = name_len(path);
    path.starts_with(|c: char| c.is_ascii_uppercase()) && path[n..].starts_with('(') && path.ends_with(')')
}

#[cfg(test)]
mod tests {
    use super::is_request;

    #[test]
    fn a_filter_is_not_a_request() {
        for text in [
            "",
            "contacts",
            "a eq 1",
            "name eq 'what?'",
            "name eq 'a?b=c'",
            "contains(name,'?a=1')",
            "contains(name, '?a=1&b=2')",
            "name eq 'https://x/y?z=1'",
            "startswith(websiteurl,'https://x/?a=b')",
            "name%20eq%20'a?b=c'",
            "contains(name,%27a?b=1%27)",
            "name='a'",
            "name=='a'",
            "filter=1",
            "@p1 eq 1",
            "@p1 == 1",
            "$it eq 1",
            "a eq 1 & b eq 2",
            "&& a eq 1",
            "name = 'R&D'",
            "contact?.name = 'x'",
            "contact_customer_accounts/$count gt 1",
            "contact_customer_accounts/any(c:c/name eq 'a')",
            "Microsoft.Dynamics.CRM.Today(PropertyName='createdon')",
            "name eq {name}",
            "not({condition})",
            "({condition})",
            "contains({column},{value})",
            "{a}",
        ] {
            assert!(!is_request(text), "{text}");
        }
    }

    #[test]
    fn requests_and_their_last_parts_are_requests() {
        for text in [
            "contacts?$filter=a eq 1",
            " contacts\n  ?$filter=a eq 1",
            "contacts?%24filter=a%20eq%201",
            "contacts?$Filter=a eq 1",
            "contacts?fetchXml=<a/>",
            "contacts?@p=1",
            "/contacts",
            "https://org",
            "HTTPS://org/api/data/v9.2/contacts?$top=1",
            "api/data/v9.2/contacts",
            "${base}/api/data/v9.2/contacts?$top={n}",
            "accounts(@{triggerBody()?['id']})?$top=1",
            "accounts(name='a b?c')/x?$filter=b",
            "accounts(name='a%20b')?$select=x",
            "People/O'Neil?$select=x",
            "?$filter=a eq 1",
            "?$top=1",
            "$filter=a eq 1",
            "$filter = a eq 1",
            "%24filter=a",
            "$select=a&$top=1",
            "select=a&$top=1",
            "&$top=10",
            "@p=1&$filter=a eq @p",
            "fetchXml=<fetch/>",
            "fetchxml=%3Cfetch%2F%3E&$count=true",
            "tag=x&$filter=a eq 1",
            "accounts(11111111-2222-3333-4444-555555555555)/$count",
            "accounts(11111111-2222-3333-4444-555555555555)",
            "accounts({id})",
            "accounts(${id})/primarycontactid",
            "accounts/$count",
            "$metadata#Accounts",
            "$order=name",
            "WhoAmI()",
            "GET accounts HTTP/1.1",
            "GET [Organization URI]/api/data/v9.2/accounts?$select=name HTTP/1.1",
        ] {
            assert!(is_request(text), "{text}");
        }
    }
}
