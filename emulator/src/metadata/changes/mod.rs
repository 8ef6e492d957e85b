//! Implements `RetrieveMetadataChanges`: parses its parameters, and returns definitions or the changes since
//! a stamp.

mod collections;
mod criteria;
mod deleted;
mod difference;
mod labels;
mod properties;
mod query;
mod tables;

use http::StatusCode;
use odata_parser::ast::{Argument, ExprKind, Path, Request, SegmentKind};
use serde_json::Value;

use super::Refusal;
use super::path::literal;
use crate::organisation::OrganisationState;
use crate::response::HttpResponse;
use crate::state::ServerState;
use query::Query;

/// The parameters of `RetrieveMetadataChanges`.
#[derive(Debug, Default)]
struct Parameters {
    query: Option<Query>,
    stamp: Option<String>,
    filters: Vec<String>,
}

/// The values that `DeletedMetadataFilters` may combine. They are kinds of deleted definitions.
const FILTERS: [&str; 6] = ["Default", "Attribute", "Relationship", "Label", "OptionSet", "All"];

/// Returns the response of `RetrieveMetadataChanges`. The spans in `request` refer to the text `decoded`.
/// Returns an error if a parameter is invalid, or if its version stamp has expired.
pub(super) fn respond(
    shared: &ServerState,
    state: &OrganisationState,
    request: &Request<'_>,
    decoded: &str,
) -> Result<HttpResponse, Refusal> {
    let parameters = parameters(request, decoded)?;
    let query = parameters.query.unwrap_or_else(Query::everything);
    let before = match &parameters.stamp {
        Some(stamp) => {
            Some(
                shared.organisation.state_at(stamp, shared.clock.now()).ok_or_else(|| Refusal {
                    status: StatusCode::BAD_REQUEST,
                    code: "0x80044352",
                    message:
                        "Version stamp associated with the client has expired. Please perform a full sync."
                            .into(),
                })?,
            )
        }
        None => None,
    };
    let deleted = match &before {
        Some(before) => deleted::since(&before.schema, &state.schema, &parameters.filters),
        None => deleted::none(),
    };
    let context =
        format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse", shared.web_api());
    // One table at a time, so that never more than one is in memory in both forms.
    let mut body = Vec::with_capacity(64 * 1024);
    let members = [
        ("@odata.context", Value::from(context)),
        ("ServerVersionStamp", Value::from(state.stamp())),
        ("DeletedMetadata", deleted),
    ];
    body.push(b'{');
    for (name, value) in members {
        body.extend_from_slice(format!("{}:{value},", Value::from(name)).as_bytes());
    }
    body.extend_from_slice(b"\"EntityMetadata\":[");
    let mut first = true;
    tables::for_each(&state.schema, before.as_ref().map(|b| &*b.schema), &query, &mut |table| {
        if !std::mem::take(&mut first) {
            body.push(b',');
        }
        // Writing to memory cannot fail, and all keys are strings.
        let _ = serde_json::to_writer(&mut body, &Value::Object(table));
    })?;
    body.extend_from_slice(b"]}");
    Ok(HttpResponse::odata(body))
}

fn parameters(request: &Request<'_>, decoded: &str) -> Result<Parameters, Refusal> {
    let mut parameters = Parameters::default();
    for option in &request.options {
        if !option.name.starts_with('@') {
            return Err(Refusal::bad(format!("The query parameter {} is not supported", option.name)));
        }
    }
    for argument in arguments(&request.path)? {
        let Some((name, _)) = argument.name else {
            return Err(Refusal::bad("The parameters of RetrieveMetadataChanges are given by name."));
        };
        let value = match &argument.value.kind {
            // An alias without a value is null.
            ExprKind::Alias(alias) => match request.alias(alias) {
                Some(value) => value,
                None => continue,
            },
            _ => &argument.value,
        };
        let null = matches!(&value.kind, ExprKind::Literal(l) if l.text == "null");
        if null {
            continue;
        }
        match name {
            "Query" => {
                let span = value.span.start as usize..value.span.end as usize;
                parameters.query = Some(Query::read(decoded.get(span).unwrap_or_default())?);
            }
            "ClientVersionStamp" => {
                let stamp = literal(&value.kind)
                    .ok_or_else(|| Refusal::bad("The parameter 'ClientVersionStamp' is a text in quotes."))?;
                parameters.stamp = Some(stamp);
            }
            "DeletedMetadataFilters" => parameters.filters = filters(literal(&value.kind).as_deref())?,
            "AppModuleId" | "RetrieveAllSettings" => {}
            other => {
                return Err(Refusal::bad(format!(
                    "The function 'RetrieveMetadataChanges' has no parameter '{other}'."
                )));
            }
        }
    }
    Ok(parameters)
}

/// Returns the arguments in the parentheses of the function call. Returns an error if anything follows the
/// call in the path.
fn arguments<'r, 's>(path: &'r Path<'s>) -> Result<&'r [Argument<'s>], Refusal> {
    match path.segments.as_slice() {
        [one] => match &one.kind {
            SegmentKind::Call(call) => Ok(&call.args),
            _ => Ok(&[]),
        },
        [_, key] => match &key.kind {
            SegmentKind::Key(arguments) => Ok(arguments),
            _ => Err(Refusal::bad("Nothing can follow the function 'RetrieveMetadataChanges'.")),
        },
        _ => Err(Refusal::bad("Nothing can follow the function 'RetrieveMetadataChanges'.")),
    }
}

/// Parses a value of `DeletedMetadataFilters`, such as
/// `Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'`. Returns the names in it. Returns an
/// error if the value is missing or has another form, or if a name is not one of the service's.
fn filters(text: Option<&str>) -> Result<Vec<String>, Refusal> {
    let wrong = || {
        Refusal::bad(format!(
            "The parameter 'DeletedMetadataFilters' is Microsoft.Dynamics.CRM.DeletedMetadataFilters'…' of {}.",
            FILTERS.join(", ")
        ))
    };
    let text = text.and_then(|t| t.strip_prefix("Microsoft.Dynamics.CRM.DeletedMetadataFilters'"));
    let names = text.and_then(|t| t.strip_suffix('\'')).ok_or_else(wrong)?;
    let one = |name: &str| FILTERS.contains(&name.trim()).then(|| name.trim().to_owned()).ok_or_else(wrong);
    names.split(',').map(one).collect()
}
