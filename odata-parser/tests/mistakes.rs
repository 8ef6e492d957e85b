//! What people type: the message, the tree that was meant, and the text after the certain fixes.

use dvkit_diagnostic::{Applicability, Code, apply, code};
use odata_parser::{ParseOptions, parse_filter, parse_filter_recovering, parse_filter_with};

/// Parses, and gives the tree, the codes, and the text after all certain fixes.
fn recover(text: &str) -> (String, Vec<Code>, String) {
    let parsed = parse_filter_recovering(text, &ParseOptions::default());
    let edits: Vec<_> =
        parsed.diagnostics.iter().filter_map(|d| d.fix()).flat_map(|s| s.edits.clone()).collect();
    let fixed = apply(text, &edits).unwrap_or_else(|e| panic!("{text}: {e}"));
    (parsed.expr.to_string(), parsed.diagnostics.iter().map(|d| d.code).collect(), fixed)
}

/// One mistake, one message; the fixed text is right and means what the tree says.
#[test]
fn each_mistake_gives_one_message_and_a_fix() {
    for (wrong, right, expected) in [
        ("a == 1", "a eq 1", code::FOREIGN_OPERATOR),
        ("a=1", "a eq 1", code::FOREIGN_OPERATOR),
        ("a != 'x'", "a ne 'x'", code::FOREIGN_OPERATOR),
        ("a<>1", "a ne 1", code::FOREIGN_OPERATOR),
        ("a < 1", "a lt 1", code::FOREIGN_OPERATOR),
        ("a > 1", "a gt 1", code::FOREIGN_OPERATOR),
        ("a<=1", "a le 1", code::FOREIGN_OPERATOR),
        ("a >=1", "a ge 1", code::FOREIGN_OPERATOR),
        ("a eq 1 && b eq 2", "a eq 1 and b eq 2", code::FOREIGN_OPERATOR),
        ("a eq 1||b eq 2", "a eq 1 or b eq 2", code::FOREIGN_OPERATOR),
        ("!contains(a,'b')", "not contains(a,'b')", code::FOREIGN_OPERATOR),
        ("a is null", "a eq null", code::IS_NULL),
        ("a IS NOT null", "a ne null", code::IS_NULL),
        ("a like 'x%'", "startswith(a,'x')", code::FOREIGN_OPERATOR),
        ("a like '%x'", "endswith(a,'x')", code::FOREIGN_OPERATOR),
        ("a not like '%O''B%'", "not contains(a,'O''B')", code::FOREIGN_OPERATOR),
        ("a like 'x'", "a eq 'x'", code::FOREIGN_OPERATOR),
        ("a between 1 and 2", "(a ge 1 and a le 2)", code::FOREIGN_OPERATOR),
        ("x not eq 1", "x ne 1", code::FOREIGN_OPERATOR),
        ("x not in (1,2)", "not x in (1,2)", code::FOREIGN_OPERATOR),
        ("name contains 'a'", "contains(name,'a')", code::FOREIGN_OPERATOR),
        ("a eq \"Ann\"", "a eq 'Ann'", code::DOUBLE_QUOTED),
        ("a eq \"O'Brien\"", "a eq 'O''Brien'", code::DOUBLE_QUOTED),
        ("a eq ‘Ann’", "a eq 'Ann'", code::CURLY_QUOTES),
        ("a eq “Ann”", "a eq 'Ann'", code::CURLY_QUOTES),
        ("a eq 'Ann’", "a eq 'Ann'", code::CURLY_QUOTES),
        ("a eq 10L", "a eq 10", code::LEGACY_LITERAL),
        ("a eq 1.5M", "a eq 1.5", code::LEGACY_LITERAL),
        ("a eq datetime'2020-01-01T00:00:00Z'", "a eq 2020-01-01T00:00:00Z", code::LEGACY_LITERAL),
        (
            "a eq guid'78914942-34cb-ed11-b596-0022481d68cd'",
            "a eq 78914942-34cb-ed11-b596-0022481d68cd",
            code::LEGACY_LITERAL,
        ),
        (
            "a eq {78914942-34cb-ed11-b596-0022481d68cd}",
            "a eq 78914942-34cb-ed11-b596-0022481d68cd",
            code::BRACED_GUID,
        ),
        ("a eq 'O'Brien'", "a eq 'O''Brien'", code::UNESCAPED_APOSTROPHE),
        ("contains(a,'O'Brien') and b eq 1", "contains(a,'O''Brien') and b eq 1", code::UNESCAPED_APOSTROPHE),
        ("$filter=a eq 1", "a eq 1", code::OPTION_PREFIX),
        ("?$filter=a eq 1", "a eq 1", code::OPTION_PREFIX),
        ("filter= a eq 1", " a eq 1", code::OPTION_PREFIX),
        ("a equals 1", "a eq 1", code::MISSPELT_OPERATOR),
        ("a eqs 1", "a eq 1", code::MISSPELT_OPERATOR),
        ("a eq 1 adn b eq 2", "a eq 1 and b eq 2", code::MISSPELT_OPERATOR),
        ("a eq 'O\\'Brien'", "a eq 'O''Brien'", code::UNESCAPED_APOSTROPHE),
        ("\"a\" eq 'x'", "a eq 'x'", code::UNEXPECTED),
        ("[a] eq 'x'", "a eq 'x'", code::UNEXPECTED),
        ("a eq &apos;Ann&apos;", "a eq 'Ann'", code::DOUBLE_QUOTED),
        ("a &gt;= 1", "a ge 1", code::FOREIGN_OPERATOR),
        ("a eq .5", "a eq 0.5", code::BAD_LITERAL),
        ("contains (a,'b')", "contains(a,'b')", code::UNEXPECTED),
        ("a eq N'x'", "a eq 'x'", code::BAD_LITERAL),
        ("a eq 2025-01-31T10:00:00 01:00", "a eq 2025-01-31T10:00:00+01:00", code::BAD_LITERAL),
        ("a eq 2025-01-31T10:00:00", "a eq 2025-01-31T10:00:00Z", code::BAD_LITERAL),
    ] {
        let (tree, codes, fixed) = recover(wrong);
        assert_eq!(codes, [expected], "{wrong}");
        assert_eq!(fixed, right, "{wrong}");
        let meant = parse_filter(right).unwrap_or_else(|e| panic!("{right}: {e}"));
        // Literals that a slice of the source cannot spell are meant all the same.
        if !matches!(
            wrong,
            "a eq .5" | "a eq 'O\\'Brien'" | "a eq 2025-01-31T10:00:00 01:00" | "a eq 2025-01-31T10:00:00"
        ) {
            assert_eq!(tree, meant.to_string(), "{wrong}");
        }
        assert_eq!(parse_filter(wrong).unwrap_err().code, expected, "{wrong}");
    }
}

