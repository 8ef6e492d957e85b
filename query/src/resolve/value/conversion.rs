//! Defines the result of converting a literal to a value of a column, with the problem that a conversion may
//! find. The module `value` and several rewrites return it.

use std::borrow::Cow;

use dvkit_diagnostic::{Code, Severity, Suggestion, code};
use dvkit_schema::Column;
use odata_parser::ast::LiteralKind;

use crate::hir::Value;
use crate::resolve::path::type_words;

/// The result of converting a literal: the value that the literal means, and the problem with the literal.
/// Either can be missing.
pub(crate) struct Conversion {
    pub(crate) value: Option<Value>,
    pub(crate) problem: Option<Problem>,
}

impl Conversion {
    pub(crate) fn right(value: Value) -> Self {
        Self { value: Some(value), problem: None }
    }

    pub(crate) fn meant(value: Value, problem: Problem) -> Self {
        Self { value: Some(value), problem: Some(problem) }
    }

    pub(crate) fn wrong(problem: Problem) -> Self {
        Self { value: None, problem: Some(problem) }
    }
}

/// A problem with a literal, from which the caller makes a diagnostic.
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) help: String,
    /// Whether the literal has the right value and only its spelling is wrong. This is no problem in an
    /// argument of a query function.
    pub(crate) spelling: bool,
    pub(crate) fixes: Vec<Suggestion>,
}

impl Problem {
    pub(crate) fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            help: String::new(),
            spelling: false,
            fixes: Vec::new(),
        }
    }

    pub(super) fn spelling(mut self) -> Self {
        self.spelling = true;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// Returns a message that the literal `text` does not fit the type of the column, such as
/// `` `revenue` is money, and `'1000'` is a text ``.
pub(super) fn mismatch_message(column: &Column, kind: LiteralKind, text: &str) -> String {
    let (column, ty) = (column.property_name(), type_words(&column.ty));
    format!("`{column}` is {}, and `{}` is {}", with_article(ty), shown(kind, text), kind_words(kind))
}

/// Returns the name of a type with an article, if it needs one: `a text`, `a whole number`, `money`.
pub(super) fn with_article(ty: &str) -> Cow<'_, str> {
    match ty {
        "money" | "yes/no" | "binary" | "unknown" | "computed" | "date and time" => Cow::Borrowed(ty),
        _ if ty.starts_with(['a', 'e', 'i', 'o', 'u']) => Cow::Owned(format!("an {ty}")),
        _ => Cow::Owned(format!("a {ty}")),
    }
}

pub(super) fn mismatch(column: &Column, kind: LiteralKind, text: &str) -> Conversion {
    Conversion::wrong(Problem::new(
        code::TYPE_MISMATCH,
        Severity::Error,
        mismatch_message(column, kind, text),
    ))
}

pub(super) fn shown(kind: LiteralKind, text: &str) -> Cow<'_, str> {
    if kind == LiteralKind::String { Cow::Owned(format!("'{text}'")) } else { Cow::Borrowed(text) }
}

pub(crate) fn kind_words(kind: LiteralKind) -> &'static str {
    match kind {
        LiteralKind::Null => "null",
        LiteralKind::Boolean => "true or false",
        LiteralKind::Integer => "a whole number",
        LiteralKind::Decimal | LiteralKind::Double => "a number",
        LiteralKind::String => "a text",
        LiteralKind::Guid => "a guid",
        LiteralKind::Date => "a date",
        LiteralKind::DateTimeOffset => "a date and time",
        LiteralKind::TimeOfDay => "a time",
        LiteralKind::Duration => "a duration",
        LiteralKind::Binary => "binary data",
        LiteralKind::Enum => "an enumeration member",
        LiteralKind::Geo => "geography",
    }
}
