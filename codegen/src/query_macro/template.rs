//! Splits the text of a query at its placeholders, into text and values. `tokens` writes the Rust code for
//! each part.

use std::ops::Range;

use super::hole_types::{HoleType, ValueKind};

/// The format in which the value of a placeholder is written into the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpliceFormat {
    /// A literal of the value's type, in the language of the query: `'O''Brien'`, `42`.
    Value,
    /// A part of a text literal that has other text beside the placeholder: `'{name} Ltd'`.
    Inner,
    /// A text literal, even if the value is not a text, as query functions require: `'42'`.
    Argument,
    /// A list of text literals: `['1','2']`.
    List,
    /// A condition in parentheses.
    Condition,
}

/// A range of the query text, and the Rust expression whose value replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    /// The source code of the Rust expression.
    pub(crate) source: String,
    pub(crate) format: SpliceFormat,
    pub(crate) hole_type: HoleType,
}

/// A part of a query text that was split at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    /// Text that is sent unchanged.
    Text(String),
    /// The position at which a name of the filtered row begins. If the filter is put into a lambda
    /// expression, the lambda variable and a `/` are inserted here.
    RowName,
    /// A value that replaces a placeholder.
    Value(Splice),
}

/// Splits a text at the ranges of `splices`, which replace the placeholders, and at the names of the filtered
/// row.
///
/// `row_names` are the byte offsets at which these names begin, in ascending order. `write` converts the text
/// between the placeholders into the text that is sent.
pub(crate) fn split(
    text: &str,
    mut splices: Vec<Splice>,
    row_names: &[usize],
    write: impl Fn(&str) -> String,
) -> Vec<TemplatePart> {
    splices.sort_by_key(|splice| splice.range.start);
    let mut parts = Vec::with_capacity(2 * splices.len() + 1);
    let mut at = 0;
    let mut row_names = row_names.iter().copied().peekable();
    let mut push_range = |parts: &mut Vec<TemplatePart>, range: Range<usize>| {
        let mut from = range.start;
        while let Some(row) = row_names.next_if(|row| *row < range.end) {
            push_text(parts, &text[from..row], &write);
            parts.push(TemplatePart::RowName);
            from = row;
        }
        push_text(parts, &text[from..range.end], &write);
    };
    for splice in splices {
        push_range(&mut parts, at..splice.range.start);
        at = splice.range.end;
        parts.push(TemplatePart::Value(splice));
    }
    push_range(&mut parts, at..text.len());
    parts
}

fn push_text(parts: &mut Vec<TemplatePart>, text: &str, write: impl Fn(&str) -> String) {
    if !text.is_empty() {
        parts.push(TemplatePart::Text(write(text)));
    }
}

impl ValueKind {
    /// Returns how a message describes a column of this kind, such as "money" in "`revenue` is money".
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer | Self::BigInt => "a whole number",
            Self::Decimal | Self::Double => "a number",
            Self::Money => "money",
            Self::Boolean => "yes/no",
            Self::Guid | Self::Lookup => "a guid",
            Self::Date => "a date",
            Self::DateTime | Self::LocalDateTime => "a date and time",
            Self::Choice => "a choice",
            Self::Choices => "several choices",
        }
    }
}

impl HoleType {
    /// Returns the logical name of the column for a message; `this` if there is no column.
    pub(crate) fn column_name(&self) -> &str {
        self.column.as_deref().unwrap_or("this")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query_macro::hole_types::HoleUse;

    #[test]
    fn a_text_is_split_at_placeholders_and_before_the_names_of_the_row() {
        let splice = |(start, end): &(usize, usize)| Splice {
            range: *start..*end,
            source: "x".to_owned(),
            format: SpliceFormat::Value,
            hole_type: HoleType { table: String::new(), column: None, kind: None, usage: HoleUse::Compare },
        };
        for (splices, names, expected) in [
            (&[][..], &[][..], "abcdefgh"),
            (&[][..], &[0], "<row>abcdefgh"),
            (&[][..], &[3, 6], "abc<row>def<row>gh"),
            (&[(2, 4)], &[], "ab<x>efgh"),
            (&[(0, 2), (6, 8)], &[], "<x>cdef<x>"),
            (&[(6, 8), (0, 2)], &[3], "<x>c<row>def<x>"),
            (&[(2, 4), (4, 6)], &[], "ab<x><x>gh"),
            // A name at the end of a placeholder belongs to what follows.
            (&[(2, 4)], &[4], "ab<x><row>efgh"),
            (&[(2, 4)], &[1, 4, 7], "a<row>b<x><row>efg<row>h"),
        ] {
            let shown = format!("{splices:?} {names:?}");
            let parts = split("abcdefgh", splices.iter().map(splice).collect(), names, str::to_owned);
            let text: String = parts
                .iter()
                .map(|part| match part {
                    TemplatePart::Text(text) => text.clone(),
                    TemplatePart::RowName => "<row>".to_owned(),
                    TemplatePart::Value(splice) => format!("<{}>", splice.source),
                })
                .collect();
            assert_eq!(text, expected, "{shown}");
        }
    }
}
