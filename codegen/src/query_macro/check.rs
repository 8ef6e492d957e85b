//! One query: checked, put into the form that is sent, and cut at its holes.
//!
//! An error stays an error, with its fix shown, and what is written in the source is what was meant; but where Dataverse
//! refuses standard OData that can be said otherwise (DV04xx: `in`, `tolower`, `length`), the other way is sent, because
//! the meaning is the same exactly. Fixes of warnings are sent too.

use std::collections::HashMap;

use dvkit_diagnostic::code::CodeFamily as CodeKind;
use dvkit_diagnostic::{Diagnostic, Edit, Severity, Span, code};
use dvkit_query::{CheckOptions, CheckReport};
use dvkit_schema::{Store, StoreError};
use odata_parser::ast::{Expr, ExprKind, Lambda, SegmentKind};
use odata_parser::visit::{Visit, walk_expr, walk_lambda};
use odata_parser::{ParseOptions, RequestText, parse_filter_recovering, parse_request_recovering, url};

use super::fetch;
use super::holes::{Place, Places, cuts};
use super::meets::{Meets, meets};
use super::template::{Cut, Piece, cut};

/// What language a text is in, and about what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'t> {
    /// A filter on the rows of this table.
    Filter(&'t str),
    /// A request; one without a path is about this table.
    Request(Option<&'t str>),
    /// FetchXML.
    Fetch,
}

/// What a macro goes by.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The query in the form that is sent; empty where there are errors.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) errors: Vec<Diagnostic>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// The whole text put right, where all errors have a certain fix.
    pub(crate) fixed: Option<String>,
    /// The variables of the lambdas of a filter.
    pub(crate) variables: Vec<String>,
    /// The table of the rows that come back.
    pub(crate) table: Option<String>,
}

/// Checks `text` and cuts it.
///
/// # Errors
/// Where the snapshot cannot be read.
pub(crate) fn check(store: &Store, subject: Subject<'_>, text: &str) -> Result<Outcome, StoreError> {
    let checked = run(store, subject, text)?;
    let mut outcome = Outcome { table: checked.table.clone(), ..Outcome::default() };
    let (errors, rest): (Vec<_>, Vec<_>) =
        checked.diagnostics.iter().cloned().partition(|d| is_in_the_way(d, text));
    outcome.warnings = rest.into_iter().filter(|d| d.severity == Severity::Warning).collect();
    let sent = match &checked.rewritten {
        Some(sent) if errors.is_empty() => sent.as_str(),
        fixed => {
            outcome.fixed = fixed.clone();
            outcome.errors = if errors.is_empty() { only_errors(checked.diagnostics) } else { errors };
            return Ok(outcome);
        }
    };
    let cut = match subject {
        Subject::Filter(_) => cut_filter(store, subject, sent, &checked)?.map(|(pieces, variables)| {
            outcome.variables = variables;
            pieces
        }),
        Subject::Request(table) => cut_request(store, subject, sent, &checked, table)?,
        Subject::Fetch => cut_fetch(store, sent)?,
    };
    match cut {
        Ok(pieces) => outcome.pieces = pieces,
        Err(wrong) => outcome.errors = wrong.into_iter().map(|d| onto(text, sent, d)).collect(),
    }
    Ok(outcome)
}

fn run(store: &Store, subject: Subject<'_>, text: &str) -> Result<CheckReport, StoreError> {
    let mut options = CheckOptions { placeholders: true, ..CheckOptions::default() };
    // The text becomes a URL here, encoded: a `+` is no blank.
    options.severities.insert(code::PLUS_IS_SPACE, None);
    match subject {
        Subject::Filter(table) => dvkit_query::check_filter(store, table, text, &options),
        Subject::Request(table) => dvkit_query::check_request(store, table, text, &options),
        Subject::Fetch => dvkit_query::check_fetchxml(store, text, &options),
    }
}

/// Everything but a form that has an exact other one. An option that can only be left out is a mistake.
fn is_in_the_way(finding: &Diagnostic, text: &str) -> bool {
    let option = |edit: &Edit| edit.replacement.is_empty() && edit.span.of(text).contains('$');
    let other_form = finding.fix().is_some_and(|fix| !fix.edits.iter().any(option));
    finding.is_error() && !(finding.code.family() == CodeKind::Service && other_form)
}

