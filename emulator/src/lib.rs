//! The Web API on loopback.
#![forbid(unsafe_code)]
