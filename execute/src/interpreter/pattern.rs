//! Matches LIKE patterns of T-SQL. In a pattern `%` stands for any text, `_` for one character, `[a-c]` for
//! one character of a set, and `[^a-c]` for one character outside the set.

use super::value::fold;

/// Returns whether the whole text matches the pattern. Letter case is ignored.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = fold(text).chars().collect();
    let pattern: Vec<char> = fold(pattern).chars().collect();
    matches(&text, &pattern)
}

fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| matches(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && matches(&text[1..], rest),
        ['[', set @ ..] => {
            // A set without an end matches nothing.
            let Some(end) = set.iter().position(|c| *c == ']') else { return false };
            let (set, rest) = (&set[..end], &set[end + 1..]);
            let held = |c: char| match set {
                ['^', set @ ..] => !in_set(c, set),
                set => in_set(c, set),
            };
            text.first().is_some_and(|c| held(*c)) && matches(&text[1..], rest)
        }
        [c, rest @ ..] => text.first() == Some(c) && matches(&text[1..], rest),
    }
}

fn in_set(c: char, set: &[char]) -> bool {
    match set {
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&c) || in_set(c, rest),
        [one, rest @ ..] => *one == c || in_set(c, rest),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn wildcards_and_sets_match() {
        assert!(like("Contoso", "con%"));
        assert!(like("Contoso", "%TOS%"));
        assert!(!like("Contoso", "con"));
        assert!(like("cat", "c_t") && !like("ct", "c_t"));
        assert!(like("cat", "[a-c]at") && !like("cat", "[^a-c]at") && like("rat", "[^a-c]at"));
        assert!(like("100%", "100[%]") && !like("100x", "100[%]"));
        assert!(like("a[b", "a[[]b") && !like("a[b", "a[b"));
        assert!(like("a]b", "a]b"));
        // Only `^` as the first character negates a set.
        assert!(like("^", "[a^b]") && !like("c", "[a^b]") && like("a", "[^^]") && !like("^", "[^^]"));
        assert!(like("", "%") && !like("", "_") && like("", ""));
        assert!(!like("a ", "a"), "trailing blanks count");
    }
}
