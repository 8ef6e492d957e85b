//! The language server of dvkit: answers what editors ask about Dataverse queries in files of queries and in
//! source files, by the Language Server Protocol.
//!
//! The server has no logic of queries of its own. It keeps the open documents and the workspaces with their
//! snapshots, asks [`dvkit_ide`], and converts positions and results ([`convert`]). It needs no sign-in and no
//! network.
//!
//! ```no_run
//! use dvkit_lsp::{Options, run};
//! let (connection, threads) = lsp_server::Connection::stdio();
//! let exit = run(connection, Options::default());
//! threads.join()?;
//! # let _ = exit;
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod capabilities;
pub mod convert;
mod documents;
mod features;
mod requests;
mod roots;
mod server;
mod workers;

pub use lsp_server::{Connection, IoThreads};
pub use server::{Exit, Options, run};
