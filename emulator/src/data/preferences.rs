//! The headers of a request on rows: `Prefer`, and the conditions `If-Match` and `If-None-Match`.

use http::HeaderMap;
use http::header::{IF_MATCH, IF_NONE_MATCH};

/// The preferences of a request (header `Prefer`). Unknown preferences are ignored, as RFC 7240 says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences {
    /// The most rows per page (`odata.maxpagesize`).
    pub(crate) max_page_size: Option<u32>,
    /// The patterns of annotations to include (`odata.include-annotations`); empty for none.
    pub(crate) annotations: Vec<String>,
    /// Whether the response to a write contains the row (`return=representation`).
    pub(crate) representation: bool,
    /// Whether a batch goes on after a failed request (`odata.continue-on-error`).
    pub(crate) continue_on_error: bool,
    /// Whether changes are tracked from this request on (`odata.track-changes`).
    pub(crate) track_changes: bool,
    /// Whether the request may be answered before it is executed (`respond-async`).
    pub(crate) respond_async: bool,
}

impl Preferences {
    /// Parses the headers `Prefer` of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        for value in headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok()) {
            for preference in split_quoted(value) {
                found.add(preference);
            }
        }
        found
    }

    fn add(&mut self, preference: &str) {
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        let value = value.trim().trim_matches('"');
        let name = name.trim().to_ascii_lowercase();
        match (name.strip_prefix("odata.").unwrap_or(&name), value) {
            ("maxpagesize", size) => self.max_page_size = size.parse().ok().filter(|n| *n > 0),
            ("include-annotations", patterns) => {
                self.annotations.extend(patterns.split(',').map(|p| p.trim().to_owned()));
            }
            ("return", value) => self.representation = value.eq_ignore_ascii_case("representation"),
            ("continue-on-error", value) => self.continue_on_error = !value.eq_ignore_ascii_case("false"),
            ("track-changes", _) => self.track_changes = true,
            ("respond-async", _) => self.respond_async = true,
            _ => {}
        }
    }

    /// Returns the preferences that a response with rows applies, as the header `Preference-Applied` shows them;
    /// empty if there are none.
    pub(crate) fn applied_to_reads(&self) -> String {
        let mut applied = Vec::new();
        if let Some(size) = self.max_page_size {
            applied.push(format!("odata.maxpagesize={size}"));
        }
        if !self.annotations.is_empty() {
            applied.push(format!("odata.include-annotations=\"{}\"", self.annotations.join(",")));
        }
        applied.join(",")
    }

    /// Returns whether annotations with the name `name` are requested, such as
    /// `OData.Community.Display.V1.FormattedValue`. A pattern is `*`, a namespace with `.*`, or a name; one
    /// with a `-` in front excludes what it matches.
    pub(crate) fn includes(&self, name: &str) -> bool {
        let matches = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => pattern == name,
        };
        let excluded = |pattern: &String| pattern.strip_prefix('-').is_some_and(matches);
        self.annotations.iter().any(|p| !p.starts_with('-') && matches(p))
            && !self.annotations.iter().any(excluded)
    }
}

/// Splits a list at commas that are not within double quotes.
fn split_quoted(list: &str) -> Vec<&str> {
    let mut within = false;
    list.split(|c| {
        within ^= c == '"';
        c == ',' && !within
    })
    .map(str::trim)
    .filter(|item| !item.is_empty())
    .collect()
}

/// The conditions of a request on the version of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    /// The value of `If-Match`: `*` or an ETag.
    pub(crate) if_match: Option<String>,
    /// The value of `If-None-Match`: `*` or an ETag. The value `null`, which some clients send, counts as
    /// absent.
    pub(crate) if_none_match: Option<String>,
}

impl Conditions {
    /// Parses the conditions in the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(|v| v.trim().to_owned());
        Self {
            if_match: text(IF_MATCH),
            if_none_match: text(IF_NONE_MATCH).filter(|value| value != "null" && !value.is_empty()),
        }
    }
}

