//! Makes the requests for operations, sends them, and decodes the responses.

use std::collections::HashSet;

use dvkit_client::{Client, Error, ErrorKind, Expect, Request, Response, Result};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

use super::call::{ArgumentError, Call};
use super::complex::ComplexValue;
use super::decode::ReturnType;
use super::{Declaration, OperationKind};
use crate::request::{annotated, referring};

/// The body of an action, or the reason why the request cannot be sent.
struct Body(std::result::Result<String, ArgumentError>);

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let text = self.0.as_ref().map_err(S::Error::custom)?;
        RawValue::from_string(text.clone()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Returns the request for a call of an operation that returns `R`.
pub(super) fn request<R: ReturnType>(call: &Call, of: &Declaration) -> Request {
    let url = call.url(of);
    let request = match of.kind {
        OperationKind::Function => Request::get(url),
        OperationKind::Action => Request::post(url),
    };
    let request = match call.body(of) {
        Ok(None) => request,
        Ok(Some(body)) => request.json(&Body(Ok(body))),
        // The client reports the error when the request is sent.
        Err(error) => request.json(&Body(Err(error))),
    };
    let content_ids = call.content_ids();
    let request = match of.kind {
        OperationKind::Function if !content_ids.is_empty() => request.refuse(format!(
            "`{}` is a function, and names a row that a change set creates: a change set has no functions",
            of.name
        )),
        _ => referring(request, &content_ids),
    };
    let request = request.expect(if R::IGNORES_BODY { Expect::Nothing } else { Expect::Json });
    if R::HAS_ROWS { annotated(request) } else { request }
}

/// A result, decoded from the body of a response.
struct Decoded<R: ReturnType>(R::Output);

impl<'de, R: ReturnType> Deserialize<'de> for Decoded<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let body = Box::<RawValue>::deserialize(deserializer)?;
        R::output(Some(body.get())).map(Self).map_err(D::Error::custom)
    }
}

fn output<R: ReturnType>(response: &Response) -> Result<R::Output> {
    if !response.bytes().is_empty() && !R::IGNORES_BODY {
        return response.json::<Decoded<R>>().map(|decoded| decoded.0);
    }
    R::output(None).map_err(|reason| {
        let request = response.request_id().map_or_else(String::new, |id| format!(" (request {id})"));
        Error::new(ErrorKind::Unexpected, format!("{reason}{request}"))
    })
}

fn next_link<R: ReturnType>(response: &Response) -> Result<Option<String>> {
    if R::IS_LIST && !response.bytes().is_empty() {
        return Ok(response.json::<ComplexValue>()?.get("@odata.nextLink")?);
    }
    Ok(None)
}

/// Decodes the result of an operation that ran in the background, from the response with its state. The names of the
/// values are those of the operation's result; the members of the state begin with `backgroundOperation`.
///
/// "Background operations", "Retrieve the result": the values stand beside the state, each by the name of the output
/// parameter. A single value is therefore not always called `value`.
pub(super) fn background_result<R: ReturnType>(response: &Response) -> Result<R::Output> {
    let members = response.json::<ComplexValue>()?.without("backgroundOperation");
    let body = match members.names().collect::<Vec<_>>().as_slice() {
        [name] if *name != "value" && (R::IS_LIST || !R::IS_OBJECT) => {
            format!("{{\"value\":{}}}", members.json(name).unwrap_or("null"))
        }
        _ => members.to_json(),
    };
    R::output(Some(&body)).map_err(|reason| Error::new(ErrorKind::Unexpected, reason))
}

/// Sends a request, and decodes the result with the lists of all pages.
pub(super) async fn send<R: ReturnType>(client: Client, request: Request) -> Result<R::Output> {
    let response = client.send(request).await?;
    let mut result = output::<R>(&response)?;
    let mut seen = HashSet::new();
    let mut next = next_link::<R>(&response)?;
    while let Some(link) = next {
        if !seen.insert(link.clone()) {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the service gave the link to the same page twice; the result is not complete",
            ));
        }
        let response = client.send(annotated(Request::get(link))).await?;
        R::extend(&mut result, output::<R>(&response)?);
        next = next_link::<R>(&response)?;
    }
    Ok(result)
}

/// Decodes a single response.
pub(super) fn read<R: ReturnType>(response: &Response) -> Result<R::Output> {
    if next_link::<R>(response)?.is_some() {
        return Err(Error::new(
            ErrorKind::Unexpected,
            "the list continues on further pages; call the operation with `send`, which requests them all",
        ));
    }
    output::<R>(response)
}
