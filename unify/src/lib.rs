//! One CRM model over differently customised Dataverse organisations.

pub mod mapping;
pub mod model;
