//! Matches names against the patterns of a configuration, such as `account`, `new_*` and `address?_*`.
//! Patterns cover the whole name.

/// Returns whether `name` matches `pattern`. In a pattern, `*` matches any number of characters and `?`
/// matches one.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // The position of the last star, and the end of the part of the name that it matches so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, end)) = star else { return false };
                star = Some((at, end + 1));
                (p, n) = (at + 1, end + 1);
            }
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// Returns whether a pattern matches only the name that it spells, because it contains neither `*` nor `?`.
pub(crate) fn is_exact(pattern: &str) -> bool {
    !pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_text_and_question_marks_one_character() {
        for (pattern, name) in [
            ("account", "account"),
            ("*", ""),
            ("*", "x"),
            ("new_*", "new_"),
            ("*_base", "a_base_base"),
            ("a*b*c", "a-b-b-c"),
            ("address?_*", "address1_city"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("account", "accounts"), ("", "x"), ("new_*", "new"), ("?", ""), ("a*b", "a-b-c")]
        {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        assert!(!matches(&"a*".repeat(50), &format!("{}b", "a".repeat(40))));
    }

    #[test]
    fn a_pattern_covers_the_whole_name() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("a", "", false),
            ("a", "b", false),
            ("?", "a", true),
            ("??", "a", false),
            ("?", "ab", false),
            ("*?", "", false),
            ("*?", "ab", true),
            ("**", "a", true),
            ("a*", "a", true),
            ("*a", "aa", true),
            ("*ab", "aab", true),
            ("a*a", "a", false),
            ("*a?c*", "xabcy", true),
            ("*a?c", "aacabc", true),
            ("*a?c", "abcd", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        for (pattern, exact) in [("a", true), ("", true), ("a*", false), ("?", false)] {
            assert_eq!(is_exact(pattern), exact, "{pattern}");
        }
    }
}
