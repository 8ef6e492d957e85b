//! Tests properties of the rendering of diagnostics, with generated sources and spans.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::{Applicability, Code, Diagnostic, Edit, Span, Suggestion};

/// Generates texts that contain characters whose width on a terminal is hard to determine.
fn awkward() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        4 => prop::char::range(' ', '~'),
        1 => prop::sample::select(vec!['\n', '\r', '\t', '\u{1b}', '\u{7f}', '\u{9b}', 'é', '東', '\u{301}', '👩', '\u{200d}', '\u{1f3fd}', '\u{fe0f}', '\u{fe0e}', '⌚', '\u{202e}', '\u{feff}', 'ﷺ']),
    ];
    prop_oneof![
        4 => prop::collection::vec(c.clone(), 0..60).prop_map(String::from_iter),
        1 => prop::collection::vec(c, 0..700).prop_map(String::from_iter),
        1 => any::<String>(),
    ]
}

fn span(length: u32) -> impl Strategy<Value = Span> {
    prop_oneof![
        8 => (0..=length, 0..=length).prop_map(|(a, b)| Span { start: a.min(b), end: a.max(b) }),
        1 => (any::<u32>(), any::<u32>()).prop_map(|(start, end)| Span { start, end }),
        1 => (0..=length).prop_map(|at| Span { start: at, end: at }),
    ]
}

/// Generates a source, and a finding about it with labels and suggestions at arbitrary positions.
pub(crate) fn anything() -> impl Strategy<Value = (String, Diagnostic)> {
    awkward().prop_flat_map(|source| {
        let n = u32::try_from(source.len()).unwrap() + 3;
        let labels = prop::collection::vec((span(n), "[a-z\u{1b}\n東]{0,12}"), 0..5);
        let edits = prop::collection::vec((span(n), "[a-z\u{1b}\n'東]{0,6}"), 0..3);
        let suggestions = prop::collection::vec((edits, any::<bool>(), "[a-b]{0,2}"), 0..4);
        (Just(source), span(n), labels, suggestions).prop_map(|(source, span, labels, suggestions)| {
            let mut d = Diagnostic::error(Code(307), span, "message");
            for (span, text) in labels {
                d = d.label(span, text);
            }
            for (edits, sure, message) in suggestions {
                d = d.suggest(Suggestion {
                    message,
                    edits: edits.into_iter().map(|(span, replacement)| Edit { span, replacement }).collect(),
                    applicability: if sure { Applicability::MachineApplicable } else { Applicability::Maybe },
                });
            }
            (source, d)
        })
    })
}

/// Returns whether printing `text` has no effect except to show characters and begin new lines.
pub(crate) fn is_harmless(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || crate::printable::is_printable(c))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn carets_stay_under_their_line((source, mut d) in anything()) {
        d.labels.clear();
        d.suggestions.clear();
        // Spaces at the end of a line are not printed, so a full stop makes the width visible.
        let source = source.split('\n').map(|line| format!("{line}.\n")).collect::<String>();
        let text = d.display(&source).to_string();
        prop_assert!(is_harmless(&text), "{text:?}");
        let mut above = 0;
        let mut carets = 0;
        for line in text.lines().skip(2) {
            let (gutter, rest) = line.split_once(" |").unwrap_or((line, ""));
            if gutter.trim().is_empty() {
                let end = rest.width();
                prop_assert!(end <= above + 2, "{end} > {above}\n{text}");
                prop_assert!(end <= 112, "{end} is too far\n{text}");
                prop_assert!(rest.ends_with('^'));
                carets += 1;
            } else {
                above = rest.width();
            }
        }
        prop_assert!(carets > 0, "no caret\n{text}");
    }

    #[test]
    fn every_message_is_harmless((source, d) in anything()) {
        let text = d.display(&source).origin("a\u{1b}b").to_string();
        prop_assert!(is_harmless(&text), "{text:?}");
        prop_assert!(text.starts_with("error[DV0307]: message\n"));
        prop_assert!(!text.ends_with('\n'));
    }

    #[test]
    fn every_label_text_is_in_the_message((source, mut d) in anything()) {
        d.labels.iter_mut().enumerate().for_each(|(i, l)| l.message = format!("label<{i}>"));
        let text = d.display(&source).to_string();
        for label in &d.labels {
            prop_assert!(text.contains(&label.message), "{text}");
        }
    }
}

/// An escape is one cell of many columns, to which combining marks after it belong, so cuts extend to the
/// whole cell.
#[test]
fn lines_of_escapes_are_cut_to_their_width() {
    let source = "ab\u{feff}\u{7f}\u{1f3fd}c\u{9b}".repeat(20);
    let ends: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
    for (n, start) in ends.iter().enumerate() {
        for end in ends.iter().skip(n + 1).step_by(7) {
            let text =
                Diagnostic::error(Code(307), Span::new(*start, *end), "message").display(&source).to_string();
            let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap_or_default();
            assert!(widest <= super::window::MAX_LINE_WIDTH + 8, "{widest} columns\n{text}");
        }
    }
}
