//! Tests of what is common to the literals of programming languages: how each escape sequence is read and written
//! under every setting.

use super::literals::{
    Backslashes, Braces, Continuation, Hex, Indented, LiteralRules, Quoted, Verbatim, bracketed, is_control,
    line_break, raw_interpolation,
};
use super::tests::file;
use crate::embedded::Escaping;

const PLAIN: Backslashes = Backslashes {
    simple: &[('\\', "\\"), ('n', "\n")],
    hex: Hex::None,
    unicode: false,
    braced: false,
    long_unicode: false,
    octal: false,
    continuation: Continuation::None,
    keeps_unknown: true,
};

const ALL: Backslashes = Backslashes {
    hex: Hex::Two,
    unicode: true,
    braced: true,
    long_unicode: true,
    octal: true,
    continuation: Continuation::Line,
    keeps_unknown: false,
    ..PLAIN
};

#[test]
fn each_escape_sequence_is_read_under_its_setting() {
    let up_to_four = Backslashes { hex: Hex::UpToFour, ..PLAIN };
    let unicode = Backslashes { unicode: true, ..PLAIN };
    let long = Backslashes { long_unicode: true, ..PLAIN };
    let braced = Backslashes { braced: true, ..PLAIN };
    let octal = Backslashes { octal: true, ..PLAIN };
    let indent = Backslashes { continuation: Continuation::LineAndIndent, ..PLAIN };
    for (rules, rest, expected) in [
        (PLAIN, "n\\", None),
        (PLAIN, "\\", None),
        (PLAIN, "\\nx", Some((2, "\n"))),
        (PLAIN, "\\\\x", Some((2, "\\"))),
        (PLAIN, "\\q", None),
        (PLAIN, "\\x41", None),
        (PLAIN, "\\u0041", None),
        (PLAIN, "\\U00000041", None),
        (PLAIN, "\\101", None),
        (PLAIN, "\\\n", None),
        (ALL, "\\q", Some((2, "q"))),
        (ALL, "\\é", Some((3, "é"))),
        (ALL, "\\x41", Some((4, "A"))),
        (ALL, "\\x414", Some((4, "A"))),
        (ALL, "\\x4", Some((2, "x"))),
        (up_to_four, "\\x4", Some((3, "\u{4}"))),
        (up_to_four, "\\x00e9", Some((6, "é"))),
        (up_to_four, "\\x004114", Some((6, "A"))),
        (up_to_four, "\\xg", None),
        (unicode, "\\u00e9f", Some((6, "é"))),
        (unicode, "\\u00e", None),
        (unicode, "\\ud83d\\ude00!", Some((12, "😀"))),
        (unicode, "\\ud83d", Some((6, "\u{fffd}"))),
        (unicode, "\\ud83d\\u0041", Some((6, "\u{fffd}"))),
        (unicode, "\\ud83d\\ude0", Some((6, "\u{fffd}"))),
        (unicode, "\\ude00\\ud83d", Some((6, "\u{fffd}"))),
        (unicode, "\\u{41}", None),
        (long, "\\U0001f600", Some((10, "😀"))),
        (long, "\\U00110000", Some((10, "\u{fffd}"))),
        (long, "\\U0001f60", None),
        (braced, "\\u{41}4", Some((6, "A"))),
        (braced, "\\u{1_f600}", Some((10, "😀"))),
        (braced, "\\u{d800}", Some((8, "\u{fffd}"))),
        (braced, "\\u{0000041}", Some((11, "A"))),
        (braced, "\\u{00_000041}", None),
        (braced, "\\u{}", None),
        (braced, "\\u{4", None),
        (braced, "\\u0041", None),
        (octal, "\\0", Some((2, "\0"))),
        (octal, "\\1018", Some((4, "A"))),
        (octal, "\\3777", Some((4, "ÿ"))),
        (octal, "\\477", Some((3, "'"))),
        (octal, "\\418", Some((3, "!"))),
        (octal, "\\8", None),
        (ALL, "\\\n  a", Some((2, ""))),
        (ALL, "\\\r\n a", Some((3, ""))),
        (ALL, "\\\ra", Some((2, ""))),
        (indent, "\\\n \t\r\n a", Some((7, ""))),
        (indent, "\\\r\na", Some((3, ""))),
    ] {
        let expected = expected.map(|(length, meaning)| (length, meaning.to_owned()));
        assert_eq!(rules.decode(rest), expected, "{rest:?} {rules:?}");
    }
}

