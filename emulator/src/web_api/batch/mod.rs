//! Implements `$batch`: several requests in one, executed in order.

mod parse;
mod references;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use uuid::Uuid;

use super::{ApiRequest, BudgetExceeded, RequestBudget, read_within_budget};
use crate::data::preferences::Preferences;
use crate::data::{self, ServiceError, WorkBudget};
use crate::metadata;
use crate::response::{BAD_REQUEST, Content, HttpResponse};
use crate::state::ServerState;
use crate::trace::{RecordedRequest, RequestDetails};
use parse::{BatchOperation, BatchPart};
use references::CreatedRows;

/// The largest response to a batch that is sent, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 << 20;

/// The most definitions that all requests of one batch together may have to examine.
const MAX_COST: u64 = 1_000_000;

/// Responds to a batch. A batch without a failed request, and one that goes on after failed requests, has the
/// status 200, otherwise 400.
/// <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api>
pub(super) fn respond(shared: &ServerState, call: &ApiRequest) -> HttpResponse {
    let ty = call.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match parse::batch(ty, &call.body) {
        Ok(parts) => run(shared, call, parts, WorkBudget::default()),
        Err(why) => HttpResponse::bad_request(why),
    }
}

/// What a batch may still cost.
struct Budget {
    requests: RequestBudget,
    /// The bytes that the responses may have; `None` after a response was too large, so that no later request
    /// reads rows for nothing.
    bytes: Option<usize>,
    /// The record of the operations for the trace.
    operations: Vec<RecordedRequest>,
}

impl Budget {
    /// Returns the response to `call` if its size is within the budget, otherwise the one that refuses it.
    fn spend(&mut self, call: &ApiRequest, response: HttpResponse) -> HttpResponse {
        let details = RequestDetails::of(&call.caller.name, &call.headers, &call.body);
        self.operations.push(details.operation(call.method.as_str(), &call.url, response.status.as_u16()));
        self.bytes = self.bytes.and_then(|left| left.checked_sub(response.content.len()));
        match self.bytes {
            Some(_) => response,
            None => too_much(BudgetExceeded),
        }
    }
}

