//! Builds the `Prefer` header of a request from single preferences. The client and every request can have
//! preferences.
use std::collections::BTreeMap;
use std::fmt;

use http::Method;

use super::Request;

/// The name of the preference for annotations.
const ANNOTATIONS: &str = "odata.include-annotations";

/// The name of the preference for the number of rows of a page.
const PAGE_SIZE: &str = "odata.maxpagesize";

/// The preferences of a request. They take precedence over those of the client, which are sent too.
///
/// ```
/// use dvkit_client::Prefer;
///
/// let prefer = Prefer::new().annotations("*").max_page_size(500).return_representation();
/// assert_eq!(prefer.to_string(), r#"odata.include-annotations="*",odata.maxpagesize=500,return=representation"#);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefer(BTreeMap<String, Option<String>>);

impl Prefer {
    /// Creates an empty set of preferences.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for annotations with the data. `which` is `*`, or a list of names separated by commas, such as
    /// `OData.Community.Display.V1.FormattedValue`. Quotation marks in `which` are dropped.
    #[must_use]
    pub fn annotations(self, which: &str) -> Self {
        let which: String = which.chars().filter(|c| *c != '"' && !c.is_control()).collect();
        self.set(ANNOTATIONS, Some(format!("\"{which}\"")))
    }

    /// Sets the maximum number of rows per page to `rows`. The service allows at most 5,000 (500 for elastic
    /// tables).
    #[must_use]
    pub fn max_page_size(self, rows: u32) -> Self {
        self.set(PAGE_SIZE, Some(rows.to_string()))
    }

    /// Asks the service to return the written row in its new state.
    #[must_use]
    pub fn return_representation(self) -> Self {
        self.set("return", Some("representation".to_owned()))
    }

    /// Asks the service not to return the written row, but only its address.
    #[must_use]
    pub fn return_minimal(self) -> Self {
        self.set("return", Some("minimal".to_owned()))
    }

    /// Makes `$batch` run the remaining operations after one has failed.
    #[must_use]
    pub fn continue_on_error(self) -> Self {
        self.set("odata.continue-on-error", None)
    }

    /// Asks for a delta link: a later request to this link returns the changes since this request. The table
    /// has to have change tracking.
    #[must_use]
    pub fn track_changes(self) -> Self {
        self.set("odata.track-changes", None)
    }

    /// Runs an action in the background: the service responds with 202 and the address of the background
    /// operation (preference `respond-async`).
    #[must_use]
    pub fn respond_async(self) -> Self {
        self.set("respond-async", None)
    }

    /// Sets the preference `name` to `value`; `None` sets it without a value. A name or value that a header
    /// cannot contain is reported when the request is sent.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: Option<String>) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// Returns whether no preference is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all preferences of `self`, and those of `others` that `self` does not set. Lists of annotations
    /// are united, so that a request that needs an annotation does not take others away.
    #[must_use]
    pub(crate) fn merged_over(&self, others: &Prefer) -> Prefer {
        let mut all = others.0.clone();
        for (name, value) in &self.0 {
            let value = match (all.get(name), value) {
                (Some(Some(before)), Some(value)) if name == ANNOTATIONS => Some(united(before, value)),
                _ => value.clone(),
            };
            all.insert(name.clone(), value);
        }
        Prefer(all)
    }

