//! Encrypts secrets at rest, and computes keyed hashes. All keys are derived from those of the [`KeyRing`], which come
//! from a file or the environment and are never in the database.
use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

/// The length of a key in bytes.
const KEY_BYTES: usize = 32;

/// The maximum number of keys in a ring.
const MAX_KEYS: usize = 16;

/// An error of a key ring. It contains neither keys nor secrets.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text of the keys has another form.
    #[error(
        "the keys of the gateway: {0}; write `NAME:KEY`, with 32 random bytes in Base64, the current key first"
    )]
    Text(String),
    /// The ring does not have the key with which something was encrypted.
    #[error("the gateway has no key named `{0}`, with which a part of its database is encrypted")]
    UnknownKey(String),
    /// Something was not encrypted with its key, for its place, or was changed.
    #[error(
        "an encrypted part of the gateway's database was changed, or encrypted with another key named `{0}`"
    )]
    Changed(String),
}

/// One key: its name, and what is derived from it.
struct Key {
    id: String,
    seal: RandomizedNonceKey,
    hash: hmac::Key,
    cursor: hmac::Key,
    /// The key that a model signs its cursors with.
    model: [u8; KEY_BYTES],
}

/// The keys of a gateway. The first is the current one, with which everything new is encrypted; with the others what
/// is older can still be read.
///
/// To rotate, put a new key before the others, restart all processes, encrypt everything anew
/// ([`Store::rotate`](crate::store::Store::rotate)), and remove the old key when nothing is left that needs it.
pub struct KeyRing(Vec<Key>);

/// A value that is encrypted and authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The name of the key.
    pub key_id: String,
    /// The nonce, the encrypted value, and the tag.
    pub bytes: Vec<u8>,
}

/// The length of a derived key, for the key derivation.
struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// Derives a key for one purpose.
fn derived(secret: &[u8], purpose: &str) -> [u8; KEY_BYTES] {
    let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, b"dvkit gateway").extract(secret);
    let mut key = [0; KEY_BYTES];
    let info = [purpose.as_bytes()];
    let filled = pseudorandom.expand(&info, Length).and_then(|derived| derived.fill(&mut key));
    filled.expect("the length is that of one hash");
    key
}

impl KeyRing {
    /// Parses keys. `text` has one key in a line or between commas: a name, a colon, and 32 bytes in Base64. Lines
    /// that begin with `#` are comments.
    ///
    /// # Errors
    /// Returns an error if there is no key, if one has another form or length, or if two have the same name.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let wrong = |what: &str| KeyError::Text(what.to_owned());
        let lines = text.expose_secret().lines().filter(|line| !line.trim_start().starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
        let mut keys: Vec<Key> = Vec::new();
        for entry in entries {
            let (id, key) = entry.split_once(':').ok_or_else(|| wrong("one has no name"))?;
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
            if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
                return Err(wrong("a name has letters, digits, hyphens and dots, at most 64"));
            }
            let key = STANDARD.decode(key).or_else(|_| URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')));
            let key = key.ok().filter(|key| key.len() == KEY_BYTES);
            let key =
                key.ok_or_else(|| KeyError::Text(format!("the key `{id}` is not 32 bytes in Base64")))?;
            if keys.iter().any(|other| other.id == id) {
                return Err(KeyError::Text(format!("two keys have the name `{id}`")));
            }
            if keys.len() == MAX_KEYS {
                return Err(wrong("there are more than 16"));
            }
            keys.push(Key {
                id: id.to_owned(),
                seal: RandomizedNonceKey::new(&AES_256_GCM, &derived(&key, "encryption at rest"))
                    .expect("the key has the length that the cipher needs"),
                hash: hmac::Key::new(hmac::HMAC_SHA256, &derived(&key, "hashes of api keys")),
                cursor: hmac::Key::new(hmac::HMAC_SHA256, &derived(&key, "signatures of links")),
                model: derived(&key, "cursors of models"),
            });
        }
        if keys.is_empty() {
            return Err(wrong("there is none"));
        }
        Ok(Self(keys))
    }

    /// Returns a new line for a file of keys, with random bytes.
    #[must_use]
    pub fn generate(id: &str) -> SecretString {
        SecretString::from(format!("{id}:{}", STANDARD.encode(random::<KEY_BYTES>())))
    }

    fn current(&self) -> &Key {
        self.0.first().expect("a ring has a key")
    }

    fn key(&self, id: &str) -> Result<&Key, KeyError> {
        self.0.iter().find(|key| key.id == id).ok_or_else(|| KeyError::UnknownKey(id.to_owned()))
    }

    /// Returns the keys of a model's cursors: the one that it signs with, and those that older cursors were signed with.
    pub(crate) fn cursor_keys(&self) -> Vec<[u8; KEY_BYTES]> {
        self.0.iter().map(|key| key.model).collect()
    }

