//! Lists records that the snapshot or the mapping has: stages that are options of a choice, and pipelines.

use serde_json::{Map, Value};

use super::filter::FilterOperator;
use super::list::{ListPage, ListRequest};
use crate::error::{Error, Result};
use crate::model::Record;

/// Returns the records that meet the filters of a request. They are few, so that there are no further pages.
pub(super) fn list(
    resource: &str,
    records: &[Map<String, Value>],
    request: &ListRequest,
    limit: u32,
) -> Result<ListPage> {
    let only_names = |name: &str| Error::field(name, format!("`{resource}` cannot be filtered by `{name}`"));
    if request.created_after.is_some() || request.created_before.is_some() {
        return Err(only_names("created_at"));
    }
    if request.modified_after.is_some() || request.modified_before.is_some() {
        return Err(only_names("updated_at"));
    }
    for filter in &request.filters {
        if !matches!(filter.operator, FilterOperator::Eq | FilterOperator::Ne | FilterOperator::In) {
            return Err(only_names(&filter.field));
        }
        let known = records.iter().any(|record| record.contains_key(&filter.field));
        if !known && !records.is_empty() {
            let names = records.iter().flat_map(|record| record.keys()).map(String::as_str);
            return Err(Error::unknown_field(resource, &filter.field, names));
        }
    }
    if let Some((name, _)) = request.sort.first() {
        return Err(Error::field(
            "sort",
            format!("`{resource}` have an order of their own, and are not sorted by `{name}`"),
        ));
    }
    let meets = |record: &Map<String, Value>| {
        request.filters.iter().all(|filter| {
            let own = record.get(&filter.field).unwrap_or(&Value::Null);
            let same = |value: &Value| value == own || own.get("id").is_some_and(|id| id == value);
            match (filter.operator, &filter.value) {
                (FilterOperator::Ne, value) => !same(value),
                (FilterOperator::In, Value::Array(values)) => values.iter().any(same),
                (_, value) => same(value),
            }
        })
    };
    let found = |record: &Map<String, Value>| {
        let Some(text) = &request.search else { return true };
        let name = record.get("name").and_then(Value::as_str).unwrap_or_default();
        name.to_lowercase().contains(&text.to_lowercase())
    };
    let kept = records.iter().filter(|record| meets(record) && found(record));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let result =
        kept.take(limit).map(|record| Record { fields: record.clone(), remote_data: None }).collect();
    Ok(ListPage { result, ..ListPage::default() })
}
