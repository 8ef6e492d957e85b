//! The paging cookies of FetchXML.
//!
//! A cookie is XML: `<cookie page="1"><name last="B" first="A" /><accountid last="{…}" first="{…}" /></cookie>`.
//! The annotation of a response contains it percent-encoded twice, in a second `cookie` element.

use dvkit_execute::sqlite::{SqlValue, StorageClass};
use dvkit_query::hir::Query;

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::page::{MAX_VALUES_BYTES, RenderedPage};
use super::paging::{Cell, Cursor};

/// A cookie that a client sent: the number of its page, and the last value of each column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cookie {
    pub(super) page: u64,
    last: Vec<(String, Option<String>)>,
}

impl Cookie {
    /// Parses the value of `paging-cookie` as it is in the XML of the query, escaped, and possibly still
    /// percent-encoded. `None` if it is not a cookie.
    pub(super) fn parse(attribute: &str) -> Option<Self> {
        let mut text = unescaped(attribute);
        for _ in 0..2 {
            if text.contains("%3c") || text.contains("%3C") || text.contains("%253") {
                text = odata_parser::url::decode_keeping_plus(&text).text.clone();
            }
        }
        let (_, rest) = text.split_once("<cookie ")?;
        let (head, rest) = rest.split_once('>')?;
        let page = value(head, "page")?.parse().ok()?;
        let mut last = Vec::new();
        for element in rest.split('<').skip(1).take_while(|element| !element.starts_with('/')) {
            let (name, attributes) = element.split_once(' ')?;
            let null = value(attributes, "lastnull").is_some();
            let value = value(attributes, "last").filter(|_| !null);
            last.push((name.to_owned(), value));
        }
        Some(Self { page, last })
    }

    /// Returns the values of the columns of a cursor; `None` if the cookie does not have them.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub(super) fn values(
        &self,
        session: &Session<'_>,
        query: &Query,
        cursor: &Cursor,
    ) -> Result<Option<Vec<Option<Cell>>>, ServiceError> {
        let table = session.table(&query.table)?;
        let cell = |name: &str| -> Option<Option<Cell>> {
            let (_, value) = self.last.iter().find(|(own, _)| own == name)?;
            let Some(text) = value else { return Some(None) };
            let kind = StorageClass::of(&table.column(name)?.ty)?;
            Some(Some(match kind {
                StorageClass::Integer | StorageClass::Boolean => Cell::Integer(text.parse().ok()?),
                StorageClass::Double => Cell::Real(text.parse().ok()?),
                StorageClass::Guid => Cell::Text(text.trim_matches(['{', '}']).to_ascii_lowercase()),
                _ => Cell::Text(text.clone()),
            }))
            .filter(|cell| cell.as_ref().is_none_or(|cell| kind.decode(&SqlValue::from(cell)).is_some()))
        };
        Ok(cursor.0.iter().map(|(column, _)| cell(&column.column)).collect())
    }
}

