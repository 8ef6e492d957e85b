//! Lists the edits that may repair FetchXML in which one character is missing or doubled: a bracket, a slash,
//! a quote, an `=` or a space, all outside of attribute values. The search for a missing token tries them.
//!
//! The edits cover the whole text, because an XML reader may report a missing character far from its
//! position, before or after it.

use dvkit_diagnostic::Span;

/// Returns the edits to try. Each is the span to replace and its replacement.
pub(super) fn candidates(text: &str) -> Vec<(Span, &'static str)> {
    let count = |sign: u8| text.bytes().filter(|b| *b == sign).count();
    let (open, close) = (count(b'<'), count(b'>'));
    let odd = [b'"', b'\''].map(|quote| count(quote) % 2 == 1);
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    // The numbers of `<` and `>` differ by one: only a bracket can fix that.
    if open != close {
        let (more, less) = if open > close { (b'<', ">") } else { (b'>', "<") };
        if open.abs_diff(close) > 1 {
            return all;
        }
        for (i, b) in bytes.iter().enumerate() {
            if *b == more && (i == 0 || bytes[i - 1] != more) {
                all.push((Span::new(i, i + 1), ""));
            }
        }
        let at = |i: usize| bytes.get(i).copied();
        // Whether the offset is within the name at the start of a tag. After that name a value may follow.
        let mut begins = false;
        for i in 0..=bytes.len() {
            begins = i > 0 && (bytes[i - 1] == b'<' || begins && is_name(bytes[i - 1]));
            let (before, here) = (i.checked_sub(1).and_then(at), at(i));
            let fits = match less {
                // A `>` fits after a name, a value or a slash.
                ">" => before.is_some_and(ends_tag) && (begins || !here.is_some_and(is_name)),
                // A `<` fits before a name or a slash, if a tag or a space ends before it.
                _ => here == Some(b'/') || here.is_some_and(is_name) && !before.is_some_and(is_name),
            };
            if fits {
                all.push((Span::new(i, i), less));
            }
        }
        return all;
    }
    if odd[0] || odd[1] {
        for (quote, sign) in [(b'"', "\""), (b'\'', "'")] {
            // If both quotes are unbalanced, one of them may be an apostrophe.
            if odd[usize::from(quote == b'\'')] {
                quotes(bytes, quote, sign, &mut all);
            }
        }
        return all;
    }
    let mut quoted = None;
    let mut within = false;
    for (i, b) in bytes.iter().copied().enumerate() {
        match quoted {
            Some(quote) => {
                if b == quote {
                    quoted = None;
                }
                continue;
            }
            None if within && matches!(b, b'"' | b'\'') => quoted = Some(b),
            None if b == b'<' => within = true,
            None => {}
        }
        if !within {
            continue;
        }
        let before = i.checked_sub(1).and_then(|n| bytes.get(n)).copied();
        if matches!(b, b'/' | b'=') && before != Some(b) {
            all.push((Span::new(i, i + 1), ""));
        }
        if b == b'>' || before == Some(b'<') && is_name(b) {
            all.push((Span::new(i, i), "/"));
        }
        if quoted == Some(b) && before.is_some_and(is_name) {
            all.push((Span::new(i, i), "="));
        }
        // Two names may have lost the space between them.
        if is_name(b) && before.is_some_and(|b| is_name(b) || matches!(b, b'"' | b'\'')) {
            all.push((Span::new(i, i), " "));
        }
        within = b != b'>';
    }
    all
}

/// Adds to `all` the edits that insert or remove one quote in the text `bytes`. `quote` is the quote as a
/// byte, and `sign` is the same quote as text.
fn quotes(bytes: &[u8], quote: u8, sign: &'static str, all: &mut Vec<(Span, &'static str)>) {
    for i in 0..=bytes.len() {
        let before = i.checked_sub(1).and_then(|n| bytes.get(n)).copied();
        let here = bytes.get(i).copied();
        if here == Some(quote) && before != Some(quote) {
            all.push((Span::new(i, i + 1), ""));
        }
        let opens = before == Some(b'=');
        let closes = here.is_none_or(|b| matches!(b, b' ' | b'/' | b'>' | b'\t' | b'\r' | b'\n'));
        if opens || closes {
            all.push((Span::new(i, i), sign));
        }
    }
}

fn ends_tag(b: u8) -> bool {
    is_name(b) || matches!(b, b'/' | b'"' | b'\'')
}

fn is_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || b >= 0x80
}
