//! Writes texts with placeholders into a template: finds the value of each placeholder, and the names that
//! need a variable if the text is within a lambda expression.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use odata_parser::ast::{Expr, ExprKind, Lambda, SegmentKind};
use odata_parser::visit::{Visit, walk_expr, walk_lambda};
use odata_parser::{ParseOptions, parse_filter_recovering, placeholders};

use super::check::Template;
use super::error::{Error, Result};
use super::value::Value;

/// Appends the filter `text` to a template. Its names get the prefix `variable/` if there is a variable.
///
/// # Errors
/// Returns an error if a placeholder has no value, or a value has no placeholder.
pub(super) fn write(
    text: &str,
    values: &[(String, Value)],
    variable: Option<String>,
    out: &mut Template,
) -> Result<()> {
    let names = match &variable {
        Some(_) => row_names(text).starts,
        None => Vec::new(),
    };
    let prefix = variable.map_or_else(String::new, |name| format!("{name}/"));
    let mut names = names.into_iter().peekable();
    let mut push = |range: std::ops::Range<usize>, out: &mut Template| {
        let mut from = range.start;
        while let Some(name) = names.next_if(|at| *at < range.end) {
            out.push(&text[from..name]);
            out.push(&prefix);
            from = name;
        }
        out.push(&text[from..range.end]);
    };
    let mut used = vec![false; values.len()];
    let mut at = 0;
    for range in placeholders(text) {
        let value = given(text, &range, values)?;
        used[value] = true;
        push(at..range.start, out);
        at = range.end;
        out.value(&values[value].1);
    }
    push(at..text.len(), out);
    match used.iter().position(|used| !used) {
        Some(unused) => {
            let name = &values[unused].0;
            let message = format!("a value for `{name}` is given, and no placeholder `{{{name}}}` takes it");
            Err(Error::finding(text, Diagnostic::error(code::PLACEHOLDER, Span::new(0, text.len()), message)))
        }
        None => Ok(()),
    }
}

/// Returns the index of the value for the placeholder at `range`.
fn given(text: &str, range: &std::ops::Range<usize>, values: &[(String, Value)]) -> Result<usize> {
    let written = &text[range.clone()];
    let span = Span::new(range.start, range.end);
    let Some(name) = written.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        let message = format!("`{written}` is a placeholder of another language");
        let finding = Diagnostic::error(code::PLACEHOLDER, span, message).help("a placeholder is `{name}`");
        return Err(Error::finding(text, finding));
    };
    let name = name.trim();
    if let Some(at) = values.iter().position(|(known, _)| known == name) {
        return Ok(at);
    }
    let message = format!("the placeholder `{written}` has no value");
    let mut finding = Diagnostic::error(code::PLACEHOLDER, span, message);
    if let Some(close) = suggest::closest(name, values.iter().map(|(known, _)| known.as_str())) {
        finding = finding.suggest(Suggestion::maybe("did you mean", span, format!("{{{close}}}")));
    }
    Err(Error::finding(text, finding))
}

/// Returns a bit set of the lambda variables of one letter in a filter text (bit 0 is `a`).
pub(super) fn variables(text: &str) -> u32 {
    row_names(text).variables
}

/// Collects the positions at which names of the filtered row begin, and the variables of lambda expressions.
#[derive(Default)]
struct RowNames<'s> {
    starts: Vec<usize>,
    variables: u32,
    /// The variables of the lambda expressions around the visited expression.
    scopes: Vec<&'s str>,
}

fn row_names(text: &str) -> RowNames<'_> {
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let parsed = parse_filter_recovering(text, &options);
    let mut names = RowNames::default();
    names.visit_expr(&parsed.expr);
    RowNames { scopes: Vec::new(), starts: names.starts, variables: names.variables }
}

impl<'s> Visit<'s> for RowNames<'s> {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        match &expr.kind {
            ExprKind::Path(path) => {
                let first = path.segments.first().map(|s| &s.kind);
                if !matches!(first, Some(SegmentKind::Name(name)) if self.scopes.contains(name)) {
                    self.starts.push(expr.span.range().start);
                }
            }
            // A query function of Dataverse names a column of the row.
            ExprKind::Call(call) if call.name.contains('.') => self.starts.push(expr.span.range().start),
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        if let [letter @ b'a'..=b'z'] = lambda.variable.as_bytes() {
            self.variables |= 1 << (letter - b'a');
        }
        self.scopes.push(lambda.variable);
        walk_lambda(self, lambda);
        self.scopes.pop();
    }
}
