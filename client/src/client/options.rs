//! Defines [`RequestOptions`], the headers, preferences and limits that a client adds to all its requests, and
//! the parts of the Web API that are switched by headers: impersonation, bypassed custom logic, duplicate
//! detection, solutions, tags and consistency.
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::Prefer;
use crate::retry::RetryPolicy;

/// The options of all requests of a client. [`Client::with`](super::Client::with) makes a clone of the client
/// with changed options; [`ClientBuilder::options`](super::ClientBuilder::options) sets those of a new one.
/// What a single [`Request`](super::Request) sets takes precedence.
///
/// ```
/// # fn example(client: &dvkit_client::Client) {
/// use dvkit_client::BypassLogic;
///
/// let import = client.with(|options| {
///     options.bypass_custom_logic(BypassLogic::All).header("MSCRM.SuppressDuplicateDetection", "true").tag("import")
/// });
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct RequestOptions {
    pub(crate) headers: HeaderMap,
    pub(crate) prefer: Prefer,
    /// The query options that are added to every URL.
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) retry: RetryPolicy,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Option<Duration>,
    pub(crate) max_bytes: u64,
    /// The first mistake made while the options were set, as a message. It is reported when a request is sent.
    pub(crate) mistake: Option<String>,
}

/// The custom logic (plug-ins and workflows) that a request does not start.
///
/// The caller needs the privilege `prvBypassCustomBusinessLogic`, otherwise the service refuses the request
/// (learn.microsoft.com, "Bypass custom Dataverse logic").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BypassLogic {
    /// Synchronous custom logic.
    Synchronous,
    /// Asynchronous custom logic, except flows of Power Automate.
    Asynchronous,
    /// Synchronous and asynchronous custom logic.
    All,
}

impl Default for RequestOptions {
    /// Returns options without headers and preferences: two minutes for an attempt, no deadline, the default
    /// [`RetryPolicy`], and responses of at most 64 MiB.
    fn default() -> Self {
        Self {
            headers: HeaderMap::new(),
            prefer: Prefer::new(),
            query: Vec::new(),
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(120),
            deadline: None,
            max_bytes: 64 << 20,
            mistake: None,
        }
    }
}

impl RequestOptions {
    /// Sets a header of all requests. A name or value that a header cannot contain is reported when a request
    /// is sent.
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        insert_header(&mut self.headers, &mut self.mistake, name, value.as_ref());
        self
    }

    /// Adds preferences. A preference that was set before gets the new value; lists of annotations are united.
    /// A preference is sent only with requests to which it applies: a page size with reads of collections,
    /// `return` with writes outside change sets, and so on.
    pub fn prefer(mut self, prefer: Prefer) -> Self {
        self.prefer = prefer.merged_over(&self.prefer);
        self
    }

    /// Runs the requests as another user, by the id of the row in `systemusers` (header `MSCRMCallerID`). The
    /// client's own user needs the privilege `prvActOnBehalfOfAnotherUser`.
    pub fn as_user(mut self, system_user: Uuid) -> Self {
        self.headers.remove("callerobjectid");
        self.header("MSCRMCallerID", system_user.to_string())
    }

    /// Runs the requests as another user, by the object id of the user in Microsoft Entra ID (header
    /// `CallerObjectId`). The client's own user needs the privilege `prvActOnBehalfOfAnotherUser`.
    pub fn as_entra_user(mut self, object_id: Uuid) -> Self {
        self.headers.remove("mscrmcallerid");
        self.header("CallerObjectId", object_id.to_string())
    }

    /// Bypasses custom logic (header `MSCRM.BypassBusinessLogicExecution`).
    pub fn bypass_custom_logic(self, which: BypassLogic) -> Self {
        let which = match which {
            BypassLogic::Synchronous => "CustomSync",
            BypassLogic::Asynchronous => "CustomAsync",
            BypassLogic::All => "CustomSync,CustomAsync",
        };
        self.header("MSCRM.BypassBusinessLogicExecution", which)
    }

    /// Bypasses the plug-in steps with these ids (header `MSCRM.BypassBusinessLogicExecutionStepIds`). The
    /// service takes three ids by default.
    pub fn bypass_steps(self, step_ids: impl IntoIterator<Item = Uuid>) -> Self {
        let ids: Vec<String> = step_ids.into_iter().map(|id| id.to_string()).collect();
        self.header("MSCRM.BypassBusinessLogicExecutionStepIds", ids.join(","))
    }

    /// Keeps writes from starting flows of Power Automate (header
    /// `MSCRM.SuppressCallbackRegistrationExpanderJob`).
    pub fn bypass_flows(self) -> Self {
        self.header("MSCRM.SuppressCallbackRegistrationExpanderJob", "true")
    }

    /// Makes creates and updates fail if duplicate detection finds a match (header
    /// `MSCRM.SuppressDuplicateDetection: false`). By default the Web API does not look for duplicates.
    pub fn detect_duplicates(self) -> Self {
        self.header("MSCRM.SuppressDuplicateDetection", "false")
    }

    /// Adds created or changed components to the solution with this unique name (header
    /// `MSCRM.SolutionUniqueName`).
    pub fn solution(self, unique_name: &str) -> Self {
        self.header("MSCRM.SolutionUniqueName", unique_name)
    }

    /// Passes a text to the plug-ins that the requests start: the shared variable `tag` (query option `tag`).
    pub fn tag(mut self, text: impl Into<String>) -> Self {
        self.query.retain(|(name, _)| *name != "tag");
        self.query.push(("tag", text.into()));
        self
    }

    /// Reads the newest definitions and rows instead of those of a cache (header `Consistency: Strong`).
    pub fn strong_consistency(self) -> Self {
        self.header("Consistency", "Strong")
    }

    /// Reads and writes rows of an elastic table in the partition `id` (query option `partitionId`).
    pub fn partition(mut self, id: impl Into<String>) -> Self {
        self.query.retain(|(name, _)| *name != "partitionId");
        self.query.push(("partitionId", id.into()));
        self
    }

    /// Reads rows of an elastic table as they were after the write with this session token, which
    /// [`Response::session_token`](super::Response::session_token) returns (header `MSCRM.SessionToken`).
    pub fn session_token(self, token: &str) -> Self {
        self.header("MSCRM.SessionToken", token)
    }

    /// Sets how long and how often a failed request is retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how long one attempt of a request may take; the default is two minutes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long a request may take altogether, with its waits and retries. By default only the retries
    /// are limited, by [`RetryPolicy::max_elapsed`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the maximum size of a response's body to `bytes`, counted after decompression; the default is 64
    /// MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }
}

impl fmt::Debug for RequestOptions {
    /// Shows the options without the values of the headers, because they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions")
            .field("headers", &self.headers.keys().map(HeaderName::as_str).collect::<Vec<_>>())
            .field("prefer", &self.prefer.to_string())
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// Inserts a header, or notes in `mistake` that it cannot be sent.
pub(super) fn insert_header(headers: &mut HeaderMap, mistake: &mut Option<String>, name: &str, value: &str) {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
        }
        _ => {
            mistake.get_or_insert_with(|| {
                format!("the header `{name}` has a name or value that cannot be sent")
            });
        }
    }
}
