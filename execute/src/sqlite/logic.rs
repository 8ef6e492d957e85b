//! Three-valued logic in SQL.

/// The most operands that are joined in a row; more are split into halves, so that no expression becomes
/// deep.
const MAX_OPERANDS: usize = 32;

/// How a condition treats unknown.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum NullHandling {
    /// It must be true exactly where the condition is true; unknown may become false.
    Truth,
    /// It must have the same of the three truth values.
    Exact,
}

/// Returns operands joined by `word`, in parentheses. A long list becomes a balanced tree.
pub(super) fn balanced(parts: &[String], word: &str) -> String {
    match parts {
        [one] => one.clone(),
        parts if parts.len() <= MAX_OPERANDS => format!("({})", parts.join(word)),
        parts => {
            let (a, b) = parts.split_at(parts.len() / 2);
            format!("({}{word}{})", balanced(a, word), balanced(b, word))
        }
    }
}
