//! Parses FetchXML into syntax trees, and prints the trees.
//!
//! The crate implements the whole language: all elements, attributes and operators. It does not use a schema.
//! [`parse`] is strict and returns the first mistake. [`parse_recovering`] reports every mistake, of XML as
//! well as of FetchXML, with a correction if the intention is clear, and always returns a tree of the
//! corrected text. Trees are printed with [`Display`] and [`print()`].
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
//! A query may also be encoded within a URL, HTML or other XML. [`FetchText`] decodes it, and maps spans back
//! to the original text.
//!
//! # Input safety
//!
//! Document types are refused, and with them every entity that a text declares. A text longer than
//! [`ParseLimits::length`], nested deeper than [`ParseLimits::depth`] or with more than
//! [`ParseLimits::elements`] is refused, so that neither parsing a text nor visiting its tree overflows the
//! stack. Parsing stops after a hundred errors.
//!
//! [`Display`]: std::fmt::Display
#![forbid(unsafe_code)]

pub mod ast;
mod misspellings;
pub mod operator;
mod parse;
mod print;
mod report;
mod rules;
mod step_counter;
mod text;
pub mod visit;
mod xml;

use ast::Fetch;
pub use dvkit_diagnostic::{Diagnostic, Span};
pub use print::{PrintStyle, Quotes, print};
pub use text::{FetchText, escape_attribute, is_fetchxml};

/// The limits of a text. The parser refuses a text that exceeds one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// The maximum length of a text in bytes. The default is 1 MiB, far more than any request can contain.
    pub length: usize,
    /// The maximum depth of nested elements. The default is 64.
    pub depth: usize,
    /// The maximum number of elements. The default is 20,000. (The number of attributes of one element is
    /// always limited to 100.)
    pub elements: usize,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { length: 1 << 20, depth: 64, elements: 20_000 }
    }
}

/// The options for parsing a FetchXML text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// The limits of the text. The parser refuses a text that exceeds one of them.
    pub limits: ParseLimits,
    /// Whether a placeholder of a template (`{0}`, `${conditions}`) is accepted in the position of an
    /// element; otherwise such a placeholder is an error. As the value of an attribute a placeholder is
    /// always accepted, because the value may be any text.
    pub placeholders: bool,
}

/// The result of parsing a FetchXML text: its syntax tree and its mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedFetch<'s> {
    /// The tree of the text, in which mistakes with a clear intention are corrected. If the text has no
    /// `<fetch>`, the tree has no children.
    pub fetch: Fetch<'s>,
    /// The mistakes, in the order of the text. If there are more than a hundred, a last diagnostic says that
    /// some were left out.
    pub diagnostics: Vec<Diagnostic>,
}

impl ParsedFetch<'_> {
    /// Returns whether the text has no errors, so that [`parse`] accepts it too. It may have warnings.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Parses a FetchXML query, and refuses a text with any error.
///
/// # Errors
/// Returns the first error in the text.
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

/// Returns whether FetchXML allows the element `name` as a child of the element `parent`.
///
/// ```
/// assert!(fetchxml::may_contain("filter", "condition") && !fetchxml::may_contain("entity", "condition"));
/// ```
#[must_use]
pub fn may_contain(parent: &str, name: &str) -> bool {
    rules::may_stand_in(name, parent)
}

/// Returns whether [`parse`] accepts the text. Stops at the first error, which is faster than parsing a text
/// that is not valid.
///
/// ```
/// assert!(fetchxml::is_valid("<fetch><entity name='a'/></fetch>", &Default::default()));
/// assert!(!fetchxml::is_valid("<fetch><entity name='a'></fetch>", &Default::default()));
/// ```
#[must_use]
pub fn is_valid(text: &str, options: &ParseOptions) -> bool {
    parse::is_valid(text, options)
}

/// Parses a FetchXML query, reports every mistake with a correction if the intention is clear, and always
/// returns a tree of the corrected text.
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

/// Parses a query like [`parse_recovering`], from a text that may be encoded. The spans in the tree refer to
/// [`FetchText::decoded`]. The spans of the diagnostics and of their edits refer to
/// [`FetchText::original_text`].
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
