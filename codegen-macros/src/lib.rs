//! The macros of dvkit; their bodies are in `dvkit-codegen`, their documentation is where `dvkit` exports them.
#![forbid(unsafe_code)]

use dvkit_codegen::registry::MacroEnv;
use dvkit_codegen::{derive, include, query_macro};
use proc_macro::TokenStream;

/// `#[derive(Entity)]`: a struct that stands for rows of a table, checked against the snapshot.
#[proc_macro_derive(Entity, attributes(dvkit))]
pub fn entity(input: TokenStream) -> TokenStream {
    derive::entity(input.into(), &MacroEnv::of_process()).into()
}

/// `filter!(crm::Contact, "fullname eq {name}")`: a condition, checked when the program is compiled.
#[proc_macro]
pub fn filter(input: TokenStream) -> TokenStream {
    query_macro::filter(input.into(), &MacroEnv::of_process()).into()
}

/// `odata!("contacts?$select=fullname")`: a request, checked when the program is compiled.
#[proc_macro]
pub fn odata(input: TokenStream) -> TokenStream {
    query_macro::odata(input.into(), &MacroEnv::of_process()).into()
}

/// `fetchxml!("<fetch>…</fetch>")`: a FetchXML query, checked when the program is compiled.
#[proc_macro]
pub fn fetchxml(input: TokenStream) -> TokenStream {
    query_macro::fetchxml(input.into(), &MacroEnv::of_process()).into()
}

/// `#[dvkit::schema("crm")] pub mod crm {}`: the module that build.rs generated.
#[proc_macro_attribute]
pub fn schema(attribute: TokenStream, item: TokenStream) -> TokenStream {
    include::schema(attribute.into(), item.into(), &MacroEnv::of_process()).into()
}
