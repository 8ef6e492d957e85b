//! Tests the sentences of help.

use super::*;
use crate::{Code, Span};

fn finding() -> Diagnostic {
    Diagnostic::error(Code(307), Span::at(0), "wrong")
}

/// Returns the suggestion `message` with edits, each from a byte to before another with its replacement.
fn suggestion(message: &str, edits: &[(usize, usize, &str)]) -> Suggestion {
    let edits = edits
        .iter()
        .map(|(start, end, text)| Edit { span: Span::new(*start, *end), replacement: (*text).to_owned() });
    Suggestion {
        message: message.to_owned(),
        edits: edits.collect(),
        applicability: Applicability::MachineApplicable,
    }
}

fn guess(message: &str, replacement: &str) -> Suggestion {
    Suggestion::maybe(message, Span::new(0, 1), replacement)
}

#[test]
fn a_text_mentions_whole_words_only() {
    for (text, piece, expected) in [
        ("a b c", "b", true),
        ("b", "b", true),
        ("abc", "b", false),
        ("ab", "b", false),
        ("ba", "b", false),
        ("b_", "b", false),
        ("_b", "b", false),
        ("b1", "b", false),
        ("éb", "b", false),
        ("bé", "b", false),
        ("é b é", "b", true),
        ("xb b", "b", true),
        ("b bx", "b", true),
        ("xb bx", "b", false),
        ("`b`", "b", true),
        ("b-c", "b", true),
        ("say b c d", "b c", true),
        ("say b c1", "b c", false),
        ("say 1b c", "b c", false),
        // Punctuation at an end of the piece needs no boundary there.
        ("a(b)c", "(b)", true),
        ("x'b", "'b", true),
        ("'bx", "'b", false),
        ("b'x", "b'", true),
        ("xb'", "b'", false),
        ("x'b'y", "'b'", true),
        ("x b y", " b ", true),
        ("xby", " b ", false),
        // Punctuation alone may stand anywhere.
        ("a ( b", "(", false),
        ("a == b", "==", false),
        ("a _ b", "_", true),
        ("a", "", false),
        ("", "a", false),
    ] {
        assert_eq!(mentions(text, piece), expected, "`{piece}` in `{text}`");
    }
}

#[test]
fn an_excerpt_shows_what_is_written_with_its_words() {
    let long = "x".repeat(60);
    let gap = |width: usize| format!("a{}b", "-".repeat(width));
    let (gap_32, gap_33) = (gap(32), gap(33));
    let words = "abcdefghijklmno and more and pqrstuvwxyz";
    let spaced = format!("a{words}b");
    for (source, edits, expected) in [
        ("a eq b", &[][..], None),
        ("a eq b", &[(2, 4, "")], None),
        ("a eq b", &[(2, 4, " \n")], None),
        ("a eq b", &[(9, 9, "x")], None),
        ("a eq b", &[(1, 3, "x"), (2, 4, "y")], None),
        // A replacement with letters stands alone.
        ("a == b", &[(2, 4, "eq")], Some("eq")),
        ("a == b", &[(2, 4, " eq\n  ne ")], Some("eq ne")),
        ("a == b", &[(2, 4, "e\n\n  q\tx")], Some("e q x")),
        ("a == b", &[(2, 4, "e\u{7}q")], Some("e\\u{7}q")),
        // Other edits are shown with their words.
        ("a == b", &[(2, 4, "=")], Some("=")),
        ("a (b c", &[(2, 3, "[")], Some("[b")),
        ("ab cd ef", &[(4, 4, "'")], Some("c'd")),
        ("ab cd ef", &[(3, 3, "x")], Some("xcd")),
        ("ab cd ef", &[(5, 5, "x")], Some("cdx")),
        ("ab cd", &[(0, 0, "'"), (5, 5, "'")], Some("'ab cd'")),
        ("ab cd", &[(0, 1, ""), (3, 4, "")], Some("b d")),
        (" x y ", &[(1, 2, ""), (3, 4, "")], None),
        ("a b", &[(0, 1, "x"), (2, 3, "y")], Some("x y")),
        // The word ends before what belongs to something else, but not while a parenthesis is open.
        ("x)b", &[(1, 1, "'")], Some("x'")),
        ("x&b", &[(1, 1, "'")], Some("x'")),
        ("x;b", &[(1, 1, "'")], Some("x'")),
        ("x<b", &[(1, 1, "'")], Some("x'")),
        ("x,b", &[(1, 1, "'")], Some("x',b")),
        ("x>b", &[(1, 1, "'")], Some("x'>b")),
        ("f a, b) c", &[(1, 1, "(")], Some("f( a, b)")),
        ("f(g(a b) c) d", &[(2, 2, "'")], Some("f('g(a b) c)")),
        ("f(a b", &[(2, 2, "'")], Some("f('a b")),
        ("(a eq 1 and b", &[(7, 7, ")")], Some("1)")),
        ("a) b", &[(2, 2, "(")], Some("a)(")),
        ("a(x)&b", &[(3, 3, "'")], Some("a(x')")),
        // What is unchanged between two edits is shown as a whole up to 32 columns.
        (gap_32.as_str(), &[(0, 1, "x"), (33, 34, "y")], Some("x--------------------------------y")),
        (gap_33.as_str(), &[(0, 1, "x"), (34, 35, "y")], Some("x----------…----------y")),
        (spaced.as_str(), &[(0, 1, "x"), (41, 42, "y")], Some("xabcdefghij…qrstuvwxyzy")),
    ] {
        assert_eq!(excerpt(source, &suggestion("m", edits)).as_deref(), expected, "{edits:?} of `{source}`");
    }
    let inserted = excerpt(&format!("{long}{long}"), &suggestion("m", &[(60, 60, "'")]));
    assert_eq!(inserted, Some(format!("{}'{}", "x".repeat(40), "x".repeat(40))));
    for (length, shown) in [(99, 99), (100, 100), (101, 99), (5000, 99)] {
        let text = "y".repeat(length);
        let expected = if length == shown { text.clone() } else { "y".repeat(shown) + "…" };
        let one = excerpt("a", &suggestion("m", &[(0, 1, &text)]));
        assert_eq!(one.as_ref(), Some(&expected), "{length} instead of a word");
        let inserted = excerpt("", &suggestion("m", &[(0, 0, &text)]));
        assert_eq!(inserted.as_ref(), Some(&expected), "{length} inserted");
    }
}

