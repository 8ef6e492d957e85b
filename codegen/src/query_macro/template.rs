//! A text with holes: what stands between them, and what is written into each.

use std::ops::Range;

use super::hole_types::{HoleType, ValueKind};

/// How a value is written where a hole was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the language writes a value of its type: `'O''Brien'`, `42`.
    Value,
    /// Within a text that goes on around it.
    Inner,
    /// As the text that a query function takes whatever the type: `'42'`.
    Argument,
    /// As a list of such texts: `['1','2']`.
    List,
    /// As a condition in parentheses.
    Condition,
}

/// A piece of the text that is replaced by a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) range: Range<usize>,
    /// The Rust expression.
    pub(crate) source: String,
    pub(crate) form: Form,
    pub(crate) hole_types: HoleType,
}

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// As it is.
    Text(String),
    /// Here a name of the row begins, which has the variable before it where the condition is put into a lambda.
    Row,
    /// A value.
    Hole(Cut),
}

/// The text cut at the holes and at the names of the row (`rows`, ascending); `write` spells what stands between them.
pub(crate) fn cut(
    text: &str,
    mut cuts: Vec<Cut>,
    rows: &[usize],
    write: impl Fn(&str) -> String,
) -> Vec<Piece> {
    cuts.sort_by_key(|c| c.range.start);
    let mut pieces = Vec::with_capacity(2 * cuts.len() + 1);
    let mut at = 0;
    let mut rows = rows.iter().copied().peekable();
    let mut texts = |pieces: &mut Vec<Piece>, range: Range<usize>| {
        let mut from = range.start;
        while let Some(row) = rows.next_if(|row| *row < range.end) {
            push(pieces, &text[from..row], &write);
            pieces.push(Piece::Row);
            from = row;
        }
        push(pieces, &text[from..range.end], &write);
    };
    for cut in cuts {
        texts(&mut pieces, at..cut.range.start);
        at = cut.range.end;
        pieces.push(Piece::Hole(cut));
    }
    texts(&mut pieces, at..text.len());
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, write: impl Fn(&str) -> String) {
    if !text.is_empty() {
        pieces.push(Piece::Text(write(text)));
    }
}

impl ValueKind {
    /// The words of a message: "`revenue` is …".
    pub(crate) fn words(self) -> &'static str {
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
    /// The column, as a message names it.
    pub(crate) fn column_name(&self) -> &str {
        self.column.as_deref().unwrap_or("this")
    }
}
