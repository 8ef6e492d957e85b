//! Checks the request of a query by name, and puts the values into it.
//!
//! The request is first written as a [`Template`]: text with a numbered placeholder for each value. The
//! template is checked and rewritten as the macros do it. The resolved query gives the column of each
//! placeholder, which types and escapes the value. At last the request with its values is checked, because an
//! option or a number may be wrong although its type is right.

use std::collections::HashMap;

use dvkit_client::Request;
use dvkit_diagnostic::code::CodeFamily;
use dvkit_diagnostic::{Diagnostic, Edit, Severity, Span, code};
use dvkit_query::placeholders::{PlaceholderType, PlaceholderUse, ValueKind, placeholder_types};
use dvkit_query::{CheckOptions, CheckReport, check_request, hir};
use odata_parser::{ParseOptions, RequestText, parse_request_recovering, request_line, url};

use super::error::{Findings, Result};
use super::organisation::Organisation;
use super::value::{self, Refusal, Value};
use crate::filter::Literal;
use crate::query_values::{Escape, ValueFormat, put, put_list};

/// The text of a request or of a part of it, with placeholders for values.
#[derive(Clone, Debug, Default)]
pub(super) struct Template {
    text: String,
    values: Vec<Value>,
    /// Whether the text has an option already.
    options: bool,
}

impl Template {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn value(&mut self, value: &Value) {
        self.text.push_str(&placeholder(self.values.len()));
        self.values.push(value.clone());
    }

    pub(super) fn has_options(&self) -> bool {
        self.options
    }

    /// Appends the option `name` of a request, whose value is what `write` appends.
    pub(super) fn option(&mut self, name: &str, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let before = self.text.len();
        write(self)?;
        let value = self.text.split_off(before);
        let sign = if self.options { '&' } else { '?' };
        self.options = true;
        self.text.push_str(&format!("{sign}{name}={}", url::escape_delimiters(&value)));
        Ok(())
    }

    /// Returns the text with each value in the notation of its own type.
    fn shown(&self) -> String {
        let mut shown = String::new();
        let mut at = 0;
        for (range, number) in tokens(&self.text) {
            shown.push_str(&self.text[at..range.start]);
            shown.push_str(&url::escape_delimiters(&self.values[number].shown()));
            at = range.end;
        }
        shown.push_str(&self.text[at..]);
        shown
    }
}

fn placeholder(number: usize) -> String {
    format!("{{dv{number}}}")
}

/// Returns the placeholders in a text: the range of each, and the number of its value.
fn tokens(text: &str) -> Vec<(std::ops::Range<usize>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{dv").map(|n| at + n) {
        let digits = &text[open + 3..];
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        at = open + 3 + length;
        if digits[length..].starts_with('}')
            && let Ok(number) = digits[..length].parse()
        {
            found.push((open..at + 1, number));
        }
    }
    found
}

/// A request that was checked: what is sent, and the advice that the check gives.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    target: String,
    text: String,
    warnings: Vec<Diagnostic>,
    /// The meaning of the request; `None` if the snapshot does not contain all that it names.
    pub(super) query: Option<hir::Query>,
}

impl CheckedRequest {
    /// Returns the GET request. It asks for all annotations, such as formatted values.
    #[must_use]
    pub fn request(&self) -> Request {
        crate::request::annotated(Request::get(&*self.target))
    }