/// Executes the parts of a batch. All of them together may do the work of the database that `work` has.
fn run(shared: &ServerState, call: &ApiRequest, parts: Vec<BatchPart>, work: WorkBudget) -> HttpResponse {
    let boundary = format!("batchresponse_{}", Uuid::new_v4());
    let continue_on_error = Preferences::of(&call.headers).continue_on_error;
    let requests = RequestBudget { definitions: MAX_COST, work };
    let mut budget = Budget { requests, bytes: Some(MAX_RESPONSE_BYTES), operations: Vec::new() };
    let mut chunks = Vec::new();
    let mut stopped = false;
    for part in parts {
        let failed = match part {
            BatchPart::One(operation) => {
                let id = operation.content_id.clone();
                let response = run_operation(shared, call, operation, &mut budget);
                let failed = !is_success(&response);
                append(&mut chunks, &boundary, id.as_deref(), response);
                failed
            }
            BatchPart::ChangeSet(set) => match run_change_set(shared, call, set, &mut budget) {
                Ok(responses) => {
                    let inner = format!("changesetresponse_{}", Uuid::new_v4());
                    let head =
                        format!("--{boundary}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n");
                    chunks.push(head.into());
                    for (id, response) in responses {
                        append(&mut chunks, &inner, id.as_deref(), response);
                    }
                    chunks.push(format!("--{inner}--\r\n").into());
                    false
                }
                // One response for the whole set, without a boundary of its own (OData 4.0, 11.7.4).
                Err(failed) => {
                    let (id, response) = *failed;
                    append(&mut chunks, &boundary, id.as_deref(), response);
                    true
                }
            },
        };
        if failed && !continue_on_error {
            stopped = true;
            break;
        }
    }
    chunks.push(format!("--{boundary}--\r\n").into());
    let status = if stopped { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut response =
        HttpResponse { content: Content::of(chunks), ..HttpResponse::odata_with_status(status, "") };
    if let Ok(ty) = HeaderValue::from_str(&format!("multipart/mixed; boundary={boundary}")) {
        response.headers.insert(CONTENT_TYPE, ty);
    }
    response.details = Some(Box::new(RequestDetails::of_batch(budget.operations)));
    if continue_on_error {
        let applied = HeaderValue::from_static("odata.continue-on-error");
        response = response.with("preference-applied", applied);
    }
    response
}

/// Returns whether a response of a batch is not an error. A row that has not changed (304) is none.
fn is_success(response: &HttpResponse) -> bool {
    response.status.is_success() || response.status == StatusCode::NOT_MODIFIED
}

/// Returns the request that an operation of the batch `call` is. It has the headers of the batch that concern
/// every operation: who calls, and whether custom logic is bypassed.
fn request(call: &ApiRequest, operation: BatchOperation) -> ApiRequest {
    let mut headers = operation.headers;
    for (name, value) in &call.headers {
        let inherited = name.as_str().starts_with("mscrm")
            || matches!(name.as_str(), "callerobjectid" | "accept-language");
        if inherited && !headers.contains_key(name) {
            headers.insert(name, value.clone());
        }
    }
    ApiRequest {
        method: operation.method,
        url: operation.url,
        caller: call.caller.clone(),
        headers,
        body: operation.body,
    }
}

/// Executes one operation, which is a transaction of its own if it writes.
fn run_operation(
    shared: &ServerState,
    call: &ApiRequest,
    operation: BatchOperation,
    budget: &mut Budget,
) -> HttpResponse {
    let call = request(call, operation);
    if call.resource() == "$batch" {
        return HttpResponse::error(StatusCode::BAD_REQUEST, BAD_REQUEST, "A batch cannot contain a batch.");
    }
    let response = match (CreatedRows::default().apply_to(&call), budget.bytes) {
        (Err(why), _) => HttpResponse::bad_request(why),
        (Ok(()), None) => too_much(BudgetExceeded),
        (Ok(()), Some(_)) => {
            // An earlier operation may have changed the definitions.
            let state = shared.organisation.now();
            read_within_budget(shared, &state, &call, &mut budget.requests).unwrap_or_else(too_much)
        }
    };
    budget.spend(&call, response)
}

/// The response to one request of a change set, with its content id.
type SetResponse = (Option<String>, HttpResponse);

/// Executes a change set as one transaction. Returns the responses to all of its requests.
///
/// # Errors
/// Returns the response to the request that failed; nothing is changed then.
fn run_change_set(
    shared: &ServerState,
    call: &ApiRequest,
    set: Vec<BatchOperation>,
    budget: &mut Budget,
) -> Result<Vec<SetResponse>, Box<SetResponse>> {
    let state = shared.organisation.now();
    let work = budget.requests.work.clone();
    let rows = shared.rows.lock_within(&work);
    let mut created = CreatedRows::default();
    let mut responses = Vec::with_capacity(set.len());
    let mut failed = None;
    let result = rows.transaction(|| {
        for mut operation in set {
            let id = operation.content_id.clone();
            let replaced = created.apply(&mut operation);
            let call = request(call, operation);
            let response = match replaced {
                Err(why) => HttpResponse::bad_request(why),
                Ok(()) if is_definition(&call.resource()) => {
                    // The definitions of the organisation are not part of the transaction.
                    ServiceError::not_emulated("a change of definitions within a change set").response()
                }
                Ok(()) => {
                    let session = data::session_of(shared, &state, &rows, &call);
                    let response = session.and_then(|session| data::run(&session, &call, metadata::write));
                    response.unwrap_or_else(|error| error.response())
                }
            };
            let response = budget.spend(&call, response);
            if !is_success(&response) {
                failed = Some((id, response));
                return Err(ServiceError::bad("a request of the change set failed"));
            }
            let url = response.headers.get("odata-entityid").and_then(|v| v.to_str().ok());
            if let (Some(id), Some(url)) = (&id, url) {
                created.record(id, url);
            }
            responses.push((id, response));
        }
        Ok(())
    });
    match (failed, result) {
        (Some(failed), _) => Err(Box::new(failed)),
        (None, Err(error)) => Err(Box::new((None, error.response()))),
        (None, Ok(())) => Ok(responses),
    }
}

/// Returns whether requests to this resource change definitions rather than rows.
fn is_definition(resource: &str) -> bool {
    matches!(
        resource,
        "EntityDefinitions"
            | "RelationshipDefinitions"
            | "GlobalOptionSetDefinitions"
            | "CreateEntities"
            | "InsertOptionValue"
            | "InsertStatusValue"
            | "UpdateOptionValue"
            | "UpdateStateValue"
            | "DeleteOptionValue"
            | "OrderOption"
            | "PublishXml"
            | "PublishAllXml"
            | "$batch"
    )
}

/// Returns the response to a request of a batch that exceeds the limits of the batch.
pub(super) fn too_much(_: BudgetExceeded) -> HttpResponse {
    HttpResponse::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        BAD_REQUEST,
        format!(
            "The batch asks for more than the emulator allows: {} MiB of responses and {MAX_COST} examined definitions. Send several.",
            MAX_RESPONSE_BYTES >> 20
        ),
    )
}

