//! Converts diagnostics about the query of a macro into errors and warnings of the Rust compiler.

use std::ops::Range;

use dvkit_diagnostic::Diagnostic;
use dvkit_diagnostic::printable::block;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

/// The string literal with the query, from which the source spans of parts of the query are taken.
pub(crate) struct Source<'l> {
    literal: &'l LitStr,
    value: &'l str,
}

impl<'l> Source<'l> {
    pub(crate) fn new(literal: &'l LitStr, value: &'l str) -> Self {
        Self { literal, value }
    }

    /// Returns the source span for a byte range of the query. If the compiler cannot point at a part of the
    /// literal, this is the span of the whole literal.
    fn at(&self, range: Range<usize>) -> Span {
        let token = self.literal.token();
        let written = token.to_string();
        // In a literal without escapes, the value stands as it is behind the first quote.
        let start = written.find('"').map(|quote| quote + 1);
        let is_value = |start: &usize| {
            !self.value.is_empty() && written.get(*start..).is_some_and(|rest| rest.starts_with(self.value))
        };
        let piece = start.filter(is_value).and_then(|start| {
            let end = (range.end.max(range.start + 1)).min(self.value.len());
            token.subspan(start + range.start..start + end)
        });
        piece.unwrap_or_else(|| self.literal.span())
    }
}

/// Returns items that report each finding as an error. If there are several findings, the last error also
/// shows `fixed`, the query with all fixes; `None` if not every error has a fix.
pub(crate) fn errors(source: &Source<'_>, findings: &[&Diagnostic], fixed: Option<&str>) -> TokenStream {
    let mut tokens = TokenStream::new();
    for (i, finding) in findings.iter().enumerate() {
        let mut message = text(finding, source.value);
        // A single finding shows its own fix.
        if let Some(fixed) = fixed.filter(|_| i + 1 == findings.len() && findings.len() > 1) {
            message.push_str(&format!("\nfixed: {}", block(fixed)));
        }
        tokens.extend(error(source.at(finding.span.range()), &message));
    }
    tokens
}

/// Returns the item that reports the error `message` at `span`.
pub(crate) fn error(span: Span, message: &str) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error!{ #message })
}

/// Returns expressions that report each finding as a warning.
///
/// In stable Rust, a macro cannot report a warning. Therefore each expression uses a deprecated constant; the
/// compiler warns about it and shows the message.
pub(crate) fn warnings(source: &Source<'_>, findings: &[&Diagnostic]) -> TokenStream {
    let mut tokens = TokenStream::new();
    for finding in findings {
        let message = text(finding, source.value);
        let span = source.at(finding.span.range());
        tokens.extend(quote_spanned! {span=>
            {
                #[deprecated(note = #message)]
                #[allow(non_upper_case_globals)]
                const query: () = ();
                query
            };
        });
    }
    tokens
}

/// Returns the message of a finding for the compiler: `DV0301: message`, then the query `source` with carets,
/// then the advice.
pub(crate) fn text(finding: &Diagnostic, source: &str) -> String {
    let shown = finding.display(source).to_string();
    let head = format!("{}[{}]: ", finding.severity.as_str(), finding.code);
    match shown.strip_prefix(&head) {
        Some(rest) => format!("{}: {rest}", finding.code),
        None => shown,
    }
}