    /// Returns the target of the request, percent-encoded.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the request in readable form, to which the spans of the warnings refer.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the warnings: advice about a request that the service accepts.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}

/// Returns whether a finding in the request `text` refuses it. A form that the service refuses does not count
/// if it has an exact rewrite, which is sent in its place; but a rewrite that removes an option counts.
fn blocks(finding: &Diagnostic, text: &str) -> bool {
    let option = |edit: &Edit| edit.replacement.is_empty() && edit.span.of(text).contains('$');
    let other_form = finding.fix().is_some_and(|fix| !fix.edits.iter().any(option));
    finding.is_error() && !(finding.code.family() == CodeFamily::Service && other_form)
}

/// Splits the report of a check into the text that is sent and the warnings.
///
/// # Errors
/// Returns the findings that refuse the text.
pub(super) fn accepted(text: &str, report: &CheckReport) -> Result<(String, Vec<Diagnostic>), Findings> {
    let blocking: Vec<Diagnostic> = report.diagnostics.iter().filter(|d| blocks(d, text)).cloned().collect();
    match &report.rewritten {
        Some(sent) if blocking.is_empty() => {
            let warnings = report.diagnostics.iter().filter(|d| d.severity == Severity::Warning);
            Ok((sent.clone(), warnings.cloned().collect()))
        }
        fixed => {
            let errors = if blocking.is_empty() {
                report.diagnostics.iter().filter(|d| d.is_error()).cloned().collect()
            } else {
                blocking
            };
            Err(Findings::new(text.to_owned(), errors, fixed.clone()))
        }
    }
}

/// Returns the options of the check. The program percent-encodes what it sends, so a `+` is not a space.
pub(super) fn options(organisation: &Organisation, placeholders: bool) -> CheckOptions {
    let mut options = CheckOptions { placeholders, ..organisation.options().clone() };
    options.severities.entry(code::PLUS_IS_SPACE).or_insert(None);
    options
}

/// Checks the template of a request, and returns the request with its values.
pub(super) fn request(organisation: &Organisation, template: &Template) -> Result<CheckedRequest> {
    let store = organisation.store();
    let report = check_request(store, None, &template.text, &options(organisation, true))?;
    let (sent, warnings) = match accepted(&template.text, &report) {
        Ok(accepted) => accepted,
        Err(findings) => return Err(with_values(organisation, template, findings)?.into()),
    };
    let query = report.query;
    if template.values.is_empty() {
        let target = assemble(&sent, &mut |_, text| Ok(url::encode(text).into_owned()))?.0;
        return Ok(CheckedRequest { target, text: sent, warnings, query });
    }
    let literals = Literals::of(organisation, template, query.as_ref())?;
    let mut refusals = Vec::new();
    let (target, text) = literals.fill(&sent, &mut refusals)?;
    if !refusals.is_empty() {
        return Err(Findings::new(text, refusals, None).into());
    }
    let report = check_request(store, None, &text, &options(organisation, false))?;
    let (sent, _) = accepted(&text, &report)?;
    // Values can make a form that the service refuses, whose rewrite is sent.
    let target = if report.diagnostics.iter().any(Diagnostic::is_error) {
        assemble(&sent, &mut |_, text| Ok(url::encode(text).into_owned()))?.0
    } else {
        target
    };
    let warnings = report.diagnostics.into_iter().filter(|d| d.severity == Severity::Warning).collect();
    Ok(CheckedRequest { target, text, warnings, query: report.query.or(query) })
}

/// Returns the findings about a template as findings about the text with its values, which the program can
/// recognise. The findings about the template are returned if the other text has none.
fn with_values(organisation: &Organisation, template: &Template, findings: Findings) -> Result<Findings> {
    if template.values.is_empty() {
        return Ok(findings);
    }
    let shown = template.shown();
    let report = check_request(organisation.store(), None, &shown, &options(organisation, false))?;
    // A value that is not converted yet can make findings of its own, which are not the reason.
    let about_names = |d: &Diagnostic| findings.diagnostics().iter().any(|known| known.code == d.code);
    let same: Vec<Diagnostic> = match accepted(&shown, &report) {
        Ok(_) => Vec::new(),
        Err(shown) => shown.diagnostics().iter().filter(|d| about_names(d)).cloned().collect(),
    };
    Ok(if same.is_empty() { findings } else { Findings::new(shown, same, None) })
}

/// Checks a request that the program has as a text, and returns it as it is sent.
pub(super) fn raw_request(organisation: &Organisation, text: &str) -> Result<Request> {
    let line = request_line(text);
    let target = line.as_ref().and_then(|line| text.get(line.target.clone())).unwrap_or(text);
    let method = line.as_ref().map_or("GET", |line| line.method);
    let options = options(organisation, false);
    let report = check_request(organisation.store(), None, target, &options)?;
    let (sent, _) = accepted(target, &report)?;
    let target = assemble(&sent, &mut |_, text| Ok(url::encode(text).into_owned()))?.0;
    let method = method.parse().map_err(|_| {
        let message = format!("`{method}` is not a method of HTTP");
        dvkit_client::Error::new(dvkit_client::ErrorKind::Configuration, message)
    })?;
    let request = Request::new(method, target);
    Ok(if *request.method() == "GET" { crate::request::annotated(request) } else { request })
}

/// A region of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    Path,
    Option,
}

