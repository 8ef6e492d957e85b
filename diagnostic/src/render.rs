//! Renders diagnostics with colours for terminals, in the style of the Rust compiler. The command line calls
//! it if its output is a terminal with colours; for other output there is [`Diagnostic::display`].
//!
//! The crate `annotate-snippets` draws the diagnostics. No type of that crate is in the public interface.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::text::columns::{escape_control_chars, escape_control_chars_in_lines};
use crate::text::{Position, advice};
use crate::{Diagnostic, LineIndex, Severity, SourceLocation, Span, Suggestion, apply};

/// The approximate number of columns to which lines are cut.
const MAX_LINE_WIDTH: usize = 110;
/// The maximum distance in columns between annotations that are drawn together. Annotations at a greater
/// distance, and fixes in longer lines, are described in words.
const MAX_PATCH_WIDTH: usize = 100;
/// The maximum length in bytes of a text that is drawn completely. Of a longer text only the lines of the
/// finding are drawn, if they are not longer than this.
const MAX_TEXT_LENGTH: usize = 8 << 10;

/// Returns the whole message of a finding about `source` with ANSI colours, without a line break at its end.
/// `origin` is the file that contains `source`, in which lines are counted; with `None` lines are counted in
/// `source`.
///
/// ```
/// use dvkit_diagnostic::{code, render, Diagnostic, LineIndex, Span, Suggestion};
/// let d = Diagnostic::error(code::FOREIGN_OPERATOR, Span::new(9, 11), "`==` is not an OData operator")
///     .suggest(Suggestion::fix("OData writes `eq`", Span::new(9, 11), "eq"));
/// let text = render::colored(&d, &LineIndex::new("fullname == 'Ann'"), Some("open.odata".into()));
/// assert!(text.contains("\u{1b}["));
/// assert!(text.contains("DV0007"));
/// ```
#[must_use]
pub fn colored(
    diagnostic: &Diagnostic,
    source: &LineIndex<'_>,
    origin: Option<SourceLocation<'_>>,
) -> String {
    let renderer = Renderer::styled().term_width(MAX_LINE_WIDTH);
    if source.text().len() <= MAX_TEXT_LENGTH {
        return draw(&renderer, diagnostic, source.text(), origin);
    }
    match cut_out(diagnostic, source) {
        Some((text, before, shifted)) => {
            // A text without a file begins at line 1, too.
            let origin = origin.unwrap_or(SourceLocation { path: "", line: 1 });
            draw(&renderer, &shifted, text, Some(SourceLocation { line: origin.line + before, ..origin }))
        }
        None => {
            let plain = diagnostic.display_in(source);
            let named = origin.filter(|origin| !origin.path.is_empty());
            let plain = named.map_or(plain, |origin| plain.origin(origin)).to_string();
            in_colour(&plain, diagnostic.severity)
        }
    }
}

/// Returns the whole message like [`colored`], but with the position in the file `origin` before the message
/// instead of below it: `src/a.cs:41:37: error[DV0203]: …`.
#[must_use]
pub fn colored_position_first(
    diagnostic: &Diagnostic,
    source: &LineIndex<'_>,
    origin: SourceLocation<'_>,
) -> String {
    let position = Position { diagnostic, source, origin };
    let message = colored(diagnostic, source, Some(SourceLocation { path: "", ..origin }));
    format!("\u{1b}[1m{position}:\u{1b}[0m {message}")
}

/// Returns the lines of `source` to which the finding refers as a text, the number of lines before them, and
/// the finding with spans that refer to that text. Returns `None` if the lines are longer than
/// [`MAX_TEXT_LENGTH`], because the drawing crate would take too long.
fn cut_out<'s>(diagnostic: &Diagnostic, source: &LineIndex<'s>) -> Option<(&'s str, usize, Diagnostic)> {
    let text = source.text();
    let edits = diagnostic.suggestions.iter().flat_map(|s| &s.edits).map(|e| e.span);
    let spans = diagnostic.labels.iter().map(|l| l.span).chain(edits).chain([diagnostic.span]);
    let mut all = text.len()..0;
    for span in spans {
        let range = span.clamped(text);
        all = all.start.min(range.start)..all.end.max(range.end);
    }
    let first = source.line_of(all.start);
    let start = source.line(first).start;
    let end = source.line(source.line_of(all.end)).end.max(start);
    let lines = text.get(start..end).filter(|lines| lines.len() <= MAX_TEXT_LENGTH)?;
    let shift = |span: Span| {
        let range = span.clamped(text);
        // An edit that did not fit must not fit now.
        let fits = text.get(span.range()).is_some();
        if fits { Span::new(range.start - start, range.end - start) } else { Span { end: u32::MAX, ..span } }
    };
    Some((lines, first, diagnostic.clone().map(shift, |text| text)))
}

