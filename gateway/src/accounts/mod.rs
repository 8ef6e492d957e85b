//! Accounts: the connections to customers' organisations. [`connections`] has a client for each, [`sign_in`] lets
//! people and applications sign in, and [`routes`] are the requests about accounts.
mod connections;
mod routes;
mod sign_in;

pub(crate) use connections::Connections;
pub(crate) use routes::*;
