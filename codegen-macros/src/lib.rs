//! Declares the procedural macros of dvkit, which need a crate of their own. The crate `dvkit` re-exports and
//! documents them; `dvkit-codegen` implements them.
#![forbid(unsafe_code)]

use dvkit_codegen::registry::MacroEnv;
use dvkit_codegen::{derive, include, query_macro};
use proc_macro::TokenStream;

/// The macro `#[derive(dvkit::Entity)]`: implements `dvkit::Entity` for a struct and checks the fields of the
/// struct against the snapshot.
#[proc_macro_derive(Entity, attributes(dvkit))]
pub fn entity(input: TokenStream) -> TokenStream {
    derive::entity(input.into(), &MacroEnv::of_process()).into()
}

/// The macro `dvkit::filter!`, which checks an OData filter when the program is compiled:
/// `filter!(crm::Contact, "fullname eq {name}")`.
#[proc_macro]
pub fn filter(input: TokenStream) -> TokenStream {
    query_macro::filter(input.into(), &MacroEnv::of_process()).into()
}

/// The macro `dvkit::odata!`, which checks an OData request when the program is compiled:
/// `odata!("contacts?$select=fullname")`.
#[proc_macro]
pub fn odata(input: TokenStream) -> TokenStream {
    query_macro::odata(input.into(), &MacroEnv::of_process()).into()
}

/// The macro `dvkit::fetchxml!`, which checks a FetchXML query when the program is compiled:
/// `fetchxml!("<fetch>…</fetch>")`.
#[proc_macro]
pub fn fetchxml(input: TokenStream) -> TokenStream {
    query_macro::fetchxml(input.into(), &MacroEnv::of_process()).into()
}

/// The attribute `#[dvkit::schema("crm")] pub mod crm {}`, which fills the module with the code that build.rs
/// generated.
#[proc_macro_attribute]
pub fn schema(attribute: TokenStream, item: TokenStream) -> TokenStream {
    include::schema(attribute.into(), item.into(), &MacroEnv::of_process()).into()
}
