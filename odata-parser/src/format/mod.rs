//! Formats requests and filters: [`pretty`] for people, and [`minify`] for URLs. The crate `ide` calls it for
//! the command `fmt`; it needs no schema.
//!
//! Both keep names, values and the order of options. The output of [`pretty`] parses to the same tree;
//! [`minify`] also removes redundant parts.

mod doc;
mod encode;
mod minify;
mod pretty;
mod visit_mut;

use crate::RequestText;
use crate::ast::{Expr, Placeholder, Request};
use crate::visit::Visit;
use encode::{Encoder, Form};

/// Formats a request for people, with one option on each line. An option that is too long for a line is
/// broken at its commas, its `and` and its `or`.
///
/// Only characters that would be misread in a URL are percent-encoded (`&`, `#`, `+`, and a `%` that looks
/// like an escape).
///
/// ```
/// use odata_parser::{RequestText, format, parse_request};
/// let text = RequestText::new("accounts?$select=name,revenue&$filter=name%20eq%20'R%26D'&$top=3");
/// let request = parse_request(&text, &Default::default())?;
/// assert_eq!(
///     format::pretty(&request),
///     "accounts\n  ?$select=name,revenue\n  &$filter=name eq 'R%26D'\n  &$top=3"
/// );
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
#[must_use]
pub fn pretty(request: &Request<'_>) -> String {
    write_reparsable(request, Form::Typed, |encoder| pretty::request(request, encoder))
}

/// Formats a filter for people, without percent-encoding.
///
/// ```
/// let filter = odata_parser::parse_filter("statecode  eq 0 and( a or b )")?;
/// assert_eq!(odata_parser::format::pretty_filter(&filter), "statecode eq 0 and (a or b)");
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
#[must_use]
pub fn pretty_filter(expr: &Expr<'_>) -> String {
    pretty::filter(expr)
}

/// Returns the shortest URL with the same meaning, percent-encoded.
///
/// Redundant white space and parentheses, `asc` and `$count=false` are removed, and the variables of lambdas
/// are shortened to one letter.
///
/// ```
/// use odata_parser::{RequestText, format, parse_request};
/// let text = RequestText::new("accounts?$orderby=name asc, revenue desc & $filter=(a eq 1) and ((b eq 2))");
/// let request = parse_request(&text, &Default::default())?;
/// assert_eq!(
///     format::minify(&request),
///     "accounts?$orderby=name,revenue%20desc&$filter=a%20eq%201%20and%20b%20eq%202"
/// );
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
#[must_use]
pub fn minify(request: &Request<'_>) -> String {
    let small = minify::request(request);
    write_reparsable(&small, Form::Url, |encoder| minify::print(&small, encoder))
}

/// Returns the shortest filter with the same meaning.
///
/// The result is not encoded, because `'a%20b'` in a filter may mean a string with a space or a string with a
/// percent sign. Use [`crate::url::encode`] to put it into a URL.
///
/// ```
/// let filter = odata_parser::parse_filter("(a eq 1) or ((b eq 2) or contacts/any(contact: contact/c))")?;
/// assert_eq!(odata_parser::format::minify_filter(&filter), "a eq 1 or b eq 2 or contacts/any(a:a/c)");
/// # Ok::<(), dvkit_diagnostic::Diagnostic>(())
/// ```
#[must_use]
pub fn minify_filter(expr: &Expr<'_>) -> String {
    minify::filter(expr).to_string()
}

/// Prints a request with `write`, so that the printed text parses to the same tree. `form` decides which
/// characters are escaped.
///
/// A lone apostrophe or brace in one option (`tag=it's`, `'{'`) and another one in a later option could be
/// parsed as one text or one placeholder. If the text does not split into the options of the request, `write`
/// is called again with an encoder that escapes all such characters.
fn write_reparsable(request: &Request<'_>, form: Form, write: impl Fn(&Encoder) -> String) -> String {
    let placeholders = has_placeholders(|v| v.visit_request(request));
    let text = write(&Encoder { form, placeholders, strict: false });
    if splits_identically(&text, request) {
        text
    } else {
        write(&Encoder { form, placeholders, strict: true })
    }
}

fn splits_identically(text: &str, request: &Request<'_>) -> bool {
    let read = RequestText::new(text);
    let parts = &read.parts;
    read.diagnostics.is_empty()
        && parts.options.len() == request.options.len()
        && parts.fragment.is_some() == request.fragment.is_some()
        && read.decoded()[parts.service.clone()] == *request.service.map_or("", |(service, _)| service)
        && read.decoded()[parts.path.clone()] == request.path.to_string()
}

/// Returns whether a tree contains a placeholder. `walk` must visit the tree with the given visitor.
fn has_placeholders(walk: impl FnOnce(&mut PlaceholderFinder)) -> bool {
    let mut placeholders = PlaceholderFinder(false);
    walk(&mut placeholders);
    placeholders.0
}

struct PlaceholderFinder(bool);

impl<'s> Visit<'s> for PlaceholderFinder {
    fn visit_placeholder(&mut self, _: &Placeholder<'s>) {
        self.0 = true;
    }
}

#[cfg(test)]
mod tests;
