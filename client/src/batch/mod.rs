//! Sends several operations in one request (`$batch`): up to 1,000 reads and changes. The changes in a change
//! set are executed together or not at all, and can refer to each other's rows.
use std::sync::atomic::{AtomicU64, Ordering};

use dvkit_diagnostic::limits::MAX_BATCH_REQUESTS;
use http::Method;

use crate::multipart::{PartResponse, new_boundary, parse_responses};
use crate::throttle::ServiceLimit;
use crate::{Client, Error, ErrorKind, Prefer, Request, Response, Result};

mod body;

/// Operations that are sent together in one request.
///
/// ```
/// use dvkit_client::{Batch, ChangeSet, Request};
/// use serde_json::json;
///
/// let mut batch = Batch::new();
/// let read = batch.add(Request::get("accounts?$top=1"));
/// let mut changes = ChangeSet::new();
/// let account = changes.add(Request::post("accounts").json(&json!({ "name": "Contoso" })));
/// changes.add(Request::post("contacts").json(&json!({
///     "lastname": "Ann", "parentcustomerid_account@odata.bind": account.reference(),
/// })));
/// batch.change_set(changes);
/// assert_eq!(batch.len(), 3);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Batch {
    parts: Vec<BatchPart>,
    operations: usize,
    continue_on_error: bool,
}

/// One part of a batch: a single operation, or all changes of one change set.
#[derive(Debug, Clone)]
pub(crate) enum BatchPart {
    Single(Box<Request>),
    ChangeSet(Vec<Change>),
}

impl BatchPart {
    fn requests(&self) -> Vec<&Request> {
        match self {
            Self::Single(request) => vec![request],
            Self::ChangeSet(changes) => changes.iter().map(|change| &change.request).collect(),
        }
    }

    fn is_change_set(&self) -> bool {
        matches!(self, Self::ChangeSet(_))
    }
}

/// Changes that the service executes completely or not at all. A change set must not contain reads.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet(Vec<Change>);

/// A request of a change set, with its id.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    id: ContentId,
    request: Request,
}

/// A reference to a row that an earlier operation of the same change set creates.
///
/// The number is unique in the process. So a reference that is used in another change set by mistake names no
/// row there, and the service refuses it; if it were the position of the change, the service would silently take
/// another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(u64);

impl ContentId {
    /// Returns an id that no other change of the process has.
    fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the number, which is the header `Content-ID` of the change.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// Returns the text by which later operations refer to the row, such as `$1`. It can be the value of
    /// `@odata.bind`, or the beginning of a path (`$1/primarycontactid/$ref`).
    #[must_use]
    pub fn reference(self) -> String {
        format!("${}", self.0)
    }
}

/// A handle for one operation of a batch, with which its response is found in [`BatchResponses`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationHandle(usize);

impl ChangeSet {
    /// Creates an empty change set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change. Returns an id by which later changes in this change set can refer to the row that the
    /// change creates.
    pub fn add(&mut self, change: Request) -> ContentId {
        let id = ContentId::unique();
        self.0.push(Change { id, request: change });
        id
    }

    /// Returns the number of changes in the change set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the change set contains no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Batch {
    /// Creates an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a single operation, which belongs to no change set.
    pub fn add(&mut self, operation: Request) -> OperationHandle {
        self.parts.push(BatchPart::Single(Box::new(operation)));
        self.operations += 1;
        OperationHandle(self.operations - 1)
    }

    /// Adds a change set. Returns a handle for each of its changes, in order; none if the change set is
    /// empty.
    pub fn change_set(&mut self, changes: ChangeSet) -> Vec<OperationHandle> {
        let first = self.operations;
        self.operations += changes.0.len();
        if !changes.0.is_empty() {
            self.parts.push(BatchPart::ChangeSet(changes.0));
        }
        (first..self.operations).map(OperationHandle).collect()
    }

    /// Makes the service run the remaining operations after one has failed. By default the service stops at
    /// the first failure.
    #[must_use]
    pub fn continue_on_error(mut self) -> Self {
        self.continue_on_error = true;
        self
    }

