//! OData expressions: text ⇄ syntax tree.
//!
//! Knows the whole standard expression grammar of OData 4.01 and no schema. [`parse_filter`] is strict and stops at
//! the first mistake. [`parse_filter_recovering`] goes on: it reports every mistake, each with what to write
//! instead where that is clear, and always gives a tree of what was meant. Trees are printed with [`Display`].
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
//! A text longer than [`ParseLimits::length`] and one nested deeper than [`ParseLimits::depth`] are refused, so that neither
//! parsing nor anything that walks the tree overflows the stack.
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
mod grammar;
mod hole;
mod input;
mod lexical;
mod literal;
mod path;
mod phrases;
mod print;
mod request;
mod text;
pub mod url;
pub mod visit;

use ast::{Expr, ExprKind};
use dvkit_diagnostic::{DEFAULT_MAX_FINDINGS, limit_findings, limits};
pub use dvkit_diagnostic::{Diagnostic, Span};
pub use foreign_date::{ForeignDate, foreign_date};
pub use hole::placeholders;
pub use request::{
    ForeignOption, ParsedRequest, RequestLine, RequestText, batch_lines, foreign_option, is_request,
    parse_request, parse_request_recovering, request_line,
};

/// How much is read before a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// The most bytes; 32 KiB, the longest URL that Dataverse accepts.
    pub length: usize,
    /// The deepest nesting of parentheses, functions, lambdas and prefix operators; 100, far more than a service
    /// takes, and less where many operators stand in front of each parenthesis. Ten times as many operators may stand in a row (`a or b or …`), because they nest too: 1000, twice
    /// the conditions that Dataverse takes.
    pub depth: usize,
    /// The most bytes of a whole request; 64 KiB, the longest URL that Dataverse accepts, within `$batch`.
    pub request_length: usize,
    /// The most findings of a recovering parse; 100, and what is left out is counted ([`limit_findings`]).
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

/// How to parse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// How much is read.
    pub limits: ParseLimits,
    /// Are placeholders of templates (`{id}`, `{0}`, `${id}`, `@{…}`) part of the language? Advice they are
    /// mistakes.
    pub placeholders: bool,
}

/// A tree and everything that is wrong with the text it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedExpr<'s> {
    /// What was written, or what was meant; [`ExprKind::Error`] where neither is clear.
    pub expr: Expr<'s>,
    /// The mistakes, in the order in which they were met.
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedExpr<'_> {
    /// True where the text is OData: [`parse_filter_with`] accepts it. There may still be warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a filter (ABNF `boolCommonExpr`), strictly.
///
/// Whether the expression is a condition is a question of types, which needs a schema: `statecode` alone parses.
///
/// # Errors
/// The first mistake.
///
/// ```
/// let e = odata_parser::parse_filter("fullname eq").unwrap_err();
/// assert_eq!(e.message, "expected a value, a column or `(`, but the text ends");
/// ```
pub fn parse_filter(text: &str) -> Result<Expr<'_>, Diagnostic> {
    parse_filter_with(text, &ParseOptions::default())
}

/// [`parse_filter`] with other limits, or with placeholders.
///
/// # Errors
/// The first mistake.
pub fn parse_filter_with<'s>(text: &'s str, options: &ParseOptions) -> Result<Expr<'s>, Diagnostic> {
    let (expr, diagnostics) = grammar::Grammar::new(text, options, false).run(options.limits.length);
    match expr {
        Some(expr) => Ok(expr),
        None => Err(diagnostics.into_iter().next().expect("a parse without a tree has reported why")),
    }
}

/// Parses a filter, reports every mistake, and always gives a tree.
///
/// ```
/// let parsed = odata_parser::parse_filter_recovering("a = 1 and b is null and (c eq", &Default::default());
/// assert_eq!(parsed.expr.to_string(), "a eq 1 and b eq null and (c eq <error>)");
/// assert_eq!(parsed.diagnostics.len(), 3);
/// ```
#[must_use]
pub fn parse_filter_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedExpr<'s> {
    let (expr, diagnostics) = grammar::Grammar::new(text, options, true).run(options.limits.length);
    let whole = Span::new(0, text.len());
    let diagnostics = limit_findings(diagnostics, text.len(), options.limits.findings);
    ParsedExpr { expr: expr.unwrap_or(Expr { span: whole, kind: ExprKind::Error }), diagnostics }
}

/// Parses any expression (ABNF `commonExpr`), strictly.
///
/// The grammar does not distinguish conditions from other expressions (their types do), so it accepts what
/// [`parse_filter`] accepts; the name says what is wanted.
///
/// # Errors
/// The first mistake.
///
/// ```
/// assert!(odata_parser::parse_expression("revenue mul 1.2").is_ok());
/// ```
pub fn parse_expression(text: &str) -> Result<Expr<'_>, Diagnostic> {
    parse_filter(text)
}

/// [`parse_expression`] with other limits, or with placeholders.
///
/// # Errors
/// The first mistake.
pub fn parse_expression_with<'s>(text: &'s str, options: &ParseOptions) -> Result<Expr<'s>, Diagnostic> {
    parse_filter_with(text, options)
}

/// [`parse_filter_recovering`] for any expression.
#[must_use]
pub fn parse_expression_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedExpr<'s> {
    parse_filter_recovering(text, options)
}