/// Splits a request into its path and the values of its options, decoded, and puts the texts together that
/// `write` makes of them. Returns the request, and the ranges of the values of its options in it.
fn assemble(
    request: &str,
    write: &mut dyn FnMut(Region, &str) -> Result<String>,
) -> Result<(String, Vec<std::ops::Range<usize>>)> {
    let text = RequestText::new(request);
    let parse = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let parsed = parse_request_recovering(&text, &parse);
    let decoded = text.decoded();
    let options = &parsed.request.options;
    let path_end = options.first().map_or(decoded.len(), |o| o.span.range().start);
    let path = decoded[..path_end].trim_end_matches('?');
    // A question mark within the path belongs to the value of a key.
    let mut target = write(Region::Path, path)?.replace('?', "%3F");
    let mut ranges = Vec::new();
    for (at, option) in options.iter().enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(&format!("{}=", option.name));
        let start = target.len();
        target.push_str(&write(Region::Option, &decoded[option.value_span.range()])?);
        ranges.push(start..target.len());
    }
    Ok((target, ranges))
}

/// The readable form of a region of a request.
struct ReadablePart {
    region: Region,
    text: String,
    /// The values that their columns do not take, with their ranges in the text.
    refused: Vec<(std::ops::Range<usize>, Refusal)>,
}

/// The values of a template, with the type of the placeholder of each.
struct Literals<'a> {
    template: &'a Template,
    /// For each value: how the query uses it, whether it is a part of a text, and its literals (one, or those
    /// of a list), or why the column does not take it.
    typed: Vec<(PlaceholderUse, bool, Result<Vec<Literal>, Refusal>)>,
}

impl<'a> Literals<'a> {
    fn of(organisation: &Organisation, template: &'a Template, query: Option<&hir::Query>) -> Result<Self> {
        let store = organisation.store();
        let mut types: HashMap<usize, (PlaceholderType, bool)> = HashMap::new();
        if let Some(query) = query {
            for (text, placeholder_type) in placeholder_types(store, query)? {
                for (_, number) in tokens(&text) {
                    let part = text.trim_matches('\'') != placeholder(number);
                    types.insert(number, (placeholder_type.clone(), part));
                }
            }
        }
        let mut typed = Vec::with_capacity(template.values.len());
        for (number, value) in template.values.iter().enumerate() {
            let Some((ty, part)) = types.get(&number) else {
                let message = format!(
                    "{} is not compared with a column that the snapshot has, so its type is not known",
                    value.shown()
                );
                typed.push((PlaceholderUse::Compare, false, Err(Refusal::new(code::PLACEHOLDER, message))));
                continue;
            };
            let table = store.table(&ty.table)?;
            let column = table.and_then(|t| ty.column.as_deref().and_then(|name| t.column(name)));
            let items = match (ty.usage, ty.kind, value) {
                (PlaceholderUse::List, _, Value::List(items)) => items.as_slice(),
                _ => std::slice::from_ref(value),
            };
            let mut literals = Ok(Vec::with_capacity(items.len()));
            for item in items {
                let literal = match item {
                    Value::Null if ty.usage != PlaceholderUse::Compare || *part => {
                        let message = "`null` is not a value that can be searched for".to_owned();
                        Err(Refusal::new(code::TYPE_MISMATCH, message).help("compare the column: `eq null`"))
                    }
                    // A part of a text is text, whatever the column is.
                    item if *part => value::literal(store, column, Some(ValueKind::Text), item)?,
                    item => value::literal(store, column, ty.kind, item)?,
                };
                match (literal, &mut literals) {
                    (Ok(literal), Ok(all)) => all.push(literal),
                    (Err(refusal), Ok(_)) => literals = Err(refusal),
                    (_, Err(_)) => {}
                }
            }
            if literals.as_ref().is_ok_and(Vec::is_empty) {
                let message = "a list without values matches no row, and the service refuses it".to_owned();
                literals =
                    Err(Refusal::new(code::ARGUMENT, message)
                        .help("leave the query out if the list is empty"));
            }
            typed.push((ty.usage, *part, literals));
        }
        Ok(Self { template, typed })
    }

