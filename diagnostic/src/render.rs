//! Coloured rendering for terminals, drawn by `annotate-snippets` in the look of the Rust compiler.
//!
//! Whether there is a terminal that wants colour is the caller's to know; everything that is not one gets
//! [`Diagnostic::display`]. No type of the drawing crate appears in this interface.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::text::advice;
use crate::text::columns::{escape_control_chars, harmless_lines};
use crate::{Diagnostic, LineIndex, Severity, SourceLocation, Span, Suggestion, apply};

/// Lines are cut to about this many columns.
const WIDTH: usize = 110;
/// What is drawn together is no wider than this: annotations that lie further apart, and a fix of a longer line, are
/// told in words.
const PATCH: usize = 100;
/// A longer text is drawn by those of its lines that a finding is about, and only where these are no longer than this.
const SHORT: usize = 8 << 10;

/// The whole message with ANSI colours, without a line break at its end; `origin` is the file that `source` came
/// from, whose lines are counted.
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
    let renderer = Renderer::styled().term_width(WIDTH);
    if source.text().len() <= SHORT {
        return draw(&renderer, diagnostic, source.text(), origin);
    }
    match cut_out(diagnostic, source) {
        Some((text, before, shifted)) => {
            // A text without a file has a first line as well.
            let origin = origin.unwrap_or(SourceLocation { path: "", line: 1 });
            draw(&renderer, &shifted, text, Some(SourceLocation { line: origin.line + before, ..origin }))
        }
        None => {
            let plain = diagnostic.display_in(source);
            let plain = origin.map_or(plain, |origin| plain.origin(origin)).to_string();
            in_colour(&plain, diagnostic.severity)
        }
    }
}

/// The lines that a finding is about, how many lines stand before them, and the finding with its places in them; nothing where
/// they are so long that the drawing crate, which looks at whole lines, takes too long over them.
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
    let lines = text.get(start..end).filter(|lines| lines.len() <= SHORT)?;
    let shift = |span: Span| {
        let range = span.clamped(text);
        // An edit that did not fit must not come to fit.
        let fits = text.get(span.range()).is_some();
        if fits { Span::new(range.start - start, range.end - start) } else { Span { end: u32::MAX, ..span } }
    };
    Some((lines, first, diagnostic.clone().map(shift, |text| text)))
}

/// The plain rendering with the colours of its first line.
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
    let shown = harmless_lines(source);
    if shown == source {
        draw_harmless(renderer, diagnostic, source, origin)
    } else {
        draw_harmless(renderer, &moved(diagnostic, source), &shown, origin)
    }
}

/// The diagnostic with its spans where they are once `source` is made escape_control_chars, which changes lengths. The drawing
/// crate replaces most control characters itself, but lets the eight-bit escapes through.
fn moved(diagnostic: &Diagnostic, source: &str) -> Diagnostic {
    let mut fitting = diagnostic.clone();
    fitting.span = fitting.span.clamped(source).into();
    for label in &mut fitting.labels {
        label.span = label.span.clamped(source).into();
    }
    // Where each byte that begins a character stands afterwards.
    let mut places = vec![usize::MAX; source.len() + 1];
    let mut length = 0;
    for (at, c) in source.char_indices() {
        places[at] = length;
        length += harmless_lines(c.encode_utf8(&mut [0; 4])).len();
    }
    places[source.len()] = length;
    let before = |at: usize| places.get(at).copied().unwrap_or(usize::MAX);
    // An edit that did not fit must not come to fit a longer text.
    fitting
        .map(|span| Span::new(before(span.range().start), before(span.range().end)), |r| harmless_lines(&r))
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
        // The help sentence that speaks of the fix becomes the heading of its changed line.
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

/// The source with its annotations, and in words the labels that are too far aside to be drawn with the main one:
/// the drawing crate would print all that lies between.
fn snippet<'a>(
    diagnostic: &'a Diagnostic,
    source: &'a str,
    origin: Option<SourceLocation<'a>>,
) -> (Snippet<'a, annotate_snippets::Annotation<'a>>, Vec<String>) {
    let own = diagnostic.labels.iter().filter(|l| l.span == diagnostic.span);
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
        if both.len() <= PATCH {
            shown = both;
            snippet = snippet.annotation(AnnotationKind::Context.span(span).label(message));
        } else if !message.is_empty() {
            let (line, column) = label.span.line_column(source);
            notes.push(format!("line {}, column {column}: {message}", line - 1 + first_line));
        }
    }
    (snippet, notes)
}

