//! Tests the parser and the printer: mistakes with their messages, and properties of generated trees and
//! mutated texts, which are compared with a general XML reader.

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use crate::ast::Keyword as _;
use crate::{
    FetchText, ParseLimits, ParseOptions, ParsedFetch, PrintStyle, is_valid, parse, parse_recovering,
    parse_text, print, step_counter,
};

mod generate;

/// Returns the smallest query whose filter contains the XML text `conditions`.
fn filter(conditions: &str) -> String {
    format!("<fetch><entity name='account'><filter>{conditions}</filter></entity></fetch>")
}

/// Returns the diagnostics as texts, each with its code and its message.
fn said(parsed: &ParsedFetch<'_>) -> Vec<String> {
    parsed.diagnostics.iter().map(ToString::to_string).collect()
}

/// Applies the fixes of a text one by one until there are no more, and returns the fixed text.
fn fixed(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..40 {
        let parsed = parse_recovering(&text, &ParseOptions::default());
        let Some(fix) = parsed.diagnostics.iter().find_map(|d| d.fix()) else { break };
        text = dvkit_diagnostic::apply(&text, &fix.edits).unwrap();
    }
    text
}

#[test]
fn mistakes_of_xml_are_fixed() {
    for (wrong, right) in [
        (
            "<fetch><entity name='a'><attribute name='n'></entity></fetch>",
            "<fetch><entity name='a'><attribute name='n'/></entity></fetch>",
        ),
        (
            "<fetch><entity name='a'><attribute name='n'><attribute name='m'></entity></fetch>",
            "<fetch><entity name='a'><attribute name='n'/><attribute name='m'/></entity></fetch>",
        ),
        ("<fetch><entity name='a'>", "<fetch><entity name='a'></entity></fetch>"),
        ("<fetch><entity name='a'></fetch>", "<fetch><entity name='a'></entity></fetch>"),
        ("<fetch top=3><entity name=a/></fetch>", "<fetch top=\"3\"><entity name=\"a\"/></fetch>"),
        ("<fetch top='3><entity name='a'/></fetch>", "<fetch top='3'><entity name='a'/></fetch>"),
        ("<fetch top=3'><entity name='a'/></fetch>", "<fetch top=\"3\"><entity name='a'/></fetch>"),
        ("<fetch top=''3''><entity name=''a''/></fetch>", "<fetch top=\"3\"><entity name=\"a\"/></fetch>"),
        (
            "<fetch top=\\\"3\\\"><entity name=\\\"a\\\"/></fetch>",
            "<fetch top=\"3\"><entity name=\"a\"/></fetch>",
        ),
        ("<fetch top=“3”><entity name=‘a’/></fetch>", "<fetch top=\"3\"><entity name=\"a\"/></fetch>"),
        ("<fetch top='3'count='4'/>", "<fetch top='3' count='4'/>"),
        ("<Fetch><Entity Name='a'></Entity></Fetch>", "<fetch><entity name='a'></entity></fetch>"),
        ("<fetch><entity name='a'></Entity></fetch>", "<fetch><entity name='a'></entity></fetch>"),
        (
            "<fetch><entity name='a'><attrbiute name='n' /></entity></fetch>",
            "<fetch><entity name='a'><attribute name='n' /></entity></fetch>",
        ),
        (
            "<!DOCTYPE x [<!ENTITY a 'b>'>]><fetch><entity name='a'/></fetch>",
            "<fetch><entity name='a'/></fetch>",
        ),
        (
            "<fetch><entity name='a'><order attribute='n' <order attribute='m'/></entity></fetch>",
            "<fetch><entity name='a'><order attribute='n' /> <order attribute='m'/></entity></fetch>",
        ),
        ("<fetch><entity name='a'/></fetch", "<fetch><entity name='a'/></fetch>"),
    ] {
        assert_eq!(fixed(wrong), right, "{wrong}");
        assert!(parse(wrong, &ParseOptions::default()).is_err(), "{wrong}");
        let (wrong, right) = (
            parse_recovering(wrong, &ParseOptions::default()),
            parse_recovering(right, &ParseOptions::default()),
        );
        assert_eq!(wrong.fetch.to_string(), right.fetch.to_string(), "recovered");
    }
}

