//! Runs the gateway against emulated organisations.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

mod accounts;
mod bench;
mod changes;
mod compiled;
mod crm;
mod fleet;
mod isolation;
mod openapi;
mod operate;
mod organisations;
mod pages;
#[path = "../postgres.rs"]
mod postgres;
mod proxy;
mod refusals;
mod schema;
mod webhooks;