    /// Returns the name of the current key.
    #[must_use]
    pub fn current_id(&self) -> &str {
        &self.current().id
    }

    /// Encrypts a value with the current key. `place` says where the value is kept; it can be decrypted for this
    /// place only, so that nobody who writes to the database can move a secret to another account.
    #[must_use]
    pub fn seal(&self, place: &str, value: &[u8]) -> Sealed {
        let key = self.current();
        let mut bytes = value.to_vec();
        let nonce = key.seal.seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut bytes);
        let nonce = nonce.expect("the value is shorter than the cipher's limit");
        let bytes = [nonce.as_ref().as_slice(), &bytes].concat();
        Sealed { key_id: key.id.clone(), bytes }
    }

    /// Decrypts a value that was encrypted for `place`.
    ///
    /// # Errors
    /// Returns an error if the ring does not have the key, or if the value was changed or belongs elsewhere.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<Vec<u8>, KeyError> {
        let key = self.key(&sealed.key_id)?;
        let changed = || KeyError::Changed(sealed.key_id.clone());
        let (nonce, value) = sealed.bytes.split_at_checked(NONCE_LEN).ok_or_else(changed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| changed())?;
        let mut value = value.to_vec();
        let opened = key.seal.open_in_place(nonce, Aad::from(place.as_bytes()), &mut value);
        opened.map(|opened| opened.to_vec()).map_err(|_| changed())
    }

    /// Returns the keyed hash of an API key's secret, and the name of the key.
    #[must_use]
    pub fn hash(&self, secret: &str) -> (String, Vec<u8>) {
        let key = self.current();
        (key.id.clone(), hmac::sign(&key.hash, secret.as_bytes()).as_ref().to_vec())
    }

    /// Returns whether `hash` is the hash of `secret` with the key named `id`. The time that this takes does not
    /// depend on the difference.
    #[must_use]
    pub fn is_hash(&self, id: &str, secret: &str, hash: &[u8]) -> bool {
        // A ring without the key computes a hash all the same, so that the time does not tell.
        let key = self.key(id);
        let hashed = hmac::verify(&key.as_ref().unwrap_or(&self.current()).hash, secret.as_bytes(), hash);
        key.is_ok() && hashed.is_ok()
    }

    /// Signs a text, such as a cursor, so that [`KeyRing::verified`] gives it back. `place` is what the text belongs
    /// to. The text itself is not hidden.
    #[must_use]
    pub fn signed(&self, place: &str, text: &str) -> String {
        let key = self.current();
        let tag = hmac::sign(&key.cursor, format!("{place}\0{text}").as_bytes());
        let body = [&tag.as_ref()[..16], text.as_bytes()].concat();
        format!("{}.{}", key.id, URL_SAFE_NO_PAD.encode(body))
    }

    /// Returns the text of a signed one; `None` if it was not signed for `place`, or was changed.
    #[must_use]
    pub fn verified(&self, place: &str, signed: &str) -> Option<String> {
        let (id, body) = signed.rsplit_once('.')?;
        let key = self.key(id).ok()?;
        let body = URL_SAFE_NO_PAD.decode(body).ok()?;
        let (tag, text) = body.split_at_checked(16)?;
        let text = std::str::from_utf8(text).ok()?;
        let expected = hmac::sign(&key.cursor, format!("{place}\0{text}").as_bytes());
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..16], tag);
        same.ok().map(|()| text.to_owned())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.0.iter().map(|key| &key.id).collect::<Vec<_>>()).finish()
    }
}