fn only_errors(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.into_iter().filter(Diagnostic::is_error).collect()
}

/// A finding on the text that is sent, as one on the text that was written.
fn onto(written: &str, sent: &str, finding: Diagnostic) -> Diagnostic {
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

type Cutting = Result<Vec<Piece>, Vec<Diagnostic>>;

fn parse_options() -> ParseOptions {
    ParseOptions { placeholders: true, ..ParseOptions::default() }
}

type Filtered = Result<(Vec<Piece>, Vec<String>), Vec<Diagnostic>>;

fn cut_filter(
    store: &Store,
    subject: Subject<'_>,
    sent: &str,
    checked: &CheckReport,
) -> Result<Filtered, StoreError> {
    let decoded = url::is_encoded(sent).then(|| url::decode(sent).text);
    let sent = decoded.as_deref().unwrap_or(sent);
    let parsed = parse_filter_recovering(sent, &parse_options());
    let mut places = Places::default();
    places.visit_expr(&parsed.expr);
    let cuts = match placed(store, subject, sent, checked, places)? {
        Ok(cuts) => cuts,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let mut names = Names::default();
    names.visit_expr(&parsed.expr);
    let pieces = cut(sent, cuts, &names.rows, ToOwned::to_owned);
    Ok(Ok((pieces, names.variables)))
}

/// The cuts of an OData text.
fn placed(
    store: &Store,
    subject: Subject<'_>,
    text: &str,
    checked: &CheckReport,
    places: Places,
) -> Result<Result<Vec<Cut>, Vec<Diagnostic>>, StoreError> {
    let Places { places, misplaced: mut wrong, .. } = places;
    let met = typed(store, subject, text, checked, &places)?;
    let mut all = Vec::new();
    for (place, meets) in places.iter().zip(met) {
        let result = match meets {
            Some(meets) => cuts(text, place, &meets),
            None => Err(untyped(text, place)),
        };
        match result {
            Ok(cuts) => all.extend(cuts),
            Err(finding) => wrong.push(finding),
        }
    }
    Ok(if wrong.is_empty() { Ok(all) } else { Err(wrong) })
}

fn untyped(text: &str, place: &Place) -> Diagnostic {
    let written = place.span.of(text);
    let message = format!("`{written}` stands beside no column, so its type is not known");
    Diagnostic::error(code::PLACEHOLDER, place.span, message)
        .help("a value is compared with a column, `fullname eq {name}`; a `Filter` stands alone, and not within `any` or `all`")
}

/// What each place meets.
fn typed(
    store: &Store,
    subject: Subject<'_>,
    text: &str,
    checked: &CheckReport,
    places: &[Place],
) -> Result<Vec<Option<Meets>>, StoreError> {
    let (Some(query), false) = (&checked.query, places.is_empty()) else {
        return Ok(vec![None; places.len()]);
    };
    let met = meets(store, query)?;
    let mut by_text: HashMap<&str, Option<&Meets>> = HashMap::new();
    let mut clear = true;
    for (text, meets) in &met.holes {
        let known = by_text.entry(text).or_insert(Some(meets));
        clear &= *known == Some(meets);
    }
    if clear {
        return Ok(places.iter().map(|p| find(&by_text, p.span.of(text))).collect());
    }
    // One hole that meets several columns: told apart by names that each place has alone.
    let mut numbered = String::with_capacity(text.len());
    let mut at = 0;
    for (n, place) in places.iter().enumerate() {
        let range = place.span.range();
        numbered.push_str(&text[at..range.start]);
        numbered.push_str(&number(n, place.quoted));
        at = range.end;
    }
    numbered.push_str(&text[at..]);
    let again = run(store, subject, &numbered)?;
    let Some(query) = &again.query else { return Ok(vec![None; places.len()]) };
    let met = meets(store, query)?;
    let by_text: HashMap<&str, Option<&Meets>> =
        met.holes.iter().map(|(t, m)| (t.as_str(), Some(m))).collect();
    Ok(places.iter().enumerate().map(|(n, p)| find(&by_text, &number(n, p.quoted))).collect())
}

fn number(n: usize, quoted: bool) -> String {
    if quoted { format!("'{{dv{n}}}'") } else { format!("{{dv{n}}}") }
}

/// A list of the checker's own making has its items in quotes, and the meaning has them as they were written.
fn find(by_text: &HashMap<&str, Option<&Meets>>, written: &str) -> Option<Meets> {
    let bare = written.trim_matches('\'');
    let found = by_text.get(written).or_else(|| by_text.get(bare));
    found.copied().flatten().cloned()
}

fn cut_request(
    store: &Store,
    subject: Subject<'_>,
    sent: &str,
    checked: &CheckReport,
    table: Option<&str>,
) -> Result<Cutting, StoreError> {
    let text = RequestText::new(sent);
    let parsed = parse_request_recovering(&text, &parse_options());
    let mut places = Places::default();
    places.visit_request(&parsed.request);
    let decoded = text.decoded();
    let mut cuts = match placed(store, subject, decoded, checked, places)? {
        Ok(cuts) => cuts,
        Err(wrong) => return Ok(Err(wrong)),
    };
    cuts.sort_by_key(|c| c.range.start);
    let options = &parsed.request.options;
    let path_end = options.first().map_or(decoded.len(), |o| o.span.range().start);
    let path = decoded[..path_end].trim_end_matches('?');
    let mut pieces = Vec::new();
    if path.is_empty() {
        let entry = table.and_then(|t| store.entry(t)).and_then(|e| e.entity_set.as_deref());
        match entry {
            Some(set) => pieces.push(Piece::Text(set.to_owned())),
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
        let within = cuts.iter().filter(|c| range.start <= c.range.start && c.range.end <= range.end);
        let shifted = within.cloned().map(|mut c| {
            c.range = c.range.start - range.start..c.range.end - range.start;
            c
        });
        cut(&decoded[range.clone()], shifted.collect(), &[], write)
    };
    // Within the path a question mark belongs to a key.
    pieces.extend(region(0..path.len(), &|text| url::encode(text).replace('?', "%3F")));
    for (i, option) in options.iter().enumerate() {
        let sign = if i == 0 { '?' } else { '&' };
        pieces.push(Piece::Text(format!("{sign}{}=", option.name)));
        pieces.extend(region(option.value_span.range(), &|text| url::encode(text).into_owned()));
    }
    Ok(Ok(pieces))
}

fn cut_fetch(store: &Store, sent: &str) -> Result<Cutting, StoreError> {
    let text = fetchxml::FetchText::new(sent);
    let options = fetchxml::ParseOptions { placeholders: true, ..fetchxml::ParseOptions::default() };
    let parsed = fetchxml::parse_text(&text, &options);
    let (cuts, mut wrong) = fetch::cuts(store, text.decoded(), &parsed.fetch)?;
    let pieces = cut(text.decoded(), cuts, &[], ToOwned::to_owned);
    wrong.extend(left_over(&pieces, text.decoded()));
    Ok(if wrong.is_empty() { Ok(pieces) } else { Err(wrong) })
}

/// Where the names of the starting row begin, and the variables of lambdas.
#[derive(Default)]
struct Names<'s> {
    rows: Vec<usize>,
    variables: Vec<String>,
    scopes: Vec<&'s str>,
}

impl<'s> Visit<'s> for Names<'s> {
    fn visit_expr(&mut self, expr: &Expr<'s>) {
        match &expr.kind {
            ExprKind::Path(path) => {
                let first = path.segments.first().map(|s| &s.kind);
                if !matches!(first, Some(SegmentKind::Name(name)) if self.scopes.contains(name)) {
                    self.rows.push(expr.span.range().start);
                }
            }
            // A query function is a function of the row.
            ExprKind::Call(call) if call.name.contains('.') => self.rows.push(expr.span.range().start),
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

/// A hole that nothing knew.
fn left_over(pieces: &[Piece], text: &str) -> Option<Diagnostic> {
    let left = pieces.iter().find_map(|p| match p {
        Piece::Text(t) => super::holes::pieces(t).ok()?.first().map(|part| format!("{{{}}}", part.source)),
        Piece::Row | Piece::Hole(_) => None,
    })?;
    let start = text.find(&left).unwrap_or(0);
    let message = format!("`{left}` stands where no value can be put in");
    let help = "holes stand in the values of conditions, and in `top`, `count` and `page`";
    Some(Diagnostic::error(code::PLACEHOLDER, Span::new(start, start + left.len()), message).help(help))
}
