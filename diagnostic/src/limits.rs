//! The limits of the Dataverse service, as Microsoft documents them.
//!
//! Each number is written here once, with the page that states it. Pages are on <https://learn.microsoft.com>; the
//! path of a page follows `power-apps/developer/data-platform/`.
//!
//! Limits of dvkit itself, such as how much of a text is parsed, are constants of the modules that hold to them.

/// The most rows that one response contains. Further rows follow on further pages.
///
/// Source: "Page results using OData", `webapi/query/page-results`.
pub const MAX_ROWS_PER_RESPONSE: u32 = 5_000;

/// The most rows of an elastic table that one response contains.
///
/// Source: "Page results using OData", `webapi/query/page-results`.
pub const MAX_ELASTIC_ROWS_PER_RESPONSE: u32 = 500;

/// The most rows that `$count` and `returntotalrecordcount` count; a table with more rows gives this number.
///
/// Source: "Count rows using OData", `webapi/query/count-rows`.
pub const MAX_COUNTED_ROWS: u32 = 5_000;

/// The most rows of an elastic table that `$count` counts.
///
/// Source: "Count rows using OData", `webapi/query/count-rows`.
pub const MAX_COUNTED_ELASTIC_ROWS: u32 = 500;

/// The most rows that an aggregate query reads: `$apply`, or FetchXML with `aggregate="true"`.
///
/// The service refuses a query that would read more (`0x8004E023`, `AggregateQueryRecordLimitExceeded`).
///
/// Source: "Aggregate data using FetchXML", `fetchxml/aggregate-data`.
pub const MAX_AGGREGATED_ROWS: u32 = 50_000;

/// The most rows that pages without a paging cookie reach.
///
/// Source: "Page results using FetchXML", `fetchxml/page-results`.
pub const MAX_ROWS_WITHOUT_COOKIE: u32 = 50_000;

/// The most rows that the conditions of a quick find filter may match.
///
/// The service refuses a query that matches more (`0x8004E024`, `QuickFindQueryRecordLimitExceeded`).
///
/// Source: "About quick find queries", `quick-find`.
pub const MAX_QUICK_FIND_ROWS: u32 = 10_000;

/// The most joins of a query: `link-entity` elements, and in OData expansions and lookups that a path follows.
///
/// The service refuses a query with more (`0x8004430D`, `TooManyLinkEntitiesInQuery`).
///
/// Source: "Join tables using FetchXML", `fetchxml/join-tables`.
pub const MAX_JOINS: u32 = 15;

/// The most expansions of a request; nested ones count.
///
/// Source: "Join tables using OData", `webapi/query/join-tables`.
pub const MAX_EXPANSIONS: u32 = 15;

/// The most conditions of a query; a list in `In` is one condition.
///
/// The service refuses a query with more (`0x8004430C`, `TooManyConditionsInQuery`).
///
/// Source: "Filter rows using OData", `webapi/query/filter-rows`.
pub const MAX_CONDITIONS: u32 = 500;

/// The most `condition` and `link-entity` elements of a FetchXML query, counted together.
///
/// The service refuses a query with more (`0x8004430C`, `TooManyConditionsInQuery`).
///
/// Source: "Filter rows using FetchXML", `fetchxml/filter-rows`.
pub const MAX_CONDITIONS_AND_LINKS: u32 = 500;

/// The longest URL of a request, in characters, as it is sent (encoded).
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_URL_LENGTH: u32 = 32_768;

/// The longest URL of a request within `$batch`, in characters, as it is sent (encoded).
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_URL_LENGTH_IN_BATCH: u32 = 65_536;

/// The longest segment of a resource path, in characters; arguments and keys in parentheses belong to their segment.
///
/// Source: "Compose HTTP requests and handle errors", `webapi/compose-http-requests-handle-errors`.
pub const MAX_PATH_SEGMENT_LENGTH: u32 = 260;

/// The most requests of one `$batch`; each request of a change set counts.
///
/// Source: "Execute batch operations using the Web API", `webapi/execute-batch-operations-using-web-api`.
pub const MAX_BATCH_REQUESTS: u32 = 1_000;

/// The longest text, in characters, that the columns of one line may hold for conditions on them to be efficient.
///
/// Source: "Query anti-patterns", `query-antipatterns`.
pub const MAX_INDEXED_TEXT_LENGTH: u32 = 850;

/// The most requests of one user to one web server within [`PROTECTION_WINDOW_SECONDS`].
///
/// The service refuses further ones (`0x80072322`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_REQUESTS_PER_WINDOW: u32 = 6_000;

/// The most execution time of one user's requests to one web server within [`PROTECTION_WINDOW_SECONDS`], in seconds.
///
/// The service refuses further requests (`0x80072321`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_EXECUTION_SECONDS_PER_WINDOW: u32 = 1_200;

/// The most requests of one user that one web server executes at the same time.
///
/// The service refuses further ones (`0x80072326`).
///
/// Source: "Service protection API limits", `api-limits`.
pub const MAX_CONCURRENT_REQUESTS: u32 = 52;

/// The length of the sliding window that the limits of service protection count in, in seconds.
///
/// Source: "Service protection API limits", `api-limits`.
pub const PROTECTION_WINDOW_SECONDS: u32 = 300;