impl From<&Cell> for SqlValue {
    fn from(cell: &Cell) -> Self {
        match cell {
            Cell::Integer(n) => Self::Integer(*n),
            Cell::Real(d) => Self::Real(*d),
            Cell::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// Returns the value of an attribute in the head of an element.
fn value(head: &str, name: &str) -> Option<String> {
    let (_, rest) =
        head.split_once(&format!("{name}=\"")).or_else(|| head.split_once(&format!("{name}='")))?;
    let end = rest.find(['"', '\''])?;
    rest.get(..end).map(unescaped)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&#39;", "'").replace("&#34;", "\"").replace("&amp;", "&")
}

/// Returns the annotation for the page after `page`, which has the number `number`.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn annotation(
    session: &Session<'_>,
    query: &Query,
    cursor: Option<&Cursor>,
    number: u64,
    page: &RenderedPage,
) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let mut cookie = format!("<cookie page=\"{number}\">");
    let columns = cursor.map(|cursor| cursor.0.as_slice()).unwrap_or_default();
    for ((column, _), (last, first)) in columns.iter().zip(page.last.iter().zip(&page.first)) {
        let guid =
            table.column(&column.column).and_then(|c| StorageClass::of(&c.ty)) == Some(StorageClass::Guid);
        let attribute = |name: &str, cell: &Option<Cell>| match cell {
            None => format!(" {name}=\"\" {name}null=\"1\""),
            Some(Cell::Text(id)) if guid => format!(" {name}=\"{{{}}}\"", id.to_ascii_uppercase()),
            Some(Cell::Text(text)) => format!(" {name}=\"{}\"", fetchxml::escape_attribute(text)),
            Some(Cell::Integer(n)) => format!(" {name}=\"{n}\""),
            Some(Cell::Real(d)) => format!(" {name}=\"{d:?}\""),
        };
        cookie.push_str(&format!(
            "<{}{}{} />",
            column.column,
            attribute("last", last),
            attribute("first", first)
        ));
    }
    if cookie.len() > MAX_VALUES_BYTES {
        cookie = format!("<cookie page=\"{number}\">");
    }
    cookie.push_str("</cookie>");
    let encoded = encoded(&encoded(&cookie));
    Ok(format!("<cookie pagenumber=\"{}\" pagingcookie=\"{encoded}\" istracking=\"False\" />", number + 1))
}

/// Percent-encodes every character but letters and digits, as the service does.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_in_every_form_that_clients_send() {
        let plain = "<cookie page=\"1\"><name last=\"A &amp; B\" first=\"x\" /><revenue last=\"\" lastnull=\"1\" first=\"2\" />\
                     <accountid last=\"{00000000-0000-0000-0000-00000000000A}\" first=\"{…}\" /></cookie>";
        let parsed = Cookie::parse(plain).unwrap();
        assert_eq!(parsed.page, 1);
        assert_eq!(parsed.last[0], ("name".to_owned(), Some("A & B".to_owned())));
        assert_eq!(parsed.last[1], ("revenue".to_owned(), None));
        let escaped =
            plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert_eq!(Cookie::parse(&escaped), Some(parsed.clone()));
        assert_eq!(Cookie::parse(&encoded(plain)), Some(parsed.clone()));
        assert_eq!(Cookie::parse(&encoded(&encoded(plain))), Some(parsed));
        assert_eq!(Cookie::parse("<cookie page=\"x\">"), None);
    }

    #[test]
    fn a_cookie_is_decoded_twice_and_no_more() {
        let plain = "<cookie page=\"7\"><name last=\"50%25\" first=\"x\" /></cookie>";
        let expected =
            |text: &str| Some(Cookie { page: 7, last: vec![("name".to_owned(), Some(text.to_owned()))] });
        assert_eq!(Cookie::parse(plain), expected("50%25"));
        assert_eq!(Cookie::parse(&encoded(plain)), expected("50%25"));
        assert_eq!(Cookie::parse(&encoded(&encoded(plain))), expected("50%25"));
        assert_eq!(Cookie::parse(&encoded(&encoded(&encoded(plain)))), None);
        assert_eq!(Cookie::parse(&plain.replace('<', "%3C")), expected("50%"));
        assert_eq!(Cookie::parse(&plain.replace('<', "%253C")), expected("50%"));
    }

    /// The name of an element, and its value.
    type Value<'a> = (&'a str, Option<&'a str>);
    /// The number of the page, and the values.
    type Parsed<'a> = Option<(u64, &'a [Value<'a>])>;

    #[test]
    fn a_cookie_has_the_values_of_its_elements() {
        let cases: [(&str, Parsed<'_>); 15] = [
            ("<cookie page='3'></cookie>", Some((3, &[]))),
            ("<cookies><cookie page=\"3\"/></cookies>", Some((3, &[]))),
            (
                "<cookie page=\"1\"><a last='x' first='y'/><b last='' /></cookie>",
                Some((1, &[("a", Some("x")), ("b", Some(""))])),
            ),
            ("<cookie page=\"1\"><a last='x' lastnull='1' /></cookie>", Some((1, &[("a", None)]))),
            ("<cookie page=\"1\"><a first='x' /></cookie>", Some((1, &[("a", None)]))),
            ("<cookie page=\"1\"><a last='x' /></cookie><b last='y' />", Some((1, &[("a", Some("x"))]))),
            (
                "<cookie page=\"1\"><a last='&lt;&gt;&quot;&apos;&#39;&#34;&amp;lt;' /></cookie>",
                Some((1, &[("a", Some("<>\"''\"&lt;"))])),
            ),
            // The first attribute of a name counts, and a value ends at the first quote.
            (
                "<cookie page=\"1\" page=\"2\"><a last=\"x\" last=\"y\" /></cookie>",
                Some((1, &[("a", Some("x"))])),
            ),
            ("<cookie page='1' page='2'><a last='x' last='y' /></cookie>", Some((1, &[("a", Some("x"))]))),
            ("<cookie page='1'><a last='x\"y' /></cookie>", Some((1, &[("a", Some("x"))]))),
            ("<cookie page=\"1\"><a/></cookie>", None),
            ("<cookie page=\"1\"", None),
            ("<cookie page=\"1>", None),
            ("<cookie number=\"1\"></cookie>", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(page, last)| Cookie {
                page,
                last: last
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
                    .collect(),
            });
            // A cookie is the value of an attribute.
            assert_eq!(Cookie::parse(&fetchxml::escape_attribute(text)), expected, "{text}");
        }
        assert_eq!(encoded("aZ09-_. <é~"), "aZ09-_.%20%3c%c3%a9%7e");
    }
}
