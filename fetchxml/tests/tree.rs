//! Tests what callers read of a syntax tree: elements and attributes of any kind, children by their kind,
//! and the styles in which a tree is printed.

use fetchxml::ast::{
    AttributeRef, ELEMENTS, ElementRef, FilterType, LinkType, Node, attributes_of, description_of,
};
use fetchxml::{
    ParseLimits, ParseOptions, PrintStyle, Quotes, is_valid, may_contain, parse, parse_recovering, print,
};

/// A text with every element, and with attributes of each kind in each.
const ALL: &str = "<fetch version='1.0' top='5' aggregate='1' foo='bar'><entity enableprefiltering='1' name='account'>\
    <all-attributes x='1'/><no-attrs y='2'/><attribute build='1.5' alias='n' name='a&amp;b'/>\
    <order descending='true' attribute='name'/>\
    <link-entity visible='true' to='d' name='b' from='c'><filter/></link-entity>\
    <filter type='or' z='3'><condition uiname='u' value='v' operator='in' attribute='n'><value uitype='t'>w</value></condition></filter>\
    <odd b='1' a='2'><child/></odd></entity></fetch>";

/// Returns a line for each attribute of the element and of those within it.
fn attributes(element: &ElementRef<'_>, text: &str, out: &mut Vec<String>) {
    let sign = |is_known: bool| if is_known { "" } else { "?" };
    let one = |a: &AttributeRef<'_>| {
        assert_eq!(a.name_span.of(text), a.name);
        assert_eq!(a.value_span.of(text).replace("&amp;", "&"), a.value);
        format!("{}{}={}", sign(a.known), a.name, a.value)
    };
    let all: Vec<String> = element.attributes().iter().map(one).collect();
    let mut again = Vec::new();
    element.each_attribute(&mut |a| again.push(one(&a)));
    assert_eq!(all, again, "{}", element.name);
    assert_eq!(element.name_span.of(text), element.name);
    assert!(element.span.of(text).starts_with('<') && element.span.of(text).ends_with('>'));
    out.push(format!("{}{}: {}", sign(element.known), element.name, all.join(" ")));
    for child in element.children.iter().filter_map(Node::as_element) {
        attributes(&child, text, out);
    }
}

#[test]
fn each_element_lists_its_attributes_the_fields_first() {
    let parsed = parse_recovering(ALL, &ParseOptions::default());
    let mut out = Vec::new();
    attributes(&parsed.fetch.as_element(), ALL, &mut out);
    assert_eq!(
        out,
        [
            "fetch: aggregate=1 top=5 version=1.0 ?foo=bar",
            "entity: name=account enableprefiltering=1",
            "all-attributes: ?x=1",
            "no-attrs: ?y=2",
            "attribute: name=a&b alias=n build=1.5",
            "order: attribute=name descending=true",
            "link-entity: name=b from=c to=d visible=true",
            "filter: ",
            "filter: type=or ?z=3",
            "condition: attribute=n operator=in value=v uiname=u",
            "value: uitype=t",
            "?odd: ?b=1 ?a=2",
            "?child: ",
        ]
    );
}