#[test]
fn warnings_do_not_make_it_wrong() {
    for (text, expected) in [
        ("contains(a,'x')and b eq 1", code::MISSING_SPACE),
        ("a eq'x'", code::MISSING_SPACE),
        ("a eq TRUE", code::WRONG_CASE),
        ("a eq Null", code::WRONG_CASE),
    ] {
        let parsed = parse_filter_recovering(text, &ParseOptions::default());
        assert_eq!(parsed.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), [expected], "{text}");
        assert!(parsed.is_ok() && parse_filter(text).is_ok());
    }
}

#[test]
fn guesses_are_not_certain() {
    for text in [
        "a like 'x_y%'",
        "x not gt 3",
        "contact.name eq 'x'",
        "a eq 'Ann and b eq 2",
        "a eq 'Ann and b eq 'Bob'",
        "a%20eq%20'b'",
        "a eq 'rock 'n' roll'",
        "a eq 'Ann",
        "contains(a,'Ann)",
        "a eq 'b''",
        "(a eq 1",
        "a/any(x:x/b eq 1",
        "a eq 1)",
        "a eq 1) and b eq 2",
        "a eq 1 and",
        "(a eq 1 or)",
        "a eq 1 and and b eq 2",
        "or a eq 1",
    ] {
        let parsed = parse_filter_recovering(text, &ParseOptions::default());
        assert_eq!(parsed.diagnostics.len(), 1, "{text}: {:?}", parsed.diagnostics);
        let suggestion = &parsed.diagnostics[0].suggestions[0];
        assert_eq!(suggestion.applicability, Applicability::Maybe, "{text}");
        let fixed = apply(text, &suggestion.edits).unwrap();
        assert!(parse_filter(&fixed).is_ok(), "{text}: {fixed}");
    }
}

