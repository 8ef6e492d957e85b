//! Implements the commands of `dvkit`. Each file has the arguments of one command, and the function that runs
//! it.

// A build with all features lacks no command.
#[cfg(any(
    test,
    not(feature = "fetch"),
    not(feature = "emulator"),
    not(feature = "gateway"),
    not(feature = "lsp"),
    not(feature = "mcp"),
    not(feature = "unify")
))]
pub(crate) mod absent;
pub(crate) mod check;
pub(crate) mod completions;
#[cfg(feature = "emulator")]
pub(crate) mod emulator;
pub(crate) mod explain;
pub(crate) mod fmt;
#[cfg(feature = "gateway")]
pub(crate) mod gateway;
pub(crate) mod generate;
pub(crate) mod init;
#[cfg(feature = "lsp")]
pub(crate) mod lsp;
pub(crate) mod man;
#[cfg(feature = "mcp")]
pub(crate) mod mcp;
pub(crate) mod parse;
pub(crate) mod schema;
pub(crate) mod translate;
#[cfg(feature = "unify")]
pub(crate) mod unify;
