//! Decodes the URLs of requests on rows.

use odata_parser::url::{decode, decode_keeping_plus, encode};

/// A URL after the root of the Web API, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowUrl {
    /// The path, such as `accounts(…)/name`.
    pub(crate) path: String,
    /// The options of the query in their order, such as `$select` and `name`.
    pub(crate) options: Vec<(String, String)>,
}

impl RowUrl {
    /// Decodes a URL. A `+` in the query is a space, as in the service; `%2B` is a plus.
    pub(crate) fn parse(url: &str) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let option = |option: &str| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            (decode(name).text, decode(value).text)
        };
        Self {
            path: decode_keeping_plus(path).text,
            options: query.split('&').filter(|o| !o.is_empty()).map(option).collect(),
        }
    }

    /// Returns the value of the option `name`, without regard to letter case.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns the URL with every option encoded in one way, without the options that `drop` names. Decoding
    /// gives the same text for every reader of URLs.
    pub(crate) fn encoded_without(&self, drop: impl Fn(&str) -> bool) -> String {
        let mut text = encode(&self.path).replace('?', "%3F");
        let mut separator = '?';
        for (name, value) in self.options.iter().filter(|(name, _)| !drop(name)) {
            text.push(separator);
            text.push_str(&format!("{}={}", encode(name), encode(value)));
            separator = '&';
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_space_in_the_query_only() {
        let url = RowUrl::parse("accounts(accountnumber='a+b')?%24filter=name+eq+%27a%2Bb%26c%27&$top=5");
        assert_eq!(url.path, "accounts(accountnumber='a+b')");
        assert_eq!(url.option("$FILTER"), Some("name eq 'a+b&c'"));
        assert_eq!(
            url.encoded_without(|name| name == "$top"),
            "accounts(accountnumber='a%2Bb')?$filter=name%20eq%20'a%2Bb%26c'"
        );
    }
}