/// Returns random bytes that nobody can predict.
#[must_use]
pub(crate) fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// Returns a random text of letters, digits, `-` and `_`, with `BYTES` random bytes.
#[must_use]
pub(crate) fn random_text<const BYTES: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::<BYTES>())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn ring(ids: &[(&str, u8)]) -> KeyRing {
        let lines: Vec<String> =
            ids.iter().map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32]))).collect();
        KeyRing::parse(&SecretString::from(lines.join("\n"))).unwrap()
    }

    #[test]
    fn a_secret_is_decrypted_for_its_place_only() {
        let keys = ring(&[("a", 1)]);
        let sealed = keys.seal("secrets/acc_1/token", b"hello");
        assert!(!sealed.bytes.windows(5).any(|window| window == b"hello"));
        assert_eq!(keys.open("secrets/acc_1/token", &sealed).unwrap(), b"hello");
        assert_eq!(keys.open("secrets/acc_2/token", &sealed).unwrap_err(), KeyError::Changed("a".to_owned()));
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1;
            assert!(keys.open("secrets/acc_1/token", &changed).is_err(), "byte {at}");
            changed.bytes.truncate(at);
            assert!(keys.open("secrets/acc_1/token", &changed).is_err(), "{at} bytes");
        }
        assert_ne!(keys.seal("x", b"hello").bytes, keys.seal("x", b"hello").bytes);
    }

    #[test]
    fn older_keys_read_what_they_wrote() {
        let old = ring(&[("a", 1)]);
        let both = ring(&[("b", 2), ("a", 1)]);
        let (sealed, (id, hash), signed) = (old.seal("x", b"1"), old.hash("key"), old.signed("x", "cursor"));
        assert_eq!(both.open("x", &sealed).unwrap(), b"1");
        assert!(both.is_hash(&id, "key", &hash) && !both.is_hash(&id, "Key", &hash));
        assert_eq!(both.verified("x", &signed).as_deref(), Some("cursor"));
        assert_eq!(both.seal("x", b"1").key_id, "b");
        let new = ring(&[("b", 2)]);
        assert_eq!(new.open("x", &sealed).unwrap_err(), KeyError::UnknownKey("a".to_owned()));
        assert!(!new.is_hash(&id, "key", &hash));
        assert_eq!(new.verified("x", &signed), None);
        // A key with the same name and other bytes is another key.
        assert!(ring(&[("a", 3)]).open("x", &sealed).is_err());
    }

    #[test]
    fn a_cursor_that_was_changed_or_belongs_elsewhere_is_refused() {
        let keys = ring(&[("a.b", 1)]);
        let signed = keys.signed("acc_1/contacts", "page 2");
        assert_eq!(keys.verified("acc_1/contacts", &signed).as_deref(), Some("page 2"));
        assert_eq!(keys.verified("acc_2/contacts", &signed), None);
        for text in ["", ".", "a.b.", "a.b.AAAA", "x", &signed[1..], &format!("{signed}A")] {
            assert_eq!(keys.verified("acc_1/contacts", text), None, "{text}");
        }
    }

    #[test]
    fn keys_of_another_form_are_refused() {
        let key = STANDARD.encode([1; 32]);
        for text in ["", "# a:x", "a", "a:", "a:AAAA", &format!("a b:{key}"), &format!("a:{key},a:{key}")] {
            let error = KeyRing::parse(&SecretString::from(text)).unwrap_err().to_string();
            assert!(error.contains("NAME:KEY") && !error.contains(&key), "{error}");
        }
        let line = KeyRing::generate("k1");
        assert_eq!(format!("{:?}", KeyRing::parse(&line).unwrap()), r#"KeyRing(["k1"])"#);
    }

    #[test]
    fn the_limits_of_a_ring_are_its_limits() {
        let key = STANDARD.encode([1; 32]);
        let lines =
            |count: usize| -> String { (0..count).map(|number| format!("k{number}:{key}\n")).collect() };
        let parse = |text: String| KeyRing::parse(&SecretString::from(text));
        assert_eq!(parse(lines(16)).unwrap().0.len(), 16);
        assert!(parse(lines(17)).unwrap_err().to_string().contains("more than 16"));
        assert!(parse(format!("{}:{key}", "a".repeat(64))).is_ok());
        assert!(parse(format!("{}:{key}", "a".repeat(65))).is_err());
        for name in ["a-b", "a_b", "a.b", "9"] {
            assert_eq!(parse(format!("{name}:{key}")).unwrap().current_id(), name);
        }
        for name in ["a b", "ä", "a/b", ""] {
            assert!(parse(format!("{name}:{key}")).is_err(), "{name}");
        }
        for bytes in [31, 33] {
            assert!(parse(format!("a:{}", STANDARD.encode(vec![1; bytes]))).is_err(), "{bytes} bytes");
        }
        // Base64 for URLs, with and without padding, spaces, comments and commas.
        let url = URL_SAFE_NO_PAD.encode([0xfb; 32]);
        let text = format!("# current\n b:{url}=\n\n, c:{url} ,\n  # old\nd:{key}");
        let ring = parse(text).unwrap();
        assert_eq!(ring.0.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["b", "c", "d"]);
    }

    #[test]
    fn the_keys_for_different_purposes_differ() {
        let purposes =
            ["encryption at rest", "hashes of api keys", "signatures of links", "cursors of models"];
        let keys: Vec<_> = purposes.iter().map(|purpose| derived(&[1; 32], purpose)).collect();
        for (number, key) in keys.iter().enumerate() {
            assert!(!keys[number + 1..].contains(key), "{number}");
            assert_ne!(key, &[1; 32]);
        }
        assert_eq!(derived(&[1; 32], purposes[0]), keys[0]);
        assert_ne!(derived(&[2; 32], purposes[0]), keys[0]);
        // A hash of a key is no signature of a link, nor does either have the key of cursors.
        let ring = ring(&[("a", 1)]);
        assert_eq!(ring.cursor_keys(), [keys[3]]);
        assert_eq!(ring.verified("x", &format!("a.{}", URL_SAFE_NO_PAD.encode(ring.hash("x").1))), None);
    }

    #[test]
    fn a_hash_is_checked_with_its_own_key() {
        let keys = ring(&[("a", 1), ("b", 2)]);
        let (id, hash) = keys.hash("secret");
        assert_eq!((id.as_str(), hash.len()), ("a", 32));
        assert!(keys.is_hash("a", "secret", &hash));
        assert!(!keys.is_hash("b", "secret", &hash), "another key of the ring");
        assert!(!keys.is_hash("c", "secret", &hash), "a key that the ring does not have");
        assert!(!keys.is_hash("a", "secret", &hash[..31]) && !keys.is_hash("a", "secret", &[]));
    }

    #[test]
    fn a_value_is_decrypted_with_the_key_of_its_name_only() {
        let keys = ring(&[("a", 1), ("b", 2)]);
        let sealed = keys.seal("x", b"");
        assert_eq!((sealed.key_id.as_str(), sealed.bytes.len()), ("a", 12 + 16));
        assert_eq!(keys.open("x", &sealed).unwrap(), b"");
        let other = Sealed { key_id: "b".to_owned(), ..sealed.clone() };
        assert_eq!(keys.open("x", &other).unwrap_err(), KeyError::Changed("b".to_owned()));
        assert!(!keys.open("x", &other).unwrap_err().to_string().is_empty());
    }

    #[test]
    fn random_texts_have_their_bytes_and_differ() {
        let texts: std::collections::BTreeSet<String> = (0..100).map(|_| random_text::<24>()).collect();
        assert!(texts.len() == 100 && texts.iter().all(|text| text.len() == 32));
        assert!(random::<32>() != [0; 32]);
    }

    /// The texts that other processes and earlier versions have made are read by this one.
    #[test]
    fn hashes_signatures_and_derived_keys_stay_the_same() {
        let keys = ring(&[("a", 1), ("b", 2)]);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (id, hash) = keys.hash("secret");
        assert_eq!(
            (id.as_str(), hex(&hash).as_str()),
            ("a", "4c41104b6752a260640c18c2b268f77c319659e9c15caffd3168201810244eff")
        );
        assert_eq!(keys.signed("place", "text"), "a.FRqkILdraXzYJfXDpWjwpnRleHQ");
        let models: Vec<String> = keys.cursor_keys().iter().map(|key| hex(key)).collect();
        assert_eq!(
            models,
            [
                "e5da21097f4834069c3412e5a852cf95d5953c3f663b596a89f197dab5f74161",
                "0d8830d93c9ff0ad43f419ad2fbc6bd7afd371e2d80099c4803e180ab8a46d9c"
            ]
        );
    }

    #[test]
    fn each_mistake_in_the_keys_is_told() {
        let key = STANDARD.encode([1; 32]);
        let name = "a name has letters, digits, hyphens and dots, at most 64";
        for (text, told) in [
            (String::new(), "there is none"),
            ("# a:x".to_owned(), "there is none"),
            ("a".to_owned(), "one has no name"),
            (format!(":{key}"), name),
            (format!("a b:{key}"), name),
            (format!("{}:{key}", "a".repeat(65)), name),
            ("a:AAAA".to_owned(), "the key `a` is not 32 bytes in Base64"),
            ("a:?".to_owned(), "the key `a` is not 32 bytes in Base64"),
            (format!("a:{key},b:{key},a:{key}"), "two keys have the name `a`"),
        ] {
            let error = KeyRing::parse(&SecretString::from(text.clone())).unwrap_err().to_string();
            let expected = format!(
                "the keys of the gateway: {told}; write `NAME:KEY`, with 32 random bytes in Base64, the current key first"
            );
            assert_eq!(error, expected, "{text}");
        }
        assert_eq!(
            KeyError::UnknownKey("a".to_owned()).to_string(),
            "the gateway has no key named `a`, with which a part of its database is encrypted"
        );
        assert_eq!(
            KeyError::Changed("a".to_owned()).to_string(),
            "an encrypted part of the gateway's database was changed, or encrypted with another key named `a`"
        );
    }

    #[test]
    fn random_texts_have_the_length_of_their_bytes_and_a_generated_key_is_one() {
        for (text, length) in [(random_text::<9>(), 12), (random_text::<12>(), 16), (random_text::<32>(), 43)]
        {
            assert_eq!(text.len(), length, "{text}");
            assert!(
                text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
                "{text}"
            );
        }
        assert_ne!(random::<16>(), random::<16>());
        let (one, other) = (KeyRing::generate("k"), KeyRing::generate("k"));
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(one.expose_secret().len(), 2 + 44);
    }
}
