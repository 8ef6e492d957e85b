//! What was found, told by the compiler: errors that stop it, and warnings.

use std::ops::Range;

use dvkit_diagnostic::Diagnostic;
use dvkit_diagnostic::printable::block;
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

/// The literal as a place to point at.
pub(crate) struct Source<'l> {
    literal: &'l LitStr,
    value: &'l str,
}

impl<'l> Source<'l> {
    pub(crate) fn new(literal: &'l LitStr, value: &'l str) -> Self {
        Self { literal, value }
    }

    /// The piece of the literal that `range` of its value is, where the compiler can point at a piece; else all of it.
    fn at(&self, range: Range<usize>) -> Span {
        let token = self.literal.token();
        let written = token.to_string();
        // Without escapes the value stands in the literal as it is.
        let piece = written.find(self.value).filter(|_| !self.value.is_empty()).and_then(|start| {
            let end = (range.end.max(range.start + 1)).min(self.value.len());
            token.subspan(start + range.start..start + end)
        });
        piece.unwrap_or_else(|| self.literal.span())
    }
}

/// An error for each finding, all at once.
pub(crate) fn errors(source: &Source<'_>, findings: &[&Diagnostic], fixed: Option<&str>) -> TokenStream {
    let mut tokens = TokenStream::new();
    for (i, finding) in findings.iter().enumerate() {
        let mut message = text(finding, source.value);
        // One finding shows its own fix.
        if let Some(fixed) = fixed.filter(|_| i + 1 == findings.len() && findings.len() > 1) {
            message.push_str(&format!("\nfixed: {}", block(fixed)));
        }
        tokens.extend(error(source.at(finding.span.range()), &message));
    }
    tokens
}

/// One error.
pub(crate) fn error(span: Span, message: &str) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error!{ #message })
}

/// A warning for each finding.
///
/// Stable Rust lets no macro warn; a use of something deprecated does, and the note of the deprecation is the message.
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

/// `DV0301: message`, the text with carets, and what to write.
pub(crate) fn text(finding: &Diagnostic, source: &str) -> String {
    let shown = finding.display(source).to_string();
    let head = format!("{}[{}]: ", finding.severity.as_str(), finding.code);
    match shown.strip_prefix(&head) {
        Some(rest) => format!("{}: {rest}", finding.code),
        None => shown,
    }
}
