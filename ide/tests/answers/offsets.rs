//! Offsets in files and in the texts that are found there, at the ends of escape sequences and placeholders.

use std::path::PathBuf;

use dvkit_ide::embedded::SourceFile;

#[test]
fn an_offset_within_an_escape_sequence_is_that_of_its_character() {
    let source = r#"class A { string q = "contacts?$top=1&$filter=lastname eq '\x41\u0042"; }"#;
    let file = SourceFile::new(PathBuf::from("a.cs"), source.as_bytes().to_vec()).unwrap().unwrap();
    let text = &file.found()[0].text;
    let (first, end) = (text.text().len() - 2, text.text().len());
    let begin = source.find("contacts").unwrap();
    let escape = source.find(r"\x41").unwrap();
    for (host, expected) in [
        (0, None),
        (begin - 1, None),
        (begin, Some(0)),
        (begin + 3, Some(3)),
        (escape, Some(first)),
        (escape + 1, Some(first)),
        (escape + 3, Some(first)),
        (escape + 4, Some(first + 1)),
        (escape + 5, Some(first + 1)),
        (escape + 10, Some(end)),
        (escape + 11, None),
    ] {
        assert_eq!(text.text_offset(host), expected, "offset {host} of the file");
    }
    for (at, expected) in [(0, begin), (first, escape), (first + 1, escape + 4), (end, escape + 10)] {
        assert_eq!(text.host_offset(at), Some(expected), "offset {at} of the text");
    }
    assert_eq!(text.host_span(first..end), Some(escape..escape + 10));
    assert_eq!(text.host_span(first..first + 1), Some(escape..escape + 4));
}

#[test]
fn an_offset_beside_a_placeholder_is_in_the_literal() {
    let source = r#"class A { string M(string id) => $"contacts({id})?$select=fullname"; }"#;
    let file = SourceFile::new(PathBuf::from("a.cs"), source.as_bytes().to_vec()).unwrap().unwrap();
    let text = &file.found()[0].text;
    let (hole, in_text) = (source.find("{id}").unwrap(), text.text().find("{id}").unwrap());
    assert_eq!(text.placeholders().next(), Some(in_text..in_text + 4));
    assert_eq!(text.text_offset(hole), Some(in_text), "the end of the literal before it");
    assert_eq!(text.text_offset(hole + 1), None, "within it");
    assert_eq!(text.text_offset(hole + 4), Some(in_text + 4), "the literal behind it");
    assert_eq!(text.host_offset(in_text), Some(hole));
    assert_eq!(text.host_offset(in_text + 4), Some(hole + 4));
    assert_eq!(text.host_range(), Some(hole - 9..source.len() - 4));
}
