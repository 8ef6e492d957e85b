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

/// The limits beyond which a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// The most bytes of a filter. The default is 32 KiB, the longest URL that Dataverse accepts.
    pub length: usize,
    /// The deepest nesting of parentheses, functions, lambdas and prefix operators.
    ///
    /// The default is 100, far more than a service accepts. The effective limit is lower if many operators
    /// precede each parenthesis. A chain of operators (`a or b or …`) deepens the tree, too. It may have ten
    /// times as many operators as this limit: 1000 by default, which is twice the number of conditions that
    /// Dataverse accepts.
    pub depth: usize,
    /// The most bytes of a whole request. The default is 64 KiB, the longest URL that Dataverse accepts within
    /// `$batch`.
    pub request_length: usize,
    /// The most mistakes that a recovering parse reports. The default is 100. If there are more, a note at
    /// the end counts the omitted ones ([`limit_findings`]).
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

/// The options for parsing a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// The limits beyond which a text is refused.
    pub limits: ParseLimits,
    /// Whether placeholders of templates (`{id}`, `{0}`, `${id}`, `@{…}`) are accepted in the position of
    /// names and values. If not, they are reported as mistakes.
    pub placeholders: bool,
}

/// The syntax tree of an expression, and the mistakes in its text.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedExpr<'s> {
    /// The tree of the text, in which mistakes with a clear intention are corrected. Parts without one are
    /// [`ExprKind::Error`].
    pub expr: Expr<'s>,
    /// The mistakes, in the order in which the parser found them.
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedExpr<'_> {
    /// Returns whether there are no errors, so that [`parse_filter_with`] accepts the text. There may be
    /// warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a filter (ABNF `boolCommonExpr`) strictly.
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

/// Parses a filter strictly, with the given options.
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

/// Parses a filter, reports every mistake, and always returns a tree.
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

/// Parses any expression (ABNF `commonExpr`) strictly.
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

/// Parses any expression strictly, with the given options.
///
/// # Errors
/// Returns the first error in the text.
pub fn parse_expression_with<'s>(text: &'s str, options: &ParseOptions) -> Result<Expr<'s>, Diagnostic> {
    parse_filter_with(text, options)
}

/// Parses any expression, reports every mistake, and always returns a tree.
#[must_use]
pub fn parse_expression_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedExpr<'s> {
    parse_filter_recovering(text, options)
}
