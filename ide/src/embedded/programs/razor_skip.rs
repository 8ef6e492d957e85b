//! Finds the ends of the strings, characters and comments of C# in a Razor page.

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Returns the name of an element whose content has no tags; empty for others.
pub(super) fn raw_name(name: &str) -> &'static str {
    ["script", "style"].into_iter().find(|raw| name.eq_ignore_ascii_case(raw)).unwrap_or_default()
}

/// Returns the offset behind `end`, which is searched from `from`; the end of the file if there is none.
pub(super) fn find(bytes: &[u8], from: usize, end: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, end).map_or(bytes.len(), |at| from + at + end.len())
}

/// Returns the offset behind the string, character or comment of C# at `at`; `None` if there is none. `depth` is
/// the number of strings around it.
pub(super) fn literal(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match *rest.first()? {
        b'/' if rest.starts_with(b"//") => {
            let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            Some(at + line)
        }
        b'/' if rest.starts_with(b"/*") => Some(find(bytes, at + 2, b"*/")),
        b'\'' => {
            // A character is short; an apostrophe in a text is none.
            let escaped = rest.get(1) == Some(&b'\\');
            let length = rest.iter().skip(if escaped { 3 } else { 1 }).take(10).position(|b| *b == b'\'')?;
            Some(at + length + if escaped { 4 } else { 2 })
        }
        b'"' | b'$' | b'@' => {
            let prefix = rest.iter().take_while(|b| matches!(**b, b'$' | b'@')).count();
            let (dollars, verbatim) = rest.get(..prefix)?.iter().fold((0, false), |(dollars, at), byte| {
                (dollars + usize::from(*byte == b'$'), at || *byte == b'@')
            });
            let quoted = rest.get(prefix..).filter(|quoted| quoted.starts_with(b"\""))?;
            let quotes = quoted.iter().take_while(|b| **b == b'"').count();
            if quotes >= 3 && !verbatim {
                let delimiter = b"\"".repeat(quotes);
                return Some(find(bytes, at + prefix + quotes, &delimiter));
            }
            Some(string_end(bytes, at + prefix + 1, verbatim, dollars > 0, depth))
        }
        _ => None,
    }
}

/// Returns the offset behind the string whose content begins at `at`.
fn string_end(bytes: &[u8], mut at: usize, verbatim: bool, interpolated: bool, depth: usize) -> usize {
    let mut open = 0_usize;
    while let Some(byte) = bytes.get(at) {
        let doubled = bytes.get(at + 1) == Some(byte);
        if open > 0
            && depth < 8
            && let Some(end) = literal(bytes, at, depth + 1)
        {
            at = end;
            continue;
        }
        match byte {
            b'{' | b'}' if interpolated && open == 0 && doubled => at += 1,
            b'{' if interpolated => open += 1,
            b'}' => open = open.saturating_sub(1),
            b'"' if verbatim && doubled => at += 1,
            b'"' => return at + 1,
            b'\\' if !verbatim => at += 1,
            b'\n' if !verbatim && open == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_of_a_page_ends_where_that_of_the_compiler_does() {
        for (literal_text, rest) in [
            ("// a } \"", "\nx"),
            ("/* a */", " b */"),
            ("/* a", ""),
            ("'a'", "b'"),
            (r"'\''", "'"),
            (r"'\u0041'", "x"),
            (r#""a\"b""#, "c\""),
            (r#"@"a""b\""#, "c"),
            (r#""""a"b""""#, "x"),
            (r#"""""a"""b"""""#, "x"),
            (r#"$"a{x}b""#, "\""),
            (r#"$"a{{b""#, "}\""),
            (r#"$"a}}b""#, "}\""),
            (r#""a{b""#, "}\""),
            (r#""a}b{""#, "\""),
            (r#"@"a{b""#, "}\""),
            (r#"$"a{b{c}d}e""#, "\""),
            (r#"$"a{ '"' }b""#, "\""),
            (r#"$"a{ /* " */ b }c""#, "\""),
            (r#"$"a{ "b}" }c""#, "x"),
            (r#"$@"a""{ @"b""" }c""#, "x"),
            (r#"@$"a""b""#, "x"),
            (r#"$$"""a{{x}}"b""""#, "x"),
            ("\"a", "\nb\""),
            ("@\"a\nb\"", "c"),
            ("$\"a{\nx}\"", "c"),
        ] {
            let text = format!("@{literal_text}{rest}");
            assert_eq!(literal(text.as_bytes(), 1, 0), Some(1 + literal_text.len()), "{text}");
        }
        for text in ["it's a long text without another one", "''", "a", "", "@a", "$a", "/a", "'\\"] {
            let end = literal(text.as_bytes(), 0, 0);
            assert!(end.is_none_or(|end| text == "''" && end == 2), "{text}: {end:?}");
        }
    }

    #[test]
    fn what_is_searched_is_found_behind_the_place_where_the_search_begins() {
        assert_eq!(find(b"a--b--", 0, b"--"), 3);
        assert_eq!(find(b"a--b--", 1, b"--"), 3);
        assert_eq!(find(b"a--b--", 2, b"--"), 6);
        assert_eq!(find(b"a--b", 3, b"--"), 4);
        assert_eq!(find(b"a", 5, b"--"), 1);
    }

    #[test]
    fn scripts_and_styles_have_no_tags() {
        assert_eq!(["SCRIPT", "Style", "scripts", ""].map(raw_name), ["script", "style", "", ""]);
    }
}
