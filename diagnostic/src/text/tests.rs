//! Tests the appearance of messages.

mod layout;

use expect_test::{Expect, expect};

use crate::{Code, Diagnostic, Span, Suggestion};

const LONG: &str = "ParentCustomerId/name eq 'Contoso' and statecode eq 'Activ' and createdon eq 2025-01-31 and emailaddress1 ne null and fullname ne null";

/// Returns the span of the first occurrence of `piece` in `source`.
fn of(source: &str, piece: &str) -> Span {
    let at = source.find(piece).expect("the piece is in the source");
    Span::new(at, at + piece.len())
}

fn error(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error(Code(307), span, message)
}

fn check(source: &str, d: &Diagnostic, expected: &Expect) {
    expected.assert_eq(&d.display(source).to_string());
}

#[test]
fn a_message_has_carets_labels_and_help() {
    let span = of(LONG, "'Activ'");
    let d = error(span, "`statecode` has no option `Activ`")
        .label(span, "options: 0 Active, 1 Inactive")
        .help("a choice is compared with its number: `statecode eq 0` (Active)")
        .suggest(Suggestion::fix("compare with the number", span, "0"));
    check(
        LONG,
        &d,
        &expect![[r#"
            error[DV0307]: `statecode` has no option `Activ`
              |
            1 | … eq 'Contoso' and statecode eq 'Activ' and createdon eq 2025-01-31 and …
              |                                 ^^^^^^^ options: 0 Active, 1 Inactive
            help: a choice is compared with its number: `statecode eq 0` (Active)"#]],
    );
}

#[test]
fn a_message_may_have_neither_label_nor_help() {
    check(
        "a eq 1",
        &error(Span::new(0, 1), "no such column"),
        &expect![[r#"
        error[DV0307]: no such column
          |
        1 | a eq 1
          | ^"#]],
    );
}

#[test]
fn carets_align_under_tabs_and_wide_characters() {
    let source = "\tnäme eq '東京' or e\u{301}te eq 👩‍👩‍👧 x";
    check(
        source,
        &error(of(source, "'東京'"), "wide"),
        &expect![[r#"
        error[DV0307]: wide
          |
        1 |     näme eq '東京' or éte eq 👩‍👩‍👧 x
          |             ^^^^^^"#]],
    );
    check(
        source,
        &error(of(source, "e\u{301}te"), "combining"),
        &expect![[r#"
        error[DV0307]: combining
          |
        1 |     näme eq '東京' or éte eq 👩‍👩‍👧 x
          |                       ^^^"#]],
    );
    check(
        source,
        &error(of(source, "\u{301}te"), "inside a cell"),
        &expect![[r#"
        error[DV0307]: inside a cell
          |
        1 |     näme eq '東京' or éte eq 👩‍👩‍👧 x
          |                       ^^^"#]],
    );
    check(
        source,
        &error(of(source, "x"), "after an emoji"),
        &expect![[r#"
        error[DV0307]: after an emoji
          |
        1 |     näme eq '東京' or éte eq 👩‍👩‍👧 x
          |                                 ^"#]],
    );
    check(
        "\u{301}a",
        &error(of("\u{301}a", "a"), "a mark alone"),
        &expect![[r#"
        error[DV0307]: a mark alone
          |
        1 | ◌́a
          |  ^"#]],
    );
}

#[test]
fn control_characters_are_shown_as_escapes() {
    let source = "name eq '\u{1b}[31m\u{7}' \r \u{202e}x\u{200b}";
    let d = error(of(source, "\u{202e}"), "unexpected \u{1b}[2J\n")
        .label(of(source, "\u{1b}"), "\u{1b}]0;title\u{7}")
        .help("write\u{1b}c")
        .suggest(Suggestion::fix("drop\u{9b}it", of(source, "x"), "\u{1b}y"));
    check(
        source,
        &d,
        &expect![[r#"
            error[DV0307]: unexpected \u{1b}[2J
              |
            1 | name eq '\u{1b}[31m\u{7}' \r \u{202e}x\u{200b}
              |          ------              ^^^^^^^^
              |          |
              |          \u{1b}]0;title\u{7}
            help: write\u{1b}c
            help: drop\u{9b}it: `\u{1b}y`"#]],
    );
}

#[test]
fn an_empty_span_gets_one_caret() {
    check(
        "",
        &error(Span::at(0), "nothing").label(Span::at(0), "here"),
        &expect![[r#"
        error[DV0307]: nothing
          |
        1 |
          | ^ here"#]],
    );
    check(
        "name eq",
        &error(Span::at(7), "a value is missing").label(Span::at(7), "a value"),
        &expect![[r#"
        error[DV0307]: a value is missing
          |
        1 | name eq
          |        ^ a value"#]],
    );
    check(
        "name eq\r\n",
        &error(Span::at(9), "after the last line break"),
        &expect![[r#"
        error[DV0307]: after the last line break
          |
        1 | name eq
          |        ^"#]],
    );
    check(
        "name eq",
        &error(Span::at(4), "between"),
        &expect![[r#"
        error[DV0307]: between
          |
        1 | name eq
          |     ^"#]],
    );
}

#[test]
fn a_span_outside_the_text_is_clamped() {
    check(
        "né",
        &error(Span::new(2, 3), "half a character"),
        &expect![[r#"
        error[DV0307]: half a character
          |
        1 | né
          |  ^"#]],
    );
    check(
        "né",
        &error(Span::new(1, 500), "too far"),
        &expect![[r#"
        error[DV0307]: too far
          |
        1 | né
          |  ^"#]],
    );
    check(
        "né",
        &error(Span { start: 3, end: 1 }, "backwards"),
        &expect![[r#"
        error[DV0307]: backwards
          |
        1 | né
          |   ^"#]],
    );
    check(
        "né",
        &error(Span::new(70, 80), "beyond"),
        &expect![[r#"
        error[DV0307]: beyond
          |
        1 | né
          |   ^"#]],
    );
}

#[test]
fn several_labels_on_a_line_do_not_cross() {
    let source = "firstname eq lastname and statecode eq 5";
    let d = error(of(source, "lastname"), "two columns")
        .label(of(source, "lastname"), "a column too")
        .label(of(source, "firstname"), "this is a column")
        .label(of(source, "statecode"), "a choice")
        .label(of(source, "5"), "a number");
    check(
        source,
        &d,
        &expect![[r#"
        error[DV0307]: two columns
          |
        1 | firstname eq lastname and statecode eq 5
          | ---------    ^^^^^^^^     ---------    - a number
          | |            |            |
          | |            |            a choice
          | |            a column too
          | this is a column"#]],
    );
    let nested = error(of(source, "eq"), "nested")
        .label(of(source, "eq"), "the operator")
        .label(of(source, "firstname eq lastname"), "the whole comparison");
    check(
        source,
        &nested,
        &expect![[r#"
        error[DV0307]: nested
          |
        1 | firstname eq lastname and statecode eq 5
          | ----------^^--------- the whole comparison
          |           |
          |           the operator"#]],
    );
    let bare = error(of(source, "5"), "no text").label(of(source, "statecode"), "");
    check(
        source,
        &bare,
        &expect![[r#"
        error[DV0307]: no text
          |
        1 | firstname eq lastname and statecode eq 5
          |                           ---------    ^"#]],
    );
}

#[test]
fn long_label_texts_are_wrapped() {
    let source = "ParentCustomerId/name eq 'Contoso'";
    let d = error(of(source, "name"), "a lookup")
        .label(of(source, "name"), "this is not a column of a lookup; what follows a lookup is the name of one of its navigation properties, and it is case-sensitive:\nparentcustomerid_account, parentcustomerid_contact")
        .label(of(source, "ParentCustomerId"), "the lookup");
    check(
        source,
        &d,
        &expect![[r#"
        error[DV0307]: a lookup
          |
        1 | ParentCustomerId/name eq 'Contoso'
          | ---------------- ^^^^ this is not a column of a lookup; what follows a lookup is the name of one of its navigation
          | |                     properties, and it is case-sensitive:
          | |                     parentcustomerid_account, parentcustomerid_contact
          | |
          | the lookup"#]],
    );
}

const FETCH: &str = "<fetch>\n  <entity name='account'>\n    <attribute name='name'/>\n\n    <filter>\n      <condition attribute='nam' operator='eq'/>\n    </filter>\n    <order attribute='x'/>\n    <order attribute='y'/>\n  </entity>\n</fetch>\n";

#[test]
fn labels_on_several_lines_are_all_shown() {
    let d = error(of(FETCH, "'nam'"), "no such column")
        .label(of(FETCH, "'account'"), "of this table")
        .label(of(FETCH, "<filter>"), "in this filter");
    check(
        FETCH,
        &d,
        &expect![[r#"
        error[DV0307]: no such column
          |
        2 |   <entity name='account'>
          |                --------- of this table
        ...
        5 |     <filter>
          |     -------- in this filter
        6 |       <condition attribute='nam' operator='eq'/>
          |                            ^^^^^"#]],
    );
    let d = error(of(FETCH, "'y'"), "ten lines").label(of(FETCH, "</entity>"), "ends here");
    check(
        FETCH,
        &d,
        &expect![[r#"
        error[DV0307]: ten lines
           |
         9 |     <order attribute='y'/>
           |                      ^^^
        10 |   </entity>
           |   --------- ends here"#]],
    );
}

#[test]
fn a_span_over_several_lines_is_underlined_on_each() {
    let start = FETCH.find("<filter>").unwrap();
    let end = FETCH.find("</filter>").unwrap() + 9;
    let d = error(Span::new(start, end), "an empty filter").label(Span::new(start, end), "all of it");
    check(
        FETCH,
        &d,
        &expect![[r#"
        error[DV0307]: an empty filter
          |
        5 |     <filter>
          |     ^^^^^^^^
        6 |       <condition attribute='nam' operator='eq'/>
          |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        7 |     </filter>
          |     ^^^^^^^^^ all of it"#]],
    );
    check(
        FETCH,
        &error(Span::new(0, FETCH.len()), "all"),
        &expect![[r#"
        error[DV0307]: all
           |
         1 | <fetch>
           | ^^^^^^^
         2 |   <entity name='account'>
           |   ^^^^^^^^^^^^^^^^^^^^^^^
        ...
        11 | </fetch>
           | ^^^^^^^^"#]],
    );
    check(
        "a\n\n\nb",
        &error(Span::new(1, 3), "line breaks"),
        &expect![[r#"
        error[DV0307]: line breaks
          |
        1 | a
          |  ^"#]],
    );
}

#[test]
fn an_origin_is_printed_above_the_source() {
    let d = error(of(FETCH, "'nam'"), "no such column");
    expect![[r#"
        error[DV0307]: no such column
         --> queries/a.xml:6:28
          |
        6 |       <condition attribute='nam' operator='eq'/>
          |                            ^^^^^"#]]
    .assert_eq(&d.display(FETCH).origin("queries/a.xml").to_string());
}

#[test]
fn long_lines_are_cut_around_the_marks() {
    let source =
        format!("{} and statecode eq 'Activ' and {}", "(a eq 1) or ".repeat(90), "b eq 2 or ".repeat(90));
    let d = error(of(&source, "'Activ'"), "in the middle")
        .label(of(&source, "'Activ'"), "options")
        .label(of(&source, "statecode"), "a choice");
    check(
        &source,
        &d,
        &expect![[r#"
        error[DV0307]: in the middle
          |
        1 | … eq 1) or (a eq 1) or (a eq 1) or  and statecode eq 'Activ' and b eq 2 or b eq 2 or b eq 2 or b …
          |                                         ---------    ^^^^^^^ options
          |                                         |
          |                                         a choice"#]],
    );
    let ends = error(Span::at(source.len()), "at the end").label(Span::new(0, 8), "far away");
    check(
        &source,
        &ends,
        &expect![[r#"
        error[DV0307]: at the end
          |
        1 | (a eq 1) or (a eq 1) or (a eq 1) or (a eq 1) or (a … or b eq 2 or b eq 2 or b eq 2 or b eq 2 or
          | --------                                                                                        ^
          | |
          | far away"#]],
    );
    check(
        &source,
        &error(Span::new(0, source.len()), "everything"),
        &expect![[r#"
        error[DV0307]: everything
          |
        1 | (a eq 1) or (a eq 1) or (a eq 1) or (a eq 1) or … eq 2 or b eq 2 or b eq 2 or b eq 2 or b eq 2 or
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
    let mut many = error(Span::new(0, 8), "many labels");
    for i in 1..6 {
        many = many.label(Span::new(i * 120, i * 120 + 20), format!("label {i}"));
    }
    check(
        &source,
        &many,
        &expect![[r#"
        error[DV0307]: many labels
          |
        1 | (a eq 1) or … or (a eq 1) or (a eq 1) or … or (a eq 1) or (a eq 1) or … or (a eq 1) or (a eq 1) or …
          | ^^^^^^^^         --------------------         --------------------         -------------------- label 3
          |                  |                            |
          |                  |                            label 2
          |                  label 1
          = column 481: label 4
          = column 601: label 5"#]],
    );
    let word = "x".repeat(3000);
    check(
        &word,
        &error(Span::new(1000, 1003), "no blank anywhere"),
        &expect![[r#"
        error[DV0307]: no blank anywhere
          |
        1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
          |                                                 ^^^"#]],
    );
}

#[test]
fn a_suggestion_is_not_repeated_in_the_help() {
    let source = "fullnme eq 'Ann'";
    let span = of(source, "fullnme");
    let d = error(span, "`contact` has no column `fullnme`");
    let with = |s| d.clone().suggest(s);
    check(
        source,
        &with(Suggestion::fix("did you mean `fullname`?", span, "fullname")),
        &expect![[r#"
        error[DV0307]: `contact` has no column `fullnme`
          |
        1 | fullnme eq 'Ann'
          | ^^^^^^^
        help: did you mean `fullname`?"#]],
    );
    check(
        source,
        &with(Suggestion::fix("did you mean", span, "fullname")),
        &expect![[r#"
        error[DV0307]: `contact` has no column `fullnme`
          |
        1 | fullnme eq 'Ann'
          | ^^^^^^^
        help: did you mean: `fullname`"#]],
    );
    let said = with(Suggestion::fix("did you mean", span, "fullname")).help("`contact` has `fullname`");
    check(
        source,
        &said,
        &expect![[r#"
        error[DV0307]: `contact` has no column `fullnme`
          |
        1 | fullnme eq 'Ann'
          | ^^^^^^^
        help: `contact` has `fullname`"#]],
    );
    let other = with(Suggestion::fix("did you mean", span, "fullname")).help("`contact` has `fullname2`");
    check(
        source,
        &other,
        &expect![[r#"
        error[DV0307]: `contact` has no column `fullnme`
          |
        1 | fullnme eq 'Ann'
          | ^^^^^^^
        help: `contact` has `fullname2`
        help: did you mean: `fullname`"#]],
    );
}

#[test]
fn guesses_follow_certain_fixes_and_are_limited() {
    let source = "fullnme eq 'Ann'";
    let span = of(source, "fullnme");
    let mut d = error(span, "`contact` has no column `fullnme`");
    for i in 0..8 {
        d = d.suggest(Suggestion::maybe("perhaps", span, format!("name{i}")));
    }
    d = d.suggest(Suggestion::fix("write the column", span, "fullname"));
    d = d.suggest(Suggestion::fix("write the column", span, "fullname"));
    check(
        source,
        &d,
        &expect![[r#"
        error[DV0307]: `contact` has no column `fullnme`
          |
        1 | fullnme eq 'Ann'
          | ^^^^^^^
        help: write the column: `fullname`
        help: perhaps: `name0`, `name1`, `name2`, `name3` or `name4`
        help: and 3 more"#]],
    );
}

#[test]
fn a_suggestion_shows_an_excerpt_of_its_edits() {
    let source = "lastname eq 'Ann and createdon eq 2025-01-31";
    let d = |s| error(Span::new(12, 16), "edits").suggest(s);
    let at = |p: &str| of(source, p);
    check(
        source,
        &d(Suggestion::fix("close it", Span::at(16), "'")),
        &expect![[r#"
        error[DV0307]: edits
          |
        1 | lastname eq 'Ann and createdon eq 2025-01-31
          |             ^^^^
        help: close it: `'Ann'`"#]],
    );
    check(
        source,
        &d(Suggestion::fix("remove the quote", Span::new(12, 13), "")),
        &expect![[r#"
        error[DV0307]: edits
          |
        1 | lastname eq 'Ann and createdon eq 2025-01-31
          |             ^^^^
        help: remove the quote"#]],
    );
    let two = Suggestion::fix("the whole day", at("eq 2025-01-31"), "ge 2025-01-31T00:00:00Z")
        .and_edit(Span::at(source.len()), " and createdon lt 2025-02-01T00:00:00Z");
    check(
        source,
        &d(two),
        &expect![[r#"
        error[DV0307]: edits
          |
        1 | lastname eq 'Ann and createdon eq 2025-01-31
          |             ^^^^
        help: the whole day: `ge 2025-01-31T00:00:00Z and createdon lt 2025-02-01T00:00:00Z`"#]],
    );
    let far = Suggestion::maybe("both", at("lastname"), "a").and_edit(at("2025-01-31"), "b");
    check(
        source,
        &d(far),
        &expect![[r#"
        error[DV0307]: edits
          |
        1 | lastname eq 'Ann and createdon eq 2025-01-31
          |             ^^^^
        help: both: `a eq 'Ann and createdon eq b`"#]],
    );
    let broken = Suggestion::maybe("does not fit", Span::new(3, 999), "a");
    check(
        source,
        &d(broken),
        &expect![[r#"
        error[DV0307]: edits
          |
        1 | lastname eq 'Ann and createdon eq 2025-01-31
          |             ^^^^
        help: does not fit"#]],
    );
}

#[test]
fn lines_are_numbered_as_in_their_file() {
    let d = error(Span::new(0, 1), "no such column").label(Span::new(7, 8), "nor this");
    let origin = crate::SourceLocation { path: "queries/a.odata", line: 99 };
    expect![[r#"
        error[DV0307]: no such column
           --> queries/a.odata:99:1
            |
         99 | a eq 1
            | ^
        100 | b
            | - nor this"#]]
    .assert_eq(&d.display("a eq 1\nb").origin(origin).to_string());
}
