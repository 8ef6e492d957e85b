//! A client of the Dataverse Web API. It signs in, stays within the service protection limits, retries, reads
//! results page by page, and sends batches.
//!
//! Programs build a [`Client`] for an organisation and give it [`Request`]s. Nothing is printed, and no
//! message contains a token.
//!
//! ```no_run
//! # async fn run() -> dvkit_client::Result<()> {
//! use dvkit_client::{Client, Request, auth::StaticToken};
//!
//! let token = std::env::var("TOKEN").unwrap_or_default();
//! let client = Client::builder("https://contoso.crm4.dynamics.com").token_source(StaticToken::new(token)).build()?;
//! let who: serde_json::Value = client.get_json("WhoAmI()").await?;
//! let names = client.send(Request::get("accounts").query("$select", "name").query("$top", "3")).await?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod auth;
mod background;
mod batch;
pub mod bulk;
mod client;
mod clock;
mod error;
mod files;
mod multipart;
mod page;
mod redact;
mod retry;
mod search;
pub mod throttle;

pub use background::{BackgroundOperation, BackgroundState};
pub use batch::{Batch, BatchResponses, ChangeSet, ContentId, OperationHandle};
pub use client::{
    BypassLogic, Client, ClientBuilder, ClientStatus, Expect, Prefer, Request, RequestOptions, Response,
    StreamedResponse, Transport, TransportError,
};
pub use clock::{Clock, SystemClock, TokioClock};
pub use error::{Error, ErrorKind, InnerError, Result};
pub use files::{Download, FileColumn, Upload, UploadCheckpoint};
pub use page::{Change, Changes, Page, RowText};
pub use retry::RetryPolicy;
pub use search::{Search, SearchHit, SearchResults, SearchTable, Suggestion};
// The crates whose types stand in signatures of this crate.
pub use {
    bytes, futures_util, http, jiff, reqwest, secrecy, serde_json, tower_layer, tower_service, url, uuid,
};
