//! Parses whole requests: the resource path, the query options, and the values of `$select`, `$expand`,
//! `$orderby`, `$compute`, `$apply` and `$search`. Programs call [`parse_request`] or
//! [`parse_request_recovering`].
//!
//! Expressions in these parts are parsed as in filters. Every span refers to the whole text.

mod apply;
mod detect;
mod http;
mod items;
mod option_names;
mod options;
mod path;
mod print;
mod print_apply;
mod search;
mod separators;
mod text;
mod words;

use dvkit_diagnostic::{Diagnostic, Span, code, limit_findings};

use crate::ParseOptions;
use crate::ast::Request;
use crate::parser::Parser;
pub use detect::is_request;
pub use http::{RequestLine, batch_lines, request_line};
pub use text::RequestText;
pub use words::{ForeignOption, foreign_option};

/// The result of parsing a request: its syntax tree and its mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedRequest<'s> {
    /// The tree of the text, in which mistakes with a clear intention are corrected. The spans in it refer to
    /// [`RequestText::decoded`].
    pub request: Request<'s>,
    /// The mistakes in the text. The spans of diagnostics and edits refer to [`RequestText::original_text`].
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedRequest<'_> {
    /// Returns whether the text has no errors, so that [`parse_request`] accepts it too. It may have
    /// warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a request (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`), and refuses a text with any error.
///
/// # Errors
/// Returns the first error in the text. Its spans refer to [`RequestText::original_text`].
///
/// ```
/// use odata_parser::{RequestText, parse_request};
/// let text = RequestText::new("accounts?$select=name&$expand=Account_Tasks($top=3)");
/// let request = parse_request(&text, &Default::default())?;
/// assert_eq!(request.path.to_string(), "accounts");
/// assert_eq!(request.to_string(), "accounts?$select=name&$expand=Account_Tasks($top=3)");
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
pub fn parse_request<'s>(
    text: &'s RequestText<'_>,
    options: &ParseOptions,
) -> Result<Request<'s>, Diagnostic> {
    let ParsedRequest { request, diagnostics } = parse(text, options, false);
    match diagnostics.into_iter().find(Diagnostic::is_error) {
        Some(first) => Err(first),
        None => Ok(request),
    }
}

/// Parses a request, reports every mistake with a correction if the intention is clear, and always returns a
/// tree of the corrected text.
///
/// ```
/// use odata_parser::{RequestText, parse_request_recovering};
/// let text = RequestText::new("accounts?$select=name,&$top=x");
/// let parsed = parse_request_recovering(&text, &Default::default());
/// assert_eq!(parsed.diagnostics.len(), 2);
/// // An option whose value cannot be parsed, such as `$top=x`, is not in the tree.
/// assert_eq!(parsed.request.to_string(), "accounts?$select=name");
/// ```
#[must_use]
pub fn parse_request_recovering<'s>(text: &'s RequestText<'_>, options: &ParseOptions) -> ParsedRequest<'s> {
    parse(text, options, true)
}

fn parse<'s>(text: &'s RequestText<'_>, options: &ParseOptions, recovering: bool) -> ParsedRequest<'s> {
    let source = text.decoded();
    let longest = options.limits.request_length;
    if text.original_text().len() > longest {
        let message = format!("the text has {} bytes, the limit is {longest}", text.original_text().len());
        let span = Span::new(0, text.original_text().len());
        let diagnostics = vec![Diagnostic::error(code::TOO_LONG, span, message)];
        return ParsedRequest { request: Request::default(), diagnostics };
    }
    let mut parser = Parser::new(source, options, recovering);
    let request = parser.request(source, &text.parts);
    let mut diagnostics = text.diagnostics.clone();
    diagnostics.extend(parser.into_diagnostics().into_iter().map(|d| text.diagnostic_to_original(d)));
    if recovering {
        diagnostics = limit_findings(diagnostics, text.original_text().len(), options.limits.findings);
    }
    ParsedRequest { request, diagnostics }
}

#[cfg(test)]
mod tests;