    /// Returns the number of operations in the batch. Each change in a change set counts as one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations
    }

    /// Returns whether the batch contains no operations.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::new(ErrorKind::Configuration, what));
        if self.operations > MAX_BATCH_REQUESTS as usize {
            return wrong(format!(
                "a batch of {} operations: the service takes {MAX_BATCH_REQUESTS}; send several",
                self.operations
            ));
        }
        for part in &self.parts {
            check_references(part)?;
            for request in part.requests() {
                request.check()?;
                if request.streamed.is_some() {
                    return wrong(format!(
                        "`{}` has a body that is read while it is sent, which a batch cannot contain",
                        request.name()
                    ));
                }
                if part.is_change_set() && request.method == Method::GET {
                    return wrong(format!(
                        "`{}` in a change set: a change set cannot contain reads",
                        request.name()
                    ));
                }
                if request.target.trim_start_matches('/').split(['?', '/']).any(|part| part == "$batch") {
                    return wrong("a batch cannot contain a batch".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Returns whether all operations are idempotent, so that the batch can be sent twice. A change set with a
    /// deletion is not: the second time the row is missing, and the whole change set fails.
    fn is_idempotent(&self) -> bool {
        self.parts.iter().all(|part| {
            let deletes = |request: &&Request| request.method == Method::DELETE;
            let requests = part.requests();
            requests.iter().all(|request| request.is_idempotent())
                && !(part.is_change_set() && requests.iter().any(deletes))
        })
    }
}

/// Reports a request that refers to a row of another change set, or to a row of a later change. The service
/// knows only the rows that earlier changes of the same change set have created.
fn check_references(part: &BatchPart) -> Result<()> {
    let wrong = |request: &Request, what: &str| {
        Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "`{}` refers to a row that {what}; add the change that creates the row first, to the same change set",
                request.name()
            ),
        ))
    };
    match part {
        BatchPart::Single(request) if request.references.is_empty() => Ok(()),
        BatchPart::Single(request) => wrong(request, "a change set creates, but is no part of it"),
        BatchPart::ChangeSet(changes) => {
            for (at, change) in changes.iter().enumerate() {
                for row in &change.request.references {
                    match changes.iter().position(|other| other.id == *row) {
                        None => return wrong(&change.request, "another change set creates"),
                        Some(other) if other >= at => {
                            return wrong(&change.request, "a later change creates");
                        }
                        Some(_) => {}
                    }
                }
            }
            Ok(())
        }
    }
}

/// The results of a batch: a response or an error for each operation.
#[derive(Debug)]
pub struct BatchResponses(Vec<Result<Response>>);

impl BatchResponses {
    /// Returns the response of an operation.
    ///
    /// # Errors
    /// Returns the service's error for the operation, or an error that says that the operation was not run
    /// because an earlier one failed. If a change fails, every change of its change set has this error.
    pub fn get(&self, operation: OperationHandle) -> Result<&Response> {
        match self.0.get(operation.0) {
            Some(response) => response.as_ref().map_err(Error::clone),
            None => Err(Error::new(ErrorKind::Configuration, "the operation belongs to another batch")),
        }
    }

    /// Returns the results of all operations, in the order in which they were added.
    #[must_use]
    pub fn into_vec(self) -> Vec<Result<Response>> {
        self.0
    }

    /// Checks that every operation succeeded.
    ///
    /// # Errors
    /// Returns the error of the first operation that failed.
    pub fn all_succeeded(&self) -> Result<()> {
        self.0.iter().find_map(|response| response.as_ref().err()).map_or(Ok(()), |error| Err(error.clone()))
    }
}

impl Client {
    /// Sends a batch. If the batch fails as a whole, it is sent again only if all its operations are
    /// idempotent, or if the service certainly did not run it.
    ///
    /// # Errors
    /// Returns an error if the batch cannot be built, sent or read. The errors of single operations are in
    /// the [`BatchResponses`].
    pub async fn batch(&self, batch: Batch) -> Result<BatchResponses> {
        batch.check()?;
        if batch.is_empty() {
            return Ok(BatchResponses(Vec::new()));
        }
        let boundary = new_boundary("batch");
        let body = body::write(self, &batch.parts, &boundary)
            .map_err(|error| error.redacted(self.core.redactor()))?;
        let mut request = Request::post("$batch")
            .bytes(&format!("multipart/mixed; boundary={boundary}"), body)
            .accept("multipart/mixed")
            .idempotent(batch.is_idempotent());
        if batch.continue_on_error {
            request = request.prefer(Prefer::new().continue_on_error());
        }
        let response = self.send_whole(&request).await?;
        let replies = parse_responses(response.headers(), response.bytes())
            .map_err(|error| error.with_request(request.name()).redacted(self.core.redactor()))?;
        let mut responses = self.assign_responses(&batch.parts, replies);
        if response.is_repeated() {
            self.accept_repeated_deletions(&batch.parts, &mut responses);
        }
        self.report_throttled_parts(&responses);
        Ok(BatchResponses(responses))
    }

