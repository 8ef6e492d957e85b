//! Tests of the parser of XML and HTML: its nodes, references and escape sequences.

use super::*;

#[test]
fn elements_have_their_positions() {
    let source = "<?xml version='1.0'?><a x='1 &lt; 2'><b/>t&amp;<![CDATA[<c>]]><!-- <d> --></a>";
    let xml = Xml::parse(source, false);
    assert_eq!(xml.name(0), "a");
    assert_eq!(xml.attribute_text(xml.attribute(0, "x").unwrap()).text(), "1 < 2");
    let children: Vec<_> = xml.children(0).collect();
    assert_eq!(xml.name(children[0]), "b");
    assert_eq!(xml.text(children[1]).0.text(), "t&<c>");
    assert_eq!(&source[xml.range(0)], &source[21..]);
}

#[test]
fn broken_texts_are_read() {
    for source in [
        "",
        "<",
        "<a",
        "<a x",
        "<a x='",
        "</a>",
        "<a></b></a>",
        "<a <b>",
        "<!--",
        "<![CDATA[",
        "<?",
        "<!é",
        "<é",
    ] {
        let _ = Xml::parse(source, false);
        let _ = Xml::parse(source, true);
    }
    let html = Xml::parse("<p><br><script>if (a < b) {}</SCRIPT><i>x</i></p>", true);
    let script = (0..html.len()).find(|index| html.is(*index, "script")).unwrap();
    assert_eq!(html.text(script + 1).0.text(), "if (a < b) {}");
}

