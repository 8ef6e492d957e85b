//! FetchXML: text ⇄ syntax tree.
//!
//! Knows the whole language, every element, attribute and operator, and no schema. [`parse`] is strict and gives the first
//! mistake. [`parse_recovering`] reports every mistake, of XML as well as of FetchXML, each with what to write instead
//! where that is clear, and always gives a tree of what was meant. Trees are printed with [`Display`] and [`print()`].
//!
//! ```
//! let text = "<fetch top='3'><entity name='contact'><attribute name='fullname'/></entity></fetch>";
//! let fetch = fetchxml::parse(text, &Default::default())?;
//! assert_eq!(fetch.to_string(), text.replace('\'', "\""));
//!
//! let text = "<fetch><entity name='account'><filter><condition attribute='name' operator='equals' value='A & B'/></filter></entity></fetch>";
//! let parsed = fetchxml::parse_recovering(text, &Default::default());
//! assert_eq!(parsed.diagnostics[0].message, "`operator` cannot be `equals`; it is written `eq`");
//! assert_eq!(parsed.diagnostics[1].message, "an `&` has to be escaped");
//! assert!(parsed.fetch.to_string().contains(r#"operator="eq" value="A &amp; B""#));
//! # Ok::<(), dvkit_diagnostic::Diagnostic>(())
//! ```
//!
//! Queries travel within URLs, HTML and other XML: [`FetchText`] undoes that, and leads every span back.
//!
//! # Input safety
//!
//! Document types are refused, and with them every entity that a text declares. A text longer than [`ParseLimits::length`],
//! nested deeper than [`ParseLimits::depth`] or with more than [`ParseLimits::elements`] is refused, so that neither parsing nor
//! anything that walks the tree overflows the stack. Parsing stops after a hundred mistakes.
//!
//! [`Display`]: std::fmt::Display
#![forbid(unsafe_code)]

pub mod ast;
pub mod operator;
mod parse;
mod print;
mod report;
mod rules;
mod text;
pub mod visit;
mod words;
mod work;
mod xml;

use ast::Fetch;
pub use dvkit_diagnostic::{Diagnostic, Span};
pub use print::{PrintStyle, Quotes, print};
pub use text::{FetchText, is_fetchxml};

/// How much is read before a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// The most bytes; 1 MiB, far more than any request can carry.
    pub length: usize,
    /// The deepest nesting of elements; 64.
    pub depth: usize,
    /// The most elements; 20,000. A tag has no more than 100 attributes.
    pub elements: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { length: 1 << 20, depth: 64, elements: 20_000 }
    }
}

/// How to parse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// How much is read.
    pub limits: ParseLimits,
    /// May a placeholder of a template (`{0}`, `${conditions}`) stand where elements do? As the value of an attribute it
    /// may in any case: it is a text like others.
    pub placeholders: bool,
}

/// A tree and everything that is wrong with the text it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedFetch<'s> {
    /// What was written, or what was meant; empty where there is no `fetch`.
    pub fetch: Fetch<'s>,
    /// The mistakes, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedFetch<'_> {
    /// True where the text is FetchXML: [`parse`] accepts it. There may still be warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a query, strictly.
///
/// # Errors
/// The first mistake.
///
/// ```
/// let e = fetchxml::parse("<fetch><entity name='a'></fetch>", &Default::default()).unwrap_err();
/// assert_eq!(e.message, "`entity` is never closed");
/// ```
pub fn parse<'s>(text: &'s str, options: &ParseOptions) -> Result<Fetch<'s>, Diagnostic> {
    let (fetch, diagnostics) = parse::parse(text, options);
    match diagnostics.into_iter().find(Diagnostic::is_error) {
        Some(first) => Err(first),
        None => Ok(fetch),
    }
}

/// Parses a query, reports every mistake, and always gives a tree.
///
/// ```
/// let parsed = fetchxml::parse_recovering("<fetch top=3><entity name='a'>", &Default::default());
/// assert_eq!(parsed.diagnostics.len(), 3);
/// assert_eq!(parsed.fetch.to_string(), r#"<fetch top="3"><entity name="a"/></fetch>"#);
/// ```
#[must_use]
pub fn parse_recovering<'s>(text: &'s str, options: &ParseOptions) -> ParsedFetch<'s> {
    let (fetch, diagnostics) = parse::parse(text, options);
    ParsedFetch { fetch, diagnostics }
}

/// [`parse_recovering`] for a text that was encoded: spans of the tree are into [`FetchText::decoded`], those of the
/// diagnostics and their edits into [`FetchText::original_text`].
///
/// ```
/// let text = fetchxml::FetchText::new("accounts?fetchXml=%3Cfetch%3E%3Centity%20name='account'/%3E%3C/fetch%3E");
/// let parsed = fetchxml::parse_text(&text, &Default::default());
/// assert_eq!(parsed.fetch.to_string(), r#"<fetch><entity name="account"/></fetch>"#);
/// ```
#[must_use]
pub fn parse_text<'s>(text: &'s FetchText<'_>, options: &ParseOptions) -> ParsedFetch<'s> {
    let (fetch, diagnostics) = parse::parse(text.decoded(), options);
    ParsedFetch {
        fetch,
        diagnostics: diagnostics.into_iter().map(|d| text.diagnostic_to_original(d)).collect(),
    }
}

#[cfg(test)]
mod tests;
