//! Sends typed queries and writes with a [`Client`](dvkit_client::Client), and reads the rows of the responses. The
//! module exists only with the feature `client`.
//!
//! - A row is read and written by a reference to it, `Contact::id(id)` or `Account::NEW_KEY.row(("A-1",))`, with the
//!   methods of [`RowOperations`]. New rows are created by `Contact::create()…send(&client)`.
//! - Rows are queried by the methods of [`Query`](crate::Query) and by the results of `odata!` and `fetchxml!`.
//! - The changes of a table are read by [`ChangeTracking::changes`].
//! - Rows of bulk loads are made by [`RowWrite::bulk`](crate::RowWrite::bulk) and by the methods of references to rows,
//!   such as [`KeyRef::bulk_upsert`](crate::KeyRef::bulk_upsert).
//! - Texts are searched in the tables that [`search_table`] makes.
//! - Rows are counted by [`Query::total`](crate::Query::total) and [`total_record_counts`], and grouped by
//!   [`GroupQuery`](crate::query::GroupQuery).
//!
//! Each operation is also available as a [`Request`](dvkit_client::Request), which can be sent alone, in a
//! [`Batch`](dvkit_client::Batch) or in a [`ChangeSet`](dvkit_client::ChangeSet). A change set knows the rows that it
//! creates as [`NewRow`]s.

mod bulk;
mod change_set;
mod changes;
mod count;
mod create;
mod groups;
mod query;
mod related;
mod row;
mod search;
#[cfg(test)]
mod tests;
mod text;

pub use change_set::{NewRow, TypedChanges};
pub use changes::{ChangeQuery, ChangeTracking, RowChanges, TakenWithChanges};
pub use count::{RowCount, TableCount, total_record_counts, total_record_counts_request};
pub use create::Returning;
pub use row::{RowOperations, RowRequests, Upserted};
pub use search::{TableSearch, search_table};
pub use text::ListOf;

/// Programs that the compiler refuses, because two types that fit by themselves are of different tables. The check is made
/// when a program is built.
///
/// ```
/// # macro_rules! tables { ($($ty:ident $table:literal $set:literal $key:literal;)*) => {$(
/// #     #[derive(Default)] struct $ty;
/// #     impl dvkit::Record for $ty {
/// #         const TABLE: &'static str = $table;
/// #         const COLUMNS: &'static [&'static str] = &[$key];
/// #         fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #         fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// #     }
/// #     impl dvkit::EntitySet for $ty { const ENTITY_SET: &'static str = $set; const KEY: u16 = 0; }
/// # )*} }
/// # tables! { Contact "contact" "contacts" "contactid"; Email "email" "emails" "activityid"; }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "account")] struct Company { name: Option<String> }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "contact")] struct Person { fullname: Option<String> }
/// # use dvkit::{Guid, Party, prelude::*};
/// let _ = Contact::id(Guid::nil()).get_as_request::<Person>();
/// let _ = Contact::id(Guid::nil()).update_returning_request::<Person>(&Contact::update());
/// let _ = Contact::create().returning::<Person>().request();
/// let _ = Contact::changes().select_entity::<Person>().request();
/// let _ = Email::create().parties([Party::to(Contact::id(Guid::nil()))]);
/// let query = dvkit::fetchxml!("<fetch><entity name='contact'><attribute name='fullname'/></entity></fetch>");
/// let read = |client: &dvkit::dvkit_client::Client| drop(query.rows::<Contact>(client));
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "account")] struct Company { name: Option<String> }
/// # use dvkit::{Guid, prelude::*};
/// let _ = Contact::id(Guid::nil()).get_as_request::<Company>();
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "account")] struct Company { name: Option<String> }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "contact")]
/// # struct Card { #[dvkit(expand = "parentcustomerid_account")] company: Option<Company> }
/// # use dvkit::{Guid, prelude::*};
/// let _ = Contact::id(Guid::nil()).update_returning_request::<Card>(&Contact::update());
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; const TRACKS_CHANGES: bool = false; }
/// # use dvkit::prelude::*;
/// let _ = Contact::changes();
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
/// # use dvkit::prelude::*;
/// # #[derive(dvkit::Entity)] #[dvkit(table = "account")] struct Company { name: Option<String> }
/// let _ = Contact::changes().select_entity::<Company>();
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
/// # use dvkit::prelude::*;
/// # #[derive(dvkit::Entity)] #[dvkit(table = "account")] struct Company { name: Option<String> }
/// # #[derive(dvkit::Entity)] #[dvkit(table = "contact")]
/// # struct Card { #[dvkit(expand = "parentcustomerid_account")] company: Option<Company> }
/// let _ = Contact::changes().select_entity::<Card>();
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # impl dvkit::EntitySet for Contact { const ENTITY_SET: &'static str = "contacts"; const KEY: u16 = 0; }
/// # use dvkit::{Party, prelude::*};
/// let _ = Contact::create().parties([Party::to("ann@example.com")]);
/// ```
///
/// ```compile_fail,E0080
/// # #[derive(Default)] struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &["contactid"];
/// #     fn fields_mut(&mut self) -> Vec<dvkit::row::FieldMut<'_>> { Vec::new() }
/// #     fn fields(&self) -> Vec<dvkit::row::FieldRef<'_>> { Vec::new() }
/// # }
/// # use dvkit::dvkit_client::{Client, auth::StaticToken};
/// let client = Client::builder("https://contoso.crm.dynamics.com").token_source(StaticToken::new("x")).build();
/// let query = dvkit::fetchxml!("<fetch><entity name='account'><attribute name='name'/></entity></fetch>");
/// let _ = query.rows::<Contact>(&client.expect("the address is right"));
/// ```
#[cfg(doctest)]
struct ChecksOfTables;
