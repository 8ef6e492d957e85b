//! Parses OData filters and requests into syntax trees, and prints the trees.
//!
//! The crate implements the whole standard grammar of OData 4.01. It does not use a schema. [`parse_filter`]
//! is strict and stops at the first mistake. [`parse_filter_recovering`] continues: it reports every mistake,
//! with a correction if the intention is clear, and always returns a tree of the corrected text. Whole
//! requests have the same two functions, [`parse_request`] and [`parse_request_recovering`]. Trees are
//! printed with [`Display`].
//!
//! ```
//! let filter = odata_parser::parse_filter("statecode eq 0 and contains(name,'Ann')")?;
//! assert_eq!(filter.to_string(), "statecode eq 0 and contains(name,'Ann')");
//!
//! let parsed = odata_parser::parse_filter_recovering("name == \"Ann\"", &Default::default());
//! assert_eq!(parsed.expr.to_string(), "name eq 'Ann'");
//! assert_eq!(parsed.diagnostics[0].message, "`==` is spelt `eq` in OData");
//! # Ok::<(), dvkit_diagnostic::Diagnostic>(())
//! ```
//!
//! # Input safety
//!
//! A text longer than [`ParseLimits::length`] and one nested deeper than [`ParseLimits::depth`] are refused,
//! so that neither parsing a text nor visiting its tree overflows the stack.
//!
//! [`Display`]: std::fmt::Display
#![forbid(unsafe_code)]

pub mod ast;
mod call;
mod expr;
mod foreign;
mod foreign_date;
pub mod format;
mod function;
mod input;
mod lexical;
mod literal;
mod parser;
mod path;
mod phrases;
mod placeholder;
mod print;
mod request;
mod text;
pub mod url;
pub mod visit;

use ast::{Expr, ExprKind};
use dvkit_diagnostic::{DEFAULT_MAX_FINDINGS, limit_findings, limits};
pub use dvkit_diagnostic::{Diagnostic, Span};
pub use foreign_date::{ForeignDate, foreign_date};
pub use placeholder::{has_placeholder, placeholders};
pub use request::{
    ForeignOption, ParsedRequest, RequestLine, RequestText, batch_lines, foreign_option, is_request,
    parse_request, parse_request_recovering, request_line,
};

/// The limits of a text. The parser refuses a text that exceeds one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// The maximum length of a filter in bytes. The default is 32 KiB, the longest URL that Dataverse
    /// accepts.
    pub length: usize,
    /// The maximum depth of nested parentheses, functions, lambdas and prefix operators.
    ///
    /// The default is 100, far more than a service accepts. The effective limit is lower if many operators
    /// precede each parenthesis. A chain of operators (`a or b or …`) also deepens the tree. It may have ten
    /// times as many operators as this limit, which is 1000 by default, twice the number of conditions that
    /// Dataverse accepts.
    pub depth: usize,
    /// The maximum length of a whole request in bytes. The default is 64 KiB, the longest URL that Dataverse
    /// accepts within `$batch`.
    pub request_length: usize,
    /// The maximum number of mistakes that a recovering parse reports. The default is 100. If there are more,
    /// a last note says how many were dropped ([`limit_findings`]).
    pub findings: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self {
            length: limits::MAX_URL_LENGTH as usize,
            depth: 100,
            request_length: limits::MAX_URL_LENGTH_IN_BATCH as usize,
            findings: DEFAULT_MAX_FINDINGS,
        }
    }
}

/// The options for parsing an OData text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// The limits of the text. The parser refuses a text that exceeds one of them.
    pub limits: ParseLimits,
    /// Whether placeholders of templates (`{id}`, `{0}`, `${id}`, `@{…}`) are accepted in place of names and
    /// values; otherwise they are reported as errors.
    pub placeholders: bool,
}

/// The result of parsing an expression: its syntax tree and its mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedExpr<'s> {
    /// The tree of the text, in which mistakes with a clear intention are corrected. A part whose intention
    /// is not clear is an [`ExprKind::Error`].
    pub expr: Expr<'s>,
    /// The mistakes in the text, in the order in which the parser found them.
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedExpr<'_> {
    /// Returns whether the text has no errors, so that [`parse_filter_with`] accepts it too. It may have
    /// warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a filter (ABNF `boolCommonExpr`), and refuses a text with any error.
///
/// Whether the expression is a condition depends on types, and so on a schema: `statecode` alone parses.
///
/// # Errors
/// Returns the first error in the text.
///
/// ```
/// let e = odata_parser::parse_filter("fullname eq").unwrap_err();
/// assert_eq!(e.message, "expected a value, a column or `(`, but the text ends");
/// ```
pub fn parse_filter(text: &str) -> Result<Expr<'_>, Diagnostic> {
    parse_filter_with(text, &ParseOptions::default())
}

/// Parses a filter with the given options, and refuses a text with any error.
///
/// # Errors
/// Returns the first error in the text.
pub fn parse_filter_with<'s>(text: &'s str, options: &ParseOptions) -> Result<Expr<'s>, Diagnostic> {
    let (expr, diagnostics) = parser::Parser::new(text, options, false).run(options.limits.length);
    match expr {
        Some(expr) => Ok(expr),
        None => Err(diagnostics.into_iter().next().expect("a parse without a tree has reported why")),
    }
}

/// Parses a filter, reports every mistake with a correction if the intention is clear, and always returns a
/// tree of the corrected text.
///
/// ```
/// let parsed = odata_parser::parse_filter_recovering("a = 1 and b is null and (c eq", &Default::default());
/// assert_eq!(parsed.expr.to_string(), "a eq 1 and b eq null and (c eq <error>)");
/// assert_eq!(parsed.diagnostics.len(), 3);
/// ```
#[must_use]
pub fn parse_filter_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedExpr<'s> {
    let (expr, diagnostics) = parser::Parser::new(text, options, true).run(options.limits.length);
    let whole = Span::new(0, text.len());
    let diagnostics = limit_findings(diagnostics, text.len(), options.limits.findings);
    ParsedExpr { expr: expr.unwrap_or(Expr { span: whole, kind: ExprKind::Error }), diagnostics }
}

/// Parses any expression (ABNF `commonExpr`), and refuses a text with any error.
///
/// The grammar does not distinguish conditions from other expressions (their types do), so this function
/// accepts the same texts as [`parse_filter`]. The two names let the caller state the intention.
///
/// # Errors
/// Returns the first error in the text.
///
/// ```
/// assert!(odata_parser::parse_expression("revenue mul 1.2").is_ok());
/// ```
pub fn parse_expression(text: &str) -> Result<Expr<'_>, Diagnostic> {
    parse_filter(text)
}

/// Parses any expression with the given options, and refuses a text with any error.
///
/// # Errors
/// Returns the first error in the text.
pub fn parse_expression_with<'s>(text: &'s str, options: &ParseOptions) -> Result<Expr<'s>, Diagnostic> {
    parse_filter_with(text, options)
}

/// Parses any expression, reports every mistake with a correction if the intention is clear, and always
/// returns a tree of the corrected text.
#[must_use]
pub fn parse_expression_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedExpr<'s> {
    parse_filter_recovering(text, options)
}