/// Returns the message `plain`, which has no colours, with its first line in the colour of the severity.
fn in_colour(plain: &str, severity: Severity) -> String {
    let colour = match severity {
        Severity::Error => 91,
        Severity::Warning => 93,
        Severity::Note => 92,
    };
    let (head, rest) = plain.split_at(plain.find('\n').unwrap_or(plain.len()));
    let (word, message) = head.split_at(head.find(": ").unwrap_or(head.len()));
    format!("\u{1b}[1m\u{1b}[{colour}m{word}\u{1b}[0m\u{1b}[1m{message}\u{1b}[0m{rest}")
}

fn draw(
    renderer: &Renderer,
    diagnostic: &Diagnostic,
    source: &str,
    origin: Option<SourceLocation<'_>>,
) -> String {
    let shown = escape_control_chars_in_lines(source);
    if shown == source {
        draw_harmless(renderer, diagnostic, source, origin)
    } else {
        draw_harmless(renderer, &moved(diagnostic, source), &shown, origin)
    }
}

/// Returns the diagnostic of `source` with spans that refer to the escaped source, in which positions are
/// different. The source is escaped because the drawing crate does not escape all control characters.
fn moved(diagnostic: &Diagnostic, source: &str) -> Diagnostic {
    let mut fitting = diagnostic.clone();
    fitting.span = fitting.span.clamped(source).into();
    for label in &mut fitting.labels {
        label.span = label.span.clamped(source).into();
    }
    // The offset after escaping of each byte that begins a character.
    let mut places = vec![usize::MAX; source.len() + 1];
    let mut length = 0;
    for (at, c) in source.char_indices() {
        places[at] = length;
        // A line break is kept, although its first character alone is not.
        let end = at + c.len_utf8() + usize::from(source[at..].starts_with("\r\n"));
        length += escape_control_chars_in_lines(&source[at..end]).len() - (end - at - c.len_utf8());
    }
    places[source.len()] = length;
    let before = |at: usize| places.get(at).copied().unwrap_or(usize::MAX);
    // An edit that did not fit must not fit the longer text.
    fitting.map(
        |span| Span::new(before(span.range().start), before(span.range().end)),
        |r| escape_control_chars_in_lines(&r),
    )
}

fn draw_harmless(
    renderer: &Renderer,
    diagnostic: &Diagnostic,
    source: &str,
    origin: Option<SourceLocation<'_>>,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title =
        level.primary_title(escape_control_chars(&diagnostic.message)).id(diagnostic.code.to_string());
    let first_line = origin.map_or(1, |o| o.line);
    let (snippet, notes) = snippet(diagnostic, source, origin);
    let mut first = Group::with_title(title).element(snippet);
    for note in notes {
        first = first.element(Level::NOTE.message(note));
    }

    let drawn = diagnostic.fix().and_then(|fix| Some((fix, patch(source, fix)?)));
    let fix = drawn.as_ref().map(|(fix, _)| *fix);
    let mut sentences = advice::sentences(diagnostic, source, fix).into_iter();
    let mut groups = Vec::new();
    if let Some((fix, patch)) = drawn {
        // The help sentence about the fix becomes the heading of its changed line.
        let in_help = advice::is_in_help(diagnostic, source, fix);
        let heading = if in_help { sentences.next() } else { None };
        let heading = heading.unwrap_or_else(|| escape_control_chars(&fix.message).into_owned());
        groups.push(
            Level::HELP
                .secondary_title(heading)
                .element(Snippet::source(source).line_start(first_line).patch(patch)),
        );
    }
    for sentence in sentences {
        first = first.element(Level::HELP.message(sentence));
    }
    groups.insert(0, first);
    renderer.render(&groups)
}