#[test]
fn the_same_change_in_distant_copies_is_said_once() {
    let far = "-".repeat(40);
    let source = format!("nam nam{far}nam{far}nom{far}(");
    let at = |n: usize| [0, 4, 47, 90, 133][n];
    assert!((0..3).all(|n| source[at(n)..].starts_with("nam")) && source[at(3)..].starts_with("nom"));
    let excerpt = |edits: &[(usize, usize, &str)]| {
        excerpt(&source, &suggestion("m", edits)).expect("an edit that is shown")
    };
    let replaced = |n: usize, text: &'static str| (at(n), at(n) + 3, text);
    for (edits, expected) in [
        (&[replaced(1, "name"), replaced(2, "name")][..], "name"),
        (&[replaced(2, "name"), replaced(1, "name")], "name"),
        (&[replaced(1, " name "), replaced(2, " name ")], "name"),
        // Copies that are near to each other are shown together.
        (&[replaced(0, "name"), replaced(1, "name")], "name name"),
        (&[replaced(0, "a"), replaced(1, "a"), replaced(2, "a")], "a a----------…----------a"),
        // Others are shown, too.
        (&[replaced(1, "name"), replaced(2, "names")], "name----------…----------names"),
        (&[replaced(1, "x"), replaced(3, "x")], "x----------…----------x"),
        (&[replaced(1, "'"), replaced(2, "'")], "'----------…----------'"),
        (&[(4, 4, "x"), (47, 47, "x")], "xnam-------…----------xnam"),
    ] {
        let shown = excerpt(edits);
        assert_eq!(
            shown.split("-(").next().map(|s| s.trim_end_matches('-')),
            Some(expected),
            "{edits:?}: {shown}"
        );
    }
}

