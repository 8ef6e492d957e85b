//! Functions and actions: those that the emulator executes, and those of the snapshot, which hooks answer.
//!
//! The documentation is "Use Web API functions" and "Use Web API actions". `call` parses a request, `hooks` are the
//! answers of the program that runs the emulator, `built_in` and `merge` are executed by the emulator itself. Every
//! other operation that the snapshot declares is answered with the status 501 that names it.

mod built_in;
mod call;
mod hooks;
mod merge;
mod team;

use dvkit_schema::{Operation, OperationKind, ValueType};
use http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::background::{self, Background};
use super::service_error::{INVALID_REQUEST, ServiceError};
use super::session::Session;
use crate::request::ApiRequest;
use crate::response::HttpResponse;
use call::Call;

pub(crate) use hooks::Hooks;
pub use hooks::{BoundRows, OperationAnswersError, OperationCall, OperationError};

/// Operations of the service that the emulator names although a snapshot may not declare them.
const NOT_EMULATED: [&str; 40] = [
    "AddPrincipalToQueue",
    "AddSolutionComponent",
    "AddToQueue",
    "BulkDetectDuplicates",
    "CalculatePrice",
    "CalculateRollupField",
    "CloneAsPatch",
    "CloneAsSolution",
    "CloseIncident",
    "CloseQuote",
    "CreateCustomerRelationships",
    "CreatePolymorphicLookupAttribute",
    "ExecuteWorkflow",
    "ExportSolution",
    "FormatAddress",
    "GetAutoNumberSeed",
    "GetNextAutoNumberValue",
    "GetQuantityDecimal",
    "GrantAccess",
    "ImportSolution",
    "InstantiateTemplate",
    "LoseOpportunity",
    "ModifyAccess",
    "PickFromQueue",
    "QualifyLead",
    "RemoveSolutionComponent",
    "RetrieveAccessOrigin",
    "RetrieveDependenciesForDelete",
    "RetrieveDependentComponents",
    "RetrieveDuplicates",
    "RetrievePrincipalAccess",
    "RetrieveSharedPrincipalsAndAccess",
    "RetrieveUserPrivileges",
    "RevokeAccess",
    "Rollup",
    "SendEmail",
    "SendEmailFromTemplate",
    "SetAutoNumberSeed",
    "WinOpportunity",
    "WinQuote",
];

/// Responds to a request that calls an operation; `None` for other requests.
///
/// # Errors
/// Returns an error if a parameter is refused, or if nothing answers the operation.
pub(super) fn respond(
    session: &Session<'_>,
    call: &ApiRequest,
) -> Result<Option<HttpResponse>, ServiceError> {
    if !matches!(call.method, Method::GET | Method::POST) {
        return Ok(None);
    }
    let Some(name) = call::name(session, call) else { return Ok(None) };
    let declared: Vec<&Operation> =
        session.schema().operations.iter().filter(|o| o.name == name && !o.filter_only).collect();
    let hook = session.shared.operations.get(&name);
    let built_in = built_in::is_known(&name);
    if declared.is_empty() && hook.is_none() && !built_in {
        if NOT_EMULATED.contains(&name.as_str()) {
            return Err(ServiceError::not_emulated(format_args!("the operation {name}")));
        }
        // Without brackets the name may be that of something else, such as a type in a cast.
        return call::segment_of_function(call)
            .map_or(Ok(None), |segment| Err(ServiceError::no_segment(&segment)));
    }
    let parsed = call::parse(session, call, &name)?;
    let in_background = Background::of(&call.headers)?;
    if built_in && hook.is_none() {
        return built_in::respond(session, call, &parsed).map(Some);
    }
    let operation = overload(session, &declared, &parsed)?;
    if let Some(operation) = operation {
        let expected = match operation.kind {
            OperationKind::Function => Method::GET,
            OperationKind::Action => Method::POST,
        };
        if call.method != expected {
            return Err(ServiceError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                INVALID_REQUEST,
                format!("The requested resource does not support http method '{}'.", call.method),
            ));
        }
        parsed.check(operation)?;
    }
    let Some(hook) = hook else {
        return Err(ServiceError::not_emulated(format_args!(
            "the operation {name}, for which there is no answer (`EmulatorBuilder::operation` or `--operations` gives one)"
        )));
    };
    let caller = session.context.user;
    let told = OperationCall {
        name: parsed.name.clone(),
        bound: parsed.bound.clone(),
        parameters: parsed.parameters.clone(),
        caller,
    };
    let response = match hook(&told) {
        Ok(value) => answer(session, operation.and_then(|o| o.returns.as_ref()), &name, value),
        Err(OperationError::NotAnswered) => {
            return Err(ServiceError::not_emulated(format_args!(
                "the operation {name} with these parameters"
            )));
        }
        Err(OperationError::Refused { status, code, message }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            HttpResponse::error(status, &code, message)
        }
    };
    // "To run a request in the background, the operation must be defined as a custom API."
    match in_background {
        Some(background) => background::accepted(session, &name, &background, &response).map(Some),
        None => Ok(Some(response)),
    }
}