/// The part of `span` to underline: all of it, unless it is long on one line or reaches into lines that are.
fn cut(source: &str, span: Span) -> Range<usize> {
    let span = span.clamped(source);
    if columns(source, &span).len() <= PATCH {
        return span;
    }
    let text = source[span.clone()].lines().next().unwrap_or_default();
    let end = text.char_indices().nth(PATCH - 10).map_or(text.len(), |(at, _)| at);
    span.start..span.start + end
}

/// The leftmost and the rightmost column of a range, counted in characters.
fn columns(source: &str, range: &Range<usize>) -> Range<usize> {
    let column = |at: usize| Span::at(at).line_column(source).1;
    let (start, end) = (column(range.start), column(range.end));
    if source[range.clone()].contains('\n') {
        // Of the lines between, the drawing shows some from their beginning.
        return 1..start.max(end);
    }
    start..end
}

/// The edits of `fix` as one changed stretch of one line: nothing where they do not fit, change nothing, or touch more
/// than a line that is short and plain. The drawing crate has no defined look for edits that touch each other or
/// for control characters, so those fixes are told in words.
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
        line.chars().count() <= PATCH && escape_control_chars(line) == line && !line.trim().is_empty()
    };
    (before != changed && plain(before) && plain(changed))
        .then(|| Patch::new(from..to, replacement.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use crate::text::properties::{anything, is_harmless};
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn plain(d: &Diagnostic, source: &str) -> String {
        draw(&Renderer::plain().term_width(WIDTH), d, source, None)
    }

    fn check(source: &str, d: &Diagnostic, expected: &Expect) {
        expected.assert_eq(&plain(d, source));
    }

    /// What is left where `ESC [ … m` is taken away.
    fn without_colours(text: &str) -> String {
        let mut pieces = text.split("\u{1b}[");
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            out.push_str(rest.strip_prefix('m').expect("an escape that is no colour"));
        }
        out
    }

    fn sample() -> (&'static str, Diagnostic) {
        let span = Span::new(31, 38);
        let d = Diagnostic::error(Code(307), span, "`statecode` has no option `Activ`")
            .label(span, "options: 0 Active, 1 Inactive")
            .label(Span::new(18, 27), "a choice")
            .help("a choice is compared with its number: `statecode eq 0` (Active)")
            .suggest(Suggestion::fix("compare with the number", span, "0"));
        ("name eq 'Ann' and statecode eq 'Activ'", d)
    }

    #[test]
    fn a_fix_is_drawn_as_changed_lines() {
        let (source, d) = sample();
        check(
            source,
            &d,
            &expect![[r#"
            error[DV0307]: `statecode` has no option `Activ`
              |
            1 | name eq 'Ann' and statecode eq 'Activ'
              |                   ---------    ^^^^^^^ options: 0 Active, 1 Inactive
              |                   |
              |                   a choice
              |
            help: a choice is compared with its number: `statecode eq 0` (Active)
              |
            1 - name eq 'Ann' and statecode eq 'Activ'
            1 + name eq 'Ann' and statecode eq 0
              |"#]],
        );
    }

    #[test]
    fn guesses_are_told_in_words() {
        let (source, mut d) = sample();
        d.severity = Severity::Warning;
        d.suggestions =
            vec![Suggestion::maybe("perhaps", d.span, "0"), Suggestion::maybe("perhaps", d.span, "1")];
        d.help = None;
        check(
            source,
            &d,
            &expect![[r#"
            warning[DV0307]: `statecode` has no option `Activ`
              |
            1 | name eq 'Ann' and statecode eq 'Activ'
              |                   ---------    ^^^^^^^ options: 0 Active, 1 Inactive
              |                   |
              |                   a choice
              |
              = help: perhaps: `0` or `1`"#]],
        );
    }

    #[test]
    fn a_long_line_is_cut_and_its_fix_told() {
        let source = format!("{}statecode eq 'Activ'{}", "a eq 1 or ".repeat(60), " or b eq 2".repeat(60));
        let span = Span::new(613, 620);
        let d = Diagnostic::note(Code(307), span, "no option").suggest(Suggestion::fix("write", span, "0"));
        check(
            &source,
            &d,
            &expect![[r#"
            note[DV0307]: no option
              |
            1 | ...or a eq 1 or a eq 1 or a eq 1 or statecode eq 'Activ' or b eq 2 or b eq 2 or b eq 2 or b eq 2 or b e...
              |                                                  ^^^^^^^
              |
              = help: write: `0`"#]],
        );
    }

    #[test]
    fn what_is_far_aside_is_told() {
        let source = "a eq 1 or ".repeat(400);
        let d = Diagnostic::error(Code(4), Span::new(0, source.len()), "too long")
            .label(Span::new(30, 31), "near")
            .label(Span::new(3000, 3001), "far");
        check(
            &source,
            &d,
            &expect![[r#"
            error[DV0004]: too long
              |
            1 | a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a eq 1 or a e...
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^-^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |                               |
              |                               near
              |
              = note: line 1, column 3001: far"#]],
        );
        let narrow = |d: &Diagnostic| plain(d, &source).lines().all(|l| l.chars().count() <= WIDTH);
        assert!(narrow(&d));
        assert!(narrow(
            &Diagnostic::error(Code(4), Span::at(source.len()), "end").label(Span::at(0), "start")
        ));
    }

    #[test]
    fn colours_and_nothing_else_are_escaped() {
        let (source, d) = sample();
        let text =
            colored(&d, &LineIndex::new(source), Some(SourceLocation { path: "queries/a.odata", line: 7 }));
        assert!(text.contains("\u{1b}[1m\u{1b}[91merror[DV0307]"), "{text:?}");
        assert!(text.contains("queries/a.odata:7:32"), "{text:?}");
    }

    /// The letters, without what colours them.
    fn letters(text: &str) -> String {
        let mut pieces = text.split('\u{1b}');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |all, piece| all + piece.split_once('m').map_or("", |(_, rest)| rest))
    }

    #[test]
    fn of_a_long_text_the_lines_are_drawn_that_it_is_about() {
        let line = "name eq 'a' or";
        let source = format!("{line}\n").repeat(SHORT / line.len());
        let at = source.len() / 2 / 15 * 15;
        let d = |at: usize| {
            let span = Span::new(at, at + 4);
            Diagnostic::error(Code(307), span, "wrong").suggest(Suggestion::fix("write", span, "nam"))
        };
        let origin = Some(SourceLocation { path: "a.odata", line: 3 });
        let whole = draw(&Renderer::styled().term_width(WIDTH), &d(at), &source, origin);
        assert_eq!(colored(&d(at), &LineIndex::new(&source), origin), whole);
        // Of lines that are too long for that the plain picture is shown.
        let source = line.repeat(SHORT / line.len() + 1);
        let text = colored(&d(at), &LineIndex::new(&source), origin);
        assert_eq!(
            letters(&text),
            d(at)
                .display(&source)
                .origin("a.odata")
                .to_string()
                .replace(":1:", ":3:")
                .replace("\n1 |", "\n3 |")
        );
        assert!(
            text.starts_with("\u{1b}[1m\u{1b}[91merror[DV0307]\u{1b}[0m\u{1b}[1m: wrong\u{1b}[0m\n"),
            "{text:?}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn any_span_in_any_source((source, d) in anything()) {
            let text = plain(&d, &source);
            prop_assert!(is_harmless(&text), "{text:?}");
            let colours = colored(&d, &LineIndex::new(&source), Some("a\u{1b}b".into()));
            prop_assert!(is_harmless(&without_colours(&colours)), "{colours:?}");
        }
    }
}
