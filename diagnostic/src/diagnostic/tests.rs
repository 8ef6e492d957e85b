//! Tests edits, the mapping of spans, and the JSON form of diagnostics.

use proptest::prelude::*;

use super::*;
use crate::code;
use crate::{EditError, apply};

fn edit(start: usize, end: usize, replacement: &str) -> Edit {
    Edit { span: Span::new(start, end), replacement: replacement.to_owned() }
}

#[test]
fn edits_are_applied_in_any_order() {
    let source = "a eq b";
    assert_eq!(apply(source, &[]).as_deref(), Ok(source));
    assert_eq!(apply(source, &[edit(5, 6, "x"), edit(0, 1, "yy")]).as_deref(), Ok("yy eq x"));
    assert_eq!(
        apply(source, &[edit(2, 4, "ne"), edit(2, 2, "!"), edit(4, 4, "?")]).as_deref(),
        Ok("a !ne? b")
    );
    assert_eq!(apply(source, &[edit(6, 6, "1"), edit(6, 6, "2")]).as_deref(), Ok("a eq b12"));
    assert_eq!(apply("", &[edit(0, 0, "x")]).as_deref(), Ok("x"));
}

#[test]
fn edits_that_overlap_are_refused() {
    let overlap =
        |a: (usize, usize), b: (usize, usize)| apply("a eq b", &[edit(a.0, a.1, ""), edit(b.0, b.1, "")]);
    assert_eq!(overlap((0, 3), (2, 4)), Err(EditError::Overlap(Span::new(0, 3), Span::new(2, 4))));
    assert_eq!(overlap((2, 4), (2, 4)), Err(EditError::Overlap(Span::new(2, 4), Span::new(2, 4))));
    assert_eq!(overlap((1, 1), (0, 6)), Err(EditError::Overlap(Span::new(0, 6), Span::new(1, 1))));
    let error = overlap((0, 3), (2, 4)).unwrap_err();
    assert_eq!(error.to_string(), "edits at bytes 0..3 and 2..4 overlap");
}

#[test]
fn edits_that_do_not_fit_are_refused() {
    for span in
        [Span::new(0, 4), Span::new(4, 4), Span::new(2, 3), Span::new(0, 2), Span { start: 1, end: 0 }]
    {
        let edits = [Edit { span, replacement: String::new() }];
        assert_eq!(apply("né", &edits), Err(EditError::OutOfText(span)), "{span:?}");
    }
    let error = apply("né", &[edit(2, 3, "")]).unwrap_err();
    assert_eq!(error.to_string(), "an edit at bytes 2..3 does not fit the text");
}

#[test]
fn map_moves_every_span() {
    let d = Diagnostic::warning(code::IS_NULL, Span::new(1, 2), "m")
        .label(Span::new(2, 3), "l")
        .suggest(Suggestion::fix("s", Span::new(3, 4), "a b").and_edit(Span::at(5), "c"));
    let d = d.map(|s| Span { start: s.start + 10, end: s.end + 10 }, |r| r.replace(' ', "%20"));
    assert_eq!(d.span, Span::new(11, 12));
    assert_eq!(d.labels[0].span, Span::new(12, 13));
    assert_eq!(d.suggestions[0].edits, [edit(13, 14, "a%20b"), edit(15, 15, "c")]);
    assert!(!d.is_error());
}

#[test]
fn a_finding_has_what_it_was_made_with() {
    let span = Span::new(1, 2);
    for (d, severity, word, is_error) in [
        (Diagnostic::note(code::EMPTY, span, "m"), Severity::Note, "note", false),
        (Diagnostic::warning(code::EMPTY, span, "m"), Severity::Warning, "warning", false),
        (Diagnostic::error(code::EMPTY, span, "m"), Severity::Error, "error", true),
    ] {
        assert_eq!(d, Diagnostic::new(code::EMPTY, severity, span, "m"));
        assert_eq!((d.severity.as_str(), d.is_error()), (word, is_error));
        assert_eq!(d.to_string(), format!("{word}[DV0008]: m"));
        assert_eq!((d.fix(), d.labels.len(), d.suggestions.len(), &d.help), (None, 0, 0, &None));
    }
    let fix = |text: &str| Suggestion::fix("f", span, text);
    let maybe = |text: &str| Suggestion::maybe("g", span, text);
    let d = Diagnostic::error(code::EMPTY, span, "m").label(span, "one").label(Span::at(0), "two").help("h");
    let d = d.suggest(maybe("a")).suggest(fix("b")).suggest(fix("c")).suggest(maybe("d"));
    assert_eq!(d.fix(), Some(&fix("b")), "the first certain one");
    assert_eq!(d.suggestions, [maybe("a"), fix("b"), fix("c"), maybe("d")]);
    let label = |span, message: &str| Label { span, message: message.to_owned() };
    assert_eq!(d.labels, [label(span, "one"), label(Span::at(0), "two")]);
    assert_eq!(d.help.as_deref(), Some("h"));
    assert_eq!(Diagnostic::error(code::EMPTY, span, "m").suggest(maybe("a")).fix(), None);
}

