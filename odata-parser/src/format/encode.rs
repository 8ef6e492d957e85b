//! Percent-encodes the parts of a printed request: option names, option values and path segments.

use std::borrow::Cow;

use crate::placeholder;
use crate::url;

/// The kind of text that is printed, which decides which characters are escaped.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A filter that is not part of a URL. Nothing is escaped.
    Bare,
    /// A request that people read and a client encodes later. Only characters that would be misread are
    /// escaped.
    Typed,
    /// A URL. All characters are escaped that may not be in a URL, or would have another meaning there.
    Url,
}

/// Escapes the parts of one request.
#[derive(Clone, Copy)]
pub(super) struct Encoder {
    pub(super) form: Form,
    /// Whether the request contains placeholders. They are not escaped, so that a template engine recognizes
    /// them.
    pub(super) placeholders: bool,
    /// Whether quotes, parentheses and braces are escaped, too, because a lone one could join two options to
    /// one.
    pub(super) strict: bool,
}

impl Encoder {
    /// Escapes a part of an option's value.
    ///
    /// A URL gets every escape that RFC 3986 requires (`query = *( pchar / "/" / "?" )`) and no other:
    /// `'():,/$=@;` stay. `"[]{}` are escaped although Dataverse accepts them, because some clients and
    /// proxies do not.
    pub(super) fn value(&self, text: &str) -> String {
        self.escape_around_placeholders(text, |piece| match self.form {
            Form::Bare => Cow::Borrowed(piece),
            Form::Typed => self.alone(url::escape_delimiters(piece)),
            Form::Url => self.alone(url::encode(piece)),
        })
    }

    /// Escapes quotes, parentheses and braces, if the encoder is strict.
    fn alone<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match url::encode_but(&text, |b| !b"'\"(){}".contains(&b)) {
            Cow::Owned(escaped) if self.strict => Cow::Owned(escaped),
            _ => text,
        }
    }

    /// Escapes the whole value of an option, including the white space at its ends, which a parser would
    /// skip.
    pub(super) fn raw(&self, text: &str) -> String {
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let Some(inner) = text.get(start..end) else { return url::encode(text).into_owned() };
        format!("{}{}{}", url::encode(&text[..start]), self.value(inner), url::encode(&text[end..]))
    }

    /// Escapes the name of an option, including `=` and `?`, which would end the name.
    pub(super) fn name(&self, text: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$*,;:@/".contains(&b);
        let keep = |b: u8| plain(b) || (self.form == Form::Typed && !b.is_ascii());
        self.escape_around_placeholders(text, |piece| url::encode_but(piece, keep))
    }

    /// Escapes a segment of the path, or the fragment. A `/` within quotes is escaped, because it would end
    /// the segment. `+` and `&` are not escaped, because they have no special meaning in a path.
    pub(super) fn segment(&self, text: &str) -> String {
        let mut quoted = false;
        self.escape_around_placeholders(text, |piece| {
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

    /// Applies `escape` to the text outside of placeholders. Within a placeholder, only `%` is escaped, and
    /// only if decoding would change the placeholder.
    fn escape_around_placeholders(&self, text: &str, mut escape: impl FnMut(&str) -> Cow<'_, str>) -> String {
        if !self.placeholders {
            return escape(text).into_owned();
        }
        let mut out = String::with_capacity(text.len());
        for (piece, is_placeholder) in placeholder::pieces(text) {
            match is_placeholder {
                false => out += &escape(piece),
                true if url::decode_keeping_plus(piece).text == piece => out += piece,
                true => out += &piece.replace('%', "%25"),
            }
        }
        out
    }
}
