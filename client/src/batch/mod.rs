//! Many operations in one request (`$batch`): up to 1,000, reads and change sets, with references between the rows of a change set.
use http::Method;

use crate::multipart::{MAX_OPERATIONS, PartResponse, new_boundary, parse_responses};
use crate::{Client, Error, ErrorKind, Prefer, Request, Response, Result};

mod body;

/// Operations that go in one request.
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

/// One operation, or the changes of a change set: all of them or none.
#[derive(Debug, Clone)]
pub(crate) struct BatchPart {
    requests: Vec<Request>,
    change_set: bool,
}

/// Changes that are done all or not at all. Reads have no place in it.
#[derive(Debug, Clone, Default)]
pub struct ChangeSet(Vec<Request>);

/// A row that an earlier operation of the same change set creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentId(usize);

impl ContentId {
    /// How other operations name the row: as the value of `@odata.bind`, or as the beginning of a path (`$1/primarycontactid/$ref`).
    #[must_use]
    pub fn reference(self) -> String {
        format!("${}", self.0)
    }
}

/// Where the answer of an operation stands among the [`BatchResponses`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationHandle(usize);

impl ChangeSet {
    /// No change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change; the row it creates can be named by the later ones.
    pub fn add(&mut self, change: Request) -> ContentId {
        self.0.push(change);
        ContentId(self.0.len())
    }

    /// How many changes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Batch {
    /// No operation yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an operation that stands for itself.
    pub fn add(&mut self, operation: Request) -> OperationHandle {
        self.parts.push(BatchPart { requests: vec![operation], change_set: false });
        self.operations += 1;
        OperationHandle(self.operations - 1)
    }

    /// Adds a change set; the places of its changes follow each other. An empty one adds nothing.
    pub fn change_set(&mut self, changes: ChangeSet) -> Vec<OperationHandle> {
        let first = self.operations;
        self.operations += changes.0.len();
        if !changes.0.is_empty() {
            self.parts.push(BatchPart { requests: changes.0, change_set: true });
        }
        (first..self.operations).map(OperationHandle).collect()
    }

    /// Later operations are run even where an earlier one failed. Else the service stops there.
    #[must_use]
    pub fn continue_on_error(mut self) -> Self {
        self.continue_on_error = true;
        self
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations == 0
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::new(ErrorKind::Configuration, what));
        if self.operations > MAX_OPERATIONS {
            return wrong(format!(
                "a batch of {} operations: the service takes {MAX_OPERATIONS}; send several",
                self.operations
            ));
        }
        for part in &self.parts {
            for request in &part.requests {
                request.check()?;
                if part.change_set && request.method == Method::GET {
                    return wrong(format!("`{}` in a change set: reads have no place there", request.name()));
                }
                if request.target.trim_start_matches('/').split(['?', '/']).any(|part| part == "$batch") {
                    return wrong("a batch has no place in a batch".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Whether nothing in it changes anything.
    fn only_reads(&self) -> bool {
        self.parts.iter().all(|part| !part.change_set && part.requests.iter().all(Request::is_idempotent))
    }
}

/// The answers of a batch, one an operation.
#[derive(Debug)]
pub struct BatchResponses(Vec<Result<Response>>);

impl BatchResponses {
    /// The answer of an operation.
    ///
    /// # Errors
    /// That of the operation: the service's; or that it was not run because one before it failed. All changes of a
    /// change set share the error of the one that failed.
    pub fn get(&self, operation: OperationHandle) -> Result<&Response> {
        match self.0.get(operation.0) {
            Some(answer) => answer.as_ref().map_err(Error::clone),
            None => Err(Error::new(ErrorKind::Configuration, "the place is of another batch")),
        }
    }

    /// All answers in the order of the operations.
    #[must_use]
    pub fn into_vec(self) -> Vec<Result<Response>> {
        self.0
    }

    /// The first error.
    ///
    /// # Errors
    /// Where an operation failed.
    pub fn all_succeeded(&self) -> Result<()> {
        self.0.iter().find_map(|answer| answer.as_ref().err()).map_or(Ok(()), |error| Err(error.clone()))
    }
}

impl Client {
    /// Sends a batch. It is repeated as a whole where only reads are in it, or the service surely did not run it.
    ///
    /// # Errors
    /// Where the batch itself cannot be built, sent or answered. What becomes of the operations is in the [`BatchResponses`].
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
            .idempotent(batch.only_reads());
        if batch.continue_on_error {
            request = request.prefer(Prefer::new().continue_on_error());
        }
        let answer = self.0.send(&request).await?;
        let replies = parse_responses(answer.headers(), answer.bytes())?;
        Ok(BatchResponses(self.assign(&batch.parts, replies)))
    }

    /// Gives every operation its answer. The service answers in order, one part an operation or change set; a change set
    /// that failed is answered with one error; where it stopped, the rest is missing.
    fn assign(&self, parts: &[BatchPart], replies: Vec<Vec<PartResponse>>) -> Vec<Result<Response>> {
        let mut replies = replies.into_iter();
        let mut answers = Vec::new();
        for part in parts {
            let reply = replies.next();
            let requests = part.requests.iter();
            match reply {
                Some(reply) if reply.len() == part.requests.len() => {
                    let reply = in_order_of_ids(reply);
                    answers.extend(
                        requests.zip(reply).map(|(request, reply)| self.check_response(request, reply)),
                    );
                }
                Some(reply) if reply.len() == 1 && !reply[0].status.is_success() => {
                    answers.extend(requests.map(|request| self.check_response(request, reply[0].clone())));
                }
                reply => {
                    let message = match reply {
                        None => "not run: an operation before it in the batch failed",
                        Some(_) => "the service answered the batch with another number of parts",
                    };
                    answers.extend(requests.map(|request| {
                        let error = Error::new(ErrorKind::Unexpected, message).with_request(request.name());
                        Err(error.redacted(self.0.redactor()))
                    }));
                }
            }
        }
        answers
    }

    fn check_response(&self, request: &Request, reply: PartResponse) -> Result<Response> {
        self.0.check_response(request, reply.status, reply.headers, reply.body)
    }
}

/// BatchResponses of a change set carry the number of their change; where all do, that is their order.
fn in_order_of_ids(mut replies: Vec<PartResponse>) -> Vec<PartResponse> {
    if replies.iter().all(|reply| reply.content_id.is_some()) {
        replies.sort_by_key(|reply| reply.content_id);
    }
    replies
}