#[test]
fn mistakes_of_conditions_are_fixed() {
    for (wrong, right) in [
        (
            "<condition attribute='n' operator='eq' value='A & B'/>",
            "<condition attribute='n' operator='eq' value='A &amp; B'/>",
        ),
        (
            "<condition attribute='n' operator='eq' value='a<b'/>",
            "<condition attribute='n' operator='eq' value='a&lt;b'/>",
        ),
        (
            "<condition attribute='n' operator='eq value='x'/>",
            "<condition attribute='n' operator='eq' value='x'/>",
        ),
        (
            "<condition atribute='n' operator='equals' value='x'/>",
            "<condition attribute='n' operator='eq' value='x'/>",
        ),
        (
            "<condition attribute='n' operator='not-begins-with' value='x'/>",
            "<condition attribute='n' operator='not-begin-with' value='x'/>",
        ),
        (
            "<condition attribute='n' operator='older-than-x-days' value='3'/>",
            "<condition attribute='n' operator='olderthan-x-days' value='3'/>",
        ),
        (
            "<condition attribute='n' operator='neq' value='x'/>",
            "<condition attribute='n' operator='ne' value='x'/>",
        ),
        (
            "<condition attribute='n' operator='in' value='1,2'/>",
            "<condition attribute='n' operator='in'><value>1</value><value>2</value></condition>",
        ),
        (
            "<condition attribute='n' operator='in' value='1'></condition>",
            "<condition attribute='n' operator='in'><value>1</value></condition>",
        ),
        (
            "<condition attribute='n' operator='eq'><value>1</value></condition>",
            "<condition value=\"1\" attribute='n' operator='eq'></condition>",
        ),
        (
            "<condition attribute='n' operator='eq'><value>1</value><value>2</value></condition>",
            "<condition attribute='n' operator='in'><value>1</value><value>2</value></condition>",
        ),
        ("<link-entity name='c' link-type='not-any'/>", "<link-entity name='c' link-type='not any'/>"),
    ] {
        assert_eq!(fixed(&filter(wrong)), filter(right), "{wrong}");
        assert_eq!(said(&parse_recovering(&filter(right), &ParseOptions::default())), [""; 0]);
    }
}

#[test]
fn a_value_may_hold_an_expression_with_quotes() {
    let text = "<fetch><entity name='a'><filter><condition attribute='n' operator='eq' value='@{x()?['body/id']}'/></filter></entity></fetch>";
    let placeholders = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let parsed = parse_recovering(text, &placeholders);
    assert_eq!(said(&parsed), [""; 0]);
    let filter = parsed.fetch.entity().and_then(|e| e.filters().next());
    let value = filter.and_then(|f| f.conditions().next()).and_then(|c| c.value.as_ref());
    assert_eq!(value.map(|v| &*v.raw), Some("@{x()?['body/id']}"));
    assert_eq!(
        said(&parse_recovering(text, &ParseOptions::default())),
        ["error[DV0012]: the quotes of a placeholder end the value of the attribute"]
    );
}

#[test]
fn foreign_names_are_reported_with_the_right_ones() {
    let mut said = Vec::new();
    for text in [
        "<fetch limit='5'><entity name='a'/></fetch>",
        "<fetch><entity name='a'><filter operator='or'><condition attribute='n' operator='null'/></filter></entity></fetch>",
        "<fetch><entity name='a'><link-entity name='b' from='c' to='d' join-type='outer'/></entity></fetch>",
        "<fetch><entity name='a'><filter><and/><condition attribute='n' operator='null'/></filter></entity></fetch>",
        "<fetch><entity name='a'/><order attribute='n'/></fetch>",
        "<fetch paging-cookie='%253ccookie%2520page%253d1%253e' page='2'><entity name='a'/></fetch>",
        "<fetch paging-cookie='&lt;cookie page=&quot;1&quot;>'><entity name='a'/></fetch>",
    ] {
        let parsed = parse_recovering(text, &ParseOptions::default());
        let [d] = parsed.diagnostics.as_slice() else { panic!("{text}: {:?}", parsed.diagnostics) };
        said.push(format!("{} {}", d.code, d.advice(text).join("; ")));
    }
    let expected = [
        "DV0038 `fetch` calls it `top`",
        "DV0038 `filter` calls it `type`",
        "DV0038 `link-entity` calls it `link-type`",
        "DV0037 conditions are joined by the `type` of their filter: `<filter type=\"and\">`",
        "DV0046 it stands in the `entity`",
        "DV0071 write the cookie itself: `&lt;cookie page=1&gt;`",
        "DV0071 give the number of the next page: `page=\"2\"` behind the first one",
    ];
    assert_eq!(said, expected);
}

