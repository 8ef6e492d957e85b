//! Checks the query in a macro call, determines the text that is sent, and splits this text at its
//! placeholders.
//!
//! The compiler reports an error in the query and shows the fix. There is one exception: Dataverse refuses
//! some standard OData that has another form with exactly the same meaning (DV04xx: `in`, `tolower`,
//! `length`). Then the other form is sent and no error is reported. The fixes of warnings are applied to the
//! text that is sent, too.

use std::collections::HashMap;

use dvkit_diagnostic::code::CodeFamily;
use dvkit_diagnostic::{Diagnostic, Edit, Severity, Span, code};
use dvkit_query::hir::{Query, ResultShape, RowSource};
use dvkit_query::{CheckOptions, CheckReport, QueryText};
use dvkit_schema::{Store, StoreError};
use odata_parser::ast::{Expr, ExprKind, Lambda, SegmentKind};
use odata_parser::visit::{Visit, walk_expr, walk_lambda};
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use super::fetch;
use super::hole_types::{HoleType, hole_types};
use super::holes::{Hole, Holes, hole_splices, holes_in};
use super::template::{Splice, TemplatePart, split};

/// The result of checking the query of a macro.
#[derive(Debug, Default)]
pub(crate) struct CheckedQuery {
    /// The text that is sent, split at the placeholders into its parts, in order; empty if the query has
    /// errors.
    pub(crate) parts: Vec<TemplatePart>,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// The query with all fixes applied; `None` if the query has no errors, or if one of the errors has no
    /// automatic fix.
    pub(crate) fixed: Option<String>,
    /// The names of the lambda variables in the query; empty unless the query is a filter.
    pub(crate) variables: Vec<String>,
    /// The logical name of the table whose rows the query returns; `None` if the table is not known.
    pub(crate) table: Option<String>,
    /// What the response to the query contains.
    pub(crate) result: ResultKind,
}

/// What the response to a request contains. Each is a type of `dvkit` that the result of `odata!` has as a
/// parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResultKind {
    ManyRows,
    OneRow,
    Groups,
    NumberOfRows,
    /// References, the value of a column, or a result that is not known.
    #[default]
    Other,
}

impl ResultKind {
    /// Returns what the response to `query` contains.
    ///
    /// # Errors
    /// Returns an error if a table of the snapshot cannot be read.
    fn of(store: &Store, query: &Query) -> Result<Self, StoreError> {
        Ok(match query.result {
            _ if query.opaque.is_some() => Self::Other,
            ResultShape::Count => Self::NumberOfRows,
            ResultShape::References | ResultShape::Column(..) => Self::Other,
            ResultShape::Rows if query.grouping.is_some() => Self::Groups,
            ResultShape::Rows if leads_to_one_row(store, &query.source)? => Self::OneRow,
            ResultShape::Rows => Self::ManyRows,
        })
    }
}

/// Returns whether a path leads to one row: it ends with a key, or with a navigation property that leads to one row.
fn leads_to_one_row(store: &Store, source: &RowSource) -> Result<bool, StoreError> {
    let Some((last, before)) = source.steps.split_last() else { return Ok(source.key.is_some()) };
    let from = match before.last() {
        Some(step) => Some(step.table.as_str()),
        None => store
            .tables()
            .find(|table| table.entity_set.as_deref() == Some(&source.entity_set))
            .map(|table| table.logical_name.as_str()),
    };
    let table = match from {
        Some(name) => store.table(name)?,
        None => None,
    };
    let relationship = table.and_then(|table| table.navigation(&last.navigation));
    Ok(last.key.is_some() || relationship.is_some_and(dvkit_schema::Relationship::is_single))
}

