//! Decides what the characters `&` and `=` in the text of a request separate.

use crate::lexical::{blank, is_blank, name_len};
use crate::placeholder;

/// Returns the byte offset in `option` of the first `=` outside of placeholders; `None` if there is none.
pub(super) fn equals(option: &str) -> Option<usize> {
    let mut i = 0;
    while let Some(b) = option.as_bytes().get(i) {
        match b {
            b'=' => return Some(i),
            b'$' | b'@' | b'{' => match placeholder::end(&option[i..], true) {
                Some(rest) => i = option.len() - rest.len(),
                None => i += 1,
            },
            _ => i += 1,
        }
    }
    None
}

/// Returns the text after the superfluous commas at the end of a list, which have been reported.
pub(super) fn past_comma(i: &str) -> &str {
    let at = blank(i);
    let rest = at.trim_start_matches(|c| c == ',' || is_blank(c));
    if rest.len() < at.len() && option_ahead(rest).is_some() { at } else { rest }
}

/// Returns the text after the `=` if an option (`$name=` or `@name=`) is at the beginning of `i`; otherwise
/// `None`.
pub(super) fn option_ahead(i: &str) -> Option<&str> {
    let name = i.strip_prefix(['$', '@'])?;
    let n = name_len(name);
    if n == 0 {
        return None;
    }
    blank(&name[n..]).strip_prefix('=').filter(|rest| !rest.starts_with('='))
}

/// What an `&` in the text of a request means.
pub(super) enum Join {
    /// The `&` separates two options of the request.
    No,
    /// The `&` is a character of a string in quotes.
    Text,
    /// The `&` is a mistake for the `;` that separates options within parentheses.
    Nested,
    /// The `&` is a mistake for the `and` between two conditions.
    Condition,
}

/// Returns what an `&` before the text `rest` means. `quoted` says whether it is within a string that has a
/// closing quote, and `nested` whether it is within parentheses that are closed. Even within a string, an `&`
/// before an option separates options, because then the string lacks its own closing quote. `filter` says whether
/// it is in the value of `$filter`.
pub(super) fn joins(rest: &str, quoted: bool, nested: bool, filter: bool) -> Join {
    let next = blank(rest);
    let system = next.strip_prefix('$').or_else(|| next.strip_prefix("%24"));
    let assigned = |name: &str| {
        let n = name_len(name);
        n > 0 && blank(&name[n..]).starts_with('=')
    };
    let begins_option = system.or_else(|| next.strip_prefix('@')).is_some_and(assigned);
    match (begins_option, system) {
        (true, Some(_)) if nested => Join::Nested,
        (false, _) if quoted => Join::Text,
        (false, _) if (filter || nested) && is_condition(rest) => Join::Condition,
        _ => Join::No,
    }
}

/// Returns whether the text behind an `&` goes on with a condition, such as `& name eq 'x'`, which no option of a
/// URL looks like.
fn is_condition(rest: &str) -> bool {
    let unspaced = |text: &str| {
        let mut text = text;
        loop {
            let next = blank(text);
            let next = next.strip_prefix('+').or_else(|| next.strip_prefix("%20")).unwrap_or(next);
            if next.len() == text.len() {
                return next.len();
            }
            text = next;
        }
    };
    let skip = |text: &'_ str| text.len() - unspaced(text);
    let rest = rest.strip_prefix('&').unwrap_or(rest);
    let mut rest = &rest[skip(rest)..];
    loop {
        let word = name_len(rest);
        let next = match &rest[..word] {
            "" => rest.strip_prefix('('),
            "not" => Some(&rest[word..]),
            _ => None,
        };
        match next {
            Some(next) => rest = &next[skip(next)..],
            None => break,
        }
    }
    let path = rest.len() - rest.trim_start_matches(|c: char| c.is_alphanumeric() || "_./".contains(c)).len();
    let (path, behind) = rest.split_at(path);
    let operator = &behind[skip(behind)..];
    let is_operator = ["eq", "ne", "gt", "ge", "lt", "le"]
        .iter()
        .any(|word| operator.strip_prefix(word).is_some_and(|rest| skip(rest) > 0));
    let is_call = behind.starts_with('(')
        && (path.starts_with("Microsoft.Dynamics.CRM.")
            || matches!(path, "contains" | "startswith" | "endswith")
            || path.ends_with("/any")
            || path.ends_with("/all"));
    !path.is_empty() && (is_call || is_operator && operator.len() < behind.len())
}

/// Returns whether a system option (`$name=`) is at the beginning of `i`, after optional white space.
pub(super) fn option_behind(i: &str) -> bool {
    let next = blank(i);
    next.strip_prefix('$').or_else(|| next.strip_prefix("%24")).is_some_and(|name| {
        let n = name_len(name);
        n > 0 && blank(&name[n..]).starts_with('=')
    })
}