#[test]
fn comments_and_texts_are_no_elements_and_every_node_has_its_span() {
    let text = "<fetch><!--c-->{0}<entity name='a'><all-attributes/><no-attrs/><attribute name='n'/><order attribute='n'/><link-entity name='b'/><filter><condition attribute='n' operator='in'><value>1</value></condition></filter><odd/></entity></fetch>";
    let parsed = parse_recovering(text, &ParseOptions { placeholders: true, ..ParseOptions::default() });
    fn spans(nodes: &[Node<'_>], text: &str, out: &mut Vec<String>) {
        for node in nodes {
            let name = node.as_element().map_or("-", |e| e.name);
            out.push(format!("{name} {}", node.span().of(text)));
            if let Some(element) = node.as_element() {
                spans(element.children, text, out);
            }
        }
    }
    let mut out = Vec::new();
    spans(&parsed.fetch.children, text, &mut out);
    let condition = "<condition attribute='n' operator='in'><value>1</value></condition>";
    assert_eq!(out[..2], ["- <!--c-->", "- {0}"]);
    assert!(
        out[2].starts_with("entity <entity name='a'><all-attributes/>")
            && out[2].ends_with("<odd/></entity>")
    );
    assert_eq!(
        out[3..],
        [
            "all-attributes <all-attributes/>".to_owned(),
            "no-attrs <no-attrs/>".to_owned(),
            "attribute <attribute name='n'/>".to_owned(),
            "order <order attribute='n'/>".to_owned(),
            "link-entity <link-entity name='b'/>".to_owned(),
            format!("filter <filter>{condition}</filter>"),
            format!("condition {condition}"),
            "value <value>1</value>".to_owned(),
            "odd <odd/>".to_owned(),
        ]
    );
}

#[test]
fn every_element_and_every_attribute_is_described() {
    for element in ELEMENTS {
        let text = description_of(element, None).expect("it is described");
        assert!(text.starts_with(&format!("The element `<{element}>`, which")), "{text}");
        let (attributes, others) = attributes_of(element);
        for attribute in attributes {
            let text = description_of(element, Some(attribute)).expect("it is described");
            assert!(text.ends_with('.') && !text.starts_with(' '), "{element} {attribute}: {text}");
        }
        for attribute in others.iter().chain(&["unknown"]) {
            assert_eq!(description_of(element, Some(attribute)), None, "{element} {attribute}");
        }
    }
    assert_eq!(description_of("odd", None), None);
    assert_eq!(attributes_of("odd"), (&[][..], &[][..]));
    let lengths = ELEMENTS.map(|element| {
        let (attributes, others) = attributes_of(element);
        (element, attributes.len(), others.len())
    });
    assert_eq!(
        lengths,
        [
            ("fetch", 14, 4),
            ("entity", 1, 2),
            ("all-attributes", 0, 0),
            ("no-attrs", 0, 0),
            ("attribute", 8, 2),
            ("order", 4, 0),
            ("link-entity", 6, 3),
            ("filter", 5, 0),
            ("condition", 5, 7),
            ("value", 0, 2),
        ]
    );
}

#[test]
fn types_that_are_not_written_are_inner_and_and() {
    for (written, join, kind) in [
        ("", Some(LinkType::Inner), Some(FilterType::And)),
        (" link-type='outer' type='or'", Some(LinkType::Outer), Some(FilterType::Or)),
        (" link-type='sideways' type='xor'", None, None),
    ] {
        let text = format!(
            "<fetch><entity name='a'><link-entity name='b'{written}/><filter{written}/></entity></fetch>"
        );
        let parsed = parse_recovering(&text, &ParseOptions::default());
        let entity = parsed.fetch.entity().expect("it is there");
        let found = (
            entity.links().next().expect("it is there").effective_link_type(),
            entity.filters().next().expect("it is there").effective_type(),
        );
        assert_eq!(found, (join, kind), "{text}");
    }
    for (written, is_aggregate) in [("", false), (" aggregate='true'", true), (" aggregate='0'", false)] {
        let text = format!("<fetch{written}><entity name='a'/></fetch>");
        assert_eq!(parse_recovering(&text, &ParseOptions::default()).fetch.is_aggregate(), is_aggregate);
    }
}

#[test]
fn each_style_prints_comments_values_and_unknown_elements_as_they_are_read() {
    let text = "<!-- a --><fetch top='5'><!--b--><entity name='x\"y&apos;z'><odd><odd2/><!--c--></odd><odd>t<odd2/><!--d-->u</odd><filter><condition attribute='n' operator='in'><value>1<!--e--></value><value> &#9;</value><value></value></condition></filter><order attribute='n'/></entity></fetch><!--f--><!--g-->";
    let parsed = parse_recovering(text, &ParseOptions::default());
    let base = PrintStyle::default();
    let single = PrintStyle { quotes: Quotes::Single, ..base };
    let four = PrintStyle { indent: Some(4), explicit_close: true, comments: false, ..base };
    let line = PrintStyle { comments: true, ..PrintStyle::minified() };
    for (style, expected) in [
        (
            base,
            "<!-- a -->\n<fetch top=\"5\">\n  <!--b-->\n  <entity name=\"x&quot;y'z\">\n    <odd>\n      <odd2 />\n      <!--c-->\n    </odd>\n    <odd>t<odd2/><!--d-->u</odd>\n    <filter>\n      <condition attribute=\"n\" operator=\"in\">\n        <value>1<!--e--></value>\n        <value>&#32;\t</value>\n        <value />\n      </condition>\n    </filter>\n    <order attribute=\"n\" />\n  </entity>\n</fetch>\n<!--f-->\n<!--g-->",
        ),
        (
            single,
            "<!-- a -->\n<fetch top='5'>\n  <!--b-->\n  <entity name='x\"y&apos;z'>\n    <odd>\n      <odd2 />\n      <!--c-->\n    </odd>\n    <odd>t<odd2/><!--d-->u</odd>\n    <filter>\n      <condition attribute='n' operator='in'>\n        <value>1<!--e--></value>\n        <value>&#32;\t</value>\n        <value />\n      </condition>\n    </filter>\n    <order attribute='n' />\n  </entity>\n</fetch>\n<!--f-->\n<!--g-->",
        ),
        (
            four,
            "<fetch top=\"5\">\n    <entity name=\"x&quot;y'z\">\n        <odd>\n            <odd2></odd2>\n        </odd>\n        <odd>t<odd2></odd2>u</odd>\n        <filter>\n            <condition attribute=\"n\" operator=\"in\">\n                <value>1</value>\n                <value>&#32;\t</value>\n                <value></value>\n            </condition>\n        </filter>\n        <order attribute=\"n\"></order>\n    </entity>\n</fetch>",
        ),
        (
            line,
            "<!-- a --><fetch top=\"5\"><!--b--><entity name=\"x&quot;y'z\"><odd><odd2/><!--c--></odd><odd>t<odd2/><!--d-->u</odd><filter><condition attribute=\"n\" operator=\"in\"><value>1<!--e--></value><value>&#32;\t</value><value/></condition></filter><order attribute=\"n\"/></entity></fetch><!--f--><!--g-->",
        ),
        (
            PrintStyle::minified(),
            "<fetch top=\"5\"><entity name=\"x&quot;y'z\"><odd><odd2/></odd><odd>t<odd2/>u</odd><filter><condition attribute=\"n\" operator=\"in\"><value>1</value><value>&#32;\t</value><value/></condition></filter><order attribute=\"n\"/></entity></fetch>",
        ),
    ] {
        assert_eq!(print(&parsed.fetch, &style), expected, "{style:?}");
    }
    assert_eq!(parsed.fetch.to_string(), print(&parsed.fetch, &line));
}

#[test]
fn signs_are_escaped_where_they_stand() {
    let fetch = |attribute: &str, value: &str| {
        let text = format!(
            "<fetch><entity name='{attribute}'><filter><condition attribute='n' operator='in'><value>{value}</value></condition></filter></entity></fetch>"
        );
        let parsed = parse_recovering(&text, &ParseOptions::default());
        print(&parsed.fetch, &PrintStyle::minified())
    };
    for (given, in_attribute, in_value) in [
        ("a&amp;b", "a&amp;b", "a&amp;b"),
        ("&lt;&gt;", "&lt;&gt;", "&lt;&gt;"),
        ("&quot;", "&quot;", "\""),
        ("a&#9;b&#10;c&#13;d", "a&#9;b&#10;c&#13;d", "a\tb\nc&#13;d"),
        ("a\tb\nc\r\nd\re", "a b c d e", "a\tb\nc\nd\ne"),
        ("é€", "é€", "é€"),
        ("&#10; ", "&#10; ", "&#10; "),
        (" x ", " x ", " x "),
    ] {
        let expected = format!(
            "<fetch><entity name=\"{in_attribute}\"><filter><condition attribute=\"n\" operator=\"in\"><value>{in_value}</value></condition></filter></entity></fetch>"
        );
        assert_eq!(fetch(given, given), expected, "{given:?}");
    }
}

#[test]
fn a_comment_is_printed_without_two_hyphens() {
    for (given, printed) in [
        ("a", "a"),
        ("", ""),
        ("a-b", "a-b"),
        ("a--b", "a- -b"),
        ("---", "- - - "),
        ("a-", "a- "),
        ("-", "- "),
        ("a\u{1}b\u{fffe}", "ab"),
    ] {
        let text = format!("<!--{given}--><fetch/>");
        let parsed = parse_recovering(&text, &ParseOptions::default());
        assert_eq!(parsed.fetch.to_string(), format!("<!--{printed}--><fetch/>"), "{given:?}");
    }
}

#[test]
fn a_text_at_a_limit_is_read_and_one_beyond_it_refused() {
    assert_eq!(ParseLimits::default(), ParseLimits { length: 1_048_576, depth: 64, elements: 20_000 });
    let text = "<fetch><entity name='a'><order attribute='n'/></entity></fetch>";
    let limits = ParseLimits::default();
    for (limits, message) in [
        (ParseLimits { length: 63, ..limits }, None),
        (ParseLimits { length: 62, ..limits }, Some("the text has 63 bytes, the limit is 62")),
        (ParseLimits { depth: 3, ..limits }, None),
        (ParseLimits { depth: 2, ..limits }, Some("elements are nested deeper than 2")),
        (ParseLimits { elements: 3, ..limits }, None),
        (ParseLimits { elements: 2, ..limits }, Some("the text has more than 2 elements")),
    ] {
        let options = ParseOptions { limits, ..ParseOptions::default() };
        let refused = parse(text, &options).err().map(|d| d.message);
        assert_eq!(refused.as_deref(), message, "{limits:?}");
        assert_eq!(is_valid(text, &options), message.is_none(), "{limits:?}");
    }
    for (number, message) in [(99, None), (100, None), (101, Some("a tag has more than 100 attributes"))] {
        let attributes: String = (0..number).map(|n| format!(" p:a{n}='1'")).collect();
        let text = format!("<fetch><entity name='a'><p:x{attributes} /></entity></fetch><!--xmlns:p-->");
        let refused = parse(&text, &ParseOptions::default()).err().map(|d| d.message);
        assert_eq!(refused.as_deref(), message, "{number}");
    }
}

#[test]
fn what_is_behind_a_limit_is_not_reported() {
    let text = "<fetch><entity name='a'><filter><filter><filter foo='1'></order></fetch>";
    let options = ParseOptions {
        limits: ParseLimits { depth: 3, ..ParseLimits::default() },
        ..ParseOptions::default()
    };
    let found: Vec<String> =
        parse_recovering(text, &options).diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "error[DV0005]: elements are nested deeper than 3",
            "warning[DV0049]: a `filter` without conditions leaves all rows in",
        ]
    );
}

