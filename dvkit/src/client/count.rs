//! Counts rows: those of a query or of a collection, and all rows of tables.

use std::collections::BTreeMap;

use dvkit_client::{Client, Error, ErrorKind, Prefer, Request, Result};
use serde::Deserialize;

use crate::query::{Query, QueryOptions};
use crate::table::{EntitySet, key_name};

/// The number of rows of a query or of a collection.
///
/// The service counts up to 5,000 rows, and up to 500 of an elastic table
/// (<https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/count-rows>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Counted")]
pub struct RowCount {
    /// The number of rows; if [`limit_exceeded`](Self::limit_exceeded) is true, the number up to which the service
    /// counts.
    pub rows: u64,
    /// Whether there are more rows than [`rows`](Self::rows).
    pub limit_exceeded: bool,
}

/// The most rows of a standard table that the service counts.
const MAX_COUNTED_ROWS: u64 = 5_000;

/// The response that contains a count.
#[derive(Deserialize)]
struct Counted {
    #[serde(rename = "@odata.count")]
    count: u64,
    #[serde(rename = "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded")]
    limit_exceeded: Option<bool>,
}

impl From<Counted> for RowCount {
    fn from(counted: Counted) -> Self {
        // Without the annotation, a count at the limit may stand for any number above it.
        let limit_exceeded = counted.limit_exceeded.unwrap_or(counted.count >= MAX_COUNTED_ROWS);
        Self { rows: counted.count, limit_exceeded }
    }
}

/// Returns the request that counts the rows of `path` that fulfil `filter`. `key` is the name of their primary key.
///
/// The path `…/$count` gives a number alone, which does not show whether there are more rows. So the request asks for
/// a page of one row with the count and the annotation that shows it.
pub(super) fn count_request(path: &str, key: &'static str, filter: String) -> Request {
    let options = QueryOptions { select: vec![key], filter, count: true, ..QueryOptions::default() };
    let annotations =
        "Microsoft.Dynamics.CRM.totalrecordcount,Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded";
    Request::get(options.url(path)).prefer(Prefer::new().annotations(annotations).max_page_size(1))
}

impl<T: EntitySet, X> Query<T, X> {
    /// Returns the GET request for the number of rows that fulfil the query's condition. Its response is the JSON of
    /// a [`RowCount`]. The query's columns, expansions, order and limit have no effect.
    #[must_use]
    pub fn total_request(&self) -> Request {
        let filter = self.condition().map(crate::Filter::odata).unwrap_or_default();
        count_request(T::ENTITY_SET, key_name::<T>(), filter)
    }

    /// Counts the rows that fulfil the query's condition, up to the limit that [`RowCount`] describes. The query's
    /// columns, expansions, order and limit have no effect.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    pub async fn total(&self, client: &Client) -> Result<RowCount> {
        client.json(self.total_request()).await
    }
}

/// Counts all rows of a table.
pub trait TableCount: EntitySet {
    /// Returns the number of all rows of the table, without a limit. The number is a snapshot that the service took
    /// within the last 24 hours; [`Query::total`] counts the current rows, up to a limit.
    ///
    /// # Errors
    /// Returns an error if the request fails (see [`Client::send`]).
    fn total_record_count(client: &Client) -> impl Future<Output = Result<u64>> + Send {
        let client = client.clone();
        async move {
            let counts = total_record_counts(&client, &[Self::TABLE]).await?;
            counts.get(Self::TABLE).copied().ok_or_else(|| {
                Error::new(
                    ErrorKind::Unexpected,
                    format!("the service did not count the rows of `{}`", Self::TABLE),
                )
            })
        }
    }
}

impl<T: EntitySet> TableCount for T {}

/// Returns the request of [`total_record_counts`].
#[must_use]
pub fn total_record_counts_request(tables: &[&str]) -> Request {
    // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrievetotalrecordcount
    let names: Vec<serde_json::Value> = tables.iter().map(|name| (*name).into()).collect();
    Request::get("RetrieveTotalRecordCount(EntityNames=@p1)")
        .query("@p1", serde_json::Value::from(names).to_string())
}

/// Returns the number of all rows of each of `tables` (logical names), without a limit. The numbers are snapshots that
/// the service took within the last 24 hours.
///
/// # Errors
/// Returns an error if the request fails (see [`Client::send`]), for example because a table does not exist.
pub async fn total_record_counts(client: &Client, tables: &[&str]) -> Result<BTreeMap<String, u64>> {
    #[derive(Deserialize)]
    struct Counts {
        #[serde(rename = "EntityRecordCountCollection")]
        collection: Collection,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Collection {
        keys: Vec<String>,
        values: Vec<u64>,
    }
    let request = total_record_counts_request(tables);
    let Counts { collection: Collection { keys, values } } = client.json(request).await?;
    Ok(keys.into_iter().zip(values).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(json: &str) -> RowCount {
        serde_json::from_str(json).expect("it is a count")
    }

    #[test]
    fn a_count_says_whether_there_are_more_rows() {
        let flag = r#""@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded""#;
        for (json, rows, limit_exceeded) in [
            (format!(r#"{{"@odata.count": 5000, {flag}: true, "value": []}}"#), 5000, true),
            (format!(r#"{{"@odata.count": 5000, {flag}: false, "value": []}}"#), 5000, false),
            (format!(r#"{{"@odata.count": 500, {flag}: true, "value": []}}"#), 500, true),
            // A service that leaves out the annotation may have stopped at its limit.
            (r#"{"@odata.count": 5000}"#.to_owned(), 5000, true),
            (r#"{"@odata.count": 4999}"#.to_owned(), 4999, false),
        ] {
            assert_eq!(count(&json), RowCount { rows, limit_exceeded }, "{json}");
        }
    }

    #[test]
    fn the_names_of_tables_are_one_json_list() {
        let request = total_record_counts_request(&["account", "new_a&b"]);
        assert_eq!(
            request.target(),
            "RetrieveTotalRecordCount(EntityNames=@p1)?@p1=[%22account%22,%22new_a%26b%22]"
        );
    }
}
