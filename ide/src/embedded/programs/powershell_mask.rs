//! Rewrites the expandable strings of PowerShell for the grammar, which takes a `#` behind an expression or an
//! escape sequence for a comment, and does not find all variables of here-strings.
//!
//! Escape sequences, number signs and quotes in the text are replaced by full stops. The positions are the
//! same, and the text is read from the original.

use std::borrow::Cow;

/// The maximum depth of strings in expressions of strings.
const MAX_DEPTH: usize = 64;

/// A string or an expression around the current position.
enum Around {
    /// `"…"`, or `@"…"@` if `is_here`.
    Text { is_here: bool },
    /// `$(…)`, with the number of open brackets in it.
    Code { open: usize },
}

/// Returns the source as the grammar reads it.
pub(super) fn masked(source: &str) -> Cow<'_, str> {
    let has_expandable = source.contains('"') && source.contains(['#', '`', '@']);
    if !has_expandable && !source.contains("@'") {
        return Cow::Borrowed(source);
    }
    let mut bytes = source.as_bytes().to_vec();
    let mut around: Vec<Around> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at = match around.last() {
            Some(Around::Text { is_here }) => {
                let is_here = *is_here;
                text_step(&mut bytes, at, is_here, &mut around)
            }
            _ if bytes
                .get(at..)
                .is_some_and(|rest| rest.starts_with(b"@'\n") || rest.starts_with(b"@'\r")) =>
            {
                verbatim(&mut bytes, at)
            }
            _ => code_step(&bytes, at, &mut around),
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(source),
    }
}

/// Fills the here-string at `at`, which has no expressions, and returns the position behind it.
fn verbatim(bytes: &mut [u8], at: usize) -> usize {
    let Some(rest) = bytes.get_mut(at..) else { return at + 1 };
    let first = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
    let content = rest.get_mut(first - 1..).unwrap_or_default();
    let end = memchr::memmem::find(content, b"\n'@").unwrap_or(content.len());
    let last = end - usize::from(end > 0 && content.get(end - 1) == Some(&b'\r'));
    if let Some(text) = content.get_mut(1..last) {
        text.fill(b'.');
    }
    at + first - 1 + (end + 3).min(content.len())
}

/// Handles the character at `at` in a string, and returns the position behind it.
fn text_step(bytes: &mut [u8], at: usize, is_here: bool, around: &mut Vec<Around>) -> usize {
    let byte = bytes.get(at).copied().unwrap_or_default();
    let next = bytes.get(at + 1).copied();
    match (byte, next) {
        (b'`', Some(next)) if next.is_ascii() && !matches!(next, b'\n' | b'\r') => blank(bytes, at, 2),
        (b'`' | b'#', _) => blank(bytes, at, 1),
        (b'$', Some(b'(')) if around.len() < MAX_DEPTH => {
            around.push(Around::Code { open: 0 });
            at + 2
        }
        (b'"', Some(b'@')) if is_here && at.checked_sub(1).is_some_and(|n| bytes.get(n) == Some(&b'\n')) => {
            around.pop();
            at + 2
        }
        (b'"', _) if is_here => blank(bytes, at, 1),
        // The first line break and the last one belong to the quotes.
        (b'\n', Some(_))
            if is_here && !bytes.get(..at).is_some_and(|b| b.ends_with(b"@\"") || b.ends_with(b"@\"\r")) =>
        {
            let is_last = bytes.get(at + 1..at + 3) == Some(b"\"@");
            if is_last { at + 1 } else { blank(bytes, at, 1) }
        }
        (b'"', Some(b'"')) => blank(bytes, at, 2),
        (b'"', _) => {
            around.pop();
            at + 1
        }
        _ => at + 1,
    }
}

/// Replaces characters by full stops.
fn blank(bytes: &mut [u8], at: usize, length: usize) -> usize {
    if let Some(range) = bytes.get_mut(at..at + length) {
        range.fill(b'.');
    }
    at + length
}

/// Handles the token at `at` outside of strings, and returns the position behind it.
fn code_step(bytes: &[u8], at: usize, around: &mut Vec<Around>) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let find = |from: usize, end: &[u8]| {
        let found = memchr::memmem::find(rest.get(from..).unwrap_or_default(), end);
        found.map_or(bytes.len(), |n| at + from + n + end.len())
    };
    let before = at.checked_sub(1).and_then(|n| bytes.get(n)).copied().unwrap_or(b' ');
    match rest {
        [b'<', b'#', ..] => find(2, b"#>"),
        [b'#', ..] if !before.is_ascii_alphanumeric() => find(1, b"\n"),
        [b'`', ..] => at + 2,
        [b'\'', ..] => find(1, b"'"),
        [b'@', b'"', b'\n' | b'\r', ..] => {
            around.push(Around::Text { is_here: true });
            at + 2
        }
        [b'"', ..] => {
            around.push(Around::Text { is_here: false });
            at + 1
        }
        [b'(', ..] => {
            if let Some(Around::Code { open }) = around.last_mut() {
                *open += 1;
            }
            at + 1
        }
        [b')', ..] => {
            match around.last_mut() {
                Some(Around::Code { open: 0 }) => {
                    around.pop();
                }
                Some(Around::Code { open }) => *open -= 1,
                _ => {}
            }
            at + 1
        }
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_expandable_strings_is_plain_for_the_grammar() {
        for (source, wanted) in [
            ("f \"a`n# $x#$(g \"b#\" '#')\" # \"`", "f \"a... $x.$(g \"b.\" '#')\" # \"`"),
            ("$q = @\"\n\"$x\" #`$y\n\"@\n'`#'", "$q = @\"\n.$x. ...y\n\"@\n'`#'"),
            ("<# \"` #> \"a\"\"b\"", "<# \"` #> \"a..b\""),
        ] {
            assert_eq!(masked(source), wanted);
        }
    }

    #[test]
    fn a_string_is_expandable_only_where_the_code_around_it_begins_one() {
        for (source, wanted) in [
            ("f `\" \"a#\"", "f `\" \"a.\""),
            ("f ``\"a#\"", "f ``\"a.\""),
            ("\"a#\" `", "\"a.\" `"),
            ("f 'a\"' \"b#\"", "f 'a\"' \"b.\""),
            ("f 'a \"b#\"", "f 'a \"b#\""),
            ("a#\"b#\"", "a#\"b.\""),
            ("a #\"b#\"\n\"c#\"", "a #\"b#\"\n\"c.\""),
            ("#\"b#\"", "#\"b#\""),
            ("<#\"#>\"c#\"", "<#\"#>\"c.\""),
            ("<# \"c#\"", "<# \"c#\""),
            ("@\"x#\"", "@\"x.\""),
            ("@\"\r\n#\r\n\"@ \"b#\"", "@\"\r\n.\r\n\"@ \"b.\""),
            ("\"$(f (g \")\") )#\"", "\"$(f (g \")\") ).\""),
            ("\"$(f)#$(g)#\"", "\"$(f).$(g).\""),
            ("(f) \"a#\")\"b#\"", "(f) \"a.\")\"b.\""),
        ] {
            assert_eq!(masked(source), wanted, "{source}");
        }
    }
}
