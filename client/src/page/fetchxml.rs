//! Reads and replaces the paging attributes `page` and `paging-cookie` in the root element of a FetchXML
//! query, to request the next page. The rest of the query's text is not changed.
use std::ops::Range;

use percent_encoding::percent_decode_str;
use roxmltree::Document;

use crate::{Error, ErrorKind, Result};

/// The maximum length of a FetchXML query in bytes; the service itself accepts 64 KiB.
const MAX_FETCHXML_BYTES: usize = 256 * 1024;

/// The page number of a query, and the positions of the paging attributes in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PagingAttributes {
    page: u64,
    /// The byte ranges of the existing paging attributes; they are removed from the next query.
    old: Vec<Range<usize>>,
    /// The byte offset at which the new attributes are inserted: after `<fetch`.
    at: usize,
}

impl PagingAttributes {
    /// Finds the paging attributes of a FetchXML query.
    ///
    /// # Errors
    /// Returns an error if the text is too long or not XML, if its root element is not `fetch`, or if the
    /// page number is not a positive number.
    pub(super) fn read(query: &str) -> Result<Self> {
        let wrong = |what: String| {
            Error::new(ErrorKind::Configuration, format!("the FetchXML cannot be paged: {what}"))
        };
        if query.len() > MAX_FETCHXML_BYTES {
            return Err(wrong(format!("it is longer than {MAX_FETCHXML_BYTES} bytes")));
        }
        let document = Document::parse(query).map_err(|error| wrong(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "fetch" {
            return Err(wrong(format!("its root is `{}`, not `fetch`", root.tag_name().name())));
        }
        let page = match root.attribute("page") {
            None => 1,
            Some(page) => match page.trim().parse() {
                Ok(page) if page > 0 => page,
                _ => return Err(wrong(format!("`page` is `{page}`, not a number from 1 on"))),
            },
        };
        let old = root
            .attributes()
            .filter(|attribute| matches!(attribute.name(), "page" | "paging-cookie"))
            .map(|attribute| attribute.range())
            .collect();
        Ok(Self { page, old, at: root.range().start + "<fetch".len() })
    }

    /// Returns the query of the next page. `query` is the query that was read, and `annotation` the
    /// annotation with the paging cookie, if the service gave one. Returns an error if the annotation has no
    /// cookie that can be read.
    pub(super) fn next(&self, query: &str, annotation: Option<&str>) -> Result<String> {
        let mut text = query.to_owned();
        for range in self.old.iter().rev() {
            text.replace_range(range.clone(), "");
        }
        let mut paging = format!(" page=\"{}\"", self.page + 1);
        if let Some(cookie) = annotation.map(cookie).transpose()? {
            paging.push_str(" paging-cookie=\"");
            paging.push_str(&escape_attribute(&cookie));
            paging.push('"');
        }
        text.insert_str(self.at, &paging);
        Ok(text)
    }
}

/// Returns the decoded cookie from the annotation `<cookie pagenumber="2" pagingcookie="…" istracking="False"
/// />`. The attribute contains XML, percent-encoded twice. Returns an error if the annotation does not have
/// this form.
fn cookie(annotation: &str) -> Result<String> {
    let wrong = || Error::new(ErrorKind::Unexpected, "the service gave a paging cookie that cannot be read");
    let document = Document::parse(annotation).map_err(|_| wrong())?;
    let encoded = document.root_element().attribute("pagingcookie").ok_or_else(wrong)?;
    let once = percent_decode_str(encoded).decode_utf8().map_err(|_| wrong())?;
    let twice = percent_decode_str(&once).decode_utf8().map_err(|_| wrong())?;
    if twice.is_empty() { Err(wrong()) } else { Ok(twice.into_owned()) }
}

fn escape_attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    const ANNOTATION: &str = "<cookie pagenumber=\"2\" pagingcookie=\"%253ccookie%2520page%253d%25221%2522%253e%253cname%2520last%253d%2522A%2526amp%253b%2520B%2522%2520%252f%253e%253c%252fcookie%253e\" istracking=\"False\" />";

    fn next(query: &str, annotation: Option<&str>) -> Result<String> {
        PagingAttributes::read(query)?.next(query, annotation)
    }

    #[test]
    fn the_cookie_is_decoded_twice_and_escaped_once() {
        assert_eq!(cookie(ANNOTATION).unwrap(), r#"<cookie page="1"><name last="A&amp; B" /></cookie>"#);
        let second = next("<fetch count='3'><entity name='account'/></fetch>", Some(ANNOTATION)).unwrap();
        assert_eq!(
            second,
            "<fetch page=\"2\" paging-cookie=\"&lt;cookie page=&quot;1&quot;&gt;&lt;name last=&quot;A&amp;amp; B&quot; /&gt;&lt;/cookie&gt;\" count='3'><entity name='account'/></fetch>"
        );
        let third = next(&second, Some(ANNOTATION)).unwrap();
        let document = Document::parse(&third).unwrap();
        assert_eq!(document.root_element().attribute("page"), Some("3"));
        assert_eq!(document.root_element().attribute("count"), Some("3"));
    }

    #[test]
    fn the_page_number_is_used_without_a_cookie() {
        let query = "<!-- <fetch> --><fetch page='7'\n paging-cookie='old'><entity name='account'/></fetch>";
        let text = next(query, None).unwrap();
        let document = Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("page"), Some("8"));
        assert_eq!(document.root_element().attribute("paging-cookie"), None);
        assert!(next("<fetch/>", None).is_ok());
    }

    #[test]
    fn a_query_that_cannot_be_paged_gives_an_error() {
        for wrong in
            ["", "<fetch", "<x/>", "<fetch page='0'/>", "<fetch page='one'/>", "<!DOCTYPE x><fetch/>"]
        {
            assert_eq!(
                PagingAttributes::read(wrong).unwrap_err().kind(),
                ErrorKind::Configuration,
                "{wrong}"
            );
        }
        for wrong in ["", "<cookie/>", "<cookie pagingcookie=''/>", "<cookie pagingcookie='%ff'/>"] {
            assert!(cookie(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_keeps_a_query_from_being_paged_is_said() {
        let long = |length: usize| format!("<fetch>{}</fetch>", "a".repeat(length - "<fetch></fetch>".len()));
        assert!(PagingAttributes::read(&long(262_144)).is_ok());
        for (query, why) in [
            (long(262_145), "it is longer than 262144 bytes"),
            ("<x/>".to_owned(), "its root is `x`, not `fetch`"),
            ("<fetch page='0'/>".to_owned(), "`page` is `0`, not a number from 1 on"),
            ("<fetch page='-1'/>".to_owned(), "`page` is `-1`, not a number from 1 on"),
            ("<fetch page='one'/>".to_owned(), "`page` is `one`, not a number from 1 on"),
        ] {
            let error = PagingAttributes::read(&query).unwrap_err();
            assert_eq!(error.message(), format!("the FetchXML cannot be paged: {why}"));
        }
    }

    #[test]
    fn the_next_query_differs_in_its_paging_attributes_alone() {
        for (query, following) in [
            ("<fetch/>", "<fetch page=\"2\"/>"),
            ("<fetch page=' 3 ' top='1'></fetch>", "<fetch page=\"4\"  top='1'></fetch>"),
            ("<fetch paging-cookie='a' a='b' page=\"1\"/>", "<fetch page=\"2\"  a='b' />"),
            (
                "\n<!-- <fetch page='9'/> --><fetch a='b'/>",
                "\n<!-- <fetch page='9'/> --><fetch page=\"2\" a='b'/>",
            ),
        ] {
            assert_eq!(next(query, None).unwrap(), following);
        }
        let cookie = |text: &str| {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let once = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            format!("<cookie pagingcookie='{}'/>", utf8_percent_encode(&once, NON_ALPHANUMERIC))
        };
        assert_eq!(
            next("<fetch/>", Some(&cookie("&<>\"'\n\r\tä"))).unwrap(),
            "<fetch page=\"2\" paging-cookie=\"&amp;&lt;&gt;&quot;'&#10;&#13;&#9;ä\"/>"
        );
        let error = next("<fetch/>", Some("<cookie/>")).unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Unexpected, "the service gave a paging cookie that cannot be read")
        );
    }

    proptest! {
        #[test]
        fn every_cookie_is_preserved(inner in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\u{fffe}\\u{ffff}]{1,40}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let once = utf8_percent_encode(&inner, NON_ALPHANUMERIC).to_string();
            let twice = utf8_percent_encode(&once, NON_ALPHANUMERIC).to_string();
            let text = next("<fetch/>", Some(&format!("<cookie pagingcookie=\"{twice}\"/>"))).unwrap();
            let document = Document::parse(&text).unwrap();
            prop_assert_eq!(document.root_element().attribute("paging-cookie"), Some(inner.as_str()));
        }
    }
}
