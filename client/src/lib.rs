//! The Web API of Dataverse over HTTP.
#![forbid(unsafe_code)]