    /// Turns the error of a deletion that found no row into a success, because an earlier attempt of the batch
    /// may have deleted the row.
    fn accept_repeated_deletions(&self, parts: &[BatchPart], responses: &mut [Result<Response>]) {
        let requests = parts.iter().flat_map(BatchPart::requests);
        for (request, response) in requests.zip(responses) {
            let missing = response.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound);
            if missing && request.method == Method::DELETE {
                *response = Ok(Response::deleted(request, self.core.redactor().clone()));
            }
        }
    }

    /// Tells the pacer that the service refused parts of a batch because of its limits.
    fn report_throttled_parts(&self, responses: &[Result<Response>]) {
        let refusals =
            responses.iter().filter_map(|r| r.as_ref().err()).filter(|e| e.kind() == ErrorKind::Throttled);
        if let Some(refusal) = refusals.max_by_key(|error| error.retry_after()) {
            let limit = refusal.code().and_then(ServiceLimit::of_code);
            self.core.gate.part_throttled(refusal.retry_after(), limit);
        }
    }

    /// Returns one result per operation, in order. `replies` has one list per operation or change set. A
    /// failed change set has a single error response, which becomes the error of each of its changes. If the
    /// service stopped at a failed operation, the operations after it have no reply, and get an error.
    fn assign_responses(
        &self,
        parts: &[BatchPart],
        replies: Vec<Vec<PartResponse>>,
    ) -> Vec<Result<Response>> {
        let mut replies = replies.into_iter();
        let mut responses = Vec::new();
        for part in parts {
            let reply = replies.next();
            let requests = part.requests();
            let (count, requests) = (requests.len(), requests.into_iter());
            match reply {
                Some(reply) if reply.len() == count => {
                    let reply = sort_by_content_id(reply);
                    responses
                        .extend(requests.zip(reply).map(|(request, reply)| self.check_part(request, reply)));
                }
                Some(reply) if reply.len() == 1 && !reply[0].status.is_success() => {
                    responses.extend(requests.map(|request| self.check_part(request, reply[0].clone())));
                }
                reply => {
                    let message = match reply {
                        None => "not run: an operation before it in the batch failed",
                        Some(_) => "the response to the batch has another number of parts than the batch",
                    };
                    responses.extend(requests.map(|request| {
                        let error = Error::new(ErrorKind::Unexpected, message).with_request(request.name());
                        Err(error.redacted(self.core.redactor()))
                    }));
                }
            }
        }
        responses
    }

    fn check_part(&self, request: &Request, reply: PartResponse) -> Result<Response> {
        self.check_response(request, reply.status, reply.headers, reply.body)
    }
}

