//! The text of a query, split at its placeholders into text and values.

use std::ops::Range;

use super::hole_types::{HoleType, ValueKind};

/// The format in which a value is written into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpliceFormat {
    /// The literal of the value's type in the language of the query: `'O''Brien'`, `42`.
    Value,
    /// A part of a text literal, because there is other text beside the placeholder: `'{name} Ltd'`.
    Inner,
    /// A text literal, whatever the value's type is, because a query function expects it: `'42'`.
    Argument,
    /// A list of text literals: `['1','2']`.
    List,
    /// A condition in parentheses.
    Condition,
}

/// A range of the query text that is replaced by the value of a Rust expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    /// The source code of the expression.
    pub(crate) source: String,
    pub(crate) format: SpliceFormat,
    pub(crate) hole_type: HoleType,
}

/// A part of a query text, after the text was split at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    /// Text that is sent as it is.
    Text(String),
    /// The position at which a name of the filtered row begins. If the filter is put into a lambda
    /// expression, the variable and a `/` are written there.
    RowName,
    /// A value that replaces a placeholder.
    Value(Splice),
}

/// Splits a text at its placeholders, which `splices` replace, and at the names of the filtered row.
///
/// `row_names` are the offsets in bytes at which these names begin, ascending. `write` converts the text
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
    /// Returns what a message calls a value of this kind: "`revenue` is money".
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
    /// Returns the name of the column for a message; `this` if there is no column.
    pub(crate) fn column_name(&self) -> &str {
        self.column.as_deref().unwrap_or("this")
    }
}
