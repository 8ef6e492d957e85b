//! Search over text: `/api/search/v1.0` and `v2.0` with `query`, `suggest` and `autocomplete`, and the unbound
//! messages `searchquery`, `searchsuggest` and `searchautocomplete`.
//!
//! The documentation is "Search for Dataverse records" with the pages of the three operations, and "Dataverse search
//! (legacy)" for version 1.0. `request` parses a request, `index` keeps one FTS5 index for each table that was
//! searched, and `results` runs a search and renders what it finds.

mod index;
mod request;
mod results;

use http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::service_error::{INVALID_REQUEST, ServiceError};
use super::session::Session;
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use request::{Search, Version};
use results::{Hit, found};

pub(super) use index::forget;

/// The beginning of the paths of the search API.
pub(crate) const SEARCH_ROOT: &str = "/api/search/";

/// The markers around what a search has found in a text.
const MARKERS: [&str; 2] = ["{crmhit}", "{/crmhit}"];

/// Responds to a search; `None` for other requests.
///
/// # Errors
/// Returns an error if the request is refused.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    let path = call.url.split('?').next().unwrap_or_default();
    let (version, operation) = match (path.strip_prefix(SEARCH_ROOT).and_then(|p| p.split_once('/')), path) {
        (Some(("v1.0", operation)), _) => (Version::Legacy, operation),
        (Some(("v2.0", operation)), _) => (Version::Current, operation),
        (Some(_), _) => return Err(ServiceError::no_segment(path)),
        (None, "searchquery") => (Version::Current, "query"),
        (None, "searchsuggest") => (Version::Current, "suggest"),
        (None, "searchautocomplete") => (Version::Current, "autocomplete"),
        (None, _) => return Ok(None),
    };
    if !matches!(operation, "query" | "suggest" | "autocomplete") {
        return Err(ServiceError::not_emulated(format_args!("search {operation}")));
    }
    if call.method != Method::POST {
        return Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", call.method),
        ));
    }
    let search = Search::parse(session, call, version, operation)?;
    let (hits, count) = found(session, &search)?;
    let count = if search.count { i64::try_from(count).unwrap_or(i64::MAX) } else { -1 };
    let value: Json = match operation {
        "query" => hits.iter().map(|hit| query_result(hit, version)).collect(),
        "suggest" => hits.iter().map(|hit| suggestion(hit, version)).collect(),
        _ => hits.first().map_or(Json::String(String::new()), |hit| completion(hit).into()),
    };
    let body = match (version, operation) {
        (Version::Legacy, "query") => {
            json!({ "value": value, "facets": {}, "totalrecordcount": count, "querycontext": null })
        }
        (Version::Legacy, _) => json!({ "value": value, "querycontext": null }),
        (Version::Current, "query") => packed(json!({
            "Error": null, "Value": value, "Facets": {}, "QueryContext": null, "Count": count,
        })),
        (Version::Current, _) => packed(json!({ "Error": null, "Value": value, "QueryContext": null })),
    };
    Ok(Some(HttpResponse::odata(body.to_string())))
}

/// Returns a response of version 2.0, whose JSON is in a text.
fn packed(response: Json) -> Json {
    json!({ "response": response.to_string() })
}

fn query_result(hit: &Hit, version: Version) -> Json {
    match version {
        Version::Current => {
            let mut attributes = hit.values.clone();
            attributes.insert("@search.objecttypecode".to_owned(), hit.code.into());
            json!({
                "Id": hit.id, "EntityName": hit.table, "ObjectTypeCode": hit.code, "Attributes": attributes,
                "Highlights": hit.highlights, "Score": hit.score,
            })
        }
        Version::Legacy => {
            let mut row = document(hit);
            if let Some(members) = row.as_object_mut() {
                members.insert("@search.score".to_owned(), hit.score.into());
                members.insert("@search.highlights".to_owned(), hit.highlights.clone().into());
            }
            row
        }
    }
}

/// Returns a row with the members that say which one it is.
fn document(hit: &Hit) -> Json {
    let mut members = hit.values.clone();
    members.insert("@search.objectid".to_owned(), hit.id.clone().into());
    members.insert("@search.entityname".to_owned(), hit.table.clone().into());
    members.insert("@search.objecttypecode".to_owned(), hit.code.into());
    Json::Object(members)
}

/// Returns the text in which a row was found, with markers.
fn marked(hit: &Hit) -> &str {
    let texts = hit.highlights.values().filter_map(Json::as_array).flatten();
    let mut texts = texts.filter_map(Json::as_str);
    texts.next().unwrap_or_default()
}

fn suggestion(hit: &Hit, version: Version) -> Json {
    match version {
        Version::Current => json!({ "Text": marked(hit), "Document": document(hit) }),
        Version::Legacy => json!({ "text": marked(hit), "document": document(hit) }),
    }
}

/// Returns the word that completes the searched text.
fn completion(hit: &Hit) -> String {
    let text = marked(hit);
    let end = text.find(MARKERS[1]).map_or(text.len(), |at| at + MARKERS[1].len());
    let start = text.find(MARKERS[0]).unwrap_or(0);
    let rest = text.get(end..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    text.get(start..end + word).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(highlights: Json) -> Hit {
        Hit::sample(highlights.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn a_completion_is_the_whole_word_that_begins_with_the_mark() {
        for (text, word) in [
            ("{crmhit}Con{/crmhit}toso Ltd", "{crmhit}Con{/crmhit}toso"),
            ("The {crmhit}Con{/crmhit}toso", "{crmhit}Con{/crmhit}toso"),
            ("{crmhit}Con{/crmhit}", "{crmhit}Con{/crmhit}"),
            ("{crmhit}Con{/crmhit} toso", "{crmhit}Con{/crmhit}"),
            ("{crmhit}Con{/crmhit}t-o", "{crmhit}Con{/crmhit}t"),
            ("{crmhit}Zü{/crmhit}rich1, CH", "{crmhit}Zü{/crmhit}rich1"),
            ("{crmhit}a{/crmhit}b {crmhit}c{/crmhit}d", "{crmhit}a{/crmhit}b"),
        ] {
            assert_eq!(completion(&hit(json!({ "name": [text] }))), word, "{text}");
        }
        assert_eq!(completion(&hit(json!({}))), "");
    }

    #[test]
    fn a_suggestion_shows_the_first_text_that_was_found() {
        let found = hit(json!({ "a": ["1"], "b": ["2"] }));
        let document = json!({
            "name": "N", "@search.objectid": "1", "@search.entityname": "account", "@search.objecttypecode": 7,
        });
        assert_eq!(suggestion(&found, Version::Current), json!({ "Text": "1", "Document": document }));
        assert_eq!(suggestion(&found, Version::Legacy), json!({ "text": "1", "document": document }));
    }
}
