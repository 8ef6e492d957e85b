//! Determines the facts about a metadata document that apply to all its definitions: the parts of its
//! `@odata.context`, and whether the flag `IsValidODataAttribute` can be trusted.

/// Returns a class name without namespace and without `Complex`: `PicklistAttributeMetadata` for
/// `#Microsoft.Dynamics.CRM.ComplexPicklistAttributeMetadata`.
pub(super) fn strip_class(name: &str) -> &str {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.strip_prefix("Complex").unwrap_or(name)
}

/// The parts of a document's `@odata.context`.
#[derive(Default)]
pub(super) struct Context {
    /// The address of the organisation; `None` if the context does not contain an address.
    pub(super) url: Option<String>,
    /// The logical name of the table whose columns the document lists; `None` for any other document.
    pub(super) table: Option<String>,
    /// The class to which the collection is cast; `None` without a cast. Elements of a cast collection have
    /// no `@odata.type` of their own.
    pub(super) class: Option<String>,
    /// Whether the document is a collection of columns.
    pub(super) attributes: bool,
}

impl Context {
    pub(super) fn of(text: &str) -> Self {
        let (before, after) = text.split_once("$metadata").unwrap_or((text, ""));
        let url = before.split_once("/api/data/").map(|(url, _)| url).filter(|u| u.starts_with("https://"));
        let fragment = after.trim_start_matches('#');
        let in_quotes =
            fragment.split_once("EntityDefinitions('").and_then(|(_, rest)| rest.split_once('\''));
        let path = fragment.split_once("/Attributes");
        let class = path.and_then(|(_, rest)| rest.strip_prefix("/Microsoft.Dynamics.CRM."));
        let class = class.map(|c| c.split(['(', '/']).next().unwrap_or(c));
        Self {
            url: url.map(without_api),
            table: in_quotes.map(|(table, _)| table.to_owned()),
            class: class.map(str::to_owned),
            attributes: path.is_some(),
        }
    }
}

/// Returns the address without `api.`: `https://org.api.crm4.dynamics.com` and
/// `https://org.crm4.dynamics.com` are one organisation.
fn without_api(url: &str) -> String {
    match url.split_once('.') {
        Some((org, rest)) => format!("{org}.{}", rest.strip_prefix("api.").unwrap_or(rest)),
        None => url.to_owned(),
    }
}

/// The reason why `IsValidODataAttribute` is trusted, or the check that it has to pass; see the documentation
/// of [`wire`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeFlagTrust {
    /// The request named the flag, so every value is trusted.
    Requested,
    /// The document is a `RetrieveMetadataChanges` response, which has the flag even if the request did not
    /// name it.
    Changes,
    /// The document consists of definitions, which have the flag only if the request named it.
    Definitions,
}