#[test]
fn each_mistake_has_its_message() {
    for (text, messages) in [
        ("", &["error[DV0008]: there is nothing to read"][..]),
        ("hello", &["error[DV0036]: there is no `fetch` element"]),
        (
            "<savedquery><fetch/></savedquery>",
            &["error[DV0036]: the outermost element of a query is `fetch`, not `savedquery`"],
        ),
        ("<fetch></fetch>", &["error[DV0040]: `fetch` has no `entity`"]),
        (
            "<fetch><entity name='a'/><entity name='b'/></fetch>",
            &["error[DV0048]: a `fetch` has one `entity`"],
        ),
        (
            "<fetch><entity name='a'/></fetch><fetch/>",
            &["error[DV0034]: a query has one `fetch`, and nothing behind it"],
        ),
        ("<fetch><entity/></fetch>", &["error[DV0040]: `entity` has no `name`: the table"]),
        ("<fetch top='5001'><entity name='a'/></fetch>", &["error[DV0041]: `top` is at most 5000"]),
        (
            "<fetch top='5' page='2'><entity name='a'/></fetch>",
            &["error[DV0045]: `top` does not go together with `page`"],
        ),
        ("<fetch top='x'><entity name='a'/></fetch>", &["error[DV0041]: `top` cannot be `x`"]),
        ("<fetch top='{0}'><entity name='a'/></fetch>", &[]),
        (
            "<fetch distinct='True'><entity name='a'/></fetch>",
            &["warning[DV0041]: `distinct` cannot be `True`; it is written `true`"],
        ),
        ("<fetch a:b='1' xmlns:a='urn:a'><a:c/><entity name='a'/></fetch>", &[]),
        (
            "<fetch foo='1'><foo/><entity name='a'/></fetch>",
            &[
                "warning[DV0038]: `fetch` has no attribute `foo`",
                "warning[DV0037]: FetchXML has no element `foo`",
            ],
        ),
        (
            "<fetch><entity name='a'>x</entity></fetch>",
            &["warning[DV0034]: no text stands between the elements: it has no effect"],
        ),
        (
            "<fetch top='1' top='2'><entity name='a'/></fetch>",
            &["error[DV0048]: the attribute `top` is there twice"],
        ),
        (
            "<fetch><entity name='a'><filter/></entity></fetch>",
            &["warning[DV0049]: a `filter` without conditions leaves all rows in"],
        ),
        (
            "<fetch><entity name='a'><condition attribute='n' operator='null'/></entity></fetch>",
            &["error[DV0046]: `condition` does not stand in `entity`"],
        ),
        (
            "<fetch><entity name='a'><link-entity name='b' link-type='any'/></entity></fetch>",
            &["error[DV0050]: `any` is a condition: such a `link-entity` stands in a `filter`"],
        ),
        (
            "<fetch><entity name='a'><filter><link-entity name='b'/></filter></entity></fetch>",
            &["error[DV0050]: a `link-entity` in a `filter` is a condition, and `inner` is none"],
        ),
        (
            "<fetch><entity name='a'><attribute name='n' aggregate='sum' alias='s'/></entity></fetch>",
            &["error[DV0044]: `aggregate` needs `aggregate=\"true\"` in `fetch`"],
        ),
        (
            "<fetch aggregate='1'><entity name='a'><attribute name='n' aggregate='sum' groupby='true' alias='s'/></entity></fetch>",
            &["error[DV0044]: a column is computed or grouped by, not both"],
        ),
        (
            "<fetch aggregate='1'><entity name='a'><attribute name='n' aggregate='sum'/></entity></fetch>",
            &["error[DV0044]: a column of an aggregate query has an `alias`"],
        ),
        (
            "<fetch aggregate='1'><entity name='a'><attribute name='n' aggregate='sum' alias='s'/><order attribute='n'/></entity></fetch>",
            &["error[DV0044]: aggregate queries are sorted by `alias`, not by `attribute`"],
        ),
    ] {
        assert_eq!(said(&parse_recovering(text, &ParseOptions::default())), messages, "{text}");
    }
    for (condition, messages) in [
        (
            "<condition attribute='n' value='x'/>",
            &["error[DV0040]: `condition` has no `operator`: how the column is compared"][..],
        ),
        ("<condition attribute='n' operator='eq'/>", &["error[DV0043]: `eq` has nothing to compare with"]),
        ("<condition attribute='n' operator='eq' valueof='m'/>", &[]),
        (
            "<condition attribute='n' operator='like' valueof='m'/>",
            &["error[DV0043]: `like` compares with no other column"],
        ),
        ("<condition attribute='n' operator='null' value=''/>", &[]),
        ("<condition attribute='n' operator='null' value='x'/>", &["warning[DV0043]: `null` takes no value"]),
        (
            "<condition attribute='n' operator='between'><value>6</value></condition>",
            &["error[DV0043]: `between` takes two values and has 1"],
        ),
        (
            "<condition attribute='n' operator='last-x-days' value='-1'/>",
            &["error[DV0043]: `last-x-days` takes a whole number, one or more, not `-1`"],
        ),
        (
            "<condition attribute='n' operator='contains' value='x'/>",
            &["error[DV0042]: `operator` cannot be `contains`"],
        ),
    ] {
        assert_eq!(
            said(&parse_recovering(&filter(condition), &ParseOptions::default())),
            messages,
            "{condition}"
        );
    }
}

