//! Splits the text that is in no syntax tree: the punctuation between the names, keywords without a node, and
//! what a parser could not read. So the rest of a broken text has colours and meanings too.

use dvkit_diagnostic::Span;
use dvkit_query::functions;

use super::builder::Builder;
use super::part::Meaning;
use crate::editor::class::TokenClass;

/// The operators of OData.
const OPERATORS: [&str; 17] = [
    "and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "has", "in", "add", "sub", "mul", "div", "divby",
    "mod",
];
/// The words of OData that are keywords in some position.
const KEYWORDS: [&str; 12] =
    ["asc", "desc", "as", "with", "from", "any", "all", "aggregate", "groupby", "filter", "compute", "true"];

impl Builder<'_> {
    /// Adds the parts of OData in the text `decoded` that no other part covers.
    pub(super) fn fill_odata(&mut self, decoded: &str) {
        for gap in self.gaps(decoded) {
            self.odata_gap(decoded, gap);
        }
    }

    fn odata_gap(&mut self, decoded: &str, gap: Span) {
        let Some(text) = decoded.get(gap.range()) else { return };
        let base = gap.range().start;
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let (length, class) = match c {
                // The closing quote of a name that is a part of its own: `PropertyName='createdon'`.
                '\'' if at == 0 && base > 0 && !rest[1..].contains('\'') => (1, None),
                '\'' => (quoted_len(rest, '\''), Some(TokenClass::String)),
                '"' => (quoted_len(rest, '"'), Some(TokenClass::String)),
                '{' => (braced_len(rest), Some(TokenClass::Placeholder)),
                '@' if rest[1..].starts_with('{') => {
                    (1 + braced_len(&rest[1..]), Some(TokenClass::Placeholder))
                }
                '$' if rest[1..].starts_with('{') => {
                    (1 + braced_len(&rest[1..]), Some(TokenClass::Placeholder))
                }
                '$' | '@' => (1 + name_len(&rest[1..]), Some(TokenClass::Keyword)),
                '0'..='9' => (number_len(rest), Some(TokenClass::Number)),
                c if c.is_alphabetic() || c == '_' => {
                    let length = name_len(rest);
                    self.word(decoded, Span::new(base + at, base + at + length));
                    (length, None)
                }
                c => (c.len_utf8(), None),
            };
            // A lone `$` is not a word.
            if let Some(class) = class.filter(|_| length > 1 || c.is_ascii_digit()) {
                self.push(Span::new(base + at, base + at + length), class, Meaning::None);
            }
            at += length.max(c.len_utf8());
        }
    }

    /// Adds a word: an operator, a keyword, a function, or a name of the table at this position.
    fn word(&mut self, decoded: &str, span: Span) {
        let word = span.of(decoded);
        let before = decoded[..span.range().start].chars().next_back();
        let is_call = decoded[span.range().end..].starts_with('(');
        if before != Some('/') && OPERATORS.contains(&word) {
            self.push(span, TokenClass::Operator, Meaning::None);
        } else if KEYWORDS.contains(&word) || matches!(word, "false" | "null") {
            self.push(span, TokenClass::Keyword, Meaning::None);
        } else if let Some(function) =
            functions::find(word.strip_prefix(functions::NAMESPACE).unwrap_or(word))
        {
            self.push(span, TokenClass::Function, Meaning::Function(function));
        } else if is_call {
            self.push(span, TokenClass::Function, Meaning::StandardFunction(word.to_owned()));
        } else if before != Some('/')
            && let Some(table) = self.table_at(span)
        {
            if let Some(column) = table.property(word).or_else(|| table.column(word)) {
                self.push(span, TokenClass::Property, Meaning::Column(table, column));
            } else if let Some(navigation) = table.navigation(word) {
                self.push(span, TokenClass::Navigation, Meaning::Navigation(table, navigation));
            }
        }
    }

    /// Adds the parts of FetchXML in the text `decoded` that no other part covers: the names of end tags.
    pub(super) fn fill_fetch(&mut self, decoded: &str) {
        for gap in self.gaps(decoded) {
            let Some(text) = decoded.get(gap.range()) else { continue };
            let base = gap.range().start;
            for (at, _) in text.match_indices("</") {
                let name = &text[at + 2..];
                let length =
                    name.find(|c: char| !(c.is_alphanumeric() || "-_:.".contains(c))).unwrap_or(name.len());
                let span = Span::new(base + at + 2, base + at + 2 + length);
                let known = fetchxml::ast::ELEMENTS.iter().find(|known| **known == &name[..length]);
                let meaning = known.map_or(Meaning::None, |known| Meaning::Element(known));
                self.push(span, TokenClass::Element, meaning);
            }
        }
    }
}

/// Returns the length of the name at the beginning of `text`, with its dots.
fn name_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len())
}

/// Returns the length of the number, the date or the guid at the beginning of `text`.
fn number_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || ".:-".contains(c))).unwrap_or(text.len())
}

/// Returns the length of the string at the beginning of `text`, which ends at the next quote or at the end.
fn quoted_len(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |end| end + 2)
}

/// Returns the length of the placeholder at the beginning of `text`; 1 if its brace is never closed.
fn braced_len(text: &str) -> usize {
    let end = text.find('}').filter(|end| *end < 1024);
    end.map_or(1, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_between_names_ends_where_its_form_does() {
        for (text, expected) in [("", 0), ("a", 1), ("a_1.b c", 5), ("é(", 2), ("-a", 0)] {
            assert_eq!(name_len(text), expected, "the name {text}");
        }
        for (text, expected) in [("7", 1), ("1.5 ", 3), ("2024-01-31T10:00Z)", 17), ("1e5,", 3), ("12+", 2)] {
            assert_eq!(number_len(text), expected, "the number {text}");
        }
        for (text, quote, expected) in
            [("'a'b", '\'', 3), ("''", '\'', 2), ("'a", '\'', 2), ("\"a'\"", '"', 4), ("'é' ", '\'', 4)]
        {
            assert_eq!(quoted_len(text, quote), expected, "the text {text}");
        }
        let long = |length: usize| format!("{{{}}}", "x".repeat(length - 2));
        for (text, expected) in [("{a}b", 3), ("{}", 2), ("{a", 1), (&long(1_024), 1_024), (&long(1_025), 1)]
        {
            assert_eq!(braced_len(text), expected, "the placeholder {text}");
        }
    }
}