#[test]
fn several_mistakes_give_several_messages() {
    let text = "a = 1 and (b eq or c is null) and contains(d) and e eq 'x' f";
    let (tree, codes, _) = recover(text);
    assert_eq!(tree, "a eq 1 and (b eq <error> or c eq null) and contains(d) and e eq 'x'");
    use code::*;
    assert_eq!(codes, [FOREIGN_OPERATOR, UNEXPECTED, IS_NULL, WRONG_ARITY, UNEXPECTED]);
}

#[test]
fn messages_use_the_readers_words() {
    for (text, message) in [
        ("fullname eq", "expected a value, a column or `(`, but the text ends"),
        ("fullname Ann", "expected an operator such as `eq` or the end, found `Ann`"),
        ("a eq 1 b", "expected `and`, `or` or the end, found `b`"),
        ("x in", "expected a list such as `('a','b')`, but the text ends"),
        ("a/any(b eq 1)", "expected a variable and `:`, as in `any(x:x/name eq 'a')`, found `b`"),
        ("f(1", "this `(` is never closed"),
        ("f(1 2)", "expected an operator such as `eq`, `,` or `)`, found `2`"),
        ("contains(name)", "`contains` takes 2 arguments, found 1: `contains(text,part)`"),
        ("a/", "expected a name, but the text ends"),
        (
            "Model.Available",
            "`Model.Available` is neither a column nor a value: the steps of a path are joined by `/`",
        ),
        ("a eq {id}", "`{id}` is a placeholder, not a value"),
        ("", "the filter is empty"),
    ] {
        assert_eq!(parse_filter(text).unwrap_err().message, message, "{text}");
    }
}

#[test]
fn words_are_keywords_by_position_only() {
    for text in [
        "order eq 1 or android eq 2 and notes eq 'x' and nothing ne null",
        "in in (1) and any eq 2 and true1 eq 1 and eq eq eq",
        "not eq 1 and not/x eq 2 and not not eq 3",
        "and eq 1 or or eq 2",
        "null/x eq 1 and all/y eq 2 and has has E.F'G'",
        "x/any eq 1 and x/all/b eq 2 and null1 eq INFx",
    ] {
        let tree = parse_filter(text).unwrap_or_else(|e| panic!("{text}: {}", e.display(text)));
        assert_eq!(tree.to_string(), text);
    }
}

#[test]
fn holes_are_part_of_the_language_when_asked_for() {
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    for text in [
        "a eq {id}",
        "a eq {0} and b eq ${x} and c eq @{triggerBody()?['text']}",
        "a eq '{name}' and b eq '%${x}%'",
        "a eq '@{triggerBody()?['text']}'",
        "{table}/name eq 1 and _${x}_value eq 2 and a/{b} eq 3",
        "{0} and x eq {0}T00:00:00Z",
        "contains(${col},'${value}')",
    ] {
        let tree = parse_filter_with(text, &options).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(tree.to_string(), text);
    }
    // A guid in braces is a guid, whoever asks.
    let parsed = parse_filter_recovering("a eq {78914942-34cb-ed11-b596-0022481d68cd}", &options);
    assert_eq!(parsed.diagnostics[0].code, code::BRACED_GUID);
    assert_eq!(parsed.expr.to_string(), "a eq 78914942-34cb-ed11-b596-0022481d68cd");
}

#[test]
fn the_examples_of_the_codes_get_their_codes() {
    for info in code::all().filter(|i| i.code.number() < 100 && !i.table.is_empty()) {
        let parsed = parse_filter_recovering(info.wrong, &ParseOptions::default());
        assert!(
            parsed.diagnostics.iter().any(|d| d.code == info.code),
            "{}: {:?}",
            info.wrong,
            parsed.diagnostics
        );
        assert!(parse_filter(info.right).is_ok(), "{}", info.right);
    }
}