#[test]
fn display_of_a_diagnostic_is_one_line() {
    let d = Diagnostic::note(code::EMPTY, Span::at(0), "a\nb\u{1b}[1m\n");
    assert_eq!(d.to_string(), "note[DV0008]: a b\\u{1b}[1m");
}

#[cfg(feature = "serde")]
mod json {
    use super::*;
    use expect_test::expect;

    fn sample() -> Diagnostic {
        let span = Span::new(9, 11);
        Diagnostic::error(code::FOREIGN_OPERATOR, span, "`==` is not an OData operator")
            .suggest(Suggestion::fix("write `eq`", span, "eq"))
            .suggest(Suggestion::maybe("or `ne`", span, "ne"))
    }

    #[test]
    fn the_json_form_is_stable() {
        expect![[r#"
            {
              "code": "DV0007",
              "severity": "error",
              "message": "`==` is not an OData operator",
              "span": {
                "start": 9,
                "end": 11
              },
              "help": null,
              "suggestions": [
                {
                  "message": "write `eq`",
                  "edits": [
                    {
                      "span": {
                        "start": 9,
                        "end": 11
                      },
                      "replacement": "eq"
                    }
                  ],
                  "applicability": "machine-applicable"
                },
                {
                  "message": "or `ne`",
                  "edits": [
                    {
                      "span": {
                        "start": 9,
                        "end": 11
                      },
                      "replacement": "ne"
                    }
                  ],
                  "applicability": "maybe"
                }
              ]
            }"#]]
        .assert_eq(&serde_json::to_string_pretty(&sample()).unwrap());
    }

    #[test]
    fn json_round_trips() {
        let full = sample().label(Span::new(0, 8), "a column").help("OData spells it `eq`");
        for d in [sample(), full, Diagnostic::note(code::EMPTY, Span::at(0), "\u{1b}\"\n東")] {
            let text = serde_json::to_string(&d).unwrap();
            assert_eq!(serde_json::from_str::<Diagnostic>(&text).unwrap(), d, "{text}");
            let value = serde_json::to_value(&d).unwrap();
            assert_eq!(serde_json::from_value::<Diagnostic>(value).unwrap(), d);
        }
    }

    #[test]
    fn optional_json_members_may_be_missing() {
        let least = r#"{"code":"DV0007","severity":"warning","message":"m","span":{"start":0,"end":1}}"#;
        let d: Diagnostic = serde_json::from_str(least).unwrap();
        assert_eq!(d, Diagnostic::warning(code::FOREIGN_OPERATOR, Span::new(0, 1), "m"));
        let unknown = serde_json::from_str::<Diagnostic>(&least.replace("DV0007", "DV9999")).unwrap_err();
        assert!(unknown.to_string().contains("there is no code `DV9999`"), "{unknown}");
        assert!(serde_json::from_str::<Diagnostic>(&least.replace("warning", "fatal")).is_err());
    }
}

/// Generates a text, positions that divide the text into parts, and a replacement for every second part.
fn cuts() -> impl Strategy<Value = (Vec<char>, Vec<usize>, Vec<String>)> {
    prop::collection::vec(prop::sample::select(vec!['a', ' ', 'é', '東', '👩', '\n']), 0..20).prop_flat_map(
        |text| {
            let cuts = prop::collection::btree_set(0..=text.len(), 0..8);
            let cuts = cuts.prop_map(Vec::from_iter);
            (Just(text), cuts, prop::collection::vec("[x東]{0,3}", 4))
        },
    )
}

proptest! {
    #[test]
    fn apply_is_like_rebuilding_the_text((text, cuts, words) in cuts(), reversed in any::<bool>()) {
        let source = String::from_iter(&text);
        let byte = |at: usize| text[..at].iter().map(|c| c.len_utf8()).sum::<usize>();
        let mut edits = Vec::new();
        let mut expected = String::new();
        let mut at = 0;
        for (pair, word) in cuts.chunks_exact(2).zip(&words) {
            expected.extend(&text[at..pair[0]]);
            expected.push_str(word);
            at = pair[1];
            edits.push(edit(byte(pair[0]), byte(pair[1]), word));
        }
        expected.extend(&text[at..]);
        if reversed {
            edits.reverse();
        }
        prop_assert_eq!(apply(&source, &edits), Ok(expected));
    }

    #[test]
    fn apply_never_panics(source in any::<String>(), spans in prop::collection::vec((0u32..40, 0u32..40), 0..4)) {
        let edits: Vec<Edit> = spans.iter()
            .map(|&(start, end)| Edit { span: Span { start, end }, replacement: "x".to_owned() })
            .collect();
        let _ = apply(&source, &edits);
    }

    #[test]
    fn clamped_spans_slice(source in any::<String>(), start in any::<u32>(), end in any::<u32>(), small in any::<bool>()) {
        let cut = |n: u32| if small { n % 50 } else { n };
        let span = Span { start: cut(start), end: cut(end) };
        prop_assert!(source.get(span.clamped(&source)).is_some());
        prop_assert!(span.line_column(&source) >= (1, 1));
    }
}
