//! Some tables of the sample organisation, written by hand as the generator writes them.
//!
//! Lookups to tables that are not generated have a column constant only. A lookup with one target table has one constant for
//! the column and the navigation property, a [`dvkit::Nav`].

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
