//! Percent-encodes the parts of a printed request: option names, option values and path segments. The
//! formatter of requests uses it.

use std::borrow::Cow;

use crate::placeholder;
use crate::url;

/// The form in which a text is printed, which decides which characters are escaped.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A filter that is not part of a URL. Nothing is escaped.
    Bare,
    /// A request for people to read, which a client encodes later. Only characters that would be misread are
    /// escaped.
    Typed,
    /// A URL. All characters that may not be in a URL, or would have another meaning in it, are escaped.
    Url,
}

/// Percent-encodes the parts of one request.
#[derive(Clone, Copy)]
pub(super) struct Encoder {
    pub(super) form: Form,
    /// Whether the request contains placeholders. Placeholders are not escaped, so that a template engine
    /// recognises them.
    pub(super) placeholders: bool,
    /// Whether quotes, parentheses and braces are escaped too. A single one of them could otherwise join two
    /// options to one. `?` and `;` are escaped with them, because only within quotes and parentheses they do
    /// not separate options.
    pub(super) strict: bool,
}

impl Encoder {
    /// Returns a part of an option's value with the escapes that the form of the text requires.
    ///
    /// In a URL, exactly those characters are escaped that RFC 3986 requires
    /// (`query = *( pchar / "/" / "?" )`), and not `'():,/$=@;`. `"[]{}` are escaped although Dataverse
    /// accepts them, because some clients and proxies do not.
    pub(super) fn value(&self, text: &str) -> String {
        self.escape_around_placeholders(text, |piece| match self.form {
            Form::Bare => Cow::Borrowed(piece),
            Form::Typed => self.alone(url::escape_delimiters(piece)),
            Form::Url => self.alone(url::encode(piece)),
        })
    }

    /// Returns the text with quotes, parentheses, braces and separators escaped if [`Self::strict`] is set;
    /// otherwise the text itself.
    fn alone<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match url::encode_but(&text, |b| !b"'\"(){}?;".contains(&b)) {
            Cow::Owned(escaped) if self.strict => Cow::Owned(escaped),
            _ => text,
        }
    }

    /// Returns the whole value of an option with the escapes that the form of the text requires. White space
    /// at its ends is escaped too, because a parser would skip it.
    pub(super) fn raw(&self, text: &str) -> String {
        let (start, end) = (text.len() - text.trim_start().len(), text.trim_end().len());
        let Some(inner) = text.get(start..end) else { return url::encode(text).into_owned() };
        format!("{}{}{}", url::encode(&text[..start]), self.value(inner), url::encode(&text[end..]))
    }

    /// Returns the name of an option with the escapes that the form of the text requires. `=` and `?` are
    /// escaped too, because they would end the name.
    pub(super) fn name(&self, text: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$*,;:@/".contains(&b);
        let keep = |b: u8| plain(b) || (self.form == Form::Typed && !b.is_ascii());
        self.escape_around_placeholders(text, |piece| url::encode_but(piece, keep))
    }

    /// Returns a segment of the path, or the fragment, with the escapes that the form of the text requires. A
    /// `/` within quotes is escaped too, because it would end the segment. `+` and `&` are not escaped,
    /// because they have no special meaning in a path.
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

    /// Returns the text with `escape` applied to the parts outside of placeholders. Within a placeholder only
    /// `%` is escaped, and only if decoding would otherwise change the placeholder.
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
