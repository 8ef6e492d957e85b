//! The action `Merge`: two rows become one ("Merge table rows using the Web API").

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dvkit_schema::{CascadeAction, Side};
use http::header::{HeaderValue, IF_MATCH};
use http::{HeaderMap, Method, StatusCode};
use rusqlite::types::Value as Stored;
use serde_json::{Value as Json, json};

use super::super::service_error::{INVALID_ARGUMENT, ServiceError};
use super::super::session::{Session, key_of};
use super::super::write::{self, base_rows, delete};
use super::built_in::row;
use super::call::Call;
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// The tables whose rows can be merged, as documented.
const MERGEABLE: [&str; 4] = ["account", "contact", "lead", "incident"];

/// Merges the row `Subordinate` into the row `Target`: the target gets the values of `UpdateContent`, rows that
/// refer to the subordinate refer to the target if their relationship cascades merges, and the subordinate is
/// deactivated.
///
/// # Errors
/// Returns an error if the rows cannot be merged, or if a value is refused.
pub(super) fn merge(
    session: &Session<'_>,
    request: &ApiRequest,
    call: &Call,
) -> Result<HttpResponse, ServiceError> {
    let (table, target) = row(session, call, "Target")?;
    let (other, subordinate) = row(session, call, "Subordinate")?;
    let refused = |message: String| ServiceError::new(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, message);
    if !MERGEABLE.contains(&table.logical_name.as_str()) || table.logical_name != other.logical_name {
        return Err(refused(format!(
            "Rows of '{}' and '{}' cannot be merged.",
            table.logical_name, other.logical_name
        )));
    }
    if target == subordinate {
        return Err(refused("A row cannot be merged with itself.".to_owned()));
    }
    let flag = call.parameters.get("PerformParentingChecks");
    if !matches!(flag, None | Some(Json::Null | Json::Bool(_))) {
        return Err(ServiceError::bad("The parameter 'PerformParentingChecks' has to be true or false."));
    }
    if flag == Some(&Json::Bool(true)) {
        return Err(ServiceError::not_emulated("Merge with PerformParentingChecks true"));
    }
    if let Some(content) = call.parameters.get("UpdateContent").filter(|content| !content.is_null()) {
        let mut content = content.clone();
        if let Some(members) = content.as_object_mut() {
            members.remove("@odata.type");
            members.retain(|name, _| table.primary_id.as_ref() != Some(name));
        }
        update(session, request, table, target, &content)?;
    }
    let mut moved = BTreeSet::new();
    for relationship in table.relationships.iter().filter(|r| r.side == Side::OneToMany) {
        let cascades = relationship.cascade.and_then(|c| c.merge) == Some(CascadeAction::Cascade);
        let Some(column) = relationship.column.as_deref().filter(|_| cascades) else { continue };
        if !moved.insert((relationship.table.as_str(), column)) {
            continue;
        }
        let Some(related) = session.store.table(&relationship.table)? else { continue };
        let layout = session.layout(&relationship.table)?;
        if layout.kind(column).is_none() || key_of(&layout).is_err() {
            continue;
        }
        let refers = [(column, Stored::Text(subordinate.to_string()))];
        let rows = session.find(related, &refers, delete::MAX_RELATED_ROWS + 1)?;
        if rows.len() > delete::MAX_RELATED_ROWS {
            let most = delete::MAX_RELATED_ROWS;
            return Err(refused(format!("More than {most} rows are related to the row that is merged.")));
        }
        for id in rows {
            let own = base_rows::concrete(session, related, id)?;
            let moved = BTreeMap::from([(column.to_owned(), Stored::Text(target.to_string()))]);
            write::update::write(session, own, id, moved)?;
        }
    }
    if table.column("statecode").is_some() {
        update(session, request, table, subordinate, &json!({ "statecode": 1, "statuscode": 2 }))?;
    }
    let merged = BTreeMap::from([
        ("masterid".to_owned(), Stored::Text(target.to_string())),
        ("merged".to_owned(), Stored::Integer(1)),
    ]);
    write::update::write(session, table, subordinate, merged)?;
    Ok(HttpResponse::odata_empty())
}

/// Changes a row as an update of a client would.
fn update(
    session: &Session<'_>,
    request: &ApiRequest,
    table: &dvkit_schema::Table,
    id: uuid::Uuid,
    members: &Json,
) -> Result<(), ServiceError> {
    let set = table.entity_set.as_deref().unwrap_or(&table.logical_name);
    let call = ApiRequest {
        method: Method::PATCH,
        url: format!("{set}({id})"),
        caller: request.caller.clone(),
        headers: HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static("*"))]),
        body: Bytes::from(members.to_string()),
    };
    write::respond(session, &call).map(|_| ())
}
