//! Fetches tables from `EntityDefinitions`, for services that refuse `RetrieveMetadataChanges`.
//!
//! One request gets the definitions of some tables. The options of their columns need further requests, one
//! for each table and column type with options (a cast). These responses contain no stamp.

use dvkit_client::{Client, Request};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;

use super::query::{self, ServiceCapabilities};
use super::response::bytes;
use crate::Error;

/// The column types that have options. The options are requested by one cast per type, because the service
/// does not allow a cast to the common base type.
const TYPES_WITH_OPTIONS: [&str; 5] = ["Picklist", "MultiSelectPicklist", "State", "Status", "Boolean"];

/// The maximum number of cast requests at the same time. The client's own limit applies too.
const MAX_CONCURRENT_CASTS: usize = 4;

/// Returns the request for the names of all tables.
pub(super) fn names() -> Request {
    Request::get("EntityDefinitions").query("$select", "LogicalName,SchemaName")
}

/// Fetches the complete definitions of some tables, given by logical name. Returns several JSON documents,
/// one after the other. Returns an error if a request fails, or if the first response is not JSON of tables.
pub(super) async fn part(
    client: &Client,
    tables: &[String],
    capabilities: &ServiceCapabilities,
) -> Result<Vec<u8>, Error> {
    let mut all = bytes(client, tables_request(tables, capabilities)).await?;
    let casts = casts(&all).map_err(|e| Error::Response {
        what: format!("the response for {}", tables.join(", ")),
        message: e.to_string(),
    })?;
    let requests: Vec<Request> = casts.iter().map(|(table, class)| cast_request(table, class)).collect();
    let responses: Vec<Vec<u8>> = stream::iter(requests)
        .map(|request| bytes(client, request))
        .buffered(MAX_CONCURRENT_CASTS)
        .try_collect()
        .await?;
    for response in responses {
        all.push(b'\n');
        all.extend(response);
    }
    Ok(all)
}

fn tables_request(tables: &[String], capabilities: &ServiceCapabilities) -> Request {
    let select: Vec<_> = capabilities.table_properties().collect();
    let filter: Vec<_> =
        tables.iter().map(|t| format!("LogicalName eq '{}'", t.replace('\'', "''"))).collect();
    let expand = format!(
        "Attributes,Keys($select={}),OneToManyRelationships($select={one}),ManyToOneRelationships($select={one}),\
         ManyToManyRelationships($select={})",
        query::KEY_PROPERTIES.join(","),
        query::MANY_TO_MANY_PROPERTIES.join(","),
        one = query::ONE_TO_MANY_PROPERTIES.join(","),
    );
    Request::get("EntityDefinitions")
        .query("$select", select.join(","))
        .query("$filter", filter.join(" or "))
        .query("$expand", expand)
        .header("If-None-Match", "null")
}

fn cast_request(table: &str, class: &str) -> Request {
    let path = format!(
        "EntityDefinitions(LogicalName='{}')/Attributes/Microsoft.Dynamics.CRM.{class}AttributeMetadata",
        table.replace('\'', "''")
    );
    Request::get(path)
        .query("$select", "LogicalName,EntityLogicalName")
        .query("$expand", "OptionSet,GlobalOptionSet")
        .header("If-None-Match", "null")
}

/// Returns the casts that get the options of the tables in a response. Each is the logical name of a table,
/// and a column type with options that the table uses. Returns an error if the text is not JSON of tables.
fn casts(text: &[u8]) -> Result<Vec<(String, &'static str)>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Tables {
        value: Vec<Table>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Table {
        logical_name: Option<String>,
        #[serde(default)]
        attributes: Vec<Column>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Column {
        attribute_type_name: Option<Name>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Name {
        value: Option<String>,
    }
    let tables: Tables = serde_json::from_slice(text)?;
    let mut casts = Vec::new();
    for table in tables.value {
        let Some(name) = table.logical_name else { continue };
        for class in TYPES_WITH_OPTIONS {
            let has = table.attributes.iter().any(|c| {
                let ty = c.attribute_type_name.as_ref().and_then(|n| n.value.as_deref());
                ty.is_some_and(|ty| ty.strip_suffix("Type") == Some(class))
            });
            if has {
                casts.push((name.clone(), class));
            }
        }
    }
    Ok(casts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_casts_to_existing_types_are_requested() {
        let column = |ty: &str| format!(r#"{{"AttributeTypeName":{{"Value":"{ty}"}}}}"#);
        let text = format!(
            r#"{{"value":[{{"LogicalName":"a","Attributes":[{},{},{}]}},{{"LogicalName":"b","Attributes":[{}]}}]}}"#,
            column("StateType"),
            column("PicklistType"),
            column("PicklistType"),
            column("StringType"),
        );
        let found = casts(text.as_bytes()).unwrap();
        assert_eq!(found, [("a".to_owned(), "Picklist"), ("a".to_owned(), "State")]);
        assert!(
            cast_request("o'x", "State")
                .target()
                .starts_with("EntityDefinitions(LogicalName='o''x')/Attributes/")
        );
    }
}
