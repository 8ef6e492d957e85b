//! Three-valued logic in SQL.

/// The maximum number of operands in one chain. Longer chains are split in halves, so that the expression
/// does not become deep.
const MAX_OPERANDS: usize = 32;

/// The precision that the SQL of a condition needs.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum NullHandling {
    /// The SQL is true exactly if the condition is true. If the condition is unknown, it may be false.
    Truth,
    /// The SQL has the truth value of the condition: true, false or unknown.
    Exact,
}

/// Returns the operands joined by `word` (such as ` AND `), in parentheses. Many operands become a balanced
/// tree.
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