#[test]
fn characters_that_xml_does_not_have_are_left_out() {
    let text = "<fetch><!--\u{1}--><entity name='a\u{b}b'><filter><condition attribute='n' operator='in'><value>\u{fffe}x\u{ffff}\u{1f}</value><value><![CDATA[\u{0}&]]></value></condition></filter></entity></fetch>";
    let parsed = parse_recovering(text, &ParseOptions::default());
    let found: Vec<String> = parsed
        .diagnostics
        .iter()
        .map(|d| {
            format!("{}..{} {} {}", d.span.start, d.span.end, d.message, d.fix().map_or(0, |f| f.edits.len()))
        })
        .collect();
    let message = |n: &str| format!("XML does not have the character U+{n} 1");
    assert_eq!(
        found,
        [
            format!("11..12 {}", message("0001")),
            format!("30..31 {}", message("000B")),
            format!("88..91 {}", message("FFFE")),
            format!("92..95 {}", message("FFFF")),
            format!("95..96 {}", message("001F")),
            format!("120..121 {}", message("0000")),
        ]
    );
    assert!(parsed.fetch.to_string().contains("name=\"ab\""));
    assert!(parsed.fetch.to_string().contains("<value>x</value><value>&amp;</value>"));
}

#[test]
fn an_element_contains_what_fetchxml_allows_in_it() {
    let of_rows = ["all-attributes", "no-attrs", "attribute", "order", "link-entity", "filter"];
    for parent in ELEMENTS {
        let allowed: Vec<&str> = ELEMENTS.into_iter().filter(|child| may_contain(parent, child)).collect();
        let expected: &[&str] = match parent {
            "fetch" => &["entity"],
            "entity" | "link-entity" => &of_rows,
            "filter" => &["link-entity", "filter", "condition"],
            "condition" => &["value"],
            _ => &[],
        };
        assert_eq!(allowed, expected, "{parent}");
    }
}