#[test]
fn help_comes_first_then_certain_fixes_then_guesses() {
    let advice = |d: &Diagnostic| sentences(d, "a b", None);
    let fix = |message: &str, text: &str| suggestion(message, &[(0, 1, text)]);
    let all =
        |suggestions: &[Suggestion]| advice(&suggestions.iter().fold(finding(), |d, s| d.suggest(s.clone())));
    for (suggestions, expected) in [
        (&[][..], &[][..]),
        (&[fix("write", "x")], &["write: `x`"]),
        (&[fix("write:", "x")], &["write: `x`"]),
        (&[fix("write `x`", "x")], &["write `x`"]),
        (&[fix("write `xy`", "x")], &["write `xy`: `x`"]),
        (&[fix("remove it", "")], &["remove it"]),
        (&[fix("a\u{7}\n", "x")], &["a\\u{7} : `x`"]),
        (&[guess("or", "x"), fix("write", "y"), guess("or", "z")], &["write: `y`", "or: `x` or `z`"]),
        (&[fix("m", "x"), fix("n", "y")], &["m: `x`", "n: `y`"]),
        (&[fix("m", "x"), fix("n", "y"), fix("m", "z")], &["m: `x` or `z`", "n: `y`"]),
        (&[fix("m", "x"), fix("m", "y"), fix("m", "z")], &["m: `x`, `y` or `z`"]),
        // A suggestion that says nothing new is left out.
        (&[fix("m", "x"), fix("m", "x")], &["m: `x`"]),
        (&[fix("m", "x"), fix("m", "")], &["m: `x`"]),
        (&[fix("m", ""), fix("m", "x")], &["m: `x`"]),
        (&[fix("m", ""), fix("m", "")], &["m"]),
    ] {
        assert_eq!(all(suggestions), expected, "{suggestions:?}");
    }
    let help = finding().help("first\n  second\u{7}\n").suggest(fix("m", "x"));
    assert_eq!(advice(&help), ["first\n        second\\u{7}", "m: `x`"]);
    assert_eq!(advice(&finding().help("  a \n")), ["  a"]);
}

#[test]
fn at_most_five_guesses_are_listed() {
    let letters = ["a1", "b1", "c1", "d1", "e1", "f1", "g1"];
    for (guesses, listed, more) in [
        (4, "or: `a1`, `b1`, `c1` or `d1`", None),
        (5, "or: `a1`, `b1`, `c1`, `d1` or `e1`", None),
        (6, "or: `a1`, `b1`, `c1`, `d1` or `e1`", Some("and 1 more")),
        (7, "or: `a1`, `b1`, `c1`, `d1` or `e1`", Some("and 2 more")),
    ] {
        let mut d = finding();
        for text in &letters[..guesses] {
            // One that is there already does not count.
            d = d.suggest(guess("or", text)).suggest(guess("or", text));
        }
        for text in ["u1", "v1", "w1", "x1", "y1", "z1"] {
            d = d.suggest(suggestion("write", &[(0, 1, text)]));
        }
        let expected: Vec<&str> =
            ["write: `u1`, `v1`, `w1`, `x1`, `y1` or `z1`", listed].into_iter().chain(more).collect();
        assert_eq!(sentences(&d, "a b", None), expected, "{guesses} guesses");
    }
}

#[test]
fn what_the_help_says_is_not_suggested_again() {
    for (help, suggested, is_said) in [
        (None, suggestion("m", &[(0, 1, "x")]), false),
        (Some("remove it or so"), suggestion("remove it", &[(0, 1, "")]), true),
        (Some("remove"), suggestion("remove it", &[(0, 1, "")]), false),
        (Some("write `x`"), suggestion("m", &[(0, 1, "x")]), true),
        (Some("write `xy`"), suggestion("m", &[(0, 1, "x")]), false),
        // The excerpt of an insertion has the word around it, and the help may have only what is inserted.
        (Some("write `ax`"), suggestion("m", &[(1, 1, "x")]), true),
        (Some("write `x`"), suggestion("m", &[(1, 1, "x")]), true),
        (Some("write `x y`"), suggestion("m", &[(0, 1, "x"), (2, 3, "y")]), true),
        (Some("write `x`"), suggestion("m", &[(0, 1, "x"), (2, 3, "y")]), false),
        (Some("write `(`"), suggestion("m", &[(0, 1, "(")]), false),
    ] {
        let d = Diagnostic { help: help.map(str::to_owned), ..finding() };
        assert_eq!(is_in_help(&d, "a b", &suggested), is_said, "{help:?} {suggested:?}");
        let sentences = sentences(&d.suggest(suggested.clone()), "a b", None);
        assert_eq!(sentences.len(), usize::from(help.is_some()) + usize::from(!is_said), "{sentences:?}");
    }
}

#[test]
fn a_suggestion_that_is_shown_otherwise_is_left_out() {
    let d = finding().suggest(suggestion("m", &[(0, 1, "x")])).suggest(suggestion("n", &[(0, 1, "y")]));
    let [first, second] = d.suggestions.as_slice() else { panic!("two suggestions") };
    assert_eq!(sentences(&d, "a b", Some(first)), ["n: `y`"]);
    assert_eq!(sentences(&d, "a b", Some(second)), ["m: `x`"]);
    // An equal one is another one.
    assert_eq!(sentences(&d, "a b", Some(&first.clone())), ["m: `x`", "n: `y`"]);
}
