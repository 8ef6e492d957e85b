//! Defines [`CursorKey`], which signs cursors, and the content of cursors.
//!
//! A cursor has all that is needed to continue: the link of the service, and the pages before it. It is signed
//! together with the account and the request, so that it works in no other, and survives a restart of the program.

use std::fmt;
use std::io::{Read as _, Write as _};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The length of the signature in bytes: half of SHA-256, which RFC 2104 allows.
const SIGNATURE: usize = 16;

/// The maximum size of the content of a cursor in bytes, unpacked.
const MAX_CONTENT: u64 = 1 << 16;

/// The maximum size of a cursor in characters.
const MAX_CURSOR: usize = 1 << 16;

/// The number of pages before the current one that a cursor remembers.
pub(super) const MAX_TRAIL: usize = 8;

/// The key that signs cursors. Programs that share a key accept the cursors of each other.
///
/// A key is changed without breaking cursors by giving the new one first, and the old ones as
/// [`and_older`](Self::and_older) until no cursor of theirs is in use.
///
/// ```
/// use dvkit_unify::CursorKey;
///
/// let key = CursorKey::new(b"32 random bytes of the year 2027").and_older(b"32 random bytes of the year 2026");
/// ```
#[derive(Clone)]
pub struct CursorKey {
    newest: hmac::Key,
    older: Vec<hmac::Key>,
}

