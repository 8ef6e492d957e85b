//! Translates queries between OData and FetchXML, and reports the differences between the results.
//!
//! [`translate()`] is the entry point: it checks the text of a query, translates it, and checks the
//! translation. [`to_fetchxml()`] and [`to_odata()`] translate a query that is given as
//! [`hir`](dvkit_query::hir).
//!
//! ```
//! use dvkit_query::QueryText;
//! use dvkit_translate::{Language, translate};
//! # use dvkit_schema::{Column, ColumnType, Schema, Store, Table};
//! # let mut account = Table { logical_name: "account".into(), entity_set: Some("accounts".into()), ..Table::default() };
//! # account.columns = vec![Column::new("name", ColumnType::String { max_length: Some(160), format: None })];
//! # let mut schema = Schema::default();
//! # schema.tables.insert("account".into(), account);
//! # let store = Store::from_schema(schema);
//!
//! let request = QueryText::Request { table: None, text: "accounts?$select=name&$filter=name eq 'Contoso'" };
//! let done = translate(&store, request, Language::FetchXml, &Default::default())?;
//! let translation = done.translation.expect("it has a form in FetchXML");
//! assert!(translation.is_exact());
//! assert!(translation.text.contains(r#"<condition attribute="name" operator="eq" value="Contoso" />"#));
//! # Ok::<(), dvkit_schema::StoreError>(())
//! ```
#![forbid(unsafe_code)]

mod fidelity;
mod provenance;
mod subject;
mod to_fetchxml;
mod to_odata;
mod translate;
mod unread;

pub use fidelity::{Difference, DifferenceKind, Translation, Untranslatable};
pub use to_fetchxml::to_fetchxml;
pub use to_odata::to_odata;
pub use translate::{Language, TranslationOutcome, translate};

/// Returns whether `text` contains characters of a placeholder of a template, such as `{id}`.
fn is_placeholder(text: &str) -> bool {
    text.contains(['{', '$', '@', '%'])
}