#[test]
fn a_placeholder_may_replace_elements_if_allowed() {
    let text = filter("{0}<condition attribute='n' operator='in'>${values}</condition>");
    assert!(parse(&text, &ParseOptions::default()).is_err());
    let options = ParseOptions { placeholders: true, ..ParseOptions::default() };
    let fetch = parse(&text, &options).unwrap();
    assert_eq!(fetch.to_string(), text.replace('\'', "\""));
}

/// The maximum number of steps that the parser may take for each byte of a text.
const STEPS_A_BYTE: u64 = 20;

/// The maximum number of steps that the parser may take in addition, because of a hundred mistakes in a text
/// of any length.
const STEPS_OF_MISTAKES: u64 = 101 * (64 << 10);

#[test]
fn hostile_texts_are_refused_with_bounded_work() {
    let options = ParseOptions::default();
    let many = 200_000;
    let deep = "<filter>".repeat(many / 8);
    let longest = options.limits.length - 100;
    let prefixes: String = (0..longest / 11).map(|n| format!("<a{n}:b/>")).collect();
    let attributes: String = (0..100).map(|n| format!("a{n}='' ")).collect();
    for (text, steps_a_byte) in [
        "<fetch>".to_owned() + &"x".repeat(10 << 20),
        format!("<fetch><entity name='a'>{deep}"),
        "<a b='".repeat(many),
        "<a b='".repeat(many / 8),
        "<a b=\"' ".repeat(many / 8),
        "<a b= ".repeat(many / 8),
        "<fetch ".to_owned() + &"a='' ".repeat(many / 8),
        "<fetch ".to_owned() + &(0..longest / 10).map(|n| format!("a{n}='' ")).collect::<String>() + "/>",
        "<fetch>".to_owned() + &format!("<x {attributes}/>").repeat(longest / 800),
        "<".repeat(many),
        "&".repeat(many),
        "</a>".repeat(many / 4),
        "<!--".repeat(many / 4),
        "<![CDATA[".repeat(many / 8),
        "<!DOCTYPE a [".repeat(many / 16),
        "<?".repeat(many / 2),
        "<fetch>".to_owned() + &"<x/>".repeat(many / 4),
        "<fetch>".to_owned() + &"<Entity>".repeat(many / 8),
        "<fetch>".to_owned() + &"<Entity>".repeat(longest / 8),
        "<fetch>".to_owned() + &"<Entity></entity>".repeat(longest / 17),
        "<fetch>".to_owned() + &"<attribute>".repeat(many / 16),
        "%3C".repeat(many / 4),
        "&lt;".repeat(many / 4),
        "&amp;".repeat(many / 4) + "lt;",
    ]
    .map(|text| (text, STEPS_A_BYTE))
    .into_iter()
    // Each of a hundred prefixes is searched in the whole text.
    .chain([(format!("<fetch>{prefixes}"), STEPS_A_BYTE + 100)])
    {
        let read = FetchText::new(&text);
        let (steps, parsed) = step_counter::of(|| parse_text(&read, &options));
        assert!(!parsed.is_ok(), "{}", &text[..30]);
        assert!(parsed.diagnostics.len() <= 102);
        // Decoding never makes a text longer, so this also bounds the work on the original text.
        assert!(read.decoded().len() <= text.len());
        let most = steps_a_byte * text.len() as u64 + STEPS_OF_MISTAKES;
        assert!(steps <= most, "{}: {steps} steps, at most {most}", &text[..30]);
    }
    let few = ParseOptions {
        limits: ParseLimits { elements: 3, ..ParseLimits::default() },
        ..ParseOptions::default()
    };
    let found =
        parse("<fetch><entity name='a'><order attribute='a'/><order attribute='b'/></entity></fetch>", &few);
    assert_eq!(found.unwrap_err().message, "the text has more than 3 elements");
}

