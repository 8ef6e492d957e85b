//! Adds the parts for values: literals, and the numbers of options beside a choice column.

use dvkit_diagnostic::Span;
use dvkit_schema::{Column, ColumnType, Table};
use odata_parser::ast::{Literal, LiteralKind};

use super::builder::Builder;
use super::part::Meaning;
use crate::editor::class::TokenClass;

/// The column that a value is compared with, with its table.
pub(super) type Compared<'a> = Option<(&'a Table, &'a Column)>;

impl<'a> Builder<'a> {
    /// Adds a literal of OData at `span` that is compared with the column `of`.
    pub(super) fn literal(&mut self, literal: &Literal<'_>, span: Span, of: Compared<'a>) {
        match literal.kind {
            LiteralKind::Null => self.push(span, TokenClass::Keyword, Meaning::None),
            LiteralKind::Boolean => {
                let value = i32::from(literal.text.eq_ignore_ascii_case("true"));
                let meaning = match of {
                    Some((table, column)) if matches!(column.ty, ColumnType::Boolean { .. }) => {
                        Meaning::Option(table, column, value)
                    }
                    _ => Meaning::None,
                };
                self.push(span, TokenClass::Keyword, meaning);
            }
            LiteralKind::Integer => {
                let meaning = option(literal.text, of);
                self.push(span, TokenClass::Number, meaning);
            }
            LiteralKind::String => self.quoted(literal.text, span, of),
            LiteralKind::Binary | LiteralKind::Duration | LiteralKind::Enum | LiteralKind::Geo => {
                self.push(span, TokenClass::String, Meaning::None);
            }
            LiteralKind::Decimal
            | LiteralKind::Double
            | LiteralKind::Guid
            | LiteralKind::Date
            | LiteralKind::DateTimeOffset
            | LiteralKind::TimeOfDay => self.push(span, TokenClass::Number, Meaning::None),
        }
    }

    /// Adds a string in quotes. If it contains the number of an option of the column `of`, the number is a part
    /// of its own.
    pub(super) fn quoted(&mut self, text: &str, span: Span, of: Compared<'a>) {
        let inner = Span::new(span.range().start + 1, span.range().end.saturating_sub(1));
        let content = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        match option(content, of) {
            Meaning::None => self.push(span, TokenClass::String, Meaning::None),
            meaning => self.push(inner, TokenClass::Number, meaning),
        }
    }

    /// Adds a value of FetchXML at `span` that is compared with the column `of`.
    pub(super) fn fetch_value(&mut self, text: &str, span: Span, of: Compared<'a>) {
        let number = text.trim();
        // The text may have references, and then its positions are not those of the value.
        if number.is_empty() || span.len() != text.len() {
            self.push(span, TokenClass::String, Meaning::None);
            return;
        }
        let start = span.range().start + (text.len() - text.trim_start().len());
        let span = Span::new(start, start + number.len());
        let is_number = number.parse::<f64>().is_ok() && number.ends_with(|c: char| c.is_ascii_digit());
        let class = if is_number { TokenClass::Number } else { TokenClass::String };
        self.push(span, class, option(number, of));
    }
}

/// Returns the option of the column `of` with the number `text`; no meaning if the column has no options or the
/// text is not a number.
fn option<'a>(text: &str, of: Compared<'a>) -> Meaning<'a> {
    match (of, text.parse()) {
        (Some((table, column)), Ok(value)) if column.ty.choice().is_some() => {
            Meaning::Option(table, column, value)
        }
        _ => Meaning::None,
    }
}
