//! A server of the Model Context Protocol (MCP) that gives agents what dvkit knows: names of an organisation's
//! metadata, and queries checked, fixed, translated and run on sample rows. It needs no network, signs in nowhere and
//! writes nothing.
//!
//! [`Toolbox`] has the tools, and can be used without the protocol. [`Server`] offers them to a client over standard
//! input and output ([`Server::serve_stdio`]) or HTTP ([`Server::serve_http`]), together with a resource for
//! each table.
//!
//! ```
//! use dvkit_ide::{Schemas, Settings, Workspace};
//! use dvkit_mcp::Toolbox;
//! use serde_json::json;
//!
//! let schemas = Schemas::of(dvkit_ide::sample::open()?);
//! let tools = Toolbox::new(Workspace::new(schemas, Settings::default()));
//! let answer = tools.call("check", json!({"query": "contacts?$filter=statecode eq 'Active'"}));
//! let structured = answer.expect("the tool exists").structured.expect("it answers");
//! assert_eq!(structured["rewritten"], "contacts?$filter=statecode eq 0");
//! # Ok::<(), dvkit_ide::Error>(())
//! ```
//!
//! # Answers
//!
//! Each tool takes a budget in tokens, of [`BYTES_PER_TOKEN`] bytes each, and its answer is never larger. An answer has
//! the same content as text and as JSON, of which a program shows a model the one or the other; the budget is for both
//! together. What does not fit is left out as a whole, never cut in the middle, and `truncated` and `rest` say so. The
//! same call gives the same answer. Characters that are not printable are escaped.
//!
//! A query with mistakes is answered with the findings and with the right query, so that a model needs no further
//! attempt. A call that fails is answered with a sentence, not with an error of the protocol.
#![forbid(unsafe_code)]

mod arguments;
mod budget;
mod resources;
mod server;
mod tools;

#[cfg(feature = "http")]
mod http;

#[cfg(feature = "http")]
pub use crate::http::{HttpOptions, HttpOptionsError, RunningHttp};
pub use budget::{BYTES_PER_TOKEN, DEFAULT_BUDGET, MAX_BUDGET, MIN_BUDGET, ToolAnswer};
pub use server::{MAX_MESSAGE_BYTES, Server};
pub use tools::{RowSource, Toolbox};
