//! The Web API's metadata JSON.