/// Checks `query`, and splits the text that is sent at its placeholders. Mistakes in the query are part of
/// the `Ok` value.
///
/// # Errors
/// Returns an error if the snapshot cannot be read.
pub(crate) fn check(store: &Store, query: QueryText<'_>) -> Result<CheckedQuery, StoreError> {
    let text = query.text();
    let checked = run(store, query)?;
    let kind = match &checked.query {
        Some(meaning) => ResultKind::of(store, meaning)?,
        None => ResultKind::Other,
    };
    let mut result = CheckedQuery { table: checked.table.clone(), result: kind, ..CheckedQuery::default() };
    let (errors, rest): (Vec<_>, Vec<_>) = checked.diagnostics.iter().cloned().partition(|d| blocks(d, text));
    result.warnings = rest.into_iter().filter(|d| d.severity == Severity::Warning).collect();
    let sent = match &checked.rewritten {
        Some(sent) if errors.is_empty() => sent.as_str(),
        fixed => {
            result.fixed = fixed.clone();
            result.errors = if errors.is_empty() { only_errors(checked.diagnostics) } else { errors };
            return Ok(result);
        }
    };
    let query = query.with_text(sent);
    let parts = match query {
        QueryText::Filter { .. } => split_filter(store, query, &checked)?.map(|(parts, variables)| {
            result.variables = variables;
            parts
        }),
        QueryText::Request { table, .. } => split_request(store, query, &checked, table)?,
        QueryText::FetchXml(_) => split_fetchxml(store, sent)?,
    };
    match parts {
        Ok(parts) => result.parts = parts,
        Err(wrong) => result.errors = wrong.into_iter().map(|d| map_to_written(text, sent, d)).collect(),
    }
    Ok(result)
}

fn run(store: &Store, query: QueryText<'_>) -> Result<CheckReport, StoreError> {
    let mut options = CheckOptions { placeholders: true, ..CheckOptions::default() };
    // The macro percent-encodes the text, so that a `+` does not stand for a space.
    options.severities.insert(code::PLUS_IS_SPACE, None);
    dvkit_query::check(store, query, &options)
}

/// Returns whether a finding in the query `text` becomes an error of the compiler.
///
/// An error about a form that the service refuses does not become one if the form has an exact rewrite,
/// because then the rewritten form is sent. But it does if the rewrite removes an option, because this
/// changes the meaning of the query.
fn blocks(finding: &Diagnostic, text: &str) -> bool {
    let option = |edit: &Edit| edit.replacement.is_empty() && edit.span.of(text).contains('$');
    let other_form = finding.fix().is_some_and(|fix| !fix.edits.iter().any(option));
    finding.is_error() && !(finding.code.family() == CodeFamily::Service && other_form)
}

fn only_errors(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.into_iter().filter(Diagnostic::is_error).collect()
}

/// Converts a finding about the text `sent` into a finding about the text `written` in the source: its span
/// is moved to the same characters in `written`. If `written` does not contain them, the span is the whole
/// text.
fn map_to_written(written: &str, sent: &str, finding: Diagnostic) -> Diagnostic {
    if written == sent {
        return finding;
    }
    let piece = finding.span.of(sent).trim_matches('\'');
    let span = match written.find(piece) {
        Some(start) if !piece.is_empty() => Span::new(start, start + piece.len()),
        _ => Span::new(0, written.len()),
    };
    Diagnostic { span, labels: Vec::new(), ..finding }
}

type Split = Result<Vec<TemplatePart>, Vec<Diagnostic>>;

fn parse_options() -> ParseOptions {
    ParseOptions { placeholders: true, ..ParseOptions::default() }
}

/// A filter split at its placeholders, and the names of its lambda variables; or the errors about its
/// placeholders.
type SplitFilter = Result<(Vec<TemplatePart>, Vec<String>), Vec<Diagnostic>>;

