//! Whole requests: the text, the resource path, the query options, and what stands within `$select`, `$expand`,
//! `$orderby`, `$compute`, `$apply` and `$search`.
//!
//! The grammar of expressions serves all of them: a value is parsed as a suffix of the text up to its end, so that
//! every span is into the whole.

mod apply;
mod detect;
mod http;
mod items;
mod options;
mod path;
mod print;
mod print_apply;
mod search;
mod text;
mod words;

use dvkit_diagnostic::{Diagnostic, Span, code, limit_findings};

use crate::ParseOptions;
use crate::ast::Request;
use crate::grammar::Grammar;
pub use detect::is_request;
pub use http::{RequestLine, batch_lines, request_line};
pub use text::RequestText;
pub use words::{ForeignOption, foreign_option};

/// A request and everything that is wrong with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedRequest<'s> {
    /// What was written, or what was meant. Spans are into [`RequestText::decoded`].
    pub request: Request<'s>,
    /// The mistakes; spans and edits are for [`RequestText::original_text`].
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedRequest<'_> {
    /// True where the text is an OData request: [`parse_request`] accepts it. There may still be warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a request (ABNF `odataUri`, `odataRelativeUri`, `queryOptions`), strictly.
///
/// # Errors
/// The first mistake; its spans are into the given text.
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

/// Parses a request, reports every mistake, and always gives a tree.
///
/// ```
/// use odata_parser::{RequestText, parse_request_recovering};
/// let text = RequestText::new("accounts?$select=name,&$top=x");
/// let parsed = parse_request_recovering(&text, &Default::default());
/// assert_eq!(parsed.diagnostics.len(), 2);
/// // An option whose value is none is not in the tree.
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
    let mut grammar = Grammar::new(source, options, recovering);
    let request = grammar.request(source, &text.parts);
    let mut diagnostics = text.diagnostics.clone();
    diagnostics.extend(grammar.into_diagnostics().into_iter().map(|d| text.diagnostic_to_original(d)));
    if recovering {
        diagnostics = limit_findings(diagnostics, text.original_text().len(), options.limits.findings);
    }
    ParsedRequest { request, diagnostics }
}

#[cfg(test)]
mod tests;
