//! Typed access to Dataverse: the tables, columns and queries of one organisation, checked by the compiler.
//!
//! `dvkit-codegen` generates a struct for each table, with a field for each column. All fields are `Option`s,
//! because a row contains only the selected columns. The columns and navigation properties of the table are
//! constants of the struct: `Contact::FULLNAME`. This crate defines the types of these constants, and builds
//! queries, filters and writes from them.
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

#[cfg(feature = "by-name")]
pub mod by_name;
#[cfg(feature = "client")]
pub mod client;
mod column;
mod const_str;
pub mod entity;
mod escape;
pub mod filter;
mod key;
pub mod kind;
pub mod operation;
pub mod query;
pub mod query_values;
#[cfg(feature = "client")]
mod request;
pub mod row;
mod row_ref;
mod row_write;
mod table;
mod text;
mod value;

pub use column::{
    Column, CreateOnly, Key, ManyToMany, Nav, NavMany, OneToMany, ReadOnly, ReadWrite, UpdateOnly, column,
    key, nav, nav_many,
};
pub use entity::Entity;
pub use filter::Filter;
pub use key::{KeyRef, KeyValues};
pub use kind::ColumnKind;
pub use query::{Query, RowQuery};
pub use row::{Record, Row, RowExtras, Rows};
pub use row_ref::RowAddress;
pub use row_write::{
    BindTarget, Clearable, Create, Party, PartyTarget, RowWrite, SetByValue, Update, Writable,
};
pub use table::{DerivesFrom, EntitySet, Table};
pub use text::{FetchXml, Groups, ManyRows, NumberOfRows, ODataText, OneRow, OtherResult, QueryTable};
pub use value::{
    ChoiceOption, ChoiceOptions, ChoiceSet, ChoiceValue, ChoiceValues, FileId, Image, Lookup,
    ManagedProperty, Ref, ResolvedChoice, UnknownOption, debug_choice,
};

/// Implements [`Entity`](trait@Entity) for a struct. Rows of a table can then be decoded into the struct, and
/// its fields determine which columns and which related rows are requested.
///
/// A field without an attribute holds the column whose name in the Web API is the field's name. An attribute
/// names the column, formatted value or navigation property that the field holds instead. Every field is
/// checked against the organisation's snapshot, and all mistakes are reported at once. The derive implements
/// `Default`, `Record`, `Entity` and serde's `Deserialize`.
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
///     #[dvkit(formatted = "statecode")]                    // the formatted value, here the label
///     state: Option<String>,
///     #[dvkit(expand = "parentcustomerid_account")]        // one row: `Option` of another entity
///     company: Option<Company>,
///     #[dvkit(expand = "contact_customer_contacts", filter = "statecode eq 0", order_by = "fullname", top = 5)]
///     people: Vec<Person>,                                 // many rows
///     #[dvkit(column = "emailaddress1", custom)]           // a type of your own: `dvkit::row::FromScalar`
///     email: Email,
///     #[dvkit(other)]                                      // everything else in the response
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
/// With the feature `client`, `Card::rows(&client)` and `Card::get(&client, id)` request rows, and
/// `Contact::query().filter(…).entities::<Card>(&client)` reads the rows of a query into the struct. The entity and the query
/// have to be about the same table:
///
/// ```
/// # use dvkit::prelude::*;
/// # use dvkit::row::{FieldMut, FieldRef};
/// # #[derive(Default)]
/// # struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
/// #         Vec::new()
/// #     }
/// #     fn fields(&self) -> Vec<FieldRef<'_>> {
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
/// Otherwise the compiler reports an error:
///
/// ```compile_fail,E0080
/// # use dvkit::prelude::*;
/// # use dvkit::row::{FieldMut, FieldRef};
/// # #[derive(Default)]
/// # struct Contact;
/// # impl dvkit::Record for Contact {
/// #     const TABLE: &'static str = "contact";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn fields_mut(&mut self) -> Vec<FieldMut<'_>> {
/// #         Vec::new()
/// #     }
/// #     fn fields(&self) -> Vec<FieldRef<'_>> {
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

