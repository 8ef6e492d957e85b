//! An emulator of the Dataverse Web API's metadata. It serves a snapshot on a loopback address.
//!
//! Programs for a live organisation can be tested against it. It supports sign-in, all requests by which the
//! service returns metadata, changes since a stamp, service protection limits, and faults of the network and
//! the service. Tests can advance its [`Clock`].
//!
//! ```
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! use dvkit_emulator::Emulator;
//! use dvkit_schema::{Schema, Table};
//!
//! let account = Table { logical_name: "account".into(), ..Table::default() };
//! let schema = Schema { tables: [("account".into(), account)].into(), ..Schema::default() };
//! let running = Emulator::builder(schema).start().await?;
//! println!("{} answers, its tokens come from {}", running.web_api(), running.token_endpoint());
//! running.change(|schema| {
//!     schema.tables.remove("account");
//! });
//! running.stop().await;
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod clock;
mod connection_reset;
mod coverage;
pub mod csdl;
mod data;
pub mod faults;
mod header_case;
mod host;
mod http;
mod identity;
mod in_process;
mod metadata;
mod organisation;
pub mod rate_limit;
mod request;
mod response;
mod response_cache;
mod running;
mod sample;
mod server;
mod socket;
mod state;
mod token;
mod trace;
mod web_api;

pub use clock::Clock;
pub use coverage::{Coverage, coverage};
pub use data::operations::{BoundRows, OperationAnswersError, OperationCall, OperationError};
pub use data::{ControlError, RowStoreError, SeedError};
pub use faults::{FaultScript, FaultScriptError};
pub use identity::BaseCurrency;
pub use in_process::InProcessEmulator;
pub use rate_limit::Limits;
pub use running::RunningEmulator;
pub use server::{Emulator, EmulatorBuilder};
pub use token::DeviceSignIn;
pub use trace::RecordedRequest;