/// Returns the declared operation that a call means: the one that is bound to the same type. `None` if the snapshot
/// declares none with the name.
///
/// # Errors
/// Returns an error with the status 404 if it declares only others.
fn overload<'o>(
    session: &Session<'_>,
    declared: &[&'o Operation],
    call: &Call,
) -> Result<Option<&'o Operation>, ServiceError> {
    let bound = call.bound.as_ref();
    let fits = |operation: &&&Operation| match (operation.binding(), bound) {
        (None, None) => true,
        (Some(to), Some(rows)) => {
            to.collection == rows.id.is_none() && is_type(session, &rows.table, &to.name)
        }
        _ => false,
    };
    match declared.iter().find(fits) {
        Some(operation) => Ok(Some(*operation)),
        None if declared.is_empty() => Ok(None),
        None => Err(ServiceError::no_segment(&format!("Microsoft.Dynamics.CRM.{}", call.name))),
    }
}

/// Reports whether rows of `table` have the type `name`: that of the table, or of one that it is derived from.
fn is_type(session: &Session<'_>, table: &str, name: &str) -> bool {
    let mut next = Some(table.to_owned());
    // The number of steps is bounded, because a snapshot may have a cycle.
    for _ in 0..16 {
        match next {
            Some(own) if own == name => return true,
            Some(own) => next = session.schema().tables.get(&own).and_then(|t| t.base.clone()),
            None => break,
        }
    }
    name == "crmbaseentity"
}

/// Returns the response with the value that an operation returns. `name` is its name.
fn answer(session: &Session<'_>, returns: Option<&ValueType>, name: &str, value: Json) -> HttpResponse {
    if value.is_null() {
        return HttpResponse::odata_empty();
    }
    let table = returns.and_then(|ty| session.schema().tables.get(&ty.name));
    let set = table.and_then(|t| t.entity_set.clone());
    let fragment = match (returns, set) {
        (Some(ty), Some(set)) if ty.collection => set,
        (Some(_), Some(set)) => format!("{set}/$entity"),
        (Some(ty), None) => {
            let name = if ty.name.contains('.') {
                ty.name.clone()
            } else {
                format!("Microsoft.Dynamics.CRM.{}", ty.name)
            };
            if ty.collection { format!("Collection({name})") } else { name }
        }
        (None, _) => format!("Microsoft.Dynamics.CRM.{name}Response"),
    };
    let context = format!("{}$metadata#{fragment}", session.web_api());
    let body = match value {
        Json::Object(mut members) => {
            members.entry("@odata.context").or_insert(context.into());
            Json::Object(members)
        }
        other => json!({ "@odata.context": context, "value": other }),
    };
    HttpResponse::odata(body.to_string())
}
