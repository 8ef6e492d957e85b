//! What editors are told about queries: every kind of completion, explanation, action, rename and outline.
//!
//! The input of a case is a query; `¦` is the cursor where there is one. A first line `table: NAME` names the table of
//! a filter, and `file: NAME` says that the rest is a file in which the query is.

use std::fmt::Write as _;
use std::path::PathBuf;

use dvkit_diagnostic::{Edit, Span};
use dvkit_ide::editor::{
    ActionClass, Completion, Definition, QueryContext, RenameOutcome, RenameTarget, Symbol,
};
use dvkit_ide::embedded::SourceFile;
use dvkit_ide::format::FormatOptions;
use dvkit_ide::{CheckRequest, QueryForm};
use dvkit_query::CheckOptions;
use fetchxml::PrintStyle;

use crate::golden;
use crate::hosts::{line, workspace};

/// The maximum number of completions of one case that are written down.
const SHOWN: usize = 14;

/// Splits the first line `key: VALUE` off.
fn setting<'i>(input: &'i str, key: &str) -> (Option<&'i str>, &'i str) {
    match input.strip_prefix(key).and_then(|rest| rest.split_once('\n')) {
        Some((value, rest)) => (Some(value.trim()), rest),
        None => (None, input),
    }
}

/// Returns the input without its cursor, and the offset of the cursor.
fn cursor(input: &str) -> (String, usize) {
    let at = input.find('¦').expect("a cursor");
    (input.replacen('¦', "", 1), at)
}

/// Returns the form that an editor gives a text that is being typed: a filter if it has a table.
fn form(text: &str, has_table: bool) -> QueryForm<'_> {
    match QueryForm::untrimmed(text) {
        QueryForm::Filter(text) if text.trim_start().starts_with('<') => QueryForm::Fetch(text),
        QueryForm::Filter(text) if text.starts_with(['$', '?', '&']) || !has_table && !text.contains(' ') => {
            QueryForm::Request(text)
        }
        form => form,
    }
}

