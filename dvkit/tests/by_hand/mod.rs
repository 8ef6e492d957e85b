//! Some tables of the sample organisation as the generator writes them: the contract between it and this crate.
//!
//! Lookups and navigations to tables that are not generated have a column constant only. A lookup with one target has one
//! constant for both, a [`dvkit::Nav`], since its navigation has the lookup's name.

#![allow(dead_code, reason = "a test does not use every column")]

pub mod account;
pub mod choices;
pub mod contact;
pub mod new_project;
pub mod principal;
pub mod systemuser;

pub use account::Account;
pub use contact::Contact;
pub use new_project::NewProject;
pub use systemuser::SystemUser;