/// Sorts the responses of a change set by the content ids of their changes. Returns them unchanged if a
/// response has no content id.
fn sort_by_content_id(mut replies: Vec<PartResponse>) -> Vec<PartResponse> {
    if replies.iter().all(|reply| reply.content_id.is_some()) {
        replies.sort_by_key(|reply| reply.content_id);
    }
    replies
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};
    use pretty_assertions::assert_eq;

    use super::*;

    fn reply(id: Option<u64>, status: u16) -> PartResponse {
        let status = StatusCode::from_u16(status).unwrap();
        PartResponse { status, headers: HeaderMap::new(), body: bytes::Bytes::new(), content_id: id }
    }

    #[test]
    fn the_responses_of_a_change_set_are_sorted_only_if_all_have_an_id() {
        let sorted = |ids: &[Option<u64>]| -> Vec<Option<u64>> {
            let replies = ids.iter().map(|id| reply(*id, 204)).collect();
            sort_by_content_id(replies).into_iter().map(|reply| reply.content_id).collect()
        };
        assert_eq!(sorted(&[Some(12), Some(3), Some(7)]), [Some(3), Some(7), Some(12)]);
        assert_eq!(sorted(&[Some(12), None, Some(7)]), [Some(12), None, Some(7)]);
        assert_eq!(sorted(&[]), []);
    }

    #[test]
    fn a_batch_is_repeated_only_if_each_of_its_operations_can_be() {
        let set = |requests: Vec<Request>| {
            let mut changes = ChangeSet::new();
            for request in requests {
                changes.add(request);
            }
            let mut batch = Batch::new();
            batch.change_set(changes);
            batch
        };
        let single = |request: Request| {
            let mut batch = Batch::new();
            batch.add(request);
            batch
        };
        for (batch, repeatable) in [
            (Batch::new(), true),
            (single(Request::get("a")), true),
            (single(Request::post("a")), false),
            (single(Request::post("a").idempotent(true)), true),
            (single(Request::delete("a(1)")), true),
            (set(vec![Request::patch("a(1)")]), true),
            (set(vec![Request::patch("a(1)"), Request::post("a")]), false),
            (set(vec![Request::patch("a(1)"), Request::delete("a(2)")]), false),
        ] {
            assert_eq!(batch.is_idempotent(), repeatable, "{batch:?}");
        }
    }

    #[test]
    fn a_batch_has_at_most_a_thousand_operations_and_no_batch() {
        let batch = |count: usize| {
            let mut batch = Batch::new();
            for _ in 0..count {
                batch.add(Request::get("a"));
            }
            batch
        };
        assert!(batch(1_000).check().is_ok());
        let error = batch(1_001).check().unwrap_err();
        assert!(error.message().contains("1001 operations"), "{error}");
        for (target, fits) in [
            ("$batch", false),
            ("/api/data/v9.2/$batch", false),
            ("$batch?x", false),
            ("$batches", true),
            ("a?$batch", false),
        ] {
            let mut batch = Batch::new();
            batch.add(Request::post(target));
            assert_eq!(batch.check().is_ok(), fits, "{target}");
        }
        for (method, fits) in [(Method::GET, false), (Method::POST, true), (Method::DELETE, true)] {
            let mut changes = ChangeSet::new();
            changes.add(Request::new(method.clone(), "a(1)"));
            let mut batch = Batch::new();
            batch.change_set(changes);
            assert_eq!(batch.check().is_ok(), fits, "{method} in a change set");
        }
    }

    #[test]
    fn a_row_is_referred_to_after_it_was_created_in_the_same_change_set() {
        let mut changes = ChangeSet::new();
        let first = changes.add(Request::post("a"));
        let second = changes.add(Request::post("b").refer_to(first));
        assert_eq!(first.reference(), format!("${}", first.number()));
        assert!(second > first);
        let mut batch = Batch::new();
        assert_eq!(batch.change_set(changes.clone()), [OperationHandle(0), OperationHandle(1)]);
        assert!(batch.check().is_ok());
        let mut own = ChangeSet::new();
        let id = own.add(Request::post("a"));
        own.0[0].request.references.push(id);
        let mut later = ChangeSet::new();
        later.add(Request::post("a"));
        let after = later.add(Request::post("b"));
        later.0[0].request.references.push(after);
        let mut foreign = ChangeSet::new();
        foreign.add(Request::post("b").refer_to(first));
        for (changes, why) in [
            (own, "a later change creates"),
            (later, "a later change creates"),
            (foreign, "another change set creates"),
        ] {
            let mut batch = Batch::new();
            batch.change_set(changes);
            let error = batch.check().unwrap_err();
            assert!(error.message().contains(why), "{error}");
        }
        let mut batch = Batch::new();
        batch.add(Request::post("b").refer_to(first));
        assert!(batch.check().unwrap_err().message().contains("is no part of it"));
    }

    #[test]
    fn an_empty_change_set_is_no_part_of_a_batch() {
        let mut batch = Batch::new();
        assert!(batch.is_empty() && ChangeSet::new().is_empty());
        assert_eq!(batch.change_set(ChangeSet::new()), []);
        assert!(batch.is_empty() && batch.parts.is_empty());
        let handle = batch.add(Request::get("a"));
        assert_eq!((batch.len(), batch.is_empty(), handle), (1, false, OperationHandle(0)));
        let mut changes = ChangeSet::new();
        changes.add(Request::post("a"));
        assert_eq!((changes.len(), changes.is_empty()), (1, false));
        let responses = BatchResponses(vec![Err(Error::new(ErrorKind::NotFound, "gone"))]);
        assert_eq!(responses.get(handle).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(responses.get(OperationHandle(1)).unwrap_err().kind(), ErrorKind::Configuration);
        assert_eq!(responses.all_succeeded().unwrap_err().kind(), ErrorKind::NotFound);
        assert!(BatchResponses(Vec::new()).all_succeeded().is_ok());
    }
}