    /// Puts the values into the request `sent`. Returns the percent-encoded request and its readable form, and
    /// adds the values that their columns do not take to `refusals`, with spans in the readable form.
    fn fill(&self, sent: &str, refusals: &mut Vec<Diagnostic>) -> Result<(String, String)> {
        let mut readable: Vec<ReadablePart> = Vec::new();
        let (target, ranges) = assemble(sent, &mut |region, text| {
            let mut encoded = String::new();
            let mut plain = String::new();
            let mut refused = Vec::new();
            let mut at = 0;
            for (range, number) in tokens(text) {
                let Some((usage, part, literals)) = self.typed.get(number) else { continue };
                let range = if *part { range } else { around(text, range, *usage) };
                encoded.push_str(&url::encode(&text[at..range.start]));
                plain.push_str(&url::escape_delimiters(&text[at..range.start]));
                at = range.end;
                match literals {
                    Ok(literals) => {
                        write_literals(&mut encoded, literals, *usage, *part, Escape::Url);
                        let mut value = String::new();
                        write_literals(&mut value, literals, *usage, *part, Escape::None);
                        plain.push_str(&url::escape_delimiters(&value));
                    }
                    Err(refusal) => {
                        let start = plain.len();
                        plain.push_str(&url::escape_delimiters(&self.template.values[number].shown()));
                        refused.push((start..plain.len(), refusal.clone()));
                    }
                }
            }
            encoded.push_str(&url::encode(&text[at..]));
            plain.push_str(&url::escape_delimiters(&text[at..]));
            // The value of a key may contain what ends a path, so the path stays encoded.
            let text = if region == Region::Path && refused.is_empty() { encoded.clone() } else { plain };
            readable.push(ReadablePart { region, text, refused });
            Ok(encoded)
        })?;
        let mut text = String::new();
        let mut at = 0;
        for (index, part) in readable.into_iter().enumerate() {
            if part.region == Region::Option {
                // The name of the option, between the values of two options.
                let range = &ranges[index - 1];
                text.push_str(&target[at..range.start]);
                at = range.end;
            } else {
                at = ranges
                    .first()
                    .map_or(target.len(), |first| target[..first.start].rfind('?').unwrap_or(first.start));
            }
            let start = text.len();
            text.push_str(&part.text);
            for (range, refusal) in part.refused {
                refusals.push(refusal.finding(Span::new(start + range.start, start + range.end)));
            }
        }
        Ok((target, text))
    }
}

/// Extends the range of a placeholder by the quotes around it, and for a list by the brackets.
fn around(text: &str, range: std::ops::Range<usize>, usage: PlaceholderUse) -> std::ops::Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    for quote in ['\'', '"'] {
        if text[..start].ends_with(quote) && text[end..].starts_with(quote) {
            (start, end) = (start - 1, end + 1);
            break;
        }
    }
    if usage == PlaceholderUse::List {
        let (before, behind) = (text[..start].trim_end(), text[end..].trim_start());
        if before.ends_with('[') && behind.starts_with(']') {
            return before.len() - 1..text.len() - behind.len() + 1;
        }
    }
    start..end
}

fn write_literals(out: &mut String, literals: &[Literal], usage: PlaceholderUse, part: bool, escape: Escape) {
    if usage == PlaceholderUse::List {
        return put_list(out, literals.iter().cloned(), escape);
    }
    let format = match (usage, part) {
        (PlaceholderUse::Pattern, false) => ValueFormat::Pattern,
        (PlaceholderUse::Pattern, true) => ValueFormat::InnerPattern,
        (_, true) => ValueFormat::Inner,
        (PlaceholderUse::Argument, false) => ValueFormat::Argument,
        (_, false) => ValueFormat::Value,
    };
    for literal in literals {
        put(out, literal, format, escape);
    }
}
