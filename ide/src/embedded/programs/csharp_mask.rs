//! Rewrites the interpolated strings of C# for the grammar, which does not read all of them.
//!
//! The grammar takes `{{{id}}}` for text, and does not find the end of `$@"…""{id}"""`. Doubled characters are
//! replaced by spaces, so that only the interpolated expressions and the quotes at the ends are left. The
//! positions are the same, and the text is read from the original.

use std::borrow::Cow;

/// The maximum depth of strings in interpolated expressions of strings.
const MAX_DEPTH: usize = 64;

/// A string or an interpolated expression around the current position.
enum Around {
    /// An interpolated string. The field says whether it is a verbatim one.
    Text { verbatim: bool },
    /// An interpolated expression, with the number of open brackets in it.
    Code { open: usize },
}

/// Returns the source as the grammar reads it.
pub(super) fn masked(source: &str) -> Cow<'_, str> {
    let has_interpolation = ["$\"", "$@\"", "@$\""].iter().any(|start| source.contains(start));
    let has_doubled = ["{{", "}}", "\"\""].iter().any(|doubled| source.contains(doubled));
    if !has_interpolation || !has_doubled {
        return Cow::Borrowed(source);
    }
    let mut bytes = source.as_bytes().to_vec();
    let mut around: Vec<Around> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at = match around.last_mut() {
            Some(Around::Text { verbatim }) => {
                let verbatim = *verbatim;
                text_step(&mut bytes, at, verbatim, &mut around)
            }
            _ => code_step(&bytes, at, &mut around),
        };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(_) => Cow::Borrowed(source),
    }
}

/// Handles the character at `at` in an interpolated string, and returns the position behind it.
fn text_step(bytes: &mut [u8], at: usize, verbatim: bool, around: &mut Vec<Around>) -> usize {
    let byte = bytes.get(at).copied().unwrap_or_default();
    let next = bytes.get(at + 1).copied();
    match byte {
        b'{' | b'}' if next == Some(byte) => blank(bytes, at),
        b'"' if verbatim && next == Some(b'"') => blank(bytes, at),
        b'{' if around.len() < MAX_DEPTH => {
            around.push(Around::Code { open: 0 });
            at + 1
        }
        b'\\' if !verbatim => at + 2,
        b'\n' if !verbatim => {
            // The literal is not complete.
            around.clear();
            at + 1
        }
        b'"' => {
            around.pop();
            at + 1
        }
        _ => at + 1,
    }
}

/// Replaces two characters by spaces.
fn blank(bytes: &mut [u8], at: usize) -> usize {
    if let Some(pair) = bytes.get_mut(at..at + 2) {
        pair.fill(b' ');
    }
    at + 2
}

/// Handles the token at `at` outside of strings, and returns the position behind it.
fn code_step(bytes: &[u8], at: usize, around: &mut Vec<Around>) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let find = |from: usize, end: &[u8]| {
        let found = memchr::memmem::find(rest.get(from..).unwrap_or_default(), end);
        found.map_or(bytes.len(), |n| at + from + n + end.len())
    };
    let dollars = rest.iter().take_while(|b| **b == b'$').count();
    let behind = rest.get(dollars..).unwrap_or_default();
    if behind.starts_with(b"\"\"\"") {
        let quotes = behind.iter().take_while(|b| **b == b'"').count();
        return find(dollars + quotes, &b"\"".repeat(quotes));
    }
    for (start, verbatim) in [(&b"$\""[..], false), (b"$@\"", true), (b"@$\"", true)] {
        if rest.starts_with(start) {
            around.push(Around::Text { verbatim });
            return at + start.len();
        }
    }
    match rest.first() {
        Some(b'/') if rest.starts_with(b"//") => find(2, b"\n"),
        Some(b'/') if rest.starts_with(b"/*") => find(2, b"*/"),
        Some(b'@') if rest.starts_with(b"@\"") => {
            let mut end = 2;
            while let Some(quote) = memchr::memchr(b'"', rest.get(end..).unwrap_or_default()) {
                end += quote + 1;
                if rest.get(end) != Some(&b'"') {
                    return at + end;
                }
                end += 1;
            }
            bytes.len()
        }
        Some(quote @ (b'"' | b'\'')) => {
            let mut end = 1;
            while let Some(byte) = rest.get(end) {
                end += if *byte == b'\\' { 2 } else { 1 };
                if byte == quote || *byte == b'\n' {
                    break;
                }
            }
            at + end
        }
        Some(b'{') => {
            if let Some(Around::Code { open }) = around.last_mut() {
                *open += 1;
            }
            at + 1
        }
        Some(b'}') => {
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
    fn doubled_characters_of_interpolated_strings_are_blank() {
        for (source, wanted) in [
            (r#"f($"a {{{x}}} b");"#, r#"f($"a   {x}   b");"#),
            (r#"f($@"a ""{x}"""); g($"{{");"#, r#"f($@"a   {x}  "); g($"  ");"#),
            (
                r#"f($"{g("}}")}{{" + '"' + @"""{{"); // $"{{"#,
                r#"f($"{g("}}")}  " + '"' + @"""{{"); // $"{{"#,
            ),
            (r#"f($"é{{{new A { B = 1 }}}}");"#, r#"f($"é  {new A { B = 1 }}  ");"#),
        ] {
            assert_eq!(masked(source), wanted);
        }
    }
}
