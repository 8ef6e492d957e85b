//! URLs of rows with their ids taken out, so that the requests for different rows of a table share their plan.

use uuid::Uuid;

/// The length of a guid with hyphens, in bytes.
const GUID_BYTES: usize = 36;

/// The URL of one row, without the row's id. URLs that differ only in the id have the same template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UrlTemplate {
    /// The URL without the brackets and the id in them.
    pub(super) text: String,
    pub(super) id: Uuid,
}

impl UrlTemplate {
    /// Splits a URL whose path is an entity set with the id of a row, such as `accounts(…)?$select=name`. The id is a
    /// guid with hyphens and nothing else. Returns `None` for every other URL.
    pub(super) fn of(url: &str) -> Option<Self> {
        let (path, options) = url.split_at(url.find('?').unwrap_or(url.len()));
        let (set, id) = path.strip_suffix(')')?.split_once('(')?;
        if id.len() != GUID_BYTES || !set.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        let id = Uuid::try_parse(id).ok()?;
        Some(Self { text: [set, options].concat(), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0xabcd_ef01_2345_6789_abcd_ef01_2345_6789);

    #[test]
    fn only_the_id_is_taken_out_of_a_url() {
        for id in ["abcdef01-2345-6789-abcd-ef0123456789", "ABCDEF01-2345-6789-abcd-EF0123456789"] {
            for options in ["", "?", "?$select=name&$expand=x($top=1)", "?%24select=a+b"] {
                let found = UrlTemplate::of(&format!("accounts({id}){options}"));
                assert_eq!(found, Some(UrlTemplate { text: format!("accounts{options}"), id: ID }));
            }
        }
    }

    #[test]
    fn other_urls_have_no_template() {
        let id = "abcdef01-2345-6789-abcd-ef0123456789";
        for url in [
            String::new(),
            "accounts".into(),
            "accounts()".into(),
            format!("accounts({id})/name"),
            format!("accounts({id}"),
            format!("accounts( {id})"),
            format!("accounts('{id}')"),
            format!("accounts({{{id}}})"),
            format!("accounts(accountid={id})"),
            format!("accounts%28{id})"),
            format!("a/accounts({id})"),
            format!("accounts({})", id.replace('-', "")),
            format!("accounts(urn:uuid:{id})"),
            "accounts(abcdef0-12345-6789-abcd-ef0123456789)".into(),
            "accounts(gbcdef01-2345-6789-abcd-ef0123456789)".into(),
            "accounts(\u{e9}\u{e9}\u{e9}\u{e9}-2345-6789-abcd-ef0123456789)".into(),
            format!("accounts?$filter=accountid eq ({id})"),
        ] {
            assert_eq!(UrlTemplate::of(&url), None, "{url}");
        }
    }
}