#[test]
fn each_character_is_written_by_the_first_setting_that_can() {
    let unicode = Backslashes { unicode: true, ..PLAIN };
    let both = Backslashes { braced: true, ..unicode };
    let braced = Backslashes { braced: true, ..PLAIN };
    let hex = Backslashes { hex: Hex::Two, ..PLAIN };
    let unknown = Backslashes { keeps_unknown: false, ..PLAIN };
    for (rules, c, expected) in [
        (PLAIN, '\n', Some("\\n")),
        (PLAIN, '\\', Some("\\\\")),
        (PLAIN, '\u{1}', None),
        (unicode, '\n', Some("\\n")),
        (unicode, '\u{1}', Some("\\u0001")),
        (unicode, '\u{feff}', Some("\\ufeff")),
        (unicode, '\u{ffff}', Some("\\uffff")),
        (unicode, '\u{10000}', None),
        (both, '\u{10000}', Some("\\u{10000}")),
        (braced, '\u{1}', Some("\\u{1}")),
        (hex, '\u{1}', Some("\\x01")),
        (hex, '\u{ff}', Some("\\xff")),
        (hex, '\u{100}', None),
        (Backslashes { hex: Hex::UpToFour, ..PLAIN }, '\u{1}', None),
        (unknown, '\u{1}', Some("\\\u{1}")),
    ] {
        let mut out = "a".to_owned();
        let written = rules.encode(c, &mut out).map(|()| out[1..].to_owned());
        assert_eq!(written.as_deref(), expected, "{c:?} {rules:?}");
    }
}

const QUOTED: Quoted = Quoted {
    name: "quoted",
    backslashes: &ALL,
    quote: '"',
    braces: Braces::Plain,
    multi_line: false,
    one_line_break: false,
    dollars: false,
};

#[test]
fn a_quoted_text_is_escaped_under_its_settings() {
    let doubled = Quoted { braces: Braces::Doubled, ..QUOTED };
    let lines = Quoted { multi_line: true, one_line_break: true, ..QUOTED };
    let dollars = Quoted { dollars: true, quote: '`', ..QUOTED };
    let none = Quoted { backslashes: &PLAIN, ..QUOTED };
    for (rules, text, expected) in [
        (QUOTED, "a\\b\"c'd{e}$", Some("a\\\\b\\\"c'd{e}$")),
        (QUOTED, "a\nb\t\u{2028}\u{2029}\u{feff}\u{7f}é", Some("a\\nb\\u0009\\u2028\\u2029\\ufeff\\u007fé")),
        (none, "a\t", None),
        (lines, "a\nb", Some("a\nb")),
        (lines, "a\rb", Some("a\\u000db")),
        (doubled, "{a}", Some("{{a}}")),
        (dollars, "`\"", Some("\\`\"")),
        (dollars, "${a}", Some("\\${a}")),
        (dollars, "$a", Some("$a")),
        (dollars, "a$", Some("a\\$")),
        (dollars, "{a", Some("\\{a")),
        (dollars, "a{", Some("a{")),
        (QUOTED, "{a", Some("{a")),
    ] {
        assert_eq!(rules.escape(text).as_deref(), expected, "{text:?} {rules:?}");
    }
    for (rules, rest, expected) in [
        (QUOTED, "\\n", Some((2, "\n"))),
        (QUOTED, "\r\n", None),
        (QUOTED, "{{", None),
        (QUOTED, "", None),
        (lines, "\r\n", Some((2, "\n"))),
        (lines, "\ra", Some((1, "\n"))),
        (lines, "\n", None),
        (doubled, "{{a", Some((2, "{"))),
        (doubled, "}}a", Some((2, "}"))),
        (doubled, "{a", None),
    ] {
        let expected = expected.map(|(length, meaning)| (length, meaning.to_owned()));
        assert_eq!(rules.decode(rest, false), expected, "{rest:?} {rules:?}");
    }
    for (rest, expected) in
        [("{a}b", Some(3)), ("{a{b}}", Some(6)), ("{}", None), ("{a", None), ("a{b}", None)]
    {
        assert_eq!(doubled.interpolation(rest), expected, "{rest}");
        assert_eq!(QUOTED.interpolation(rest), None, "{rest}");
    }
}

#[test]
fn a_verbatim_text_doubles_or_refuses_characters() {
    let plain = Verbatim { name: "verbatim", doubled: &[], forbidden: &[], one_line_break: false, end: "" };
    let doubled = Verbatim { doubled: &['"', '{', '}', 'é'], ..plain };
    let ends = Verbatim { end: "\"#", one_line_break: true, forbidden: &['x'], ..plain };
    for (rules, text, expected) in [
        (plain, "a\"\r\n", Some("a\"\r\n")),
        (doubled, "a\"{b", Some("a\"\"{{b")),
        (ends, "a\"b#", Some("a\"b#")),
        (ends, "a\"#", None),
        (ends, "ax", None),
        (ends, "a\r", None),
        (ends, "a\n", Some("a\n")),
    ] {
        assert_eq!(rules.escape(text).as_deref(), expected, "{text:?} {rules:?}");
    }
    for (rules, rest, expected) in [
        (plain, "\"\"", None),
        (plain, "\r\n", None),
        (doubled, "\"\"a", Some((2, "\""))),
        (doubled, "\"a", None),
        (doubled, "éé", None),
        (ends, "\r\na", Some((2, "\n"))),
        (ends, "", None),
    ] {
        let expected = expected.map(|(length, meaning)| (length, meaning.to_owned()));
        assert_eq!(rules.decode(rest, false), expected, "{rest:?} {rules:?}");
    }
    assert_eq!((doubled.interpolation("{a}"), plain.interpolation("{a}")), (Some(3), None));
}

