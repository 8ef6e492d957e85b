//! Decodes the text of a query, and maps the cursor and the edits between the text as it was given and the
//! decoded text. Every other module of completion works on the decoded text only.

use dvkit_diagnostic::{Applicability, Diagnostic, Edit, Span, Suggestion, code};
use fetchxml::FetchText;
use odata_parser::{RequestText, url};

/// The text of a query, decoded.
pub(in crate::editor) enum CursorText<'t> {
    /// A filter that is not encoded.
    Plain(&'t str),
    /// A percent-encoded filter.
    Filter(&'t str, url::Decoded),
    /// A request, whose options are decoded separately.
    Request(RequestText<'t>),
    /// FetchXML, which may be escaped or part of a URL.
    Fetch(FetchText<'t>),
}

impl<'t> CursorText<'t> {
    /// Decodes a `$filter` expression, if it is percent-encoded.
    pub(in crate::editor) fn filter(text: &'t str) -> Self {
        match url::is_encoded(text) {
            true => Self::Filter(text, url::decode(text)),
            false => Self::Plain(text),
        }
    }

    /// Decodes a request.
    pub(in crate::editor) fn request(text: &'t str) -> Self {
        Self::Request(RequestText::new(text))
    }

    /// Decodes FetchXML.
    pub(in crate::editor) fn fetch(text: &'t str) -> Self {
        Self::Fetch(FetchText::new(text))
    }

    /// Returns the decoded text.
    pub(in crate::editor) fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Filter(_, decoded) => &decoded.text,
            Self::Request(text) => text.decoded(),
            Self::Fetch(text) => text.decoded(),
        }
    }

    fn given(&self) -> &'t str {
        match self {
            Self::Plain(text) | Self::Filter(text, _) => text,
            Self::Request(text) => text.original_text(),
            Self::Fetch(text) => text.original_text(),
        }
    }

    fn to_given(&self, span: Span) -> Span {
        match self {
            Self::Plain(_) => span,
            Self::Filter(_, decoded) => decoded.to_encoded(span),
            Self::Request(text) => text.to_original(span),
            Self::Fetch(text) => text.to_original(span),
        }
    }

    /// Returns the byte offset in the decoded text that corresponds to the byte offset `offset` in the given
    /// text. An offset beyond the end means the end, and one within a character or an escape means its
    /// beginning. Returns `None` if the offset is outside of the part that was decoded, as in the path of a
    /// URL that contains FetchXML.
    pub(in crate::editor) fn offset(&self, offset: usize) -> Option<usize> {
        let offset = floor(self.given(), offset);
        if let Self::Plain(_) = self {
            return Some(offset);
        }
        let text = self.text();
        let back = |at: usize| self.to_given(Span::at(at)).start as usize;
        if offset < back(0) || offset > back(text.len()) {
            return None;
        }
        // The mapping never decreases: the last decoded offset that is not behind `offset` is searched.
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if back(middle) <= offset {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Some(floor(text, low))
    }

    /// Returns edits of the decoded text as edits of the given text: their spans are mapped, and their
    /// replacements are encoded like the text that they replace.
    pub(in crate::editor) fn edits_to_given(&self, edits: Vec<Edit>) -> Vec<Edit> {
        let as_finding = |edits| {
            let applicability = Applicability::Maybe;
            Diagnostic::error(code::UNEXPECTED, Span::at(0), String::new()).suggest(Suggestion {
                message: String::new(),
                edits,
                applicability,
            })
        };
        let finding = match self {
            Self::Plain(_) => return edits,
            Self::Filter(_, decoded) => {
                return edits
                    .into_iter()
                    .map(|edit| Edit {
                        span: decoded.to_encoded(edit.span),
                        replacement: url::encode(&edit.replacement).into_owned(),
                    })
                    .collect();
            }
            Self::Request(text) => text.diagnostic_to_original(as_finding(edits)),
            Self::Fetch(text) => text.diagnostic_to_original(as_finding(edits)),
        };
        finding.suggestions.into_iter().flat_map(|suggestion| suggestion.edits).collect()
    }
}

/// Returns the greatest byte offset in `text` that is at most `offset` and not within a character.
pub(in crate::editor) fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_encoded_texts_lead_to_the_decoded_text_and_back() {
        let given = "accounts?$filter=name%20eq%20'%C3%A9'&$top=3";
        let text = CursorText::request(given);
        for (at, expected) in [(0, 0), (21, 21), (22, 21), (24, 22), (999, text.text().len())] {
            assert_eq!(text.offset(at), Some(expected), "{at}");
        }
        let edit = Edit { span: Span::new(17, 21), replacement: "a b".to_owned() };
        assert_eq!(text.edits_to_given(vec![edit])[0].replacement, "a%20b");
    }

    #[test]
    fn an_offset_outside_of_the_fetchxml_of_a_url_is_not_in_the_query() {
        let given = "accounts?fetchXml=%3Cfetch%3E&$count=true";
        let text = CursorText::fetch(given);
        assert_eq!(text.offset(3), None);
        assert_eq!(text.offset(21), Some(1));
        assert_eq!(text.offset(given.len()), None);
    }
}
