//! Tests which lines are shown, how they are numbered, and where the texts of labels stand.

use expect_test::expect;

use super::{check, error, of};
use crate::{Diagnostic, LineIndex, SourceLocation, Span};

const LINES: &str = "l1\n\nl3  \nl4\nl5\nl6\nl7\n";

/// Returns the rendering of labels at pieces of `source`; the first is that of the finding itself.
fn at(source: &str, pieces: &[&str]) -> Diagnostic {
    let own = error(of(source, pieces[0]), "m");
    pieces[1..].iter().fold(own, |d, piece| d.label(of(source, piece), *piece))
}

#[test]
fn a_line_between_two_others_is_shown_and_more_are_left_out() {
    let d = at(LINES, &["l1", "l3", "l5", "l6"]);
    check(
        LINES,
        &d,
        &expect![[r#"
        error[DV0307]: m
          |
        1 | l1
          | ^^
        2 |
        3 | l3
          | -- l3
        4 | l4
        5 | l5
          | -- l5
        6 | l6
          | -- l6"#]],
    );
    check(
        LINES,
        &at(LINES, &["l4", "l1", "l7"]),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | l1
          | -- l1
        ...
        4 | l4
          | ^^
        ...
        7 | l7
          | -- l7"#]],
    );
    let origin = |path, line| SourceLocation { path, line };
    let shown = |d: &Diagnostic, line| d.display(LINES).origin(origin("a.txt", line)).to_string();
    expect![[r#"
        error[DV0307]: m
            --> a.txt:997:1
             |
         997 | l1
             | ^^
         998 |
         999 | l3
             | -- l3
        1000 | l4
        1001 | l5
             | -- l5
        1002 | l6
             | -- l6"#]]
    .assert_eq(&shown(&d, 997));
    expect![[r#"
        error[DV0307]: m
           --> a.txt:996:1
            |
        996 | l1
            | ^^
        ...
        999 | l4
            | -- l4"#]]
    .assert_eq(&shown(&at(LINES, &["l1", "l4"]), 996));
    expect![[r#"
        error[DV0307]: m
             --> a.txt:10000:1
              |
         9997 | l1
              | -- l1
        .....
        10000 | l4
              | ^^"#]]
    .assert_eq(&shown(&at(LINES, &["l4", "l1"]), 9997));
    let first = |d: &Diagnostic| d.display(LINES).position_first(origin("a\n.txt", 8)).to_string();
    expect![[r#"
        a .txt:12:1: error[DV0307]: m
           |
        10 | l3
           | -- l3
        11 | l4
        12 | l5
           | ^^"#]]
    .assert_eq(&first(&at(LINES, &["l5", "l3"])));
}

#[test]
fn a_long_line_between_two_others_shows_its_beginning() {
    let source = format!("a\n{}\nb", "word ".repeat(40));
    check(
        &source,
        &at(&source, &["a", "b"]),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | a
          | ^
        2 | word word word word word word word word word word word word word word word word word word word …
        3 | b
          | - b"#]],
    );
}

#[test]
fn a_text_about_the_finding_itself_is_said_once() {
    let source = "a eq 1";
    let span = Span::new(0, 1);
    let d = error(span, "m").label(span, "one").label(span, "other").label(span, "one").label(span, "");
    check(
        source,
        &d,
        &expect![[r#"
        error[DV0307]: m
          |
        1 | a eq 1
          | ^ one
          |   other"#]],
    );
}

#[test]
fn marks_that_end_together_have_the_text_of_the_rightmost_beside_them() {
    let source = "abcdef ghi";
    let label = |d: Diagnostic, start, end, text: &str| d.label(Span::new(start, end), text);
    let own = |start, end, text: &str| label(error(Span::new(start, end), "m"), start, end, text);
    // The finding is within the label, around it, and at the same end.
    check(
        source,
        &label(own(2, 4, "own"), 0, 6, "around"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | --^^-- around
          |   |
          |   own"#]],
    );
    check(
        source,
        &label(own(0, 6, "own"), 2, 4, "within"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^^^^ own
          |   |
          |   within"#]],
    );
    check(
        source,
        &label(own(0, 6, "own"), 2, 6, "at the end"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^^^^ at the end
          | |
          | own"#]],
    );
    check(
        source,
        &label(own(2, 6, "own"), 0, 6, "from the start"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | --^^^^ own
          | |
          | from the start"#]],
    );
    check(
        source,
        &label(own(0, 3, "own"), 0, 6, "longer"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^--- longer
          | |
          | own"#]],
    );
    check(
        source,
        &label(own(0, 6, "own"), 0, 3, "shorter"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^^^^ own
          | |
          | shorter"#]],
    );
    check(
        source,
        &label(label(own(0, 6, "own"), 0, 3, ""), 7, 10, ""),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^^^^^ ---
          | |
          | own"#]],
    );
    check(
        source,
        &label(label(own(0, 2, "own"), 1, 3, "first"), 1, 3, "second"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | ^^- second
          | ||
          | |first
          | own"#]],
    );
    // An empty span is one column, which that of a label may be, too.
    check(
        source,
        &label(own(3, 3, "own"), 3, 4, "label"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          |    ^ own
          |    |
          |    label"#]],
    );
    check(
        source,
        &label(label(own(9, 10, "own"), 0, 1, "a\nb"), 4, 5, "c\nd"),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | abcdef ghi
          | -   -    ^ own
          | |   |
          | |   c
          | |   d
          | a
          | b"#]],
    );
}

#[test]
fn the_text_of_a_label_is_broken_at_the_column_118() {
    let source = "a".repeat(90);
    let (six, two) =
        ("1234567 1234567 1234567 1234567 1234567 1234567", "12345678901234567 123456789012345678");
    let five_and_one = ["1234567 1234567 1234567 1234567 1234567", "1234567"];
    let four_and_two = ["1234567 1234567 1234567 1234567", "1234567 1234567"];
    // The column at which the text begins, counted from 0. The text has 36 columns at least.
    for (column, text, lines) in [
        (70, six, &[six][..]),
        (71, six, &[six]),
        (72, six, &five_and_one),
        (79, six, &five_and_one),
        (80, six, &four_and_two),
        (89, six, &four_and_two),
        (82, two, &[two]),
        (83, two, &[two]),
        (90, two, &[two]),
    ] {
        let texts = |d: &Diagnostic, skipped| -> Vec<String> {
            let shown = d.display(&source).to_string();
            let text = |line: &str| line.trim_start_matches([' ', '|', '^', '-']).to_owned();
            shown.lines().skip(skipped).map(text).collect()
        };
        // Beside its mark the text begins two columns after it, below its mark at its first column.
        let beside = error(Span::new(0, 1), "m").label(Span::new(column - 2, column - 1), text);
        assert_eq!(texts(&beside, 3), lines, "beside, {column}");
        if column < 89 {
            let below = error(Span::new(89, 90), "m").label(Span::new(column, column + 1), text);
            assert_eq!(texts(&below, 5), lines, "below, {column}");
        }
    }
}

#[test]
fn a_span_over_up_to_four_lines_is_shown_as_a_whole() {
    let lines = |first: usize, last: usize| {
        let span = of(LINES, &format!("l{first}")).to(of(LINES, &format!("l{last}")));
        error(span, "m").label(span, "all")
    };
    check(
        LINES,
        &lines(4, 5),
        &expect![[r#"
        error[DV0307]: m
          |
        4 | l4
          | ^^
        5 | l5
          | ^^ all"#]],
    );
    check(
        LINES,
        &lines(4, 7),
        &expect![[r#"
        error[DV0307]: m
          |
        4 | l4
          | ^^
        5 | l5
          | ^^
        6 | l6
          | ^^
        7 | l7
          | ^^ all"#]],
    );
    check(
        LINES,
        &lines(3, 7),
        &expect![[r#"
        error[DV0307]: m
          |
        3 | l3
          | ^^
        4 | l4
          | ^^
        ...
        7 | l7
          | ^^ all"#]],
    );
    // An empty line has nothing to underline.
    check(
        LINES,
        &lines(1, 3),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | l1
          | ^^
        2 |
        3 | l3
          | ^^ all"#]],
    );
    check(
        LINES,
        &lines(1, 6),
        &expect![[r#"
        error[DV0307]: m
          |
        1 | l1
          | ^^
        ...
        6 | l6
          | ^^ all"#]],
    );
    // Spaces at the ends of lines are underlined only where the span ends in them.
    for (start, end, expected) in [
        (4, 7, "3 | l3|  | ^^^"),
        (4, 8, "3 | l3|  | ^^^^"),
        (4, 9, "3 | l3|  | ^^^^"),
        (5, 10, "3 | l3|  |  ^|4 | l4|  | ^"),
        (8, 10, "4 | l4|  | ^"),
        (8, 9, "3 | l3|  |     ^"),
        (2, 4, "1 | l1|  |   ^"),
        (3, 4, "2 ||  | ^"),
        (3, 3, "2 ||  | ^"),
        (2, 5, "3 | l3|  | ^"),
        (1, 4, "1 | l1|  |  ^"),
    ] {
        let shown = error(Span::new(start, end), "m").display(LINES).to_string();
        let rest: Vec<&str> = shown.lines().skip(2).collect();
        assert_eq!(rest.join("|"), expected, "{start} to {end}");
    }
}

#[test]
fn the_end_of_a_text_is_the_end_of_its_last_line() {
    for (source, at, expected) in [
        ("", 0, "1 ||  | ^"),
        ("\n", 0, "1 ||  | ^"),
        ("\n", 1, "1 ||  | ^"),
        ("ab\n", 2, "1 | ab|  |   ^"),
        ("ab\n", 3, "1 | ab|  |   ^"),
        ("ab\r\n", 2, "1 | ab|  |   ^"),
        ("ab\r\n", 3, "1 | ab|  |   ^"),
        ("ab\r\n", 4, "1 | ab|  |   ^"),
        ("ab\n\n", 3, "2 ||  | ^"),
        ("ab\n\n", 4, "2 ||  | ^"),
        ("ab\ncd", 3, "2 | cd|  | ^"),
        ("ab\ncd", 5, "2 | cd|  |   ^"),
        ("ab\n\ncd", 3, "2 ||  | ^"),
        ("ab\n ", 4, "2 ||  |  ^"),
    ] {
        let shown = error(Span::at(at), "m").display(source).to_string();
        let rest: Vec<&str> = shown.lines().skip(2).collect();
        assert_eq!(rest.join("|"), expected, "{at} of {source:?}");
        let index = LineIndex::new(source);
        let d = error(Span::at(at), "m");
        assert_eq!(d.display_in(&index).to_string(), shown, "{at} of {source:?}");
        assert_eq!(d.display_in(&index).to_string(), shown, "{at} of {source:?}, shown again");
    }
}

#[test]
fn a_label_out_of_sight_is_named_by_its_column() {
    let source = "word ".repeat(100);
    let label = |d: Diagnostic, start: usize, text: &str| d.label(Span::new(start, start + 39), text);
    let d = error(Span::new(0, 39), "m");
    let d = label(label(label(label(d, 250, "b\u{7}"), 460, ""), 400, "c\nd"), 50, "near");
    check(
        &source,
        &d,
        &expect![[r#"
            error[DV0307]: m
              |
            1 | word word word word word word word word word word word word word word word word word word word …
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^           --------------------------------------- near
              = column 251: b\u{7}
              = column 401: c d"#]],
    );
}
