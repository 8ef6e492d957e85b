//! Typed Dataverse: tables, columns and queries of one organisation, checked by the compiler.
//!
//! The types here are what generated code is made of. A generated struct has one field for each column of its table,
//! all of them `Option`s, since a row has only what was asked for; columns and navigations are constants on it.
//!
//! ```
//! use dvkit::prelude::*;
//!
//! #[derive(dvkit::Entity)]
//! #[dvkit(table = "contact")]
//! struct Card {
//!     fullname: Option<String>,
//!     #[dvkit(formatted = "statecode")]
//!     state: Option<String>,
//! }
//! assert_eq!(Card::request(), "contacts?$select=fullname,statecode");
//!
//! let name = "O'Neil & Co";
//! let mine = dvkit::filter!(Card as "contact", "parentcustomerid_account/name eq {name}");
//! assert_eq!(mine.odata(), "parentcustomerid_account/name eq 'O''Neil & Co'");
//! ```

#![forbid(unsafe_code)]

mod changes;
#[cfg(feature = "client")]
pub mod client;
mod column;
pub mod entity;
pub mod filter;
pub mod hole;
mod key;
pub mod kind;
pub mod query;
pub mod row;
mod table;
mod text;
mod value;

pub use changes::{Changes, Clear, Create, Plain, Target, Update, Writable};
pub use column::{
    Column, CreateOnly, Key, ManyToMany, Nav, NavMany, OneToMany, ReadOnly, UpdateOnly, Write, column, key,
    nav, nav_many,
};
pub use entity::Entity;
pub use filter::Filter;
pub use key::{Address, KeyRef, KeyValues};
pub use kind::Kind;
pub use query::{Query, RowQuery};
pub use row::{Extra, Record, Row, Rows};
pub use table::{EntitySet, Is, Table};
pub use text::{FetchXml, ODataText};
pub use value::{
    Choice, ChoiceOption, ChoiceSet, Choices, FileId, Image, Known, Lookup, Managed, Options, Ref, Unknown,
    debug_choice,
};

/// Makes a struct an [`Entity`](trait@Entity): rows of a table, and the request that gives them.
///
/// Each field is a column by its name on the wire, or what its attribute says; every one is checked against the
/// organisation's snapshot, and all mistakes are told at once. The derive implements `Default`, `Record`, `Entity` and
/// serde's `Deserialize`.
///
/// ```
/// # use dvkit::row::{FromScalar, Mismatch, Scalar};
/// # #[derive(Default)]
/// # struct Email(String);
/// # impl FromScalar for Email {
/// #     fn set(&mut self, value: Scalar<'_>) -> Result<(), Mismatch> {
/// #         match value {
/// #             Scalar::Text(text) => self.0 = text.to_owned(),
/// #             _ => return Err(Mismatch::expected("an email address")),
/// #         }
/// #         Ok(())
/// #     }
/// # }
/// #[derive(dvkit::Entity)]
/// #[dvkit(table = "contact")]                              // schema = "crm" where build.rs registers several
/// struct Card {
///     fullname: Option<String>,
///     #[dvkit(column = "_parentcustomerid_value")]
///     customer: Option<dvkit::Lookup>,
///     #[dvkit(formatted = "statecode")]                    // as the service shows it
///     state: Option<String>,
///     #[dvkit(expand = "parentcustomerid_account")]        // one row: `Option` of another entity
///     company: Option<Company>,
///     #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 0", order_by = "fullname", top = 5)]
///     people: Vec<Person>,                                 // many rows
///     #[dvkit(column = "emailaddress1", custom)]           // a type of one's own: `dvkit::row::FromScalar`
///     email: Email,
///     #[dvkit(other)]                                      // whatever else is in the answer
///     rest: std::collections::BTreeMap<String, serde_json::Value>,
/// }
/// # #[derive(dvkit::Entity)]
/// # #[dvkit(table = "account")]
/// # struct Company {
/// #     name: Option<String>,
/// # }
/// # #[derive(dvkit::Entity)]
/// # #[dvkit(table = "contact")]
/// # struct Person {
/// #     fullname: Option<String>,
/// # }
/// # use dvkit::prelude::*;
/// # assert!(Card::request().starts_with("contacts?$select=fullname,_parentcustomerid_value,statecode,emailaddress1&$expand="));
/// ```
///
/// With the feature `client` it fetches itself, `Card::rows(&client)` and `Card::get(&client, id)`, and is what rows of a query
/// are read into: `Contact::query().filter(…).entities::<Card>(&client)`. The entity and the query are about one
/// table:
///
/// ```
/// # use dvkit::prelude::*;
/// # use dvkit::row::{Cell, Slot};
/// # #[derive(Default)]
/// # struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn slots(&mut self) -> Vec<Slot<'_>> {
/// #         Vec::new()
/// #     }
/// #     fn cells(&self) -> Vec<Cell<'_>> {
/// #         Vec::new()
/// #     }
/// # }
/// # impl dvkit::EntitySet for Contact {
/// #     const ENTITY_SET: &'static str = "contacts";
/// #     const KEY: u16 = 0;
/// # }
/// # #[derive(dvkit::Entity)]
/// # #[dvkit(table = "contact")]
/// # struct Person {
/// #     fullname: Option<String>,
/// # }
/// let people = Contact::query().select_entity::<Person>(); // contacts?$select=fullname
/// # assert_eq!(people.odata(), "contacts?$select=fullname");
/// ```
///
/// or the program is not built:
///
/// ```compile_fail,E0080
/// # use dvkit::prelude::*;
/// # use dvkit::row::{Cell, Slot};
/// # #[derive(Default)]
/// # struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn slots(&mut self) -> Vec<Slot<'_>> {
/// #         Vec::new()
/// #     }
/// #     fn cells(&self) -> Vec<Cell<'_>> {
/// #         Vec::new()
/// #     }
/// # }
/// # impl dvkit::EntitySet for Contact {
/// #     const ENTITY_SET: &'static str = "contacts";
/// #     const KEY: u16 = 0;
/// # }
/// # #[derive(dvkit::Entity)]
/// # #[dvkit(table = "account")]
/// # struct Company {
/// #     name: Option<String>,
/// # }
/// Contact::query().select_entity::<Company>();             // `Company` is about `account`
/// ```
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::Entity;