impl CursorKey {
    /// Returns the key made of a secret, which should have at least 32 random bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { newest: hmac::Key::new(hmac::HMAC_SHA256, secret), older: Vec::new() }
    }

    /// Adds the secret of an older key, whose cursors are accepted. New cursors are signed with the newest key alone.
    #[must_use]
    pub fn and_older(mut self, secret: &[u8]) -> Self {
        self.older.push(hmac::Key::new(hmac::HMAC_SHA256, secret));
        self
    }

    /// Signs and packs a content. `context` is what the cursor is bound to.
    pub(super) fn seal(&self, content: &impl Serialize, context: &str) -> Result<String> {
        let failed =
            |error: &dyn fmt::Display| Error::Cursor(format!("the cursor could not be made: {error}"));
        let json = serde_json::to_vec(content).map_err(|error| failed(&error))?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&json).map_err(|error| failed(&error))?;
        let packed = encoder.finish().map_err(|error| failed(&error))?;
        let mut bytes = sign(&self.newest, &packed, context);
        bytes.extend_from_slice(&packed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Unpacks the content of a cursor that was made in the same context.
    pub(super) fn open<T: DeserializeOwned>(&self, cursor: &str, context: &str) -> Result<T> {
        let refused = || {
            Error::Cursor(
                "the cursor does not belong to this account and this request, or was changed; begin again without a \
                 cursor"
                    .to_owned(),
            )
        };
        if cursor.len() > MAX_CURSOR {
            return Err(refused());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let (signature, packed) = bytes.split_at_checked(SIGNATURE).ok_or_else(refused)?;
        let signed_with = |key: &hmac::Key| {
            let expected = sign(key, packed, context);
            aws_lc_rs::constant_time::verify_slices_are_equal(signature, &expected).is_ok()
        };
        if !std::iter::once(&self.newest).chain(&self.older).any(signed_with) {
            return Err(refused());
        }
        let mut json = Vec::new();
        DeflateDecoder::new(packed).take(MAX_CONTENT).read_to_end(&mut json).map_err(|_| refused())?;
        serde_json::from_slice(&json).map_err(|_| refused())
    }
}

fn sign(key: &hmac::Key, packed: &[u8], context: &str) -> Vec<u8> {
    let mut signer = hmac::Context::with_key(key);
    // The length keeps the context and the content apart.
    signer.update(&(context.len() as u64).to_be_bytes());
    signer.update(context.as_bytes());
    signer.update(packed);
    signer.sign().as_ref()[..SIGNATURE].to_vec()
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

/// The place of a page: the table, and the link of the service; `None` for the first page of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PagePlace {
    #[serde(rename = "t")]
    pub(super) table: usize,
    #[serde(rename = "l")]
    pub(super) link: Option<String>,
}

/// The content of a cursor of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListCursor {
    #[serde(rename = "p")]
    pub(super) page: PagePlace,
    /// The pages before this one, the nearest one last.
    #[serde(rename = "b")]
    pub(super) before: Vec<PagePlace>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> ListCursor {
        let link = |n: u32| {
            format!(
                "https://contoso.crm4.dynamics.com/api/data/v9.2/contacts?$select=fullname&$skiptoken=%3Ccookie%20pagenumber=%22{n}%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e%22%20/%3E"
            )
        };
        let place = |n| PagePlace { table: 0, link: Some(link(n)) };
        ListCursor { page: place(9), before: (1..9).map(place).collect() }
    }

    #[test]
    fn a_cursor_opens_only_with_its_key_and_context_and_unchanged() {
        let key = CursorKey::new(b"secret of this test");
        let sealed = key.seal(&cursor(), "a\ncontacts").expect("a cursor");
        assert_eq!(key.open::<ListCursor>(&sealed, "a\ncontacts").expect("the content"), cursor());
        assert!(key.open::<ListCursor>(&sealed, "b\ncontacts").is_err());
        assert!(CursorKey::new(b"another secret").open::<ListCursor>(&sealed, "a\ncontacts").is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            let opened = key.open::<ListCursor>(&changed, "a\ncontacts");
            // The last character may have bits that mean nothing.
            assert!(opened.is_err() || at + 1 == sealed.len(), "{at}");
        }
        for text in ["", "x", "%%%", &"A".repeat(100_000)] {
            assert!(key.open::<ListCursor>(text, "a\ncontacts").is_err());
        }
    }

    #[test]
    fn a_newer_key_opens_the_cursors_of_older_ones_and_not_the_other_way_round() {
        let (first, second) = (b"the first secret".as_slice(), b"the second secret".as_slice());
        let old = CursorKey::new(first);
        let rotated = CursorKey::new(second).and_older(first);
        let rotated_twice = CursorKey::new(b"the third secret").and_older(second).and_older(first);
        let of_old = old.seal(&cursor(), "a").expect("a cursor");
        let of_rotated = rotated.seal(&cursor(), "a").expect("a cursor");
        for (key, sealed, opens) in [
            (&rotated, &of_old, true),
            (&rotated, &of_rotated, true),
            (&rotated_twice, &of_old, true),
            (&rotated_twice, &of_rotated, true),
            (&old, &of_rotated, false),
            (&CursorKey::new(second), &of_old, false),
            (&CursorKey::new(second), &of_rotated, true),
        ] {
            assert_eq!(key.open::<ListCursor>(sealed, "a").is_ok(), opens);
            assert!(key.open::<ListCursor>(sealed, "b").is_err(), "the context counts for older keys too");
        }
        assert_eq!(format!("{rotated_twice:?}"), "CursorKey(…)", "no secret is shown");
    }

    #[test]
    fn the_size_of_a_cursor_is_limited() {
        let key = CursorKey::new(b"secret of this test");
        let long = |length: usize| "x".repeat(length);
        // Packed, a repeated letter is small; unpacked, it may not exceed the limit.
        let fits = key.seal(&long(usize::try_from(MAX_CONTENT).expect("small") - 2), "a").expect("a cursor");
        assert!(key.open::<String>(&fits, "a").is_ok());
        let bomb = key.seal(&long(usize::try_from(MAX_CONTENT).expect("small") - 1), "a").expect("a cursor");
        assert!(key.open::<String>(&bomb, "a").is_err());
    }

    #[test]
    fn a_cursor_that_remembers_pages_fits_a_url() {
        let sealed = CursorKey::new(b"secret of this test").seal(&cursor(), "a").expect("a cursor");
        assert!(sealed.len() < 1_000, "{}", sealed.len());
    }
}