/// Appends a part with a response: the boundary, the headers of the part, and the response.
fn append(chunks: &mut Vec<Bytes>, boundary: &str, content_id: Option<&str>, response: HttpResponse) {
    let status = response.status;
    let mut head =
        format!("--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
    if let Some(id) = content_id {
        head.push_str(&format!("Content-ID: {id}\r\n"));
    }
    head.push_str(&format!(
        "\r\nHTTP/1.1 {} {}\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or("Unknown")
    ));
    for (name, value) in &response.headers {
        if let Ok(value) = value.to_str() {
            head.push_str(&format!("{}: {value}\r\n", written(name.as_str())));
        }
    }
    head.push_str("\r\n");
    chunks.push(head.into());
    chunks.extend(response.content.chunks);
    chunks.push(Bytes::from_static(b"\r\n"));
}

/// Returns the name of a header as the service writes it. Clients search the text of a batch for some names.
fn written(name: &str) -> String {
    match name {
        "odata-entityid" => "OData-EntityId".to_owned(),
        "odata-version" => "OData-Version".to_owned(),
        "etag" => "ETag".to_owned(),
        _ if name.starts_with("x-") => name.to_owned(),
        _ => {
            let word = |word: &str| {
                let mut letters = word.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_ascii_uppercase().to_string() + letters.as_str()
                })
            };
            name.split('-').map(word).collect::<Vec<_>>().join("-")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use dvkit_execute::interpreter::Row;
    use dvkit_query::hir::Value as CellValue;
    use dvkit_schema::Store;
    use http::Method;

    use super::*;
    use crate::Emulator;
    use crate::token::Caller;

    fn batch(parts: impl Iterator<Item = String>) -> Bytes {
        let part =
            |url| format!("--b\r\nContent-Type: application/http\r\n\r\nGET {url} HTTP/1.1\r\n\r\n\r\n");
        (parts.map(part).collect::<String>() + "--b--\r\n").into()
    }

    #[test]
    fn the_headers_of_a_part_are_written_as_the_service_writes_them() {
        for (name, expected) in [
            ("odata-entityid", "OData-EntityId"),
            ("odata-version", "OData-Version"),
            ("etag", "ETag"),
            ("x-ms-file-name", "x-ms-file-name"),
            ("location", "Location"),
            ("content-type", "Content-Type"),
            ("preference-applied", "Preference-Applied"),
            ("max-x-a", "Max-X-A"),
            ("a--b", "A--B"),
        ] {
            assert_eq!(written(name), expected, "{name}");
        }
    }

    #[test]
    fn a_part_of_the_response_has_a_boundary_the_headers_and_the_body() {
        let response = HttpResponse::odata("{}").with("etag", http::HeaderValue::from_static("W/\"1\""));
        let strange = HttpResponse::new(StatusCode::from_u16(599).unwrap(), "text/plain", "x");
        for (id, response, expected) in [
            (
                Some("7"),
                response,
                "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 7\r\n\r\n\
                 HTTP/1.1 200 OK\r\nContent-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n\
                 ETag: W/\"1\"\r\n\r\n{}\r\n",
            ),
            (
                None,
                strange,
                "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                 HTTP/1.1 599 Unknown\r\nContent-Type: text/plain\r\n\r\nx\r\n",
            ),
            (
                None,
                too_much(BudgetExceeded),
                "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                 HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json; odata.metadata=minimal\r\n\
                 OData-Version: 4.0\r\n\r\n{\"error\":{\"code\":\"0x80060888\",\"message\":\"The batch asks for more than \
                 the emulator allows: 64 MiB of responses and 1000000 examined definitions. Send several.\"}}\r\n",
            ),
        ] {
            let mut chunks = Vec::new();
            append(&mut chunks, "b", id, response);
            assert_eq!(String::from_utf8(chunks.concat()).unwrap(), expected);
        }
    }

    #[test]
    fn resources_of_definitions_are_told_from_those_of_rows() {
        for (resource, expected) in [
            ("EntityDefinitions", true),
            ("RelationshipDefinitions", true),
            ("GlobalOptionSetDefinitions", true),
            ("CreateEntities", true),
            ("InsertOptionValue", true),
            ("InsertStatusValue", true),
            ("UpdateOptionValue", true),
            ("UpdateStateValue", true),
            ("DeleteOptionValue", true),
            ("OrderOption", true),
            ("PublishXml", true),
            ("PublishAllXml", true),
            ("$batch", true),
            ("accounts", false),
            ("WhoAmI", false),
            ("", false),
        ] {
            assert_eq!(is_definition(resource), expected, "{resource}");
        }
    }

    async fn emulator() -> crate::RunningEmulator {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        Emulator::from_store(&Store::open(folder).unwrap()).unwrap().start().await.unwrap()
    }

    fn call(parts: impl Iterator<Item = String>) -> ApiRequest {
        let header = |name: &'static str, value| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        let headers = [
            header("content-type", "multipart/mixed; boundary=b"),
            header("prefer", "odata.continue-on-error"),
        ];
        ApiRequest {
            method: Method::POST,
            url: "$batch".into(),
            caller: Caller { name: "ann".into() },
            headers: headers.into_iter().collect(),
            body: batch(parts),
        }
    }

    async fn answered(parts: impl Iterator<Item = String>) -> (HttpResponse, u64) {
        let running = emulator().await;
        let state = running.shared().organisation.now();
        let response = super::respond(running.shared(), &call(parts));
        (response, state.response_cache.rendered())
    }

    #[tokio::test]
    async fn all_requests_of_a_batch_share_one_budget_of_work() {
        const REQUESTS: usize = 10;
        let running = emulator().await;
        let row = |n: u32| {
            Row::from([
                ("accountid".to_owned(), CellValue::Guid(Uuid::from_u128(u128::from(n) + 1))),
                ("numberofemployees".to_owned(), CellValue::Integer(i64::from(n))),
            ])
        };
        running.insert_rows("account", (0..3_000).map(row)).unwrap();
        // Comparisons that are all false, so that each row costs all of them.
        let filter: Vec<String> = (0..40).map(|n| format!("numberofemployees gt {}", 5_000 + n)).collect();
        let filter = filter.join(" or ");
        let heavy = || {
            (0..REQUESTS)
                .map(|n| format!("accounts/$count?$filter={filter} or numberofemployees gt {}", 6_000 + n))
        };
        let with = |checks| {
            let call = call(heavy());
            let parts = parse::batch("multipart/mixed; boundary=b", &call.body).unwrap();
            let response = run(running.shared(), &call, parts, WorkBudget::of_checks(checks));
            (count(&response, "HTTP/1.1 200"), response.content.chunks.concat())
        };
        assert_eq!(with(u64::MAX).0, REQUESTS);
        let (some, text) = with(5);
        assert!(some > 0 && some < REQUESTS, "{some} of {REQUESTS} requests are answered");
        assert!(String::from_utf8_lossy(&text).contains("SQL timeout expired"));
        // The next request has its own budget.
        let response = super::respond(running.shared(), &call(heavy()));
        assert_eq!(count(&response, "HTTP/1.1 200"), REQUESTS);
    }

    fn count(response: &HttpResponse, status: &str) -> usize {
        let heads = response.content.chunks.iter().filter(|piece| piece.starts_with(b"--batchresponse"));
        heads.filter(|head| String::from_utf8_lossy(head).contains(status)).count()
    }

    #[tokio::test]
    async fn the_response_to_a_repeated_request_is_rendered_once() {
        let (response, made) = answered((0..1000).map(|_| "EntityDefinitions".to_owned())).await;
        assert_eq!(made, 1);
        let ok = count(&response, "HTTP/1.1 200");
        assert!(ok > 0 && ok + count(&response, "HTTP/1.1 413") == 1000, "{ok}");
        assert!(response.content.len() <= MAX_RESPONSE_BYTES + 1000 * 1000, "{}", response.content.len());
        let great: HashSet<*const u8> = response
            .content
            .chunks
            .iter()
            .filter(|p| p.starts_with(b"{") && p.len() > 1000)
            .map(|p| p.as_ptr())
            .collect();
        assert_eq!(great.len(), 1, "all parts are the same bytes");
    }

    #[tokio::test]
    async fn the_cost_of_a_batch_is_limited() {
        let url = |i| format!("EntityDefinitions?$select=LogicalName&$filter=LogicalName%20eq%20'x{i}'");
        let (response, made) = answered((0..1000).map(url)).await;
        let (ok, refused) = (count(&response, "HTTP/1.1 200"), count(&response, "HTTP/1.1 413"));
        assert_eq!(ok + refused, 1000);
        assert_eq!(made, ok as u64);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema");
        let schema = Store::open(folder).unwrap().load().unwrap();
        let looked_at = made * schema.tables.values().map(|t| 1 + t.columns.len()).sum::<usize>() as u64;
        assert!(looked_at <= MAX_COST, "{looked_at}");
    }
}
