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

/// The most bytes of a message of the function `panic`; the rest is cut off.
const MAX_MESSAGE_BYTES: usize = 512;

/// Stops the compilation with an error whose message consists of `parts`. It is for checks of types, whose
/// messages name tables, because `panic!` formats no values in `const` code.
#[track_caller]
pub(crate) const fn panic(parts: &[&str]) -> ! {
    let mut message = [0; MAX_MESSAGE_BYTES];
    let (mut length, mut at) = (0, 0);
    while at < parts.len() {
        let part = parts[at].as_bytes();
        // A part is copied whole or not at all, so that the message stays UTF-8.
        if length + part.len() <= MAX_MESSAGE_BYTES {
            let mut byte = 0;
            while byte < part.len() {
                message[length] = part[byte];
                length += 1;
                byte += 1;
            }
        }
        at += 1;
    }
    match core::str::from_utf8(message.split_at(length).0) {
        Ok(message) => panic!("{}", message),
        Err(_) => panic!("the types of this call do not fit each other"),
    }
}
