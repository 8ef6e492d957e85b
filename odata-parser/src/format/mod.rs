//! Text for people and text for the wire: [`pretty`] and [`minify`].
//!
//! Both keep what was written: names, values, the order of options. Both are read back to the same tree; [`minify`]
//! leaves out what has no meaning. Neither looks at a schema.

mod doc;
mod encode;
mod minify;
mod pretty;
mod rewrite;

use crate::RequestText;
use crate::ast::{Expr, Placeholder, Request};
use crate::visit::Visit;
use encode::{Encoder, Form};

/// The request for people: one clause a line, and what is still too long broken at its commas, its `and` and its `or`.
///
/// Only what a URL takes for something else is escaped (`&`, `#`, `+`, and a `%` that looks like an escape).
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
    readable(request, Form::Typed, |encoder| pretty::request(request, encoder))
}

/// A filter alone for people; nothing is escaped.
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

/// The shortest URL that means the same, percent-encoded.
///
/// White space and parentheses without a meaning, `asc` and `$count=false` are gone, and the variables of lambdas have
/// one letter.
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
    readable(&small, Form::Url, |encoder| minify::print(&small, encoder))
}

/// The shortest filter that means the same.
///
/// It is not encoded: in a filter alone `'a%20b'` may be a text with a blank and one with a percent sign. Whoever puts
/// it into a URL encodes it ([`crate::url::encode`]).
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

/// Writes, reads what was written, and where it falls apart in other places writes it again with everything escaped that
/// has a part in that. It takes an apostrophe or a brace that stands alone (`tag=it's`, `'{'`) and another one in a later
/// option, which together look like one text or one placeholder.
fn readable(request: &Request<'_>, form: Form, write: impl Fn(&Encoder) -> String) -> String {
    let placeholders = has_holes(|v| v.visit_request(request));
    let text = write(&Encoder { form, placeholders, strict: false });
    if falls_apart_alike(&text, request) {
        text
    } else {
        write(&Encoder { form, placeholders, strict: true })
    }
}

fn falls_apart_alike(text: &str, request: &Request<'_>) -> bool {
    let read = RequestText::new(text);
    let parts = &read.parts;
    read.diagnostics.is_empty()
        && parts.options.len() == request.options.len()
        && parts.fragment.is_some() == request.fragment.is_some()
        && read.decoded()[parts.service.clone()] == *request.service.map_or("", |(service, _)| service)
        && read.decoded()[parts.path.clone()] == request.path.to_string()
}

/// Does a walk meet a placeholder?
fn has_holes(walk: impl FnOnce(&mut Holes)) -> bool {
    let mut placeholders = Holes(false);
    walk(&mut placeholders);
    placeholders.0
}

struct Holes(bool);

impl<'s> Visit<'s> for Holes {
    fn visit_hole(&mut self, _: &Placeholder<'s>) {
        self.0 = true;
    }
}

#[cfg(test)]
mod tests;