/// A FetchXML query that is checked when the program is compiled; gives a [`FetchXml`].
///
/// Holes stand in the values of conditions, `value="{name}"`, in `<value>{ids}</value>`, and in `top`, `count` and `page`.
/// What is said of [`filter!`](macro@filter) goes for it too.
///
/// ```
/// # let start = "A";
/// let query = dvkit::fetchxml!(r#"<fetch top="5"><entity name="contact"><attribute name="fullname"/><filter>
///     <condition attribute="fullname" operator="like" value="{start}%"/></filter></entity></fetch>"#);
/// # assert!(query.as_str().contains(r#"value="A%""#));
/// ```
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::fetchxml;

/// A condition that is checked when the program is compiled; gives a [`Filter`] of the named type.
///
/// ```
/// # mod crm {
/// #     #[derive(dvkit::Entity)]
/// #     #[dvkit(table = "contact")]
/// #     pub struct Contact {
/// #         fullname: Option<String>,
/// #     }
/// # }
/// # let name = "O'Neil & Co";
/// let mine = dvkit::filter!(crm::Contact, "parentcustomerid_account/name eq {name} and statecode eq 0");
/// # assert_eq!(mine.odata(), "parentcustomerid_account/name eq 'O''Neil & Co' and statecode eq 0");
/// ```
///
/// - The table is that of the generated type; of other types it is said: `filter!(Card as "contact", "…")`. Where several
///   schemas are registered: `filter!(Contact in "crm", "…")`.
/// - A hole takes a Rust expression, `{person.name}`, or a value that is given by name: `filter!(…, "… {least}", least = 5)`.
///   Its type is that of the column beside it, and it is escaped by that type; `in ({ids})` takes a list, and `{filter}`
///   in place of a condition another [`Filter`]. What is searched for (`contains(name,{part})`) stands for itself: `%`
///   and `_` are escaped. A value is borrowed and cloned. No hole stands for a name.
/// - An error of the text is an error of the compiler, with the picture and the fix. Where Dataverse refuses standard
///   OData that can be said otherwise (`in`, `tolower(…)`), the other form is sent, for it means the same exactly.
/// - Advice is a warning of the compiler, as the use of something deprecated; `#[allow(deprecated)]` silences it. It is
///   sent as advised where the advice is certain.
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::filter;

/// A request that is checked when the program is compiled; gives an [`ODataText`], percent-encoded.
///
/// Holes stand for values anywhere, keys and `$top` too. With the type of the rows, the path may be left out. What is said
/// of [`filter!`](macro@filter) goes for it too.
///
/// ```
/// # mod crm {
/// #     #[derive(dvkit::Entity)]
/// #     #[dvkit(table = "account")]
/// #     pub struct Account {
/// #         name: Option<String>,
/// #     }
/// # }
/// # let name = "A & B";
/// let five = dvkit::odata!("accounts?$select=name&$filter=name eq {name}&$top=5");
/// let same = dvkit::odata!(crm::Account, "$select=name&$filter=name eq {name}&$top=5");
/// # assert_eq!(five.as_str(), "accounts?$select=name&$filter=name%20eq%20'A%20%26%20B'&$top=5");
/// # assert_eq!(five.as_str(), same.as_str());
/// ```
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::odata;

/// The module that build.rs generated: `#[dvkit::schema("crm")] pub mod crm {}`. The name may be left out where there is
/// one.
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::schema;

#[cfg(feature = "client")]
pub use dvkit_client;
pub use jiff;
pub use rust_decimal::Decimal;
pub use serde;
pub use serde_json;
pub use uuid::Uuid as Guid;

/// The traits whose methods generated tables and hand-written structs are used by: `Contact::query()`,
/// `ContactState::Active.label(1033)`, `Card::request()`.
pub mod prelude {
    pub use crate::entity::Entity as _;
    pub use crate::{ChoiceSet as _, EntitySet as _, Table as _};
}
