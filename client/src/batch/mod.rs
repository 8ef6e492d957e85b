//! Sends several operations in one request (`$batch`): up to 1,000 reads and changes. The changes in a change
//! set are executed together or not at all, and can refer to each other's rows.
use dvkit_diagnostic::limits::MAX_BATCH_REQUESTS;
use http::Method;

use crate::multipart::{PartResponse, new_boundary, parse_responses};
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
pub(crate) struct BatchPart {
    requests: Vec<Request>,
    change_set: bool,
}

/// Changes that the service executes completely or not at all. A change set must not contain reads.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet(Vec<Request>);

/// A reference to a row that an earlier operation of the same change set creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentId(usize);

impl ContentId {
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
        self.0.push(change);
        ContentId(self.0.len())
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
        self.parts.push(BatchPart { requests: vec![operation], change_set: false });
        self.operations += 1;
        OperationHandle(self.operations - 1)
    }

    /// Adds a change set. Returns a handle for each of its changes, in order; none if the change set is
    /// empty.
    pub fn change_set(&mut self, changes: ChangeSet) -> Vec<OperationHandle> {
        let first = self.operations;
        self.operations += changes.0.len();
        if !changes.0.is_empty() {
            self.parts.push(BatchPart { requests: changes.0, change_set: true });
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
            for request in &part.requests {
                request.check()?;
                if part.change_set && request.method == Method::GET {
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

    /// Returns whether all operations are idempotent, so that the batch can be sent twice.
    fn is_idempotent(&self) -> bool {
        self.parts.iter().all(|part| !part.change_set && part.requests.iter().all(Request::is_idempotent))
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
        let body = body::write(&self.0, &batch.parts, &boundary)
            .map_err(|error| error.redacted(self.0.redactor()))?;
        let mut request = Request::post("$batch")
            .bytes(&format!("multipart/mixed; boundary={boundary}"), body)
            .accept("multipart/mixed")
            .idempotent(batch.is_idempotent());
        if batch.continue_on_error {
            request = request.prefer(Prefer::new().continue_on_error());
        }
        let response = self.0.send(&request).await?;
        let replies = parse_responses(response.headers(), response.bytes())?;
        Ok(BatchResponses(self.assign_responses(&batch.parts, replies)))
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
            let requests = part.requests.iter();
            match reply {
                Some(reply) if reply.len() == part.requests.len() => {
                    let reply = sort_by_content_id(reply);
                    responses.extend(
                        requests.zip(reply).map(|(request, reply)| self.check_response(request, reply)),
                    );
                }
                Some(reply) if reply.len() == 1 && !reply[0].status.is_success() => {
                    responses.extend(requests.map(|request| self.check_response(request, reply[0].clone())));
                }
                reply => {
                    let message = match reply {
                        None => "not run: an operation before it in the batch failed",
                        Some(_) => "the response to the batch has another number of parts than the batch",
                    };
                    responses.extend(requests.map(|request| {
                        let error = Error::new(ErrorKind::Unexpected, message).with_request(request.name());
                        Err(error.redacted(self.0.redactor()))
                    }));
                }
            }
        }
        responses
    }

    fn check_response(&self, request: &Request, reply: PartResponse) -> Result<Response> {
        self.0.check_response(request, reply.status, reply.headers, reply.body)
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
