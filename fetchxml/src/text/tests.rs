use super::*;

#[test]
fn all_encodings_are_removed_and_spans_map_back() {
    let plain = "<fetch><entity name=\"é&amp;+\"/></fetch>";
    let html = |t: &str| Encoding::Html.encode(t.to_owned());
    let percent = |t: &str| Encoding::Percent.encode(t.to_owned());
    for text in [
        plain.to_owned(),
        html(plain),
        percent(plain),
        percent(&percent(plain)),
        percent(&html(plain)),
        html(&html(plain)),
        format!("accounts?fetchXml={}&$count=true", percent(plain)),
        format!("https://org.crm.dynamics.com/api/data/v9.2/accounts?$count=true&fetchxml={plain}"),
        format!("\u{feff}  {}", html(plain)),
    ] {
        assert!(is_fetchxml(&text), "{text}");
        let read = FetchText::new(&text);
        assert_eq!(read.decoded().trim_start_matches('\u{feff}').trim(), plain, "{text}");
        let at = read.decoded().find("name").expect("it is there");
        let span = read.to_original(Span::new(at, at + 4));
        assert_eq!(&text[span.range()], "name", "{text}");
        let at = read.decoded().find('é').expect("it is there");
        let span = read.to_original(Span::new(at, at + 2));
        assert!(FetchText::new(&text[span.range()]).decoded().len() <= span.range().len());
    }
}

#[test]
fn every_offset_maps_back_to_its_escape() {
    let plain = "a<é€ +%\u{1f600}>\"&x';ü";
    let html = |c: char| match c {
        '&' | '<' | '>' | '"' => Encoding::Html.encode(c.to_string()),
        'é' | '\u{1f600}' => format!("&#x{:X};", u32::from(c)),
        c => c.to_string(),
    };
    let throughout = |c: char| c.to_string().bytes().map(|b| format!("%{b:02x}")).collect::<String>();
    let in_part = |c: char| if c.is_alphanumeric() { c.to_string() } else { throughout(c) };
    let layers: [(Encoding, &dyn Fn(char) -> String); 3] =
        [(Encoding::Html, &html), (Encoding::Percent, &throughout), (Encoding::Percent, &in_part)];
    for (kind, encode) in layers {
        let encoded: String = plain.chars().map(encode).collect();
        let (decoded, layer) = Layer::of(&encoded, 7, kind);
        assert_eq!(decoded, plain, "{encoded}");
        let mut from = 7;
        for (at, c) in plain.char_indices() {
            assert_eq!(layer.offset(clamp(at)), from, "{c} in {encoded}");
            from += clamp(encode(c).len());
        }
        assert_eq!(layer.offset(clamp(plain.len())), from, "{encoded}");
    }
    let throughout = "%3C".repeat(1000);
    assert_eq!(Layer::of(&throughout, 0, Encoding::Percent).1.runs.len(), 1);
}

#[test]
fn fixes_are_encoded_like_the_text_they_replace() {
    let text = "accounts?fetchXml=%3Cfetch%3E%3Centity%20name=%22a%20&%20b%22/%3E%3C/fetch%3E";
    let read = FetchText::new(text);
    let parsed = crate::parse_text(&read, &Default::default());
    assert!(!parsed.is_ok());
    let text = "&lt;fetch top=&quot;3&quot;&gt;&lt;entity name=&quot;a &amp; b&quot;/&gt;&lt;/fetch&gt;";
    let read = FetchText::new(text);
    let parsed = crate::parse_text(&read, &Default::default());
    let fix = parsed.diagnostics[0].fix().expect("it has one");
    let fixed = dvkit_diagnostic::apply(text, &fix.edits).expect("it fits");
    assert_eq!(fixed, text.replace("&amp;", "&amp;amp;"));
}

#[test]
fn only_what_becomes_an_opening_tag_is_taken_for_fetchxml() {
    for text in [
        "<",
        "\u{feff} \n<a",
        "&lt;a",
        "&LT;a",
        "&#60;a",
        "&#x3C;a",
        "&amp;LT;a",
        "%3Ca",
        "%3ca",
        "%253Ca",
        "%25253Ca",
        "%2525253Ca",
        "%26lt;a",
        "%2526lt%253Ba",
        "a?fetchXml=",
        "FETCHXML=x",
        "a&fetchxml=x",
    ] {
        assert!(is_fetchxml(text), "{text}");
    }
    for text in [
        "",
        "a<",
        "&",
        "&lt",
        "&amp;amp;lt;a",
        "&%6Ct;a",
        "%",
        "%3",
        "%20%3Ca",
        "%252525253Ca",
        "a?xfetchXml=",
        "a?fetchXml",
        "a/fetchXml=x",
        "?éfetchXml=x",
    ] {
        assert!(!is_fetchxml(text), "{text}");
        assert_eq!(FetchText::new(text).decoded(), text);
    }
}

#[test]
fn references_are_resolved_as_far_as_they_are_some() {
    for (encoded, decoded) in [
        ("&lt;&LT;&gt;&GT;&amp;&AMP;&quot;&QUOT;&apos;&nbsp;", "<<>>&&\"\"'\u{a0}"),
        ("&#65;&#x41;&#X41;&#x20AC;", "AAA€"),
        ("&#x0001f600;", "\u{1f600}"),
        ("&#x00001f600;", "&#x00001f600;"),
        (
            "&Apos;&NBSP;&foo;&;&#;&#x;&#xg;&#xd800;&#x110000;",
            "&Apos;&NBSP;&foo;&;&#;&#x;&#xg;&#xd800;&#x110000;",
        ),
        ("a & b &", "a & b &"),
        ("&&amp;;", "&&;"),
    ] {
        assert_eq!(html_decoded(encoded), decoded, "{encoded}");
    }
}