/// Returns all nodes of a text with their content, their parent and what is behind them.
fn nodes(source: &str, is_html: bool) -> String {
    let xml = Xml::parse(source, is_html);
    let node = |index: usize| {
        let parent = xml.parent(index).map_or("-".to_owned(), |parent| parent.to_string());
        let kind = match xml.kind(index) {
            NodeKind::Element => {
                let attribute = |a: &Attribute| {
                    let quote = a.quote.map(String::from).unwrap_or_default();
                    format!(" {}={quote}{}", &source[a.name.clone()], &source[a.value.clone()])
                };
                let attributes: String = xml.attributes(index).iter().map(attribute).collect();
                let tag = &source[xml.range(index).start..xml.tag_end(index)];
                format!("{}{attributes} {tag}", xml.name(index))
            }
            NodeKind::Text => "text".to_owned(),
            NodeKind::CharacterData => format!("data {}", &source[xml.content(index)]),
            NodeKind::Comment => format!("comment {}", &source[xml.content(index)]),
        };
        format!("{kind}|{}|{parent}|{}", &source[xml.range(index)], xml.behind(index))
    };
    (0..xml.len()).map(node).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_construct_of_xml_is_a_node_or_a_part_of_a_text() {
    for (source, expected) in [
        ("a", "text|a|-|1"),
        ("a<b/>c", "text|a|-|1\nb <b/>|<b/>|-|2\ntext|c|-|3"),
        ("<a>b</a>c", "a <a>|<a>b</a>|-|2\ntext|b|0|2\ntext|c|-|3"),
        ("<p:a/>", "a <p:a/>|<p:a/>|-|1"),
        ("<a><b>c</a>d", "a <a>|<a><b>c</a>|-|3\nb <b>|<b>c|0|3\ntext|c|1|3\ntext|d|-|4"),
        ("<a></b></a>", "a <a>|<a></b></a>|-|1"),
        ("<a><a></a >b", "a <a>|<a><a></a >b|-|3\na <a>|<a></a >|0|2\ntext|b|0|3"),
        ("<a></ a>b", "a <a>|<a></ a>|-|1\ntext|b|-|2"),
        ("<a></1>b", "a <a>|<a></1>b|-|2\ntext|</1>b|0|2"),
        ("<!--a-->b", "comment a|<!--a-->|-|1\ntext|b|-|2"),
        ("<!---->", "comment |<!---->|-|1"),
        ("<!--a", "comment a|<!--a|-|1"),
        ("<![CDATA[a]]>b", "data a|<![CDATA[a]]>|-|1\ntext|b|-|2"),
        ("<![CDATA[]]>", "data |<![CDATA[]]>|-|1"),
        ("<![CDATA[a", "data a|<![CDATA[a|-|1"),
        ("<?a b?>c", "text|c|-|1"),
        ("<??>c", "text|c|-|1"),
        ("<!a b>c", "text|c|-|1"),
        ("<!a", ""),
        ("a<?b", "text|a|-|1"),
        ("a < b <1 <= <", "text|a < b <1 <= <|-|1"),
        (
            "<a\n b = 'c'\td=\"e\" f=g h/>",
            "a b='c d=\"e f=g <a\n b = 'c'\td=\"e\" f=g h/>|<a\n b = 'c'\td=\"e\" f=g h/>|-|1",
        ),
        ("<a b=c>d</a>", "a b=c <a b=c>|<a b=c>d</a>|-|2\ntext|d|0|2"),
        ("<a b=''>", "a b=' <a b=''>|<a b=''>|-|1"),
        ("<a {% b %} c='{{ d }}'>", "a c='{{ d }} <a {% b %} c='{{ d }}'>|<a {% b %} c='{{ d }}'>|-|1"),
        ("<a / b='c'/>", "a b='c <a / b='c'/>|<a / b='c'/>|-|1"),
        ("<a b='c", "text|<a b='c|-|1"),
        ("<a <b/>", "text|<a |-|1\nb <b/>|<b/>|-|2"),
        ("<é ü='ö'/>", "é ü='ö <é ü='ö'/>|<é ü='ö'/>|-|1"),
        ("<_a/>", "_a <_a/>|<_a/>|-|1"),
        ("<a></a><a></a>", "a <a>|<a></a>|-|1\na <a>|<a></a>|-|2"),
    ] {
        assert_eq!(nodes(source, false), expected, "{source}");
    }
    let close = |length: usize| {
        let name = "a".repeat(length);
        nodes(&format!("<{name}></{name}>"), false)
    };
    assert!(!close(MAX_END_TAG - 3).contains("text"), "an end tag of the maximum length");
    assert!(close(MAX_END_TAG - 2).contains("text"), "a longer one is a text");
}

#[test]
fn scripts_of_pages_are_texts() {
    for (source, expected) in [
        (
            "<Script a=b><c></SCRIPT>d",
            "Script a=b <Script a=b>|<Script a=b><c></SCRIPT>|-|2\ndata <c>|<c>|0|2\ntext|d|-|3",
        ),
        ("<style></b></style >", "style <style>|<style></b></style >|-|2\ndata </b>|</b>|0|2"),
        ("<script>a", "script <script>|<script>a|-|2\ndata a|a|0|2"),
        ("<script/><b>", "script <script/>|<script/>|-|1\nb <b>|<b>|-|2"),
        ("<P></p>", "P <P>|<P></p>|-|1"),
        ("<div><P>a</DIV>b", "div <div>|<div><P>a</DIV>|-|3\nP <P>|<P>a|0|3\ntext|a|1|3\ntext|b|-|4"),
    ] {
        assert_eq!(nodes(source, true), expected, "{source}");
    }
    assert_eq!(nodes("<script><b/></script>", false).lines().count(), 2, "in XML a script is an element");
}

#[test]
fn each_text_is_escaped_as_its_place_needs() {
    for (quote, expected) in [
        (None, "a&amp;&lt;&gt;\"'\n\t&#13;"),
        (Some('"'), "a&amp;&lt;&gt;&quot;'&#10;&#9;&#13;"),
        (Some('\''), "a&amp;&lt;&gt;\"&apos;&#10;&#9;&#13;"),
    ] {
        assert_eq!(escaped("a&<>\"'\n\t\r", quote).as_deref(), Some(expected), "{quote:?}");
        for wrong in ["\u{1}", "\u{fffe}", "\u{ffff}", "\u{7f}"] {
            assert_eq!(escaped(wrong, quote), None, "{quote:?} {wrong:?}");
        }
    }
    for (quote, text, expected) in [
        (Some('\''), "a b'\"", Some("a b&apos;\"")),
        (Some('"'), "a b'\"", Some("a b'&quot;")),
        (None, "ab\"", Some("ab&quot;")),
        (None, "a b", None),
        (None, "a=b", None),
        (None, "a`b", None),
        (None, "a'b", None),
    ] {
        assert_eq!(in_attribute(quote).escape(text).as_deref(), expected, "{quote:?} {text}");
    }
    assert_eq!(in_character_data().escape("a<&]]").as_deref(), Some("a<&]]"));
    assert_eq!(in_character_data().escape("a]]>"), None);
}

#[test]
fn references_are_read_in_all_their_forms() {
    for (rest, expected) in [
        ("&lt;a", Some((4, "<"))),
        ("&gt;", Some((4, ">"))),
        ("&amp;", Some((5, "&"))),
        ("&quot;", Some((6, "\""))),
        ("&apos;", Some((6, "'"))),
        ("&#65;", Some((5, "A"))),
        ("&#x41;", Some((6, "A"))),
        ("&#X4a;", Some((6, "J"))),
        ("&#x10ffff;", Some((10, "\u{10ffff}"))),
        ("&#x0010ffff;", None),
        ("&#xd800;", None),
        ("&#;", None),
        ("&nbsp;", None),
        ("&;", None),
        ("&lt", None),
        ("lt;", None),
        ("", None),
    ] {
        let expected = expected.map(|(length, text)| (length, text.to_owned()));
        assert_eq!(reference(rest), expected, "{rest}");
    }
    let xml = Xml::parse("<a>b&lt;&unknown;c<!-- d --><![CDATA[&lt;]]>e</a>f", false);
    let (read, behind) = xml.text(1);
    assert_eq!((read.text(), behind), ("b<&unknown;c&lt;e", 5));
}