/// Checks a FetchXML query when the program is compiled, and returns it as a [`FetchXml`].
///
/// A placeholder can be the value of a condition (`value="{name}"`, `<value>{ids}</value>`) or of `top`,
/// `count` and `page`. The rules of [`filter!`](macro@filter) on placeholders, errors and warnings apply to
/// this macro, too. With the feature `client`, the result sends itself: `query.rows::<Contact>(&client)`.
///
/// ```
/// # let start = "A";
/// let query = dvkit::fetchxml!(r#"<fetch top="5"><entity name="contact"><attribute name="fullname"/><filter>
///     <condition attribute="fullname" operator="like" value="{start}%"/></filter></entity></fetch>"#);
/// # assert!(query.as_str().contains(r#"value="A%""#));
/// ```
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::fetchxml;

/// Checks a filter when the program is compiled, and returns it as a [`Filter`] on the rows of the given
/// type.
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
/// - **Table.** The type determines the table. A generated type belongs to its table; after any other type,
///   write the table: `filter!(Card as "contact", "…")`. If several schemas are registered, write the schema:
///   `filter!(Contact in "crm", "…")`.
/// - **Placeholders.** A placeholder contains a Rust expression, `{person.name}`, or the name of a value that
///   is given after the text: `filter!(…, "… {least}", least = 5)`. The column beside the placeholder decides
///   which types the value can have and how it is escaped. `in ({ids})` takes a list, and `{filter}` in place
///   of a condition takes another [`Filter`]. A text to search for (`contains(name,{part})`) is matched
///   literally: `%` and `_` are escaped. Values are borrowed and cloned. A placeholder can replace a value or
///   a condition, but not the name of a column.
/// - **Errors.** The compiler reports a mistake in the text as an error, with its position and the fix.
///   Dataverse refuses some standard OData (`in`, `tolower(…)`). If it accepts another form with exactly the
///   same meaning, the macro sends that form and reports no error.
/// - **Warnings.** The compiler reports advice about the text as the warning `deprecated`, which
///   `#[allow(deprecated)]` silences. If the advice has an automatic fix, the fix is applied to the text that
///   is sent.
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::filter;

/// Checks an OData request when the program is compiled, and returns it percent-encoded as an [`ODataText`].
///
/// A placeholder can replace every value, including keys and `$top`. If the call gives the type of the rows
/// before the text, the text can begin with `$` instead of the path. With the feature `client`, such a request
/// sends itself: `rows(&client)`, `get(&client)` for one row, `number(&client)` for `/$count`. The rules of [`filter!`](macro@filter)
/// on placeholders, errors and warnings apply to this macro, too.
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

/// Fills a module with the code that build.rs generated: `#[dvkit::schema("crm")] pub mod crm {}`. The name
/// of the schema can be omitted if build.rs registers only one.
#[cfg(feature = "macros")]
pub use dvkit_codegen_macros::schema;

#[cfg(feature = "client")]
pub use dvkit_client;
pub use jiff;
pub use rust_decimal::Decimal;
pub use serde;
pub use serde_json;
pub use uuid::Uuid as Guid;

/// The traits of generated tables and choices and of entities. `use dvkit::prelude::*` makes their methods
/// available: `Contact::query()`, `ContactState::Active.label(1033)`, `Card::request()`. With the feature `client`,
/// also those of rows and change sets: `Contact::id(id).delete(&client)`.
pub mod prelude {
    #[cfg(feature = "client")]
    pub use crate::client::{
        ChangeTracking as _, RowOperations as _, RowRequests as _, TableCount as _, TypedChanges as _,
    };
    pub use crate::entity::Entity as _;
    pub use crate::operation::Operation as _;
    pub use crate::{ChoiceSet as _, EntitySet as _, Table as _};
}