#[test]
fn escapes_are_resolved_as_far_as_they_are_characters() {
    for (encoded, decoded) in [
        ("%41%5a%5A%30%39%7f", "AZZ09\u{7f}"),
        ("%C3%A9%e2%82%ac%F0%9F%98%80", "é€\u{1f600}"),
        ("%C3%A9%C3%A9", "éé"),
        ("%C3%28", "%C3("),
        ("%C3", "%C3"),
        ("%A9%80%BF", "%A9%80%BF"),
        ("%E2%82", "%E2%82"),
        ("%F0%9F%98", "%F0%9F%98"),
        ("%ED%A0%80", "%ED%A0%80"),
        ("%FF%FF%FF%FF", "%FF%FF%FF%FF"),
        ("%g0%0g%:0%0:%`0%@0", "%g0%0g%:0%0:%`0%@0"),
        ("%%41%", "%A%"),
        ("a+b+c", "a b c"),
        (" a+b ", " a b "),
        ("a+b c+d", "a+b c+d"),
        ("%2B+", "+ "),
        ("é+é", "é é"),
    ] {
        assert_eq!(percent_decoded(encoded), decoded, "{encoded}");
    }
}

#[test]
fn equal_escapes_behind_each_other_are_one_run() {
    for (kind, text, runs) in [
        (Encoding::Html, "&lt;".repeat(50), 1),
        (Encoding::Html, "&lt;".repeat(50) + "a" + &"&lt;".repeat(50), 2),
        (Encoding::Html, "&lt;".repeat(50) + &"&amp;".repeat(50), 2),
        (Encoding::Percent, "%C3%A9".repeat(50), 1),
        (Encoding::Percent, "%C3%A9".repeat(50) + "%41", 2),
        (Encoding::Percent, "%C3%A9%E2%82%AC".repeat(3), 6),
        (Encoding::Percent, "a+b".to_owned(), 0),
        (Encoding::Plain, "a%41&lt;".to_owned(), 0),
    ] {
        let (decoded, layer) = Layer::of(&text, 3, kind);
        assert_eq!(layer.runs.len(), runs, "{text}");
        assert_eq!(
            (layer.offset(0), layer.offset(clamp(decoded.len()))),
            (3, 3 + clamp(text.len())),
            "{text}"
        );
    }
}

#[test]
fn a_span_within_an_escape_does_not_end_before_it_begins() {
    let (decoded, layer) = Layer::of("a%C3%A9%E2%82%ACb", 0, Encoding::Percent);
    assert_eq!(decoded, "aé€b");
    for (from, to, original) in
        [(0, 1, 0..1), (1, 3, 1..7), (3, 6, 7..16), (0, 7, 0..17), (6, 7, 16..17), (7, 7, 17..17)]
    {
        let span = layer.to_original(Span::new(from, to));
        assert_eq!(span.range(), original, "{from}..{to}");
    }
}

#[test]
fn each_encoding_encodes_what_it_decodes() {
    let text = "aZ09-._~ <>&\"'é€+%\n";
    assert_eq!(Encoding::Plain.encode(text.to_owned()), text);
    let html = Encoding::Html.encode(text.to_owned());
    assert_eq!(html, "aZ09-._~ &lt;&gt;&amp;&quot;&#39;é€+%\n");
    assert_eq!(html_decoded(&html), text);
    let percent = Encoding::Percent.encode(text.to_owned());
    assert_eq!(percent, "aZ09-._~%20%3C%3E%26%22%27%C3%A9%E2%82%AC%2B%25%0A");
    assert_eq!(percent_decoded(&percent), text);
    assert_eq!(escape_attribute(text), "aZ09-._~ &lt;&gt;&amp;&quot;&apos;é€+%\n");
}

#[test]
fn a_finding_in_several_encodings_has_its_place_and_its_fix_in_the_original() {
    let plain = "<fetch top='x'><entity name='é' Name='a b'/></fetch>";
    let percent = |t: &str| Encoding::Percent.encode(t.to_owned());
    let html = |t: &str| Encoding::Html.encode(t.to_owned());
    let encoders: [&dyn Fn(&str) -> String; 6] = [
        &|t| t.to_owned(),
        &|t| percent(t),
        &|t| html(t),
        &|t| percent(&html(t)),
        &|t| percent(&percent(t)),
        &|t| html(&percent(t)),
    ];
    for encode in encoders {
        for (before, behind) in [("", ""), ("accounts?a=1&fetchXml=", "&b=2")] {
            // The signs of HTML end an option of a URL.
            if !before.is_empty() && encode("<") == "&lt;" {
                continue;
            }
            let text = format!("{before}{}{behind}", encode(plain));
            let read = FetchText::new(&text);
            assert_eq!(
                (read.original_text(), read.decoded().trim_end_matches("&b=2")),
                (text.as_str(), plain)
            );
            let parsed = crate::parse_text(&read, &Default::default());
            let found: Vec<_> = parsed
                .diagnostics
                .iter()
                .map(|d| (d.message.as_str(), d.span.of(&text).to_owned()))
                .collect();
            assert_eq!(
                found,
                [
                    ("`top` cannot be `x`", encode("x")),
                    ("`Name` is written `name`: case counts in XML", encode("Name")),
                    ("the attribute `name` is there twice", encode("Name")),
                ],
                "{text}"
            );
        }
    }
}