    /// Returns the preferences of a client that apply to `request` in this place. Others would be ignored, or
    /// would change something that was not meant.
    #[must_use]
    pub(crate) fn applicable(&self, request: &Request, place: Place) -> Prefer {
        let applies = |name: &str| {
            let reads = request.method == Method::GET;
            let writes = [Method::POST, Method::PATCH, Method::PUT].contains(&request.method);
            match name {
                // The service ignores `$top` where a page size is given (learn.microsoft.com, "Page results").
                PAGE_SIZE => reads && !request.has_query_option("$top"),
                "odata.track-changes" => reads,
                // A created row is named by its `OData-EntityId`, which a representation does not have; later
                // changes of the change set could not refer to the row by `$1`.
                "return" => writes && matches!(place, Place::Alone | Place::InBatch),
                "odata.continue-on-error" => place == Place::Batch,
                "respond-async" => request.method == Method::POST && place == Place::Alone,
                ANNOTATIONS => place != Place::Batch && request.method != Method::DELETE,
                _ => true,
            }
        };
        Prefer(
            self.0
                .iter()
                .filter(|(name, _)| applies(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// Returns whether the page size is set.
    pub(crate) fn has_page_size(&self) -> bool {
        self.0.contains_key(PAGE_SIZE)
    }
}

/// The place of a request: alone, or as a part of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A request that is sent on its own.
    Alone,
    /// The request that contains a batch.
    Batch,
    /// A part of a batch that belongs to no change set.
    InBatch,
    /// A change of a change set.
    InChangeSet,
}

/// Returns the union of two quoted lists of annotations; `*` contains all others.
fn united(before: &str, more: &str) -> String {
    let names = |list: &str| -> Vec<String> {
        list.trim_matches('"').split(',').map(|name| name.trim().to_owned()).collect()
    };
    let mut all = names(before);
    for name in names(more) {
        if !all.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            all.push(name);
        }
    }
    if all.iter().any(|name| name == "*") {
        return "\"*\"".to_owned();
    }
    format!("\"{}\"", all.join(","))
}

impl fmt::Display for Prefer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match value {
                Some(value) => write!(f, "{name}={value}")?,
                None => f.write_str(name)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_of_the_request_takes_precedence() {
        let client = Prefer::new().annotations("*").max_page_size(5000);
        let request = Prefer::new().max_page_size(10).track_changes();
        assert_eq!(
            request.merged_over(&client).to_string(),
            "odata.include-annotations=\"*\",odata.maxpagesize=10,odata.track-changes"
        );
    }

    #[test]
    fn lists_of_annotations_are_united() {
        let client = Prefer::new().annotations("A.b,C.d");
        let both = Prefer::new().annotations("c.D,E.f").merged_over(&client);
        assert_eq!(both.to_string(), r#"odata.include-annotations="A.b,C.d,E.f""#);
        let all = Prefer::new().annotations("E.f").merged_over(&Prefer::new().annotations("*"));
        assert_eq!(all.to_string(), r#"odata.include-annotations="*""#);
    }

    #[test]
    fn a_preference_of_the_client_goes_only_where_it_applies() {
        let all = Prefer::new()
            .annotations("*")
            .max_page_size(5)
            .return_representation()
            .continue_on_error()
            .respond_async()
            .set("x-own", None);
        let sent = |request: Request, place| all.applicable(&request, place).to_string();
        let annotations = r#"odata.include-annotations="*""#;
        assert_eq!(sent(Request::get("a"), Place::Alone), format!("{annotations},odata.maxpagesize=5,x-own"));
        assert_eq!(sent(Request::get("a?$select=b&$top=3"), Place::Alone), format!("{annotations},x-own"));
        assert_eq!(sent(Request::get("a?%24top=3"), Place::InBatch), format!("{annotations},x-own"));
        assert_eq!(
            sent(Request::post("a"), Place::Alone),
            format!("{annotations},respond-async,return=representation,x-own")
        );
        assert_eq!(sent(Request::post("a"), Place::InChangeSet), format!("{annotations},x-own"));
        assert_eq!(sent(Request::delete("a"), Place::InBatch), "x-own");
        assert_eq!(sent(Request::post("$batch"), Place::Batch), "odata.continue-on-error,x-own");
    }

    #[test]
    fn every_setter_sends_its_preference() {
        for (prefer, sent) in [
            (Prefer::new(), ""),
            (Prefer::new().annotations("a\"\n.*"), r#"odata.include-annotations="a.*""#),
            (Prefer::new().max_page_size(7), "odata.maxpagesize=7"),
            (Prefer::new().return_representation(), "return=representation"),
            (Prefer::new().return_minimal(), "return=minimal"),
            (Prefer::new().return_minimal().return_representation(), "return=representation"),
            (Prefer::new().continue_on_error(), "odata.continue-on-error"),
            (Prefer::new().track_changes(), "odata.track-changes"),
            (Prefer::new().respond_async(), "respond-async"),
            (Prefer::new().set("a", Some("b".into())).set("c", None), "a=b,c"),
        ] {
            assert_eq!(prefer.to_string(), sent);
            assert_eq!(prefer.is_empty(), sent.is_empty(), "{sent}");
            assert_eq!(prefer.has_page_size(), sent.contains("maxpagesize"), "{sent}");
        }
    }

    /// Every preference of a client, and the places and methods that get it.
    #[test]
    fn each_preference_of_a_client_has_its_places() {
        let places = [Place::Alone, Place::Batch, Place::InBatch, Place::InChangeSet];
        let methods = [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];
        for (prefer, expected) in [
            (Prefer::new().max_page_size(1), "GET Alone,GET Batch,GET InBatch,GET InChangeSet"),
            (Prefer::new().track_changes(), "GET Alone,GET Batch,GET InBatch,GET InChangeSet"),
            (
                Prefer::new().return_minimal(),
                "POST Alone,POST InBatch,PATCH Alone,PATCH InBatch,PUT Alone,PUT InBatch",
            ),
            (Prefer::new().continue_on_error(), "GET Batch,POST Batch,PATCH Batch,PUT Batch,DELETE Batch"),
            (Prefer::new().respond_async(), "POST Alone"),
            (
                Prefer::new().annotations("*"),
                "GET Alone,GET InBatch,GET InChangeSet,POST Alone,POST InBatch,POST InChangeSet,PATCH Alone,PATCH InBatch,PATCH InChangeSet,PUT Alone,PUT InBatch,PUT InChangeSet",
            ),
        ] {
            let mut sent = Vec::new();
            for method in &methods {
                for place in places {
                    let request = Request::new(method.clone(), "a");
                    if !prefer.applicable(&request, place).is_empty() {
                        sent.push(format!("{method} {place:?}"));
                    }
                }
            }
            assert_eq!(sent.join(","), expected, "{prefer}");
        }
    }
}
