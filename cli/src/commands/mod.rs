//! One file a command: its arguments, and what it does with them.

pub(crate) mod check;
pub(crate) mod emulator;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod generate;
pub(crate) mod parse;
pub(crate) mod schema;
pub(crate) mod translate;
