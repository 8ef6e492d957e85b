//! Tests the drawing with colours.

use super::*;
use crate::Code;
use crate::text::properties::{anything, is_harmless};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn plain(d: &Diagnostic, source: &str) -> String {
    draw(&Renderer::plain().term_width(MAX_LINE_WIDTH), d, source, None)
}

fn check(source: &str, d: &Diagnostic, expected: &Expect) {
    expected.assert_eq(&plain(d, source));
}

/// Returns the text without the sequences `ESC [ … m`, which set its colours.
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
fn guesses_are_described_in_words() {
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
fn a_fix_of_a_long_line_is_described_in_words() {
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
fn a_distant_label_is_described_in_words() {
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
    let narrow = |d: &Diagnostic| plain(d, &source).lines().all(|l| l.chars().count() <= MAX_LINE_WIDTH);
    assert!(narrow(&d));
    assert!(narrow(&Diagnostic::error(Code(4), Span::at(source.len()), "end").label(Span::at(0), "start")));
}

#[test]
fn only_colours_contain_escape_characters() {
    let (source, d) = sample();
    let text =
        colored(&d, &LineIndex::new(source), Some(SourceLocation { path: "queries/a.odata", line: 7 }));
    assert!(text.contains("\u{1b}[1m\u{1b}[91merror[DV0307]"), "{text:?}");
    assert!(text.contains("queries/a.odata:7:32"), "{text:?}");
}

/// Returns the text without the sequences that set its colours.
fn letters(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |all, piece| all + piece.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn only_the_lines_of_the_finding_are_drawn_of_a_long_text() {
    let line = "name eq 'a' or";
    let source = format!("{line}\n").repeat(MAX_TEXT_LENGTH / line.len());
    let at = source.len() / 2 / 15 * 15;
    let d = |at: usize| {
        let span = Span::new(at, at + 4);
        Diagnostic::error(Code(307), span, "wrong").suggest(Suggestion::fix("write", span, "nam"))
    };
    let origin = Some(SourceLocation { path: "a.odata", line: 3 });
    let whole = draw(&Renderer::styled().term_width(MAX_LINE_WIDTH), &d(at), &source, origin);
    assert_eq!(colored(&d(at), &LineIndex::new(&source), origin), whole);
    // Lines that are too long for drawing get the plain rendering.
    let source = line.repeat(MAX_TEXT_LENGTH / line.len() + 1);
    let text = colored(&d(at), &LineIndex::new(&source), origin);
    assert_eq!(
        letters(&text),
        d(at).display(&source).origin("a.odata").to_string().replace(":1:", ":3:").replace("\n1 |", "\n3 |")
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

/// Returns the label or fix of bytes of a line.
fn found(start: usize, end: usize) -> Diagnostic {
    Diagnostic::error(Code(307), Span::new(start, end), "m")
}

#[test]
fn each_label_is_drawn_with_its_text_or_described() {
    let source = "abcdef ghi\nsecond";
    let span = Span::new(0, 3);
    let d =
        found(0, 3).label(span, "one").label(span, "").label(span, "other\u{7}").label(Span::new(4, 5), "");
    check(
        source,
        &d.label(Span::new(11, 17), "below"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^ -
          | |
          | one; other\u{7}
        2 | second
          | ------ below"#]],
    );
    // A label more than 100 columns away is described in words, unless it has none.
    let line = format!("first\n{}", "x".repeat(300));
    let far = |start: usize, end: usize, text: &str| found(16, 18).label(Span::new(start + 6, end + 6), text);
    let notes = |d: &Diagnostic| {
        let text = draw(
            &Renderer::plain().term_width(MAX_LINE_WIDTH),
            d,
            &line,
            Some(SourceLocation { path: "a.txt", line: 7 }),
        );
        text.lines()
            .filter(|line| line.contains("note: "))
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    for (d, expected) in [
        (far(109, 110, "end"), None),
        (far(110, 111, "end"), Some("= note: line 8, column 111: end")),
        (far(200, 201, ""), None),
        (far(200, 201, "far\u{7}"), Some("= note: line 8, column 201: far\\u{7}")),
        // The distance grows with each label that is drawn.
        (far(109, 110, "end").label(Span::new(15, 16), "start"), Some("= note: line 8, column 10: start")),
        (far(100, 101, "end").label(Span::new(15, 16), "start"), None),
        // Lines between are drawn, so a label in another line counts from the first column.
        (found(105, 106).label(Span::new(0, 1), "above"), None),
        (found(106, 107).label(Span::new(0, 1), "above"), Some("= note: line 7, column 1: above")),
    ] {
        assert_eq!(notes(&d), expected.into_iter().collect::<Vec<_>>(), "{d:?}");
    }
}

#[test]
fn a_wide_span_is_drawn_by_its_first_90_columns() {
    for (source, start, end, expected) in [
        ("x".repeat(300), 10, 110, 10..110),
        ("x".repeat(300), 10, 111, 10..100),
        ("é".repeat(300), 20, 220, 20..220),
        ("é".repeat(300), 20, 222, 20..200),
        (format!("{}\n{}", "x".repeat(99), "y".repeat(300)), 0, 120, 0..120),
        (format!("{}\n{}", "x".repeat(99), "y".repeat(300)), 0, 300, 0..90),
        (format!("{}\n{}", "x".repeat(50), "y".repeat(300)), 0, 300, 0..50),
        (format!("{}\n{}\n{}", "x".repeat(120), "y".repeat(30), "z"), 110, 130, 110..120),
    ] {
        assert_eq!(cut(&source, Span::new(start, end)), expected, "{start}..{end} of {source}");
    }
    let source = "abc\ndéf\nghi";
    for (range, expected) in [
        (0..2, 1..3),
        (1..1, 2..2),
        (4..8, 1..4),
        (5..7, 2..3),
        (1..5, 1..2),
        (2..4, 1..3),
        (2..10, 1..3),
        (9..12, 1..4),
    ] {
        assert_eq!(columns(source, &range), expected, "{range:?}");
    }
}

#[test]
fn a_fix_is_drawn_if_it_changes_one_short_plain_line() {
    let long = |width: usize| format!("ab\n{}\ncd", "x".repeat(width));
    for (source, edits, expected) in [
        ("a == 1", &[(2, 4, "eq")][..], Some((2..4, "eq"))),
        ("a == 1\nb", &[(2, 4, "eq"), (7, 8, "c")], None),
        ("x\na == 1\nb", &[(4, 6, "eq")], Some((4..6, "eq"))),
        ("x\na == 1\r\nb", &[(4, 6, "eq"), (2, 3, "b")], Some((2..6, "b eq"))),
        ("a == 1", &[(0, 1, "b"), (5, 6, "2")], Some((0..6, "b == 2"))),
        ("a == 1", &[(5, 6, "2"), (0, 1, "b")], Some((0..6, "b == 2"))),
        ("a == 1", &[(6, 6, " and b")], Some((6..6, " and b"))),
        ("a == 1", &[(2, 4, "==")], None),
        ("a == 1", &[(0, 6, "")], None),
        ("a == 1", &[(0, 6, " ")], None),
        ("", &[(0, 0, "x")], None),
        ("a\n \nb", &[(2, 3, "x")], None),
        ("a == 1", &[(2, 4, "e\nq")], None),
        ("a == 1", &[(2, 4, "e\u{7}q")], None),
        ("a\t== 1", &[(2, 4, "eq")], None),
        ("a\n== 1", &[(1, 2, " ")], None),
        ("a == 1", &[(2, 9, "eq")], None),
        ("a == 1", &[], None),
        (&long(100), &[(3, 4, "y")], Some((3..4, "y"))),
        (&long(101), &[(3, 4, "y")], None),
        (&long(99), &[(3, 4, "yz")], Some((3..4, "yz"))),
        (&long(100), &[(3, 4, "yz")], None),
        (&long(101), &[(3, 5, "y")], None),
    ] {
        let edits = edits.iter().map(|(start, end, text)| crate::Edit {
            span: Span::new(*start, *end),
            replacement: (*text).to_owned(),
        });
        let fix = Suggestion { edits: edits.collect(), ..Suggestion::fix("m", Span::at(0), "") };
        let expected = expected.map(|(span, text)| format!("{:?}", Patch::new(span, text.to_owned())));
        let drawn = patch(source, &fix).map(|patch| format!("{patch:?}"));
        assert_eq!(drawn, expected, "{:?} of {source:?}", fix.edits);
    }
}

#[test]
fn the_help_about_a_fix_is_the_heading_of_its_lines() {
    let source = "a == 1";
    let span = Span::new(2, 4);
    let fix = Suggestion::fix("write\u{7} it", span, "eq");
    let d = Diagnostic::warning(Code(7), span, "m");
    check(
        source,
        &d.clone().suggest(fix.clone()),
        &expect![[r#"
        warning[DV0007]: m
          |
        1 | a == 1
          |   ^^
          |
        help: write\u{7} it
          |
        1 - a == 1
        1 + a eq 1
          |"#]],
    );
    // A help about something else is beside it.
    let other = d.clone().help("look it up").suggest(fix.clone());
    check(
        source,
        &other.suggest(Suggestion::maybe("or", span, "ne")),
        &expect![[r#"
        warning[DV0007]: m
          |
        1 | a == 1
          |   ^^
          |
          = help: look it up
          = help: or: `ne`
        help: write\u{7} it
          |
        1 - a == 1
        1 + a eq 1
          |"#]],
    );
    let same = d.help("it is `eq`").suggest(Suggestion::maybe("or", span, "ne")).suggest(fix);
    check(
        source,
        &same,
        &expect![[r#"
        warning[DV0007]: m
          |
        1 | a == 1
          |   ^^
          |
          = help: or: `ne`
        help: it is `eq`
          |
        1 - a == 1
        1 + a eq 1
          |"#]],
    );
}

#[test]
fn lines_are_counted_from_that_of_the_origin() {
    let d =
        found(4, 5).suggest(Suggestion::fix("write", Span::new(4, 5), "x")).label(Span::new(0, 1), "first");
    let drawn = |origin| draw(&Renderer::plain().term_width(MAX_LINE_WIDTH), &d, "abc\ndef", origin);
    expect![[r#"
        error[DV0307]: m
          --> a .txt:42:1
           |
        41 | abc
           | - first
        42 | def
           | ^
           |
        help: write
           |
        42 - def
        42 + xef
           |"#]]
    .assert_eq(&drawn(Some(SourceLocation { path: "a\n.txt", line: 41 })));
    expect![[r#"
        error[DV0307]: m
           |
        41 | abc
           | - first
        42 | def
           | ^
           |
        help: write
           |
        42 - def
        42 + xef
           |"#]]
    .assert_eq(&drawn(Some(SourceLocation { path: "", line: 41 })));
    expect![[r#"
        error[DV0307]: m
          |
        1 | abc
          | - first
        2 | def
          | ^
          |
        help: write
          |
        2 - def
        2 + xef
          |"#]]
    .assert_eq(&drawn(None));
    let index = LineIndex::new("abc\ndef");
    let origin = SourceLocation { path: "a.txt", line: 41 };
    let first = colored_position_first(&d, &index, origin);
    assert!(first.starts_with("\u{1b}[1ma.txt:42:1:\u{1b}[0m "), "{first:?}");
    assert_eq!(
        letters(&first),
        format!("a.txt:42:1: {}", drawn(Some(SourceLocation { path: "", line: 41 })))
    );
    assert_eq!(letters(&colored(&d, &index, None)), drawn(None));
}

#[test]
fn characters_that_are_escaped_move_what_is_underlined() {
    let source = "a\u{7}b\u{202e}c\r\n\u{1b}d";
    let d = found(2, 3)
        .label(Span::new(6, 7), "c")
        .label(Span::new(1, 2), "bell")
        .label(Span::new(10, 99), "d")
        .label(Span::new(4, 5), "within a character");
    check(
        source,
        &d,
        &expect![[r#"
            error[DV0307]: m
              |
            1 | a\u{7}b\u{202e}c
              |  -----^--------- c
              |  |     |
              |  |     within a character
              |  bell
            2 | \u{1b}d
              |       - d"#]],
    );
    let moved = moved(
        &d.suggest(Suggestion::fix("m", Span::new(2, 3), "x\u{7}")).suggest(Suggestion::maybe(
            "n",
            Span::new(4, 99),
            "y",
        )),
        source,
    );
    let spans: Vec<_> = moved.labels.iter().map(|l| l.span).chain([moved.span]).collect();
    assert_eq!(
        spans,
        [Span::new(15, 16), Span::new(1, 6), Span::new(24, 25), Span::new(7, 15), Span::new(6, 7)]
    );
    let edits: Vec<_> = moved.suggestions.iter().flat_map(|s| &s.edits).collect();
    assert_eq!((edits[0].span, edits[0].replacement.as_str()), (Span::new(6, 7), "x\\u{7}"));
    assert_eq!(edits[1].span, Span::new(usize::MAX, usize::MAX), "an edit that does not fit still does not");
}

#[test]
fn a_text_of_more_than_8_kib_is_drawn_by_its_lines() {
    let text = |before: usize, line: usize| format!("{}\n{}\nlast", "é".repeat(before), "y".repeat(line));
    // What is left of the text, its first line, and the span of the finding there.
    let cut = |source: &str, d: &Diagnostic| {
        cut_out(d, &LineIndex::new(source))
            .map(|(text, first, d)| (text.len(), first, d.span, d.labels.first().map(|l| l.span)))
    };
    let source = text(4100, 8192);
    for (source, d, expected) in [
        (&source, found(8201, 8205), Some((8192, 1, Span::new(0, 4), None))),
        (&source, found(8203, 8205), Some((8192, 1, Span::new(2, 4), None))),
        (&text(4100, 8193), found(8201, 8205), None),
        (&source, found(0, 2), None),
        (&text(4096, 50), found(0, 4), Some((8192, 0, Span::new(0, 4), None))),
        (&text(4097, 50), found(0, 2), None),
        (&source, found(16394, 16396), Some((4, 2, Span::new(0, 2), None))),
        (&source, found(16398, 16398), Some((4, 2, Span::new(4, 4), None))),
        (
            &source,
            found(16395, 16396).label(Span::new(16394, 16398), "l"),
            Some((4, 2, Span::new(1, 2), Some(Span::new(0, 4)))),
        ),
        (&source, found(16395, 16396).label(Span::new(8201, 8202), "l"), None),
        (&source, found(16395, 16396).suggest(Suggestion::fix("f", Span::new(8201, 8202), "x")), None),
        (
            &text(4100, 100),
            found(8302, 8303).suggest(Suggestion::fix("f", Span::new(8201, 8202), "x")),
            Some((105, 1, Span::new(101, 102), None)),
        ),
        (
            &text(4100, 100),
            found(8201, 8202).label(Span::new(8302, 8303), "l"),
            Some((105, 1, Span::new(0, 1), Some(Span::new(101, 102)))),
        ),
    ] {
        assert_eq!(cut(source, &d), expected, "{d:?} in {} bytes", source.len());
    }
    // Both ways of drawing give the same, so the limit shows in the colours of what is not drawn alone.
    let place = SourceLocation { path: "a.txt", line: 3 };
    for (length, severity, expected) in [
        (8192, Severity::Error, None),
        (8193, Severity::Error, Some(91)),
        (8193, Severity::Warning, Some(93)),
        (8193, Severity::Note, Some(92)),
    ] {
        let source = "y".repeat(length);
        let d = Diagnostic::new(Code(307), severity, Span::new(1, 2), "m: n").help("a: b");
        let text = colored(&d, &LineIndex::new(&source), Some(place));
        let plain = d.display(&source).origin(place).to_string();
        let word = format!("{}[DV0307]", severity.as_str());
        match expected {
            None => assert_ne!(letters(&text), plain, "{length}"),
            Some(colour) => assert_eq!(
                text,
                plain.replacen(
                    &format!("{word}: m: n"),
                    &format!("\u{1b}[1m\u{1b}[{colour}m{word}\u{1b}[0m\u{1b}[1m: m: n\u{1b}[0m"),
                    1
                )
            ),
        }
        let nowhere = SourceLocation { path: "", line: 3 };
        if expected.is_some() {
            assert_eq!(
                letters(&colored(&d, &LineIndex::new(&source), Some(nowhere))),
                d.display(&source).to_string()
            );
            assert_eq!(letters(&colored(&d, &LineIndex::new(&source), None)), d.display(&source).to_string());
        }
    }
    let source = text(4100, 20);
    let drawn = |origin| letters(&colored(&found(8201, 8203), &LineIndex::new(&source), origin));
    expect![[r#"
        error[DV0307]: m
          |
        2 | yyyyyyyyyyyyyyyyyyyy
          | ^^"#]]
    .assert_eq(&drawn(None));
    expect![[r#"
        error[DV0307]: m
         --> a.txt:4:1
          |
        4 | yyyyyyyyyyyyyyyyyyyy
          | ^^"#]]
    .assert_eq(&drawn(Some(place)));
}
