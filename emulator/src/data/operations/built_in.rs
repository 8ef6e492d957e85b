//! The operations that the emulator executes itself.

use dvkit_schema::{ChoiceRef, Table};
use http::{Method, StatusCode};
use odata_parser::url::encode;
use rusqlite::types::Value as Stored;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::super::service_error::{INVALID_REQUEST, ServiceError};
use super::super::session::Session;
use super::super::store::quoted;
use super::super::write::target::reference;
use super::call::Call;
use super::{merge, team};
use crate::request::ApiRequest;
use crate::response::HttpResponse;

/// Reports whether the emulator executes the operation `name`.
pub(super) fn is_known(name: &str) -> bool {
    method(name).is_some()
}

fn method(name: &str) -> Option<Method> {
    match name {
        "WhoAmI"
        | "RetrieveTotalRecordCount"
        | "InitializeFrom"
        | "IsValidStateTransition"
        | "CalculateTotalTimeIncident"
        | "RetrieveAvailableLanguages" => Some(Method::GET),
        "Merge" | "AddMembersTeam" | "RemoveMembersTeam" => Some(Method::POST),
        _ => None,
    }
}

/// Responds to one of the operations.
///
/// # Errors
/// Returns an error if a parameter is missing or refused.
pub(super) fn respond(
    session: &Session<'_>,
    request: &ApiRequest,
    call: &Call,
) -> Result<HttpResponse, ServiceError> {
    if method(&call.name) != Some(request.method.clone()) {
        return Err(ServiceError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            INVALID_REQUEST,
            format!("The requested resource does not support http method '{}'.", request.method),
        ));
    }
    let value = match call.name.as_str() {
        "WhoAmI" => json!({
            "BusinessUnitId": session.context.business_unit.to_string(),
            "UserId": session.context.user.to_string(),
            "OrganizationId": session.shared.identity.organisation_id(),
        }),
        "RetrieveTotalRecordCount" => total_record_count(session, call)?,
        "InitializeFrom" => return initialize_from(session, call),
        "CalculateTotalTimeIncident" => json!({ "TotalTime": total_time(session, call)? }),
        "AddMembersTeam" | "RemoveMembersTeam" => return team::change_members(session, call),
        "IsValidStateTransition" => json!({ "IsValid": is_valid_state_transition(session, call)? }),
        "RetrieveAvailableLanguages" => {
            let languages = &session.schema().org.languages;
            let base = vec![session.schema().org.language()];
            json!({ "LocaleIds": if languages.is_empty() { &base } else { languages } })
        }
        _ => return merge::merge(session, request, call),
    };
    let response = format!("{}Response", call.name);
    let returns = dvkit_schema::ValueType { name: response, collection: false, nullable: false };
    Ok(super::answer(session, Some(&returns), &call.name, value))
}

/// Returns the row that a parameter names, by its type and key or by `@odata.id`.
///
/// # Errors
/// Returns an error if it names no row.
pub(super) fn row<'a>(
    session: &Session<'a>,
    call: &Call,
    parameter: &str,
) -> Result<(&'a Table, Uuid), ServiceError> {
    let value = call.required(parameter)?;
    let invalid = || ServiceError::bad(format!("The parameter '{parameter}' does not name a row."));
    if let Some(address) = value.get("@odata.id").and_then(Json::as_str) {
        return reference(session, &encode(address));
    }
    let entity = value.get("@odata.type").and_then(Json::as_str).ok_or_else(invalid)?;
    let table = session.table(entity.rsplit('.').next().unwrap_or_default())?;
    let key = table.primary_id.as_deref().and_then(|key| value.get(key)).and_then(Json::as_str);
    let id = key.and_then(|key| Uuid::parse_str(key).ok()).ok_or_else(invalid)?;
    match session.row_version(table, id)? {
        Some(_) => Ok((table, id)),
        None => Err(ServiceError::no_row(&table.logical_name, &id.to_string())),
    }
}

/// Returns the id of the row of `table` that an operation is bound to.
///
/// # Errors
/// Returns an error if the operation is bound to no row of the table.
pub(super) fn bound_to(call: &Call, table: &str) -> Result<Uuid, ServiceError> {
    let rows = call.bound.as_ref().filter(|rows| rows.table == table);
    rows.and_then(|rows| rows.id).ok_or_else(|| {
        let name = &call.name;
        ServiceError::bad(format!("The operation '{name}' is bound to a row of the table '{table}'."))
    })
}