/// Calls `ask` with the context of a query and the query itself.
fn in_context<R>(input: &str, ask: impl FnOnce(&QueryContext<'_>, &str) -> R) -> R {
    let (table, query) = setting(input, "table:");
    let store = dvkit_ide::sample::open().unwrap();
    ask(&QueryContext::new(&store, form(query, table.is_some()), table), query)
}

fn applied(text: &str, edits: &[Edit]) -> String {
    line(&dvkit_diagnostic::apply(text, edits).unwrap())
}

fn completion(one: &Completion, text: &str) -> String {
    let mut out = format!("{} {:?}", line(&one.label), one.kind);
    let old = one.edit.span.of(text);
    write!(out, " {}→{}", line(old), line(&one.edit.replacement)).unwrap();
    if let Some(caret) = one.caret {
        write!(out, " caret {caret}").unwrap();
    }
    if let Some(detail) = &one.detail {
        write!(out, " — {}", line(detail)).unwrap();
    }
    if let Some(documentation) = &one.documentation {
        write!(out, " // {}", line(documentation)).unwrap();
    }
    if one.filter != one.label {
        write!(out, " ({})", line(&one.filter)).unwrap();
    }
    out
}

#[test]
fn completions_are_those_that_fit_with_the_best_first() {
    golden::check("editor/completion.txt", |input| {
        let (table, query) = setting(input, "table:");
        let (query, at) = cursor(query);
        let input = match table {
            Some(table) => format!("table: {table}\n{query}"),
            None => query,
        };
        in_context(&input, |context, query| {
            let found = context.complete(at).unwrap();
            let mut out = format!("{}\n", found.len());
            for one in found.iter().take(SHOWN) {
                writeln!(out, "{}", completion(one, query)).unwrap();
            }
            if let Some(last) = found.get(SHOWN..).and_then(<[_]>::last) {
                writeln!(out, "… {}", completion(last, query)).unwrap();
            }
            out
        })
    });
}

#[test]
fn the_labels_of_completions_have_one_order() {
    golden::check("editor/labels.txt", |input| {
        let (table, query) = setting(input, "table:");
        let (query, at) = cursor(query);
        let input = match table {
            Some(table) => format!("table: {table}\n{query}"),
            None => query,
        };
        in_context(&input, |context, query| {
            let found = context.complete(at).unwrap();
            let labels: Vec<_> = found.iter().take(2 * SHOWN).map(|one| line(&one.label)).collect();
            let first = found.first().map_or(String::new(), |one| {
                let caret = one.caret.map_or(String::new(), |caret| format!(" caret {caret}"));
                format!("\n{}→{}{caret}", line(one.edit.span.of(query)), line(&one.edit.replacement))
            });
            format!("{}: {}{first}", found.len(), labels.join(", "))
        })
    });
}

#[test]
fn signatures_are_those_of_the_innermost_call() {
    golden::check("editor/signature.txt", |input| {
        let (query, at) = cursor(input);
        in_context(&query, |context, _| match context.signature(at).unwrap() {
            None => "none".to_owned(),
            Some(found) => {
                let shown: Vec<_> =
                    found.parameters.iter().map(|range| &found.label[range.clone()]).collect();
                let active = found.active.map_or("none", |n| shown[n]);
                format!(
                    "{} [{}] active {active}\n{}",
                    found.label,
                    shown.join("|"),
                    found.documentation.unwrap_or_default()
                )
            }
        })
    });
}

fn outline(symbols: &[Symbol], query: &str, depth: usize, out: &mut String) {
    for symbol in symbols {
        let span = symbol.span;
        writeln!(
            out,
            "symbol {:depth$}{:?} {} ({}) {}..{} {}",
            "",
            symbol.class,
            symbol.name,
            line(&symbol.detail),
            span.start,
            span.end,
            line(symbol.selection.of(query))
        )
        .unwrap();
        outline(&symbol.children, query, depth + 1, out);
    }
}

fn definition(found: Option<Definition>, query: &str) -> String {
    match found {
        None => String::new(),
        Some(Definition::Query(span)) => format!(" defined {}..{} {}", span.start, span.end, span.of(query)),
        Some(Definition::File(place)) => {
            let name = place.path.file_name().unwrap().to_string_lossy().into_owned();
            format!(" defined {name} {}:{:?}", place.line, place.range)
        }
    }
}

/// Returns all that is said about each token of a query.
fn explained(context: &QueryContext<'_>, query: &str) -> String {
    let mut out = String::new();
    for token in context.tokens().unwrap() {
        let at = token.span.range().start;
        write!(out, "{} {:?}", line(token.span.of(query)), token.class).unwrap();
        out.push_str(&definition(context.definition(at).unwrap(), query));
        let references = context.references(at).unwrap();
        if references.len() > 1 {
            let all: Vec<_> = references
                .iter()
                .map(|r| format!("{}{}", r.span.start, if r.is_definition { "!" } else { "" }))
                .collect();
            write!(out, " at {}", all.join(",")).unwrap();
        }
        match context.rename(at, "renamed").unwrap() {
            RenameOutcome::Edits(edits) => write!(out, " renamed {}", applied(query, &edits)).unwrap(),
            RenameOutcome::Refused(_) => {}
        }
        if let RenameTarget::Name(span, name) = context.rename_target(at).unwrap() {
            assert_eq!(span.of(query), name, "{query}");
        }
        match context.hover(at).unwrap() {
            Some(hover) => {
                let within = hover.span.of(query);
                let shown =
                    if within == token.span.of(query) { String::new() } else { format!("({within}) ") };
                writeln!(out, " : {shown}{}", line(&hover.markdown)).unwrap();
            }
            None => out.push('\n'),
        }
    }
    for hint in context.inlay_hints().unwrap() {
        writeln!(out, "hint behind {}: {}", &query[hint.offset - 1..hint.offset], hint.label).unwrap();
    }
    outline(&context.symbols().unwrap(), query, 0, &mut out);
    for span in context.folding_ranges().unwrap() {
        writeln!(out, "folds {}..{}", span.start, span.end).unwrap();
    }
    out
}

#[test]
fn every_token_is_explained_and_found_again() {
    golden::check("editor/tokens.txt", |input| in_context(input, explained));
}

#[test]
fn names_in_a_snapshot_of_files_are_defined_there() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
    let store = dvkit_schema::Store::open(&folder).unwrap();
    golden::check("editor/definitions.txt", |query| {
        let context = QueryContext::new(&store, form(query, false), None);
        let mut out = String::new();
        for token in context.tokens().unwrap() {
            let found = context.definition(token.span.range().start).unwrap();
            let Some(Definition::File(place)) = &found else { continue };
            let text = std::fs::read_to_string(&place.path).unwrap();
            let written = &text[place.range.clone()];
            let before = text[..place.range.start].matches('\n').count();
            assert_eq!(before, place.line, "{query}");
            let name = place.path.file_name().unwrap().to_string_lossy();
            writeln!(out, "{} {name} {written}", token.span.of(query)).unwrap();
        }
        out
    });
}

#[test]
fn a_selection_grows_by_one_step() {
    golden::check("editor/selection.txt", |input| {
        let (query, at) = cursor(input);
        in_context(&query, |context, query| {
            let ranges = context.selection_ranges(at).unwrap();
            ranges.iter().map(|span| line(span.of(query))).collect::<Vec<_>>().join("\n")
        })
    });
}