fn split_filter(
    store: &Store,
    query: QueryText<'_>,
    checked: &CheckReport,
) -> Result<SplitFilter, StoreError> {
    let sent = query.text();
    let decoded = url::is_encoded(sent).then(|| url::decode(sent).text);
    let sent = decoded.as_deref().unwrap_or(sent);
    let parsed = parse_filter_recovering(sent, &parse_options());
    let mut holes = Holes::default();
    holes.visit_expr(&parsed.expr);
    let splices = match splices(store, query.with_text(sent), checked, holes)? {
        Ok(splices) => splices,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let mut names = RowNames::default();
    names.visit_expr(&parsed.expr);
    let parts = split(sent, splices, &names.starts, ToOwned::to_owned);
    Ok(Ok((parts, names.variables)))
}

/// Returns the ranges of an OData text that the values of its placeholders (`holes`) replace. The inner `Err`
/// has the errors about the placeholders. The outer `Err` means that the snapshot cannot be read.
fn splices(
    store: &Store,
    query: QueryText<'_>,
    checked: &CheckReport,
    holes: Holes,
) -> Result<Result<Vec<Splice>, Vec<Diagnostic>>, StoreError> {
    let text = query.text();
    let Holes { holes, misplaced: mut wrong, .. } = holes;
    let types = types_of(store, query, checked, &holes)?;
    let mut all = Vec::new();
    for (hole, hole_type) in holes.iter().zip(types) {
        let result = match hole_type {
            Some(hole_type) => hole_splices(text, hole, &hole_type),
            None => Err(untyped_hole(text, hole)),
        };
        match result {
            Ok(splices) => all.extend(splices),
            Err(finding) => wrong.push(finding),
        }
    }
    Ok(if wrong.is_empty() { Ok(all) } else { Err(wrong) })
}

fn untyped_hole(text: &str, hole: &Hole) -> Diagnostic {
    let written = hole.span.of(text);
    let message = format!("`{written}` is not compared with a column, so its type is not known");
    Diagnostic::error(code::PLACEHOLDER, hole.span, message)
        .help("a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`")
}

/// Returns the type of each placeholder, in the order of `holes`; `None` for a placeholder that is not
/// compared with a column. `checked` is the result of checking the query. Returns an error if the snapshot
/// cannot be read.
fn types_of(
    store: &Store,
    query: QueryText<'_>,
    checked: &CheckReport,
    holes: &[Hole],
) -> Result<Vec<Option<HoleType>>, StoreError> {
    let text = query.text();
    let (Some(meaning), false) = (&checked.query, holes.is_empty()) else {
        return Ok(vec![None; holes.len()]);
    };
    let query_holes = hole_types(store, meaning)?;
    let mut by_text: HashMap<&str, Option<&HoleType>> = HashMap::new();
    let mut unambiguous = true;
    for (text, hole_type) in &query_holes {
        let known = by_text.entry(text).or_insert(Some(hole_type));
        unambiguous &= *known == Some(hole_type);
    }
    if unambiguous {
        return Ok(holes.iter().map(|hole| find(&by_text, hole.span.of(text))).collect());
    }
    // The same placeholder is compared with columns of several types. The HIR has no spans, so the query is checked again
    // with a different name for each occurrence.
    let mut numbered = String::with_capacity(text.len());
    let mut at = 0;
    for (n, hole) in holes.iter().enumerate() {
        let range = hole.span.range();
        numbered.push_str(&text[at..range.start]);
        numbered.push_str(&number(n, hole.quoted));
        at = range.end;
    }
    numbered.push_str(&text[at..]);
    let again = run(store, query.with_text(&numbered))?;
    let Some(meaning) = &again.query else { return Ok(vec![None; holes.len()]) };
    let query_holes = hole_types(store, meaning)?;
    let by_text: HashMap<&str, Option<&HoleType>> =
        query_holes.iter().map(|(t, m)| (t.as_str(), Some(m))).collect();
    Ok(holes.iter().enumerate().map(|(n, p)| find(&by_text, &number(n, p.quoted))).collect())
}

fn number(n: usize, quoted: bool) -> String {
    if quoted { format!("'{{dv{n}}}'") } else { format!("{{dv{n}}}") }
}

/// Returns the type of the placeholder with the text `written`; `None` if `by_text` does not have it.
///
/// `by_text` comes from the HIR (the resolved form of the query). If the checker rewrote a list, its items
/// have quotes in the query text but not in the HIR. Therefore the text is also looked up without quotes.
fn find(by_text: &HashMap<&str, Option<&HoleType>>, written: &str) -> Option<HoleType> {
    let bare = written.trim_matches('\'');
    let found = by_text.get(written).or_else(|| by_text.get(bare));
    found.copied().flatten().cloned()
}

fn split_request(
    store: &Store,
    query: QueryText<'_>,
    checked: &CheckReport,
    table: Option<&str>,
) -> Result<Split, StoreError> {
    let sent = query.text();
    let text = RequestText::new(sent);
    let parsed = parse_request_recovering(&text, &parse_options());
    let mut holes = Holes::default();
    holes.visit_request(&parsed.request);
    let decoded = text.decoded();
    let splices = match splices(store, query.with_text(decoded), checked, holes)? {
        Ok(splices) => splices,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let options = &parsed.request.options;
    let path_end = options.first().map_or(decoded.len(), |o| o.span.range().start);
    let path = decoded[..path_end].trim_end_matches('?');
    let mut parts = Vec::new();
    if path.is_empty() {
        let entry = table.and_then(|t| store.entry(t)).and_then(|e| e.entity_set.as_deref());
        match entry {
            Some(set) => parts.push(TemplatePart::Text(set.to_owned())),
            None => {
                let message = "these are options without a path, and nothing says which table they are about";
                let d = Diagnostic::error(code::UNKNOWN_TABLE, Span::new(0, sent.len()), message).help(
                    "write the path, `contacts?…`, or the type of the rows: `odata!(crm::Contact, \"…\")`",
                );
                return Ok(Err(vec![d]));
            }
        }
    }
    let region = |range: std::ops::Range<usize>, write: &dyn Fn(&str) -> String| {
        let within = splices.iter().filter(|s| range.start <= s.range.start && s.range.end <= range.end);
        let shifted = within.cloned().map(|mut s| {
            s.range = s.range.start - range.start..s.range.end - range.start;
            s
        });
        split(&decoded[range.clone()], shifted.collect(), &[], write)
    };
    // A question mark within the path belongs to the value of a key.
    parts.extend(region(0..path.len(), &|text| url::encode(text).replace('?', "%3F")));
    for (i, option) in options.iter().enumerate() {
        let sign = if i == 0 { '?' } else { '&' };
        parts.push(TemplatePart::Text(format!("{sign}{}=", option.name)));
        parts.extend(region(option.value_span.range(), &|text| url::encode(text).into_owned()));
    }
    Ok(Ok(parts))
}

fn split_fetchxml(store: &Store, sent: &str) -> Result<Split, StoreError> {
    let text = fetchxml::FetchText::new(sent);
    let options = fetchxml::ParseOptions { placeholders: true, ..fetchxml::ParseOptions::default() };
    let parsed = fetchxml::parse_text(&text, &options);
    let (splices, mut wrong) = fetch::splices(store, text.decoded(), &parsed.fetch)?;
    let parts = split(text.decoded(), splices, &[], ToOwned::to_owned);
    wrong.extend(unknown_hole(&parts, text.decoded(), &wrong));
    Ok(if wrong.is_empty() { Ok(parts) } else { Err(wrong) })
}

/// Collects, from a filter, the names that belong to the filtered row, and the variables of the lambda
/// expressions.
#[derive(Default)]
struct RowNames<'s> {
    /// The byte offsets at which the names of the filtered row begin, in ascending order.
    starts: Vec<usize>,
    variables: Vec<String>,
    /// The variables of the lambda expressions around the expression that is being visited, the outermost
    /// first.
    scopes: Vec<&'s str>,
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
            // A Dataverse query function names a column of the row.
            ExprKind::Call(call) if call.name.contains('.') => self.starts.push(expr.span.range().start),
            _ => {}
        }
        walk_expr(self, expr);
    }

    fn visit_lambda(&mut self, lambda: &Lambda<'s>) {
        self.variables.push(lambda.variable.to_owned());
        self.scopes.push(lambda.variable);
        walk_lambda(self, lambda);
        self.scopes.pop();
    }
}