/// Returns the minutes that were spent on a case: those of its completed activities ("CalculateTotalTimeIncident
/// function").
fn total_time(session: &Session<'_>, call: &Call) -> Result<i64, ServiceError> {
    let id = bound_to(call, "incident")?;
    let layout = session.layout("activitypointer")?;
    let sql = format!(
        "SELECT coalesce(sum(\"actualdurationminutes\"), 0) FROM {} WHERE \"regardingobjectid\" = ?1 AND \"statecode\" = 1",
        quoted(&layout.name)
    );
    Ok(session.rows.connection.prepare_cached(&sql)?.query_row([id.to_string()], |row| row.get(0))?)
}

/// Counts the rows of tables ("RetrieveTotalRecordCount function"). The service's numbers can be a day old; these are
/// current.
fn total_record_count(session: &Session<'_>, call: &Call) -> Result<Json, ServiceError> {
    let names = call.required("EntityNames")?.as_array().ok_or_else(|| {
        ServiceError::bad("The parameter 'EntityNames' has to be an array of logical names: [\"account\"].")
    })?;
    let mut counts: Vec<i64> = Vec::new();
    for name in names {
        let name = name.as_str().unwrap_or_default();
        let layout = session.layout(name)?;
        let sql = format!("SELECT count(*) FROM {}", quoted(&layout.name));
        counts.push(session.rows.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?);
    }
    Ok(json!({ "EntityRecordCountCollection": {
        "Count": names.len(), "IsReadOnly": false, "Keys": names, "Values": counts,
    } }))
}

/// Returns a new row with the lookup to the row that it is made from ("Create a new row from another row").
fn initialize_from(session: &Session<'_>, call: &Call) -> Result<HttpResponse, ServiceError> {
    session.choice("mappings of InitializeFrom")?;
    let (source, id) = row(session, call, "EntityMoniker")?;
    let target = call.required("TargetEntityName")?.as_str().unwrap_or_default();
    let target = session.table(target)?;
    let filter = call.required("TargetFieldType")?.as_str().unwrap_or_default();
    if !["All", "ValidForCreate", "ValidForUpdate", "ValidForRead"].contains(&filter) {
        return Err(ServiceError::bad(format!("'{filter}' is not a TargetFieldType.")));
    }
    let set = source.entity_set.as_deref().unwrap_or(&source.logical_name);
    let mut body = json!({ "@odata.type": format!("#Microsoft.Dynamics.CRM.{}", target.logical_name) });
    let mut lookups = target.relationships.iter().filter(|r| {
        let column = r.column.as_deref().and_then(|name| target.column(name));
        r.is_single()
            && r.table == source.logical_name
            && column.is_some_and(|c| c.valid_for_create == Some(true))
    });
    if let (Some(navigation), Some(members)) =
        (lookups.next().and_then(|r| r.navigation.as_deref()), body.as_object_mut())
    {
        members.insert(format!("{navigation}@odata.bind"), format!("{set}({id})").into());
    }
    let returns =
        dvkit_schema::ValueType { name: target.logical_name.clone(), collection: false, nullable: false };
    Ok(super::answer(session, Some(&returns), &call.name, body))
}

/// Reports whether a row can change to a state and status ("IsValidStateTransition function").
fn is_valid_state_transition(session: &Session<'_>, call: &Call) -> Result<bool, ServiceError> {
    let (table, id) = row(session, call, "Entity")?;
    let state = call.required("NewState")?;
    let status = call.required("NewStatus")?.as_i64().and_then(|status| i32::try_from(status).ok());
    let status =
        status.ok_or_else(|| ServiceError::bad("The parameter 'NewStatus' has to be a whole number."))?;
    let choice = |column: &str| {
        let choice = table.column(column).and_then(|c| c.ty.choice());
        match choice {
            Some(ChoiceRef::Local(choice)) => Some(choice),
            Some(ChoiceRef::Global(name)) => session.schema().choices.get(name),
            None => None,
        }
    };
    let (Some(states), Some(statuses)) = (choice("statecode"), choice("statuscode")) else {
        return Err(ServiceError::bad(format!("The table '{}' has no states.", table.logical_name)));
    };
    let wanted = states.options.iter().find(|option| match state {
        Json::Number(n) => n.as_i64() == Some(option.value.into()),
        Json::String(name) => {
            option.invariant_name.as_ref() == Some(name) || option.label.texts().any(|text| text == name)
        }
        _ => false,
    });
    let (Some(wanted), Some(option)) = (wanted, statuses.option(status)) else { return Ok(false) };
    if option.state != Some(wanted.value) {
        return Ok(false);
    }
    let now = match session.values(table, id, &["statuscode"])?.as_deref() {
        Some([Stored::Integer(now)]) => i32::try_from(*now).ok(),
        _ => None,
    };
    let allowed = now.and_then(|now| statuses.option(now)).and_then(|option| option.transitions.as_ref());
    Ok(match (table.enforce_state_transitions, allowed) {
        (Some(true), Some(allowed)) => now == Some(status) || allowed.contains(&status),
        _ => true,
    })
}
