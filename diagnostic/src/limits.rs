//! Lists the limits of the Dataverse service, as Microsoft documents them. The checks, the translations and
//! the emulator use these constants.
//!
//! The comment of each limit names the page that states it. The pages are below
//! <https://learn.microsoft.com/power-apps/developer/data-platform/>.
//!
//! Limits of dvkit itself, such as the length of a text that is parsed, are constants of the modules that
//! apply them.

/// The maximum number of rows in one response. Further rows are on further pages.
///
/// Source: "Page results using OData", `webapi/query/page-results`.
pub const MAX_ROWS_PER_RESPONSE: u32 = 5_000;

/// The maximum number of rows in one response for an elastic table.
///
/// Source: "Page results using OData", `webapi/query/page-results`.
pub const MAX_ELASTIC_ROWS_PER_RESPONSE: u32 = 500;

/// The maximum number that `$count` and `returntotalrecordcount` return, even if there are more rows.
///
/// Source: "Count rows using OData", `webapi/query/count-rows`.
pub const MAX_COUNTED_ROWS: u32 = 5_000;

/// The maximum number that `$count` returns for an elastic table, even if there are more rows.
///
/// Source: "Count rows using OData", `webapi/query/count-rows`.
pub const MAX_COUNTED_ELASTIC_ROWS: u32 = 500;

/// The maximum number of rows that an aggregate query (`$apply`, or FetchXML with `aggregate="true"`) can
/// read.
///
/// The service refuses a query that would read more (`0x8004E023`, `AggregateQueryRecordLimitExceeded`).
///
/// Source: "Aggregate data using FetchXML", `fetchxml/aggregate-data`.
pub const MAX_AGGREGATED_ROWS: u32 = 50_000;

/// The maximum number of rows that can be read in pages without a paging cookie.
///
/// Source: "Page results using FetchXML", `fetchxml/page-results`.
pub const MAX_ROWS_WITHOUT_COOKIE: u32 = 50_000;

/// The maximum number of rows that the conditions of a quick find filter can match.
///
/// The service refuses a query that matches more (`0x8004E024`, `QuickFindQueryRecordLimitExceeded`).
///
/// Source: "About quick find queries", `quick-find`.
pub const MAX_QUICK_FIND_ROWS: u32 = 10_000;

/// The maximum number of joins in a query. In FetchXML a join is a `link-entity` element; in OData it is an
/// expansion, or a lookup in a path.
///
/// The service refuses a query with more (`0x8004430D`, `TooManyLinkEntitiesInQuery`).
///
/// Source: "Join tables using FetchXML", `fetchxml/join-tables`.
pub const MAX_JOINS: u32 = 15;

/// The maximum number of expansions in a request, including nested ones.
///
/// Source: "Join tables using OData", `webapi/query/join-tables`.
pub const MAX_EXPANSIONS: u32 = 15;

/// The maximum number of conditions in a query. `In` with a list is one condition.
///
/// The service refuses a query with more (`0x8004430C`, `TooManyConditionsInQuery`).
///
/// Source: "Filter rows using OData", `webapi/query/filter-rows`.
pub const MAX_CONDITIONS: u32 = 500;

/// The maximum number of `condition` and `link-entity` elements together in a FetchXML query.
///
/// The service refuses a query with more (`0x8004430C`, `TooManyConditionsInQuery`).
///
/// Source: "Filter rows using FetchXML", `fetchxml/filter-rows`.
pub const MAX_CONDITIONS_AND_LINKS: u32 = 500;

/// The maximum length of a request's URL in its encoded form, in characters.
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_URL_LENGTH: u32 = 32_768;

/// The maximum length of the URL of a request within `$batch`, in its encoded form, in characters.
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_URL_LENGTH_IN_BATCH: u32 = 65_536;

/// The maximum length of one segment of a resource path, in characters. Keys and arguments in parentheses are
/// part of the segment.
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_PATH_SEGMENT_LENGTH: u32 = 260;

/// The maximum number of requests in one `$batch`, including each request of a change set.
///
/// Source: "Execute batch operations using the Web API", `webapi/execute-batch-operations-using-web-api`.
pub const MAX_BATCH_REQUESTS: u32 = 1_000;

/// The maximum length, in characters, that a text column of one line may be defined with so that conditions
/// on it are efficient.
///
/// Source: "Query anti-patterns", `query-antipatterns`.
pub const MAX_INDEXED_TEXT_LENGTH: u32 = 850;

/// The maximum number of requests of one user to one web server within [`PROTECTION_WINDOW_SECONDS`].
///
/// The service refuses further ones (`0x80072322`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_REQUESTS_PER_WINDOW: u32 = 6_000;

/// The maximum execution time, in seconds, of one user's requests to one web server within
/// [`PROTECTION_WINDOW_SECONDS`].
///
/// The service refuses further requests (`0x80072321`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_EXECUTION_SECONDS_PER_WINDOW: u32 = 1_200;

/// The maximum number of requests of one user that one web server executes at the same time.
///
/// The service refuses further ones (`0x80072326`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_CONCURRENT_REQUESTS: u32 = 52;

/// The length, in seconds, of the sliding time window to which the limits of service protection apply.
///
/// Source: "Service protection API limits", `api-limits`.
pub const PROTECTION_WINDOW_SECONDS: u32 = 300;