#[test]
fn each_kind_of_work_is_counted() {
    for (text, expected) in [
        ("<fetch/>", 3),
        ("<fetch> </fetch>", 5),
        ("<fetch a='123'/>", 7),
        ("<fetch a=\"\"x\"\"/>", 6),
        ("<fetch a='1' b='2' c='3'/>", 15),
        ("<fetch a='@{x('y')}z'/>", 19),
        ("<a:b/>", 10),
        ("<Fetch>1234567890</Fetch>", 24),
        ("<a/><b/>", 5),
    ] {
        let (steps, _) = step_counter::of(|| parse_recovering(text, &ParseOptions::default()));
        assert_eq!(steps, expected, "{text}");
    }
}

#[test]
fn two_spellings_of_one_attribute_are_a_duplicate() {
    let text = "<fetch outputf-ormat='a' output-f.rmat='b'><entity name='a'/></fetch>";
    let printed = bare(text, &PrintStyle::minified());
    assert_eq!(printed, r#"<fetch output-format="a"><entity name="a"/></fetch>"#);
    assert!(said(&parse_recovering(text, &ParseOptions::default())).iter().any(|d| d.contains("twice")));
}

#[test]
fn entityname_belongs_in_filters_of_the_entity() {
    let expected = "warning[DV0050]: `entityname` is known in the filters of the `entity` alone";
    for alias in ["l", "other"] {
        let text = format!(
            "<fetch><entity name='a'><filter><condition entityname='l' attribute='n' operator='null'/></filter><link-entity name='b' from='x' to='y' alias='l'><filter><condition entityname='{alias}' attribute='n' operator='null'/></filter></link-entity></entity></fetch>"
        );
        assert_eq!(said(&parse_recovering(&text, &ParseOptions::default())), [expected], "{alias}");
    }
}

#[test]
fn an_aggregate_query_without_aggregates_is_reported() {
    let of = |inner: &str| format!("<fetch aggregate='true'><entity name='a'>{inner}</entity></fetch>");
    let nothing = "error[DV0044]: an aggregate query has something to compute or to group by";
    for inner in ["", "<all-attributes/>", "<filter/>", "<link-entity name='b' from='x' to='y'/>"] {
        let text = of(inner);
        let found = said(&parse_recovering(&text, &ParseOptions::default()));
        assert!(found.iter().any(|d| d == nothing), "{inner}: {found:?}");
    }
    let count = "<link-entity name='b' from='x' to='y'><attribute name='n' aggregate='count' alias='c'/></link-entity>";
    assert!(parse(&of(count), &ParseOptions::default()).is_ok());
}

#[test]
fn an_unclosed_leaf_has_no_children() {
    for (written, printed) in [
        ("<attribute name='n'><fttribute name='m'/>", r#"<attribute name="n"/><attribute name="m"/>"#),
        ("<attribute name='n'><Order attribute='m'/>", r#"<attribute name="n"/><order attribute="m"/>"#),
        ("<order attribute='n'><field name='m'/>", r#"<order attribute="n"/><attribute name="m"/>"#),
        ("<attribute name='n'><new:x/></attribute>", r#"<attribute name="n"><new:x/></attribute>"#),
    ] {
        let text = format!("<fetch><entity name='a'>{written}</entity></fetch>");
        let expected = format!(r#"<fetch><entity name="a">{printed}</entity></fetch>"#);
        assert_eq!(bare(&text, &PrintStyle::minified()), expected);
        assert_eq!(bare(&expected, &PrintStyle::minified()), expected);
    }
}

/// Returns the offset of the last character boundary in the text that is not greater than `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0)
}

/// Parses a text without mistakes and prints it in the given style.
fn bare(text: &str, style: &PrintStyle) -> String {
    print(&parse_recovering(text, &ParseOptions::default()).fetch, style)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_printed_is_read_again(fetch in generate::fetch(), style in generate::style()) {
        let text = print(&fetch, &style);
        let parsed = parse_recovering(&text, &ParseOptions { placeholders: true, ..ParseOptions::default() });
        let again = generate::without_spans(parsed.fetch);
        let mut kept = fetch;
        if !style.comments {
            kept = generate::without_comments(kept);
        }
        prop_assert_eq!(again, kept, "{}", text);
    }

    #[test]
    fn mutated_texts_are_read(fetch in generate::fetch(), style in generate::style(), edits in generate::edits()) {
        let mut text = print(&fetch, &style);
        for (at, length, with) in edits {
            let at = at.index(text.len() + 1);
            let from = floor(&text, at);
            let to = floor(&text, (from + length).min(text.len()));
            text.replace_range(from..to.max(from), with);
        }
        let parsed = parse_recovering(&text, &ParseOptions::default());
        for diagnostic in &parsed.diagnostics {
            let spans = diagnostic.labels.iter().map(|l| l.span).chain([diagnostic.span]);
            for span in spans {
                prop_assert!(text.get(span.range()).is_some(), "{:?} in {}", diagnostic, text);
            }
            for suggestion in &diagnostic.suggestions {
                let applied = dvkit_diagnostic::apply(&text, &suggestion.edits);
                prop_assert!(applied.is_ok(), "{:?} in {}", diagnostic, text);
            }
        }
        prop_assert_eq!(is_valid(&text, &ParseOptions::default()), parsed.is_ok(), "{}", text);
        // A recovered tree is a valid tree.
        let printed = parsed.fetch.to_string();
        prop_assert_eq!(&printed, &bare(&printed, &PrintStyle { comments: true, ..PrintStyle::minified() }), "{}", text);
        // A general XML reader agrees on what is well-formed.
        let malformed = parsed.diagnostics.iter().any(|d| generate::is_of_xml(d.code));
        let read = roxmltree::Document::parse(&text);
        if !malformed && parsed.diagnostics.len() < 100 {
            prop_assert!(read.is_ok(), "{:?}: {}", read.err(), text);
        } else if read.is_ok() {
            // Names in the wrong position have their own codes; both parsers report `--` and the like.
            prop_assert!(!parsed.diagnostics.iter().any(|d| d.code == dvkit_diagnostic::code::ATTRIBUTE_QUOTES), "{}", text);
        }
        // The same holds for the query within a URL.
        let encoded = text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let read = FetchText::new(&encoded);
        if text.starts_with('<') {
            prop_assert_eq!(read.decoded(), &text);
            for diagnostic in parse_text(&read, &ParseOptions::default()).diagnostics {
                for suggestion in &diagnostic.suggestions {
                    prop_assert!(dvkit_diagnostic::apply(&encoded, &suggestion.edits).is_ok());
                }
            }
        }
    }

    #[test]
    fn any_text_is_read(text in "[<>/='\"& a-c\\-!\\[\\]?{}%é“]{0,60}") {
        let read = FetchText::new(&text);
        let parsed = parse_text(&read, &ParseOptions::default());
        prop_assert_eq!(is_valid(read.decoded(), &ParseOptions::default()), parsed.is_ok());
        for diagnostic in &parsed.diagnostics {
            prop_assert!(text.get(diagnostic.span.range()).is_some());
        }
    }
}

#[test]
fn every_operator_has_its_values() {
    use crate::ast::{Arity, Operator};
    for operator in Operator::ALL {
        let values = match operator.arity() {
            Arity::None => "/>",
            Arity::One => " value='1'/>",
            Arity::List => "><value>1</value></condition>",
            Arity::Two => "><value>1</value><value>2</value></condition>",
        };
        let text = filter(&format!("<condition attribute='n' operator='{}'{values}", operator.as_str()));
        let parsed = parse_recovering(&text, &ParseOptions::default());
        assert_eq!(parsed.diagnostics.is_empty(), *operator != Operator::Neq, "{:?}", parsed.diagnostics);
    }
}

#[test]
fn the_examples_of_the_codes_show_their_codes() {
    for info in dvkit_diagnostic::code::all().filter(|i| (30..100).contains(&i.code.number())) {
        let parsed = parse_recovering(info.wrong, &Default::default());
        let codes: Vec<_> = parsed.diagnostics.iter().map(|d| d.code).collect();
        assert!(codes.contains(&info.code), "{}: `{}` gives {codes:?}", info.code, info.wrong);
        let right = parse_recovering(info.right, &Default::default());
        assert_eq!(right.diagnostics, [], "{}: `{}` is called right", info.code, info.right);
    }
}