#[test]
fn actions_are_offered_for_findings_and_for_the_whole_query() {
    golden::check("editor/actions.txt", |input| {
        in_context(input, |context, query| {
            let mut out = String::new();
            let whole = Span::new(0, query.len());
            for action in context.actions(whole, &CheckOptions::default()).unwrap() {
                let code = action.code.map_or(String::new(), |code| format!(" {code}"));
                let at = action.finding.map_or(String::new(), |span| format!(" at {}", line(span.of(query))));
                let certain = if action.is_certain { "certain" } else { "maybe" };
                writeln!(out, "{:?} {certain}{code}{at}: {}", action.class, line(&action.title)).unwrap();
                writeln!(out, "  {}", applied(query, &action.edits)).unwrap();
            }
            out
        })
    });
}

#[test]
fn a_name_that_the_query_defines_is_renamed_if_the_new_one_fits() {
    golden::check("editor/rename.txt", |input| {
        let (name, query) = setting(input, "to:");
        let (query, at) = cursor(query);
        in_context(&query, |context, query| {
            let target = match context.rename_target(at).unwrap() {
                RenameTarget::Name(_, name) => name,
                RenameTarget::Refused(why) => format!("refused: {why}"),
            };
            let outcome = match context.rename(at, name.unwrap_or_default()).unwrap() {
                RenameOutcome::Edits(edits) => applied(query, &edits),
                RenameOutcome::Refused(why) => format!("refused: {why}"),
            };
            format!("{target}\n{outcome}")
        })
    });
}

/// Returns the text of a file with edits of it.
fn edited(file: &SourceFile, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort();
    edits.dedup();
    let mut text = file.text().to_owned();
    for (start, end, replacement) in edits.into_iter().rev() {
        text.replace_range(start..end, &replacement);
    }
    line(&text)
}

#[test]
fn positions_in_source_files_are_those_of_their_queries() {
    golden::check("editor/source.txt", |input| {
        let (name, source) = setting(input, "file:");
        let (source, at) = cursor(source);
        let file = SourceFile::new(PathBuf::from(name.unwrap()), source.into_bytes()).unwrap().unwrap();
        let workspace = workspace();
        let mut out = String::new();
        let text = |span: Span| line(&file.text()[span.range()]);
        let found = workspace.complete_at(&file, at).unwrap();
        for one in found.iter().take(2) {
            let copies = one.copies.iter().map(|e| (e.start, e.end, e.replacement.clone()));
            let edits =
                copies.chain([(one.edit.start, one.edit.end, one.edit.replacement.clone())]).collect();
            writeln!(out, "completion {} of {}: {}", one.completion.label, found.len(), edited(&file, edits))
                .unwrap();
        }
        if let Some(hover) = workspace.hover_at(&file, at).unwrap() {
            writeln!(out, "hover {}: {}", text(hover.span), hover.markdown.lines().next().unwrap()).unwrap();
        }
        if let Some(signature) = workspace.signature_at(&file, at).unwrap() {
            writeln!(out, "signature {}", signature.label).unwrap();
        }
        let tokens = workspace.tokens_of(&file).unwrap();
        let shown: Vec<_> = tokens.iter().map(|t| format!("{} {:?}", text(t.span), t.class)).collect();
        writeln!(out, "tokens {}", shown.join(", ")).unwrap();
        for span in workspace.selection_ranges_at(&file, at).unwrap() {
            writeln!(out, "selection {}", text(span)).unwrap();
        }
        outline(&workspace.symbols_of(&file).unwrap(), file.text(), 0, &mut out);
        for hint in workspace.inlay_hints_of(&file).unwrap() {
            writeln!(out, "hint {} {}", hint.offset, hint.label).unwrap();
        }
        for span in workspace.folding_ranges_of(&file).unwrap() {
            writeln!(out, "folds {}", text(span)).unwrap();
        }
        for reference in workspace.references_at(&file, at).unwrap() {
            let mark = if reference.is_definition { "!" } else { "" };
            writeln!(out, "reference {} {}{mark}", reference.span.start, text(reference.span)).unwrap();
        }
        match workspace.rename_target_at(&file, at).unwrap() {
            Some(RenameTarget::Name(span, name)) => writeln!(out, "target {name} {}", text(span)).unwrap(),
            Some(RenameTarget::Refused(why)) => writeln!(out, "target refused: {why}").unwrap(),
            None => {}
        }
        match workspace.rename_at(&file, at, "renamed").unwrap() {
            Some(RenameOutcome::Edits(edits)) => {
                let edits =
                    edits.into_iter().map(|e| (e.span.range().start, e.span.range().end, e.replacement));
                writeln!(out, "renamed {}", edited(&file, edits.collect())).unwrap();
            }
            Some(RenameOutcome::Refused(why)) => writeln!(out, "not renamed: {why}").unwrap(),
            None => {}
        }
        if let Some(Definition::Query(span)) = workspace.definition_at(&file, at).unwrap() {
            writeln!(out, "definition {} {}", span.start, text(span)).unwrap();
        }
        let diagnosis = workspace.diagnose_source(&file, &[], || true).unwrap().unwrap();
        for finding in diagnosis.findings() {
            writeln!(out, "finding {} {}: {}", finding.code, text(finding.span), line(&finding.message))
                .unwrap();
            if let Some(edit) = file.ignoring(finding.span.range().start, finding.code) {
                writeln!(out, "  ignored {}", edited(&file, vec![(edit.start, edit.end, edit.replacement)]))
                    .unwrap();
            }
        }
        for unusable in &diagnosis.unusable {
            writeln!(out, "unusable {}: {}", text(unusable.span), unusable.reason).unwrap();
        }
        for action in workspace.actions_at(&file, at..at, &diagnosis).unwrap() {
            let class = match action.class {
                ActionClass::Fix => "fix",
                ActionClass::FixAll => "fix all",
                ActionClass::Translate => "translate",
            };
            let edits =
                action.edits.into_iter().map(|e| (e.span.range().start, e.span.range().end, e.replacement));
            writeln!(out, "{class} {}: {}", line(&action.title), edited(&file, edits.collect())).unwrap();
        }
        let fixes = diagnosis.fixes(&file);
        if !fixes.is_empty() {
            let edits = fixes.into_iter().map(|e| (e.start, e.end, e.replacement));
            writeln!(out, "fixed {}", edited(&file, edits.collect())).unwrap();
        }
        let format = FormatOptions { minify: false, style: PrintStyle::default(), placeholders: false };
        let formatted = workspace.format_source(&file, &format);
        if !formatted.is_empty() {
            let edits = formatted.into_iter().map(|e| (e.start, e.end, e.replacement));
            writeln!(out, "formatted {}", edited(&file, edits.collect())).unwrap();
        }
        out
    });
}

