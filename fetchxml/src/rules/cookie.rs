//! Reports paging cookies in the attribute `paging-cookie` that still have encodings from the response, a
//! frequent mistake.
//!
//! The Web API returns the cookie in the annotation `@Microsoft.Dynamics.CRM.fetchxmlpagingcookie`,
//! percent-encoded twice, as an attribute of another element. The query has to contain the cookie without
//! this element and these encodings, but escaped as the value of an attribute.
//!
//! Source: "Page results using FetchXML"; MicrosoftDocs/powerapps-docs#4741;
//! AleksandrRogov/DynamicsWebApi#199.

use crate::text::escape_attribute;
use dvkit_diagnostic::{Diagnostic, Suggestion, code};

use super::Rules;
use crate::ast::TextAttr;
use crate::misspellings::is_placeholder;
use crate::report::error;

/// The maximum number of encodings, one within another, that are removed from a cookie.
const MAX_ENCODINGS: usize = 4;

impl Rules<'_, '_> {
    pub(super) fn cookie(&mut self, cookie: &TextAttr<'_>) {
        let raw = cookie.raw.trim();
        if raw.is_empty() || is_placeholder(raw) {
            return;
        }
        let bare = bare(raw);
        match &bare {
            Some(bare) if bare != raw => {
                let message = if raw.starts_with('<') || raw.contains("pagingcookie") {
                    "this is the whole annotation: the cookie is its `pagingcookie`, decoded"
                } else {
                    "this cookie is percent-encoded, which the service does not undo here"
                };
                let right = escape_attribute(bare);
                let d = error(code::PAGING_COOKIE, cookie.value_span, message);
                self.push(d.suggest(Suggestion::fix("write the cookie itself", cookie.value_span, right)));
            }
            Some(_) => {}
            None => {
                let message = "this is not a paging cookie: one begins with `<cookie page=`";
                self.push(Diagnostic::warning(code::PAGING_COOKIE, cookie.value_span, message).help(
                    "it comes with the page before, as `@Microsoft.Dynamics.CRM.fetchxmlpagingcookie`",
                ));
                return;
            }
        }
        let page = self.fetch.page.as_ref();
        if page.is_none() || page.is_some_and(|p| p.value == Some(1)) {
            let message = "a paging cookie says where the next page begins, and `page` which one that is";
            let help = "give the number of the next page: `page=\"2\"` behind the first one";
            self.push(Diagnostic::warning(code::PAGING_COOKIE, cookie.name_span, message).help(help));
        }
    }
}

/// Returns the paging cookie in `raw` without its encodings and without the element that contains it in the
/// response; `None` if `raw` is not a cookie.
fn bare(raw: &str) -> Option<String> {
    let mut text = raw.to_owned();
    for _ in 0..=MAX_ENCODINGS {
        if let Some(at) = text.find("pagingcookie=").filter(|_| text.starts_with("<cookie")) {
            let value = &text[at + "pagingcookie=".len()..];
            let quote = value.chars().next().filter(|q| matches!(q, '"' | '\''))?;
            let inner = value[1..].split(quote).next()?.to_owned();
            text = inner;
        } else if text.starts_with("<cookie") {
            return Some(text);
        } else if text.starts_with('%') {
            text = crate::text::percent_decoded(&text);
        } else if text.starts_with("&lt;") {
            text = crate::text::html_decoded(&text);
        } else {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn all_encodings_of_a_cookie_are_removed() {
        let cookie = "<cookie page=\"1\"><accountid last=\"{1}\" first=\"{2}\" /></cookie>";
        let once = "%3ccookie%20page=%221%22%3e%3caccountid%20last=%22%7b1%7d%22%20first=%22%7b2%7d%22%20/%3e%3c/cookie%3e";
        let twice = once.replace('%', "%25");
        let annotation = format!("<cookie pagenumber=\"2\" pagingcookie=\"{twice}\" istracking=\"False\" />");
        for text in [cookie, once, &twice, &annotation] {
            assert_eq!(bare(text).as_deref(), Some(cookie), "{text}");
        }
        for text in ["2", "cookie", "<fetch/>", "%25", "<cookie pagingcookie="] {
            assert_eq!(bare(text), None, "{text}");
        }
    }
}
