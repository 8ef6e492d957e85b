//! Masks what looks like a secret of the gateway in a line of a log, whatever it came from.
use std::borrow::Cow;

/// The beginnings of secrets, each with the number of characters after it that name the secret and are kept.
const BEGINNINGS: &[(&str, usize)] = &[("dvk_", 33), ("whsec_", 0), ("Bearer ", 0), ("eyJ", 0)];

/// Returns a text with `***` in place of API keys, secrets of webhooks, tokens after `Bearer`, and JSON Web Tokens.
///
/// The gateway logs no secrets; this is for those in messages of others.
///
/// ```
/// let line = dvkit_gateway::mask("key dvk_0123456789abcdef0123456789abcdef_c2VjcmV0 was used");
/// assert_eq!(line, "key dvk_0123456789abcdef0123456789abcdef_*** was used");
/// ```
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    if !BEGINNINGS.iter().any(|(beginning, _)| text.contains(beginning)) {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut rest) = (String::with_capacity(text.len()), text);
    loop {
        let found = BEGINNINGS
            .iter()
            .filter_map(|(beginning, kept)| rest.find(beginning).map(|at| (at, at + beginning.len(), *kept)))
            .min();
        let Some((_, after, kept)) = found else { break };
        let belongs =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | '~');
        let secret = rest[after..].find(|c| !belongs(c)).map_or(rest.len(), |at| after + at);
        if secret - after <= kept {
            masked.push_str(&rest[..secret]);
        } else {
            masked.push_str(&rest[..after + kept]);
            masked.push_str("***");
        }
        rest = &rest[secret..];
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn secrets_are_masked_and_other_texts_stay() {
        for (text, masked) in [
            ("nothing secret", "nothing secret"),
            ("a whsec_abc+/= b", "a whsec_*** b"),
            ("authorization: Bearer abc.def-ghi x", "authorization: Bearer *** x"),
            ("token=eyJhbGciOi.J9.x, y", "token=eyJ***, y"),
            ("dvk_0123456789abcdef0123456789abcdef", "dvk_0123456789abcdef0123456789abcdef"),
            (
                "dvk_0123456789abcdef0123456789abcdef_a dvk_0123456789abcdef0123456789abcdef_b",
                "dvk_0123456789abcdef0123456789abcdef_*** dvk_0123456789abcdef0123456789abcdef_***",
            ),
            ("Bearer ", "Bearer "),
        ] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn the_name_of_an_api_key_stays_and_what_follows_it_does_not() {
        for length in 0..40 {
            let key = format!("dvk_{}", "a".repeat(length));
            let expected = if length <= 33 { key.clone() } else { format!("dvk_{}***", "a".repeat(33)) };
            assert_eq!(mask(&key), expected, "{length}");
            assert_eq!(mask(&format!("<{key}> {key}!")), format!("<{expected}> {expected}!"), "{length}");
        }
    }

    #[test]
    fn a_secret_ends_with_the_first_character_that_none_has() {
        for c in ['a', 'Z', '0', '9', '_', '-', '.', '+', '/', '=', '~'] {
            assert_eq!(mask(&format!("whsec_a{c}b c")), "whsec_*** c", "{c}");
        }
        for c in [' ', '"', ',', ';', ':', '*', '\n', 'ä', '(', '%', '\''] {
            assert_eq!(mask(&format!("whsec_a{c}b c")), format!("whsec_***{c}b c"), "{c}");
        }
        for (text, masked) in [
            ("whsec_", "whsec_"),
            ("whsec_ a", "whsec_ a"),
            ("eyJ", "eyJ"),
            ("bearer abc", "bearer abc"),
            ("Bearer eyJabc.def", "Bearer ***"),
            ("Bearer a Bearer b", "Bearer *** Bearer ***"),
            ("whsec_a eyJb Bearer c x", "whsec_*** eyJ*** Bearer *** x"),
            ("äwhsec_äa", "äwhsec_äa"),
            ("", ""),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }
}
