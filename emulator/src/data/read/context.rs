//! The context URLs of responses, which name what a response contains.

use dvkit_query::hir::{Columns, Key, Query, ResultShape};

use super::super::service_error::ServiceError;
use super::super::session::Session;
use super::super::url::RowUrl;
use super::expand_text::ExpandText;

/// Returns the expansions of a request as written.
pub(super) fn expansions(url: &RowUrl) -> Vec<ExpandText> {
    url.option("$expand").map(ExpandText::parse).unwrap_or_default()
}

/// Returns the member of a response that has this context URL, as JSON.
pub(super) fn member(context: &str) -> String {
    format!("\"@odata.context\":{}", serde_json::Value::from(context))
}

/// Returns the context URL of a response with rows. `single` says whether it is one row.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn of_rows(
    session: &Session<'_>,
    query: &Query,
    url: &RowUrl,
    expansions: &[ExpandText],
    single: bool,
) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    if query.result == ResultShape::References {
        let kind = if single { "$ref" } else { "Collection($ref)" };
        return Ok(format!("{}$metadata#{kind}", session.web_api()));
    }
    let mut shown: Vec<String> = Vec::new();
    if let Some(select) = url.option("$select") {
        shown.extend(select.split(',').map(|name| name.trim().to_owned()));
    }
    shown.extend(expansions.iter().map(ExpandText::in_context));
    let shown = if shown.is_empty() { String::new() } else { format!("({})", shown.join(",")) };
    let entity = if single { "/$entity" } else { "" };
    Ok(format!("{}$metadata#{set}{shown}{entity}", session.web_api()))
}

/// Returns the context URL of the result of FetchXML.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn of_fetch(session: &Session<'_>, query: &Query) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    let mut shown: Vec<String> = Vec::new();
    if let (None, Columns::Listed(listed)) = (&query.grouping, &query.columns) {
        let columns = listed.iter().filter(|c| !query.aliases.iter().any(|(aliased, _)| aliased == *c));
        shown.extend(columns.filter_map(|c| Some(table.column(&c.column)?.property_name().into_owned())));
        shown.extend(table.primary_id.clone().filter(|key| !query.distinct && !shown.contains(key)));
    }
    let shown = if shown.is_empty() { String::new() } else { format!("({})", shown.join(",")) };
    Ok(format!("{}$metadata#{set}{shown}", session.web_api()))
}

/// Returns the context URL of a response with one property of a row: `accounts(…)/name`.
///
/// # Errors
/// Returns an error if the table cannot be read.
pub(super) fn of_property(session: &Session<'_>, query: &Query) -> Result<String, ServiceError> {
    let table = session.table(&query.table)?;
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    let ResultShape::Column(column, _) = &query.result else {
        return Ok(format!("{}$metadata#{set}", session.web_api()));
    };
    let property = table.column(&column.column).map(|c| c.property_name().into_owned());
    let property = property.unwrap_or_else(|| column.column.clone());
    let key = match &query.source.key {
        Some(Key::Id(value)) if query.source.steps.is_empty() => dvkit_query::odata::value(value).to_string(),
        Some(Key::Columns(columns)) if query.source.steps.is_empty() => key_text(columns),
        _ => String::new(),
    };
    Ok(format!("{}$metadata#{set}({key})/{property}", session.web_api()))
}

/// Returns an alternate key as a URL shows it: `accountnumber='A1'`.
pub(super) fn key_text(columns: &[(String, dvkit_query::hir::Value)]) -> String {
    let pairs = columns.iter().map(|(name, value)| format!("{name}={}", dvkit_query::odata::value(value)));
    pairs.collect::<Vec<_>>().join(",")
}