/// Returns the ETag of a row with this version: `W/"123"`.
pub(crate) fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn preferences(value: &'static str) -> Preferences {
        Preferences::of(
            &[(http::HeaderName::from_static("prefer"), HeaderValue::from_static(value))]
                .into_iter()
                .collect(),
        )
    }

    #[test]
    fn several_preferences_are_read_from_one_header() {
        let found = preferences("odata.maxpagesize=2,odata.include-annotations=\"*\", return=representation");
        assert_eq!(found.max_page_size, Some(2));
        assert!(found.includes("OData.Community.Display.V1.FormattedValue") && found.representation);
    }

    #[test]
    fn annotations_are_chosen_by_patterns() {
        let found = preferences(
            "odata.include-annotations=\"Microsoft.Dynamics.CRM.*,-Microsoft.Dynamics.CRM.totalrecordcount\"",
        );
        assert!(found.includes("Microsoft.Dynamics.CRM.lookuplogicalname"));
        assert!(!found.includes("Microsoft.Dynamics.CRM.totalrecordcount"));
        assert!(!found.includes("OData.Community.Display.V1.FormattedValue"));
        let unquoted = preferences("odata.include-annotations=OData.Community.Display.V1.FormattedValue");
        assert!(unquoted.includes("OData.Community.Display.V1.FormattedValue"));
    }

    #[test]
    fn each_preference_is_read_by_its_name_and_value() {
        let none = Preferences::default();
        let size = |n| Preferences { max_page_size: Some(n), ..Preferences::default() };
        let goes_on = |continue_on_error| Preferences { continue_on_error, ..Preferences::default() };
        let row = |representation| Preferences { representation, ..Preferences::default() };
        for (header, found) in [
            ("", none.clone()),
            ("maxpagesize=3", size(3)),
            ("ODATA.MaxPageSize = \"3\"", size(3)),
            ("odata.maxpagesize=0", none.clone()),
            ("odata.maxpagesize=-1", none.clone()),
            ("odata.maxpagesize=4294967295", size(u32::MAX)),
            ("odata.maxpagesize=4294967296", none.clone()),
            ("odata.maxpagesize=5, maxpagesize=4", size(4)),
            ("return=representation", row(true)),
            ("return=Representation", row(true)),
            ("return=minimal", none.clone()),
            ("return=representation, return=minimal", none.clone()),
            ("continue-on-error", goes_on(true)),
            ("odata.continue-on-error=true", goes_on(true)),
            ("odata.continue-on-error=False", none.clone()),
            ("track-changes", Preferences { track_changes: true, ..none.clone() }),
            ("odata.track-changes", Preferences { track_changes: true, ..none.clone() }),
            ("respond-async, wait=5", Preferences { respond_async: true, ..none.clone() }),
            ("odata.return=representation", row(true)),
            ("return-representation, handling=strict, x", none.clone()),
        ] {
            assert_eq!(preferences(header), found, "{header}");
        }
    }

    #[test]
    fn the_applied_preferences_are_said_of_a_read() {
        for (header, applied) in [
            ("", ""),
            ("return=representation", ""),
            ("odata.maxpagesize=2", "odata.maxpagesize=2"),
            ("odata.include-annotations=*", "odata.include-annotations=\"*\""),
            (
                "odata.include-annotations=\"a.*, -a.b\",maxpagesize=7",
                "odata.maxpagesize=7,odata.include-annotations=\"a.*,-a.b\"",
            ),
        ] {
            assert_eq!(preferences(header).applied_to_reads(), applied, "{header}");
        }
    }

    #[test]
    fn a_condition_is_an_etag_or_a_star_and_null_is_no_condition() {
        let of = |name: http::HeaderName, value: &'static str| {
            Conditions::of(&[(name, HeaderValue::from_static(value))].into_iter().collect())
        };
        for (value, if_match, if_none_match) in [
            ("*", Some("*"), Some("*")),
            (" W/\"1\" ", Some("W/\"1\""), Some("W/\"1\"")),
            ("null", Some("null"), None),
            ("", Some(""), None),
        ] {
            assert_eq!(of(IF_MATCH, value).if_match.as_deref(), if_match, "{value}");
            assert_eq!(of(IF_MATCH, value).if_none_match, None, "{value}");
            assert_eq!(of(IF_NONE_MATCH, value).if_none_match.as_deref(), if_none_match, "{value}");
            assert_eq!(of(IF_NONE_MATCH, value).if_match, None, "{value}");
        }
        assert_eq!(etag(12), "W/\"12\"");
    }
}