#[test]
fn a_query_is_asked_in_the_form_that_its_table_gives_it() {
    let workspace = workspace();
    let form_of = |query: &str| {
        let request = CheckRequest::plain(QueryForm::read(query));
        let context = workspace.query_context(&request).unwrap().unwrap();
        matches!(context.query, QueryForm::Request(_))
    };
    assert!(form_of("contacts"), "the name of an entity set is a request");
    assert!(!form_of("contact"), "any other word is a filter");
}

#[test]
fn a_comment_for_a_finding_is_no_part_of_a_text_and_ignores_the_finding() {
    golden::check("editor/ignoring.txt", |input| {
        let (name, source) = input.split_once('\n').unwrap();
        let read =
            |text: &str| SourceFile::new(PathBuf::from(name), text.as_bytes().to_vec()).unwrap().unwrap();
        let workspace = workspace();
        let findings = |file: &SourceFile| -> Vec<_> {
            let diagnosis = workspace.diagnose_source(file, &[], || true).unwrap().unwrap();
            diagnosis.findings().into_iter().map(|one| (one.span, one.code, line(&one.message))).collect()
        };
        let file = read(source);
        let mut out = String::new();
        for (span, code, message) in findings(&file) {
            writeln!(out, "{code} at {}: {message}", line(&source[span.range()])).unwrap();
            let Some(edit) = file.ignoring(span.range().start, code) else {
                out.push_str("  nothing ignores it\n");
                continue;
            };
            let text = format!("{}{}{}", &source[..edit.start], edit.replacement, &source[edit.end..]);
            let with = read(&text);
            let left: Vec<_> = findings(&with).into_iter().map(|(_, code, _)| code.to_string()).collect();
            writeln!(out, "  {}\n  {} texts, left: {}", line(&text), with.found().len(), left.join(" "))
                .unwrap();
        }
        out
    });
}

#[test]
fn what_is_still_typed_is_completed_in_every_host_language() {
    golden::check("editor/half.txt", |input| {
        let (name, source) = input.split_once('\n').unwrap();
        let (source, at) = cursor(source);
        let file = SourceFile::new(PathBuf::from(name), source.clone().into_bytes()).unwrap().unwrap();
        let found = workspace().complete_at(&file, at).unwrap();
        let mut out = format!("{}", found.len());
        for one in found.iter().take(3) {
            let old = line(&source[one.edit.start..one.edit.end]);
            write!(out, " | {} {old}→{}", line(&one.completion.label), line(&one.edit.replacement)).unwrap();
        }
        out
    });
}
