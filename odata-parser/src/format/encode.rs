//! What has to be escaped, and where.

use std::borrow::Cow;

use crate::hole;
use crate::url;

/// For whom it is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A filter alone: nothing is escaped.
    Bare,
    /// A request for people, encoded by their client: only what would be read as something else.
    Typed,
    /// A URL.
    Url,
}

/// How the pieces of one request are written.
#[derive(Clone, Copy)]
pub(super) struct Encoder {
    pub(super) form: Form,
    /// Do placeholders stand in it? They stay as they are: what fills them in reads them.
    pub(super) placeholders: bool,
    /// Escape what may join two options to one, too.
    pub(super) strict: bool,
}

impl Encoder {
    /// A piece of the value of an option.
    ///
    /// A URL gets every escape that RFC 3986 wants (`query = *( pchar / "/" / "?" )`) and no other: `'():,/$=@;` stay.
    /// Dataverse would take `"[]{}` too, but clients and proxies between do not.
    pub(super) fn value(&self, text: &str) -> String {
        self.around_holes(text, |piece| match self.form {
            Form::Bare => Cow::Borrowed(piece),
            Form::Typed => self.alone(url::escape_delimiters(piece)),
            Form::Url => self.alone(url::encode(piece)),
        })
    }

    /// Escapes what belongs together in pairs.
    fn alone<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match url::encode_but(&text, |b| !b"'\"(){}".contains(&b)) {
            Cow::Owned(escaped) if self.strict => Cow::Owned(escaped),
            _ => text,
        }
    }

    /// A value that is written as it was read: white space at its ends would be taken for layout.
    pub(super) fn raw(&self, text: &str) -> String {
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let Some(inner) = text.get(start..end) else { return url::encode(text).into_owned() };
        format!("{}{}{}", url::encode(&text[..start]), self.value(inner), url::encode(&text[end..]))
    }

    /// The name of an option: a `=` or a `?` would end it or go unseen.
    pub(super) fn name(&self, text: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$*,;:@/".contains(&b);
        let keep = |b: u8| plain(b) || (self.form == Form::Typed && !b.is_ascii());
        self.around_holes(text, |piece| url::encode_but(piece, keep))
    }

    /// A segment of the path, or the fragment. A `/` within a text would end the segment; `+` and `&` mean themselves in
    /// a path.
    pub(super) fn segment(&self, text: &str) -> String {
        let mut quoted = false;
        self.around_holes(text, |piece| {
            let mut out = String::with_capacity(piece.len());
            for part in piece.split_inclusive('\'') {
                let keep = |b: u8| match (b, self.form) {
                    (b'/', _) => !quoted,
                    (b' ', Form::Typed) => quoted,
                    (b'{' | b'}', _) if self.strict => false,
                    (b'%' | b'?' | b'#', _) => false,
                    (b, Form::Url) => b.is_ascii_alphanumeric() || b"-._~!$'()*,;:@=&+".contains(&b),
                    (b, _) => !b.is_ascii_control(),
                };
                out += &url::encode_but(part, keep);
                quoted ^= part.ends_with('\'');
            }
            Cow::Owned(out)
        })
    }

    /// Escapes what is not within a placeholder; there only what would be undone.
    fn around_holes(&self, text: &str, mut escape: impl FnMut(&str) -> Cow<'_, str>) -> String {
        if !self.placeholders {
            return escape(text).into_owned();
        }
        let mut out = String::with_capacity(text.len());
        for (piece, is_hole) in hole::pieces(text) {
            match is_hole {
                false => out += &escape(piece),
                true if url::decode_keeping_plus(piece).text == piece => out += piece,
                true => out += &piece.replace('%', "%25"),
            }
        }
        out
    }
}