#[test]
fn an_indented_text_has_its_indentation_on_each_line() {
    let raw = Indented {
        name: "raw",
        indent: "  ".to_owned(),
        end: "\"\"\"".to_owned(),
        backslashes: None,
        braces: 2,
    };
    let block = Indented { backslashes: Some(&ALL), braces: 0, ..raw.clone() };
    for (rules, text, expected) in [
        (&raw, "a\n\"\\b\n", Some("a\n  \"\\b\n  ")),
        (&raw, "a\"\"\"", None),
        (&raw, "a\r", None),
        (&raw, "{a}", Some("{a}")),
        (&raw, "{{a", None),
        (&raw, "a}}", None),
        (&block, "a\\\"\n{{b}}", Some("a\\\\\\\"\n  {{b}}")),
        (&block, "a \nb c ", Some("a\\s\n  b c\\s")),
        (&block, "a\t\r", Some("a\\u0009\\u000d")),
    ] {
        assert_eq!(rules.escape(text).as_deref(), expected, "{text:?} {rules:?}");
    }
    for (rules, rest, is_start, expected) in [
        (&raw, "  a", true, Some((2, ""))),
        (&raw, " a", true, None),
        (&raw, "  a", false, None),
        (&raw, "\n   a", false, Some((3, "\n"))),
        (&raw, "\n a", false, Some((2, "\n"))),
        (&raw, "\na", false, None),
        (&raw, "\r\n  a", false, Some((4, "\r\n"))),
        (&raw, "\r\na", false, None),
        (&raw, "\\n", false, None),
        (&raw, " \n", false, None),
        (&block, "\r\na", false, Some((2, "\n"))),
        (&block, "\\na", false, Some((2, "\n"))),
        (&block, "\\\n  a", false, Some((4, ""))),
        (&block, "\\\n a", false, Some((2, ""))),
        (&block, " \t\na", false, Some((2, ""))),
        (&block, "  ", false, Some((2, ""))),
        (&block, " a", false, None),
    ] {
        let expected = expected.map(|(length, meaning)| (length, meaning.to_owned()));
        assert_eq!(rules.decode(rest, is_start), expected, "{rest:?} {is_start} {rules:?}");
    }
    assert_eq!((raw.interpolation("{{a}}"), block.interpolation("{{a}}")), (Some(5), None));
}

#[test]
fn brackets_of_an_expression_are_counted() {
    for (rest, braces, expected) in [
        ("{a}", 1, Some(3)),
        ("{{a}}", 1, None),
        ("{{a}}", 2, Some(5)),
        ("{{a}b}}", 2, Some(7)),
        ("{a}", 2, None),
        ("{}", 1, None),
        ("{a", 1, None),
        ("{a}", 0, None),
        ("a", 0, None),
    ] {
        assert_eq!(raw_interpolation(rest, braces), expected, "{rest} {braces}");
    }
    let long = |length: usize| format!("{{{}}}", "a".repeat(length));
    assert_eq!(raw_interpolation(&long(511), 1), Some(513));
    assert_eq!(raw_interpolation(&long(512), 1), None, "longer than an expression may be");
    for (rest, expected) in
        [("{a}b", Some(3)), ("{a{b}c}d", Some(7)), ("{a{b}", None), ("}", None), ("", None), ("a", None)]
    {
        assert_eq!(bracketed(rest, b'{', b'}'), expected, "{rest}");
    }
    assert_eq!(bracketed(&long(254), b'{', b'}'), Some(256));
    assert_eq!(bracketed(&long(255), b'{', b'}'), None, "longer than an expression may be");
    for (text, expected) in
        [("\r\n", Some(2)), ("\n\r", Some(1)), ("\ra", Some(1)), ("a\n", None), ("", None)]
    {
        assert_eq!(line_break(text), expected, "{text:?}");
    }
    for c in ['\u{0}', '\t', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'] {
        assert!(is_control(c), "{c:?}");
    }
    assert!(!is_control('a') && !is_control(' ') && !is_control('\u{202a}'));
}

#[test]
fn a_raw_text_of_one_line_has_neither_its_quotes_nor_its_braces() {
    for (literal, inserted, fits) in [
        (r#""""accounts?$select=name a""""#, "b", true),
        (r#""""accounts?$select=name a""""#, "b\"c", true),
        (r#""""accounts?$select=name a""""#, "{b}", true),
        (r#""""accounts?$select=name a""""#, "b\"\"\"c", false),
        (r#""""accounts?$select=name a""""#, "b\nc", false),
        (r#""""accounts?$select=name a""""#, "b\rc", false),
        (r#"$"""accounts?$select=name a""""#, "{", false),
        (r#"$"""accounts?$select=name a""""#, "}", false),
        (r#"$$"""accounts?$select=name a""""#, "{b}", true),
        (r#"$$"""accounts?$select=name a""""#, "{{b", false),
    ] {
        let file = file("cs", &format!("class A {{ void M() {{ Get({literal}); }} }}"));
        let text = &file.found()[0].text;
        let at = text.text().find(" a").unwrap();
        assert_eq!(text.edits(at..at + 1, inserted).is_some(), fits, "{literal} {inserted:?}");
    }
}
