//! Compares strings at compile time, for checks in `const` code.

/// Returns whether two strings are equal. It is a `const fn`, because `==` on strings is not allowed in
/// `const` code.
pub(crate) const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
