//! Sends typed queries and writes with a [`Client`](dvkit_client::Client), and reads the rows of the responses. The
//! module exists only with the feature `client`.
//!
//! - A row is read and written by a reference to it, `Contact::id(id)` or `Account::NEW_KEY.row(("A-1",))`, with the
//!   methods of [`RowOperations`]. New rows are created by `Contact::create()…send(&client)`.
//! - Rows are queried by the methods of [`Query`](crate::Query) and by the results of `odata!` and `fetchxml!`.
//! - Rows are counted by [`Query::total`](crate::Query::total) and [`total_record_counts`], and grouped by
//!   [`GroupQuery`](crate::query::GroupQuery).
//!
//! Each operation is also available as a [`Request`](dvkit_client::Request), which can be sent alone, in a
//! [`Batch`](dvkit_client::Batch) or in a [`ChangeSet`](dvkit_client::ChangeSet). A change set knows the rows that it
//! creates as [`NewRow`]s.

mod change_set;
mod count;
mod create;
mod groups;
mod query;
mod related;
mod row;
mod text;

pub use change_set::{NewRow, TypedChanges};
pub use count::{RowCount, TableCount, total_record_counts, total_record_counts_request};
pub use create::Returning;
pub use row::{RowOperations, RowRequests, Upserted};
pub use text::ListOf;