/// Returns an error about the first placeholder that is left in the text of `parts`, because no value is
/// possible at its position; `None` if there is no such placeholder. `text` is the text of the query. Placeholders
/// within one of the errors `wrong` have their error already.
fn unknown_hole(parts: &[TemplatePart], text: &str, wrong: &[Diagnostic]) -> Option<Diagnostic> {
    let texts = parts.iter().filter_map(|part| match part {
        TemplatePart::Text(t) => holes_in(t).ok(),
        TemplatePart::RowName | TemplatePart::Value(_) => None,
    });
    let places = texts.flatten().map(|hole| {
        let left = format!("{{{}}}", hole.source);
        (text.find(&left).unwrap_or(0), left)
    });
    let is_known = |start: usize| wrong.iter().any(|d| d.span.range().contains(&start));
    let (start, left) = places.into_iter().find(|(start, _)| !is_known(*start))?;
    let message = format!("`{left}` stands where no value can be put in");
    let help = "placeholders stand in the values of conditions, and in `top`, `count` and `page`";
    Some(Diagnostic::error(code::PLACEHOLDER, Span::new(start, start + left.len()), message).help(help))
}

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::Suggestion;

    use super::*;

    #[test]
    fn a_form_that_the_service_refuses_is_an_error_unless_it_is_rewritten_without_removing_an_option() {
        let text = "accounts?$skip=1&$top=2";
        let (skip, top) = (Span::new(9, 16), Span::new(17, 23));
        let refused = || Diagnostic::error(code::OPERATOR_CASE, skip, "m");
        let fixed = |edits: &[(Span, &str)]| {
            let mut fix = Suggestion::fix("f", edits[0].0, edits[0].1);
            for (span, replacement) in &edits[1..] {
                fix = fix.and_edit(*span, *replacement);
            }
            refused().suggest(fix)
        };
        for (finding, expected) in [
            (refused(), true),
            (fixed(&[(skip, "$top=1")]), false),
            (fixed(&[(skip, "")]), true),
            (fixed(&[(skip, ""), (top, "$top=1")]), true),
            (fixed(&[(top, "$top=1"), (skip, "")]), true),
            (fixed(&[(top, "$top=1"), (skip, "$top=3")]), false),
            // What is removed is no option.
            (fixed(&[(Span::new(0, 2), "")]), false),
            (refused().suggest(Suggestion::maybe("f", skip, "$top=1")), true),
            (Diagnostic::error(code::PLACEHOLDER, skip, "m").suggest(Suggestion::fix("f", skip, "x")), true),
            (Diagnostic::warning(code::PLACEHOLDER, skip, "m"), false),
            (Diagnostic::warning(code::OPERATOR_CASE, skip, "m"), false),
        ] {
            assert_eq!(blocks(&finding, text), expected, "{finding:?}");
        }
    }

    #[test]
    fn a_finding_is_moved_to_the_same_characters_of_the_written_text() {
        let of = |written: &str, sent: &str, span: Span| {
            map_to_written(written, sent, Diagnostic::error(code::PLACEHOLDER, span, "m")).span.range()
        };
        for (written, sent, span, expected) in [
            ("a eq 1", "a eq 1", 5..6, 5..6),
            ("x a eq 1", "a eq 1", 2..4, 4..6),
            ("x 'ann'", "y eq 'ann'", 5..10, 3..6),
            ("a eq 1", "a eq 2", 5..6, 0..6),
            ("a eq 1", "a eq 2", 5..5, 0..6),
            ("a a", "a  a", 3..4, 0..1),
        ] {
            let range = Span::new(span.start, span.end);
            assert_eq!(of(written, sent, range), expected, "{written} {sent} {span:?}");
        }
    }

    #[test]
    fn only_the_first_placeholder_without_a_place_and_without_an_error_is_told() {
        let text = |text: &str| TemplatePart::Text(text.to_owned());
        let error = |start, end| Diagnostic::error(code::PLACEHOLDER, Span::new(start, end), "m");
        let query = "<a b='{x}0' c='{y}' d='{z}'/>";
        for (parts, wrong, expected) in [
            (vec![text(query)], vec![], Some(6..9)),
            (vec![text(query)], vec![error(6, 10)], Some(15..18)),
            (vec![text(query)], vec![error(6, 10), error(15, 18)], Some(23..26)),
            (vec![text(query)], vec![error(0, 29)], None),
            (vec![text("<a b='"), TemplatePart::RowName, text("0' c='{y}'/>")], vec![], Some(15..18)),
            (vec![text("<a/>"), TemplatePart::RowName], vec![], None),
            (vec![], vec![], None),
        ] {
            let found = unknown_hole(&parts, query, &wrong);
            assert_eq!(found.as_ref().map(|d| d.span.range()), expected, "{wrong:?}");
            if let Some(found) = found {
                let message = format!("`{}` stands where no value can be put in", found.span.of(query));
                let help = "placeholders stand in the values of conditions, and in `top`, `count` and `page`";
                assert_eq!((found.message, found.help.as_deref()), (message, Some(help)));
            }
        }
    }
}
