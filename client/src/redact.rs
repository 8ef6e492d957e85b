//! Masks secrets that the client has sent, in every text that a service returns, before anybody sees the
//! text.
//!
//! A service or a proxy may repeat a secret unchanged, in part, or encoded. Texts are therefore compared by
//! letters and digits alone, without regard to case, after percent, JSON and HTML escapes were decoded. They
//! are compared with the secret itself and with its Base64 form at each of the three alignments. Every run of
//! eight characters that also occurs in a secret is masked, so that parts of a secret are masked too. A
//! secret that a program deliberately transforms in another way is not found: the aim is to protect against
//! echoes, not against malice.
use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

/// The text that replaces a secret.
const MASK: &str = "***";
/// The number of consecutive letters and digits of a secret that are masked wherever a text contains them.
const MATCH_LENGTH: usize = 8;
/// The shortest secret, in characters, that is masked inside a longer word too. A shorter secret would match
/// by accident, so it is masked only where it is a whole word.
const MIN_SUBSTRING_LENGTH: usize = 4;
/// The maximum number of secrets that are remembered. The latest are kept, because tokens and codes are
/// renewed.
const MAX_SECRETS: usize = 32;
/// The maximum number of times that the escapes in a text are decoded, to find a secret that was encoded
/// several times.
const MAX_DECODINGS: usize = 3;

/// Masks the secrets that were added with [`remember`](Self::remember). Clones share the secrets.
#[derive(Clone, Default)]
pub(crate) struct Redactor(Arc<Mutex<KnownSecrets>>);

#[derive(Default)]
struct KnownSecrets {
    secrets: VecDeque<SecretString>,
    /// The patterns of the secrets; `None` until they are first needed, because most responses are not
    /// errors.
    patterns: Option<Arc<Patterns>>,
}

/// The patterns that are searched for in a text.
#[derive(Default)]
struct Patterns {
    /// Every run of [`MATCH_LENGTH`] characters in the longer secrets.
    runs: HashSet<[u8; MATCH_LENGTH]>,
    /// The secrets that are shorter than [`MATCH_LENGTH`], in full.
    short: Vec<Vec<u8>>,
    /// The secrets that are shorter than [`MIN_SUBSTRING_LENGTH`]. Only whole words that equal one of these
    /// are masked.
    words: Vec<String>,
}

impl Redactor {
    fn known(&self) -> MutexGuard<'_, KnownSecrets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a secret to those that are masked. Call it before the secret is sent.
    pub(crate) fn remember(&self, secret: &SecretString) {
        let mut known = self.known();
        let is_it = |kept: &SecretString| kept.expose_secret() == secret.expose_secret();
        if secret.expose_secret().is_empty() || known.secrets.iter().any(is_it) {
            return;
        }
        if known.secrets.len() == MAX_SECRETS {
            known.secrets.pop_front();
        }
        known.secrets.push_back(secret.clone());
        known.patterns = None;
    }

    fn patterns(&self) -> Arc<Patterns> {
        let mut known = self.known();
        if let Some(patterns) = &known.patterns {
            return Arc::clone(patterns);
        }
        let mut patterns = Patterns::default();
        for secret in &known.secrets {
            patterns.add(secret.expose_secret());
        }
        Arc::clone(known.patterns.insert(Arc::new(patterns)))
    }

    /// Returns the text with `***` in place of every secret and every JSON Web Token. Parts and encoded forms
    /// of secrets are masked too.
    pub(crate) fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut spans = self.patterns().find(text);
        spans.extend(find_jwts(text));
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        spans.sort_unstable();
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        let mut open = false;
        for (from, to) in spans {
            // Adjacent matches are masked as one.
            if from > end || !open {
                masked.push_str(&text[end..from.max(end)]);
                masked.push_str(MASK);
                open = true;
            }
            end = end.max(to);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }

    /// Returns whether `bytes` contains a secret unchanged. Secrets shorter than twice [`MATCH_LENGTH`] bytes
    /// are ignored.
    pub(crate) fn contains_secret(&self, bytes: &[u8]) -> bool {
        let known = self.known();
        known.secrets.iter().map(|secret| secret.expose_secret().as_bytes()).any(|secret| {
            secret.len() >= 2 * MATCH_LENGTH && bytes.windows(secret.len()).any(|window| window == secret)
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Patterns {
    fn add(&mut self, secret: &str) {
        let plain: Vec<u8> = secret.bytes().filter_map(comparable).collect();
        if plain.len() < MIN_SUBSTRING_LENGTH {
            self.words.push(secret.to_owned());
        } else {
            self.add_run(plain);
        }
        for before in 0..3 {
            let encoded: Vec<u8> = in_base64(secret, before).bytes().filter_map(comparable).collect();
            if encoded.len() >= MATCH_LENGTH {
                self.add_run(encoded);
            }
        }
    }

    fn add_run(&mut self, text: Vec<u8>) {
        if text.len() < MATCH_LENGTH {
            self.short.push(text);
            return;
        }
        self.runs
            .extend(text.windows(MATCH_LENGTH).filter_map(|run| <[u8; MATCH_LENGTH]>::try_from(run).ok()));
    }

    /// Returns the byte ranges of `text` that match a secret or a part of one.
    fn find(&self, text: &str) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        if !(self.runs.is_empty() && self.short.is_empty()) {
            let mut read: Vec<SourceByte> = text
                .bytes()
                .enumerate()
                .map(|(at, byte)| SourceByte { byte, from: at, to: at + 1 })
                .collect();
            for pass in 0..=MAX_DECODINGS {
                self.find_in(&read, &mut spans);
                let decoded = decoded(&read);
                if pass == MAX_DECODINGS || decoded.len() == read.len() {
                    break;
                }
                read = decoded;
            }
        }
        for word in &self.words {
            let is_word = |at: usize| {
                let (before, after) =
                    (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
                !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
            };
            spans.extend(
                text.match_indices(word.as_str())
                    .filter(|(at, _)| is_word(*at))
                    .map(|(at, _)| (at, at + word.len())),
            );
        }
        // A range may begin or end within a character that was skipped in the comparison.
        let out = |(mut from, mut to): (usize, usize)| {
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            while !text.is_char_boundary(to) {
                to += 1;
            }
            (from, to)
        };
        spans.into_iter().map(out).collect()
    }

    fn find_in(&self, read: &[SourceByte], spans: &mut Vec<(usize, usize)>) {
        let (bytes, places): (Vec<u8>, Vec<(usize, usize)>) =
            read.iter().filter_map(|unit| Some((comparable(unit.byte)?, (unit.from, unit.to)))).unzip();
        let mut note = |at: usize, len: usize| {
            if let (Some(first), Some(last)) = (places.get(at), places.get(at + len - 1)) {
                spans.push((first.0, last.1));
            }
        };
        for (at, run) in bytes.windows(MATCH_LENGTH).enumerate() {
            if self.runs.contains(run) {
                note(at, MATCH_LENGTH);
            }
        }
        for secret in &self.short {
            for (at, window) in bytes.windows(secret.len()).enumerate() {
                if window == secret {
                    note(at, secret.len());
                }
            }
        }
    }
}

/// Returns the byte by which `byte` is compared: a letter or digit in lower case, or a non-ASCII byte
/// unchanged. Returns `None` for any other byte, which comparisons skip.
fn comparable(byte: u8) -> Option<u8> {
    (byte.is_ascii_alphanumeric() || !byte.is_ascii()).then_some(byte.to_ascii_lowercase())
}

/// Returns the part of a Base64 text that depends only on `secret`, if the encoded bytes contain `secret`
/// among others. `before` (0, 1 or 2) is the number of bytes before `secret`, modulo three.
fn in_base64(secret: &str, before: usize) -> String {
    let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
    let end = bytes.len() * 8 / 6;
    let encoded = STANDARD_NO_PAD.encode(bytes);
    encoded.get((before * 8).div_ceil(6)..end).unwrap_or_default().to_owned()
}

/// A byte that was decoded, and the range of the original text that it comes from.
#[derive(Clone, Copy)]
struct SourceByte {
    byte: u8,
    from: usize,
    to: usize,
}

/// Decodes one level of escapes in `text`, such as `%2B`, `\/`, `\u002b`, `&#43;`, `&#x2b;` and `&amp;`.
fn decoded(text: &[SourceByte]) -> Vec<SourceByte> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let ahead: Vec<u8> = rest.iter().take(10).map(|unit| unit.byte).collect();
        let (decoded, length) = match escape(&ahead) {
            Some((decoded, length)) => (decoded, length),
            None => {
                out.push(*first);
                rest = after;
                continue;
            }
        };
        let to = rest[length - 1].to;
        let mut buffer = [0; 4];
        let bytes: &[u8] = match decoded {
            Decoded::Byte(byte) => {
                buffer[0] = byte;
                &buffer[..1]
            }
            Decoded::Char(c) => c.encode_utf8(&mut buffer).as_bytes(),
        };
        out.extend(bytes.iter().map(|byte| SourceByte { byte: *byte, from: first.from, to }));
        rest = &rest[length..];
    }
    out
}

enum Decoded {
    Byte(u8),
    Char(char),
}

/// Decodes the escape at the beginning of `ahead`. Returns the result and the length of the escape in bytes;
/// `None` if there is no escape.
fn escape(ahead: &[u8]) -> Option<(Decoded, usize)> {
    let number = |digits: &[u8], radix| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
    match ahead {
        [b'%', digits @ ..] => {
            let byte = number(digits.get(..2)?, 16)?;
            Some((Decoded::Byte(u8::try_from(byte).ok()?), 3))
        }
        [b'\\', b'u', digits @ ..] => {
            Some((Decoded::Char(char::from_u32(number(digits.get(..4)?, 16)?)?), 6))
        }
        [b'\\', b'x', digits @ ..] => {
            Some((Decoded::Char(char::from_u32(number(digits.get(..2)?, 16)?)?), 4))
        }
        // Line ends and tabs are skipped in comparisons, so their letters have to be skipped too.
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => Some((Decoded::Byte(b' '), 2)),
        [b'\\', other, ..] => Some((Decoded::Byte(*other), 2)),
        [b'&', name @ ..] => {
            let end = name.iter().position(|byte| *byte == b';')?;
            let c = match &name[..end] {
                [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
                [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
                b"amp" => '&',
                b"lt" => '<',
                b"gt" => '>',
                b"quot" => '"',
                b"apos" => '\'',
                _ => return None,
            };
            Some((Decoded::Char(c), end + 2))
        }
        _ => None,
    }
}

/// Returns the byte ranges of all JSON Web Tokens in a text, in ascending order. They are masked even if the
/// client did not send them, because no message needs a token.
fn find_jwts(text: &str) -> Vec<(usize, usize)> {
    let in_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("eyJ")).map(|start| at + start) {
        let bytes = &text.as_bytes()[start..];
        let head = bytes.iter().take_while(|byte| in_part(byte)).count();
        let all = bytes.iter().take_while(|byte| in_part(byte) || **byte == b'.').count();
        if head >= 2 * MATCH_LENGTH && all > head + MATCH_LENGTH {
            found.push((start, start + all));
        }
        at = start + all;
    }
    found
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn knowing(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        secrets.iter().for_each(|secret| redactor.remember(&SecretString::from(*secret)));
        redactor
    }

    #[test]
    fn nothing_but_the_secret_is_masked() {
        let redactor = knowing(&["s3cr3t~Value/with+odd=signs", "pw1", "short7"]);
        for (text, masked) in [
            ("nothing of it", "nothing of it"),
            ("wrong: s3cr3t~Value/with+odd=signs.", "wrong: ***."),
            ("AADSTS7000215: `s3cr3t~Value/w`…", "AADSTS7000215: `***`…"),
            ("…value/with+ODD=signs", "…***"),
            ("pw1, but not pw12", "***, but not pw12"),
            ("xshort7x", "x***x"),
            ("ä s3cr3t~Value/with+odd=signs ö s3cr3t~Value/with+odd=signs", "ä *** ö ***"),
            ("", ""),
        ] {
            assert_eq!(redactor.mask(text), masked, "{text}");
        }
        assert!(!format!("{redactor:?}").contains("s3cr"));
    }

    #[test]
    fn encoded_forms_of_a_secret_are_masked() {
        let secret = "s3cr3t~Value/with+odd=signs \"and\" more";
        let redactor = knowing(&[secret]);
        let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let forms = [
            percent.clone(),
            percent.to_lowercase(),
            utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            serde_json::to_string(secret).unwrap(),
            secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
            secret.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
            secret.replace('"', "&quot;").replace('+', "&#x2b;"),
            STANDARD.encode(secret),
            URL_SAFE.encode(format!("Bearer {secret}")),
            STANDARD.encode(format!("id:{secret}\r\n")),
            secret.replace(' ', "\n"),
            secret.to_uppercase(),
        ];
        for form in forms {
            let masked = redactor.mask(&form);
            let rest: usize = masked.replace(MASK, "").bytes().filter_map(comparable).count();
            assert!(masked.contains(MASK) && rest <= 12, "{form}: {masked}");
        }
    }

    #[test]
    fn each_escape_is_decoded_to_its_character_and_its_length() {
        for (text, found) in [
            ("%2B1", Some(('+', 3))),
            ("%7ez", Some(('~', 3))),
            ("%1G", None),
            ("%2", None),
            ("%", None),
            ("\\u004bz", Some(('K', 6))),
            ("\\u20ACz", Some(('€', 6))),
            ("\\u004", None),
            ("\\u00g0", None),
            ("\\ud800", None),
            ("\\x4bz", Some(('K', 4))),
            ("\\x4", None),
            ("\\x4g", None),
            ("\\n1", Some((' ', 2))),
            ("\\r1", Some((' ', 2))),
            ("\\t1", Some((' ', 2))),
            ("\\b1", Some((' ', 2))),
            ("\\f1", Some((' ', 2))),
            ("\\/1", Some(('/', 2))),
            ("\\\\1", Some(('\\', 2))),
            ("\\a1", Some(('a', 2))),
            ("\\", None),
            ("&#43;1", Some(('+', 5))),
            ("&#75;1", Some(('K', 5))),
            ("&#4b;1", None),
            ("&#x4b;1", Some(('K', 6))),
            ("&#X4B;1", Some(('K', 6))),
            ("&#x7A;1", Some(('z', 6))),
            ("&#x20ac;", Some(('€', 8))),
            ("&#xg0;", None),
            ("&#x4g;", None),
            ("&#xd800;", None),
            ("&#x;", None),
            ("&#;", None),
            ("&#75", None),
            ("&amp;1", Some(('&', 5))),
            ("&lt;1", Some(('<', 4))),
            ("&gt;1", Some(('>', 4))),
            ("&quot;1", Some(('"', 6))),
            ("&apos;1", Some(('\'', 6))),
            ("&nbsp;1", None),
            ("&;", None),
            ("&", None),
            ("K", None),
            ("", None),
        ] {
            let decoded = escape(text.as_bytes()).map(|(decoded, length)| match decoded {
                Decoded::Byte(byte) => (char::from(byte), length),
                Decoded::Char(c) => (c, length),
            });
            assert_eq!(decoded, found, "{text}");
        }
    }

    #[test]
    fn tokens_that_were_never_sent_are_masked_too() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2V4YW1wbGUifQ.c2lnbmF0dXJl";
        let redactor = Redactor::default();
        assert_eq!(redactor.mask(&format!("got {token}, why?")), "got ***, why?");
        assert_eq!(redactor.mask("eyJust a word"), "eyJust a word");
    }

    #[test]
    fn only_the_latest_secrets_are_remembered() {
        let redactor = Redactor::default();
        for i in 0..=MAX_SECRETS {
            redactor.remember(&SecretString::from(format!("secret-number-{i:04}-{}", "abc".repeat(i))));
        }
        assert_eq!(redactor.known().secrets.len(), MAX_SECRETS);
        assert!(
            redactor.contains_secret(b"x secret-number-0003-abcabcabc y")
                && !redactor.contains_secret(b"secret-number")
        );
    }

    /// Eight letters and digits in a row tell a secret; a secret of four to seven does as a whole, and a shorter one as a
    /// word.
    #[test]
    fn the_length_of_a_secret_decides_where_it_is_masked() {
        for (secret, text, masked) in [
            ("abc", "abc", "***"),
            ("abc", "xabc abcx ab-abc-c", "xabc abcx ab-***-c"),
            ("abc", "ABC", "ABC"),
            ("abc", "äabc abcä", "äabc abcä"),
            ("a+c", "(a+c)", "(***)"),
            ("abcd", "xabcdx ABCD abc", "x***x *** abc"),
            ("abcd", "a.b-c/d abc.x", "*** abc.x"),
            ("abcdefg", "xabcdefgx abcdef", "x***x abcdef"),
            ("abcdefgh", "xabcdefghx abcdefg", "x***x abcdefg"),
            ("abcdefghij", "abcdefgh bcdefghi cdefghij abcdefg", "*** *** *** abcdefg"),
            ("abcdefghij", "xcdefghijx", "x***x"),
            ("äöüß", "xäöüßx äöü", "x***x äöü"),
            // A match that begins or ends within a character takes all of it.
            ("abcdefgé", "xabcdefgöx", "x***x"),
            ("öabcdefg", "xĶabcdefgx", "x***x"),
        ] {
            assert_eq!(knowing(&[secret]).mask(text), masked, "{secret} in {text}");
        }
    }

    #[test]
    fn matches_that_touch_are_masked_as_one_and_others_apart() {
        for (text, masked) in [
            ("abcdefgh1234567890abcdefgh", "***1234567890***"),
            ("abcdefghabcdefgh", "***"),
            ("abcdefgh abcdefgh", "*** ***"),
            ("abcdefgh", "***"),
            (" abcdefgh", " ***"),
            ("abcdefgh ", "*** "),
            ("abcdefghstuvwxyz", "***"),
            ("x%61bcdefghx", "x***x"),
            ("xabcdefg%2568x", "x***x"),
            ("xabcdefg%252568x", "x***x"),
            ("xabcdefg%25252568x", "xabcdefg%25252568x"),
            ("äabcd-efghä abcd…efgh", "ä***ä abcd…efgh"),
        ] {
            assert_eq!(knowing(&["abcdefgh", "stuvwxyz"]).mask(text), masked, "{text}");
        }
    }

    #[test]
    fn a_token_has_a_long_head_and_something_behind_it() {
        let redactor = Redactor::default();
        let head = |length: usize| format!("eyJ{}", "a".repeat(length - 3));
        for (text, masked) in [
            (format!("{}.{}", head(15), "b".repeat(20)), None),
            (format!("{}.{}", head(16), "b".repeat(8)), Some("***")),
            (format!("{}.{}", head(16), "b".repeat(7)), None),
            (head(40), None),
            (format!("<{}.b-b_b.{}>", head(16), "c".repeat(4)), Some("<***>")),
            (format!("{0}.{1} {0}.{1}", head(20), "b".repeat(20)), Some("*** ***")),
            (format!("eyJ {}.{}", head(20), "b".repeat(20)), Some("eyJ ***")),
        ] {
            assert_eq!(redactor.mask(&text), masked.unwrap_or(&text), "{text}");
        }
    }

    #[test]
    fn a_secret_is_remembered_once_and_an_empty_one_never() {
        let redactor = knowing(&["", "a-secret-of-many-letters", "a-secret-of-many-letters", "pw"]);
        assert_eq!(redactor.known().secrets.len(), 2);
        assert_eq!(redactor.mask("a-secret-of-many-letters"), "***");
        // What was asked before does not hide a later secret.
        redactor.remember(&SecretString::from("another-secret"));
        assert_eq!(redactor.mask("another-secret"), "***");
        for (bytes, found) in [
            (&b"a-secret-of-many-letters"[..], true),
            (b"<a-secret-of-many-letters>", true),
            (b"A-secret-of-many-letters", false),
            (b"a-secret-of-many-letter", false),
            (b"pw", false),
            (b"", false),
        ] {
            assert_eq!(redactor.contains_secret(bytes), found, "{bytes:?}");
        }
        for (secret, found) in [("sixteen-letters-", true), ("fifteen-letters", false)] {
            assert_eq!(knowing(&[secret]).contains_secret(secret.as_bytes()), found, "{secret}");
        }
    }

    #[test]
    fn the_base64_of_a_secret_is_that_between_any_neighbours() {
        for (secret, before, text) in [
            ("abcdef", 0, "YWJjZGVm"),
            ("abcdef", 1, "FiY2RlZ"),
            ("abcdef", 2, "hYmNkZW"),
            ("a", 0, "Y"),
            ("a", 1, ""),
            ("", 2, ""),
        ] {
            assert_eq!(in_base64(secret, before), text, "{secret} after {before}");
        }
    }

    proptest! {
        #[test]
        fn a_secret_is_masked_whatever_surrounds_it(
            before in "\\PC{0,20}", secret in "[ -~]{12,60}", after in "\\PC{0,20}", cut in 0usize..8,
        ) {
            prop_assume!(secret.bytes().filter_map(comparable).count() >= MATCH_LENGTH + 8);
            let redactor = knowing(&[&secret]);
            let text = format!("{before}{}{after}", &secret[cut.min(secret.len())..]);
            let masked = redactor.mask(&text);
            prop_assert!(!masked.contains(&secret[cut..]), "{}", masked);
            prop_assert!(masked.contains(MASK));
        }
    }
}