/// Returns `source` with the annotations of the diagnostic, and a sentence for each label that is too far
/// from the main annotation. (The drawing crate would print all text between them.) `origin` is the file that
/// contains `source`; `None` if it is not in a file.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    source: &'a str,
    origin: Option<SourceLocation<'a>>,
) -> (Snippet<'a, annotate_snippets::Annotation<'a>>, Vec<String>) {
    let own = diagnostic.labels.iter().filter(|l| l.span == diagnostic.span && !l.message.is_empty());
    let own = own.map(|l| escape_control_chars(&l.message)).collect::<Vec<_>>().join("; ");
    let main = cut(source, diagnostic.span);
    let mut shown = columns(source, &main);
    let mut notes = Vec::new();
    let first_line = origin.map_or(1, |o| o.line);
    let mut snippet = Snippet::source(source)
        .line_start(first_line)
        .path(origin.filter(|o| !o.path.is_empty()).map(|o| escape_control_chars(o.path)))
        .annotation(AnnotationKind::Primary.span(main).label((!own.is_empty()).then_some(own)));
    for label in diagnostic.labels.iter().filter(|l| l.span != diagnostic.span) {
        let span = cut(source, label.span);
        let here = columns(source, &span);
        let both = shown.start.min(here.start)..shown.end.max(here.end);
        let message = escape_control_chars(&label.message);
        if both.len() <= MAX_PATCH_WIDTH {
            shown = both;
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(message));
        } else if !message.is_empty() {
            let (line, column) = label.span.line_column(source);
            notes.push(format!("line {}, column {column}: {message}", line - 1 + first_line));
        }
    }
    (snippet, notes)
}

/// Returns the byte range to underline for `span`. This is the range of the whole span, or only of its
/// beginning if it is wider than [`MAX_PATCH_WIDTH`].
fn cut(source: &str, span: Span) -> Range<usize> {
    let span = span.clamped(source);
    if columns(source, &span).len() <= MAX_PATCH_WIDTH {
        return span;
    }
    let text = source[span.clone()].lines().next().unwrap_or_default();
    let end = text.char_indices().nth(MAX_PATCH_WIDTH - 10).map_or(text.len(), |(at, _)| at);
    span.start..span.start + end
}

/// Returns the columns that the bytes `range` of `source` cover, counted in characters from 1.
fn columns(source: &str, range: &Range<usize>) -> Range<usize> {
    let column = |at: usize| Span::at(at).line_column(source).1;
    let (start, end) = (column(range.start), column(range.end));
    if source[range.clone()].contains('\n') {
        // The drawing begins at the first column for lines between the first and the last.
        return 1..start.max(end);
    }
    start..end
}

/// Returns the edits of `fix` as one change on one line; `None` if they do not fit the source, change
/// nothing, or affect several lines, a long line or control characters. The drawing crate does not draw such
/// edits reliably, so they are described in words.
fn patch<'a>(source: &str, fix: &Suggestion) -> Option<Patch<'a>> {
    let after = apply(source, &fix.edits).ok()?;
    let from = fix.edits.iter().map(|e| e.span.range().start).min()?;
    let to = fix.edits.iter().map(|e| e.span.range().end).max()?;
    let tail = source.len() - to;
    let replacement = &after[from..after.len() - tail];
    let line_start = source[..from].rfind('\n').map_or(0, |at| at + 1);
    let rest = source[to..].split(['\r', '\n']).next().unwrap_or_default();
    let before = &source[line_start..to + rest.len()];
    let changed = &after[line_start..after.len() - tail + rest.len()];
    let plain = |line: &str| {
        line.chars().count() <= MAX_PATCH_WIDTH
            && escape_control_chars(line) == line
            && !line.trim().is_empty()
    };
    (before != changed && plain(before) && plain(changed))
        .then(|| Patch::new(from..to, replacement.to_owned()))
}

#[cfg(test)]
mod tests;
