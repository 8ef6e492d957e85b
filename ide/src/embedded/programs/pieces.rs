//! Puts a text together out of stretches of a file and of text that is not in it, for languages that are read as
//! another one: the C# and the HTML of a Razor page, and the C# that says the same as a program in Visual Basic.

use std::ops::Range;
use std::sync::Arc;

use crate::embedded::{Escaping, HostText, HostTextBuilder};

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A stretch of the file as it is.
    Source(Range<usize>),
    /// A text that is not in the file.
    Synthetic(String),
    /// An expression of the host, whose value is not known.
    Expression(Range<usize>),
}

/// The pieces of a text, in its order.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a stretch of the file.
    pub(super) fn source(&mut self, range: Range<usize>) {
        match self.0.last_mut() {
            _ if range.is_empty() => {}
            Some(Piece::Source(last)) if last.end == range.start => last.end = range.end,
            _ => self.0.push(Piece::Source(range)),
        }
    }

    /// Adds a text that is not in the file.
    pub(super) fn synthetic(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Synthetic(last)) => last.push_str(text),
            _ => self.0.push(Piece::Synthetic(text.to_owned())),
        }
    }

    /// Adds an expression as a placeholder.
    pub(super) fn expression(&mut self, range: Range<usize>) {
        self.0.push(Piece::Expression(range));
    }

    /// Adds all pieces of `other`.
    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the text. `escaping` is that of the stretches of the file.
    pub(super) fn text(&self, source: &str, escaping: &Arc<dyn Escaping>) -> HostText {
        let mut builder = HostTextBuilder::default();
        for piece in &self.0 {
            match piece {
                Piece::Source(range) => {
                    builder.begin(range.start, escaping.clone());
                    builder.plain(range.clone(), source.get(range.clone()).unwrap_or_default());
                    builder.end();
                }
                Piece::Synthetic(text) => builder.synthetic(text),
                Piece::Expression(range) => {
                    builder.placeholder(range.clone(), source.get(range.clone()).unwrap_or_default());
                }
            }
        }
        builder.finish()
    }
}
