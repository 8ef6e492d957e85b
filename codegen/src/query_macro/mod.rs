//! `filter!`, `odata!` and `fetchxml!`: query strings checked while the program is compiled.
//!
//! The walk of one macro: `input` reads what was written in the parentheses, `subject` finds the table that the Rust
//! type stands for, `check` runs the compiler of queries and cuts the text at its holes (`holes` and `fetch` say
//! where they stand, `hole_types` what type each has), `tokens` writes the Rust, and `report` tells what was found.

mod check;
mod fetch;
mod hole_types;
mod holes;
mod input;
pub(crate) mod report;
mod subject;
mod template;
#[cfg(test)]
mod tests;
mod tokens;

use dvkit_diagnostic::Diagnostic;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::refusal::refusal;
use crate::registry::MacroEnv;
use crate::snapshot::{self, Snapshot};
pub(crate) use hole_types::{ValueKind, kind_of};
pub(crate) use tokens::kind as kind_type;

use check::{CheckedQuery, Subject as What};
use input::Input;
use report::Source;
use subject::SubjectTable;
use tokens::Language;

/// `filter!(crm::Contact, "fullname eq {name}")`: the body of the macro. Gives an expression of type `dvkit::Filter<…>`,
/// or the errors.
#[must_use]
pub fn filter(input: TokenStream, at: &MacroEnv) -> TokenStream {
    expand("filter", Language::Filter, input, at)
}

/// `odata!("contacts?$select=fullname")`, `odata!(crm::Contact, "$select=fullname")`: the body of the macro. Gives an
/// expression of type `dvkit::ODataText`, or the errors.
#[must_use]
pub fn odata(input: TokenStream, at: &MacroEnv) -> TokenStream {
    expand("odata", Language::Request, input, at)
}

/// `fetchxml!("<fetch>…</fetch>")`: the body of the macro. Gives an expression of type `dvkit::FetchXml`, or the errors.
#[must_use]
pub fn fetchxml(input: TokenStream, at: &MacroEnv) -> TokenStream {
    expand("fetchxml", Language::Fetch, input, at)
}

fn expand(name: &str, language: Language, input: TokenStream, at: &MacroEnv) -> TokenStream {
    let parsed = match input::parse(name, language == Language::Filter, input) {
        Ok(parsed) => parsed,
        Err(error) => return braced(refusal(error)),
    };
    match body(language, &parsed, at) {
        Ok(tokens) => tokens,
        Err(error) => braced(refusal(error)),
    }
}

fn body(language: Language, input: &Input, at: &MacroEnv) -> syn::Result<TokenStream> {
    let rows = match &input.subject {
        Some(subject) => Some(subject::rows(subject, at)?),
        None => None,
    };
    let snapshot = match &rows {
        Some(rows) => rows.snapshot.clone(),
        None => only_snapshot(at)?,
    };
    let text = input.text.value();
    let source = Source::new(&input.text, &text);
    let table = rows.as_ref().map(|r| r.table.as_str());
    let what = match (language, table) {
        (Language::Filter, table) => What::Filter(table.unwrap_or_default()),
        (Language::Request, table) => What::Request(table),
        (Language::Fetch, _) => What::Fetch,
    };
    let checked = check::check(&snapshot.store, what, &text)
        .map_err(|e| syn::Error::new(input.text.span(), e.to_string()))?;
    if !checked.errors.is_empty() {
        let findings: Vec<&Diagnostic> = checked.errors.iter().collect();
        let errors = report::errors(&source, &findings, checked.fixed.as_deref());
        // The type has been used, or there would be a warning that it is not.
        let used = rows.as_ref().map(|r| &r.ty).map(|ty| quote!(::core::marker::PhantomData::<#ty>));
        return Ok(quote!({ #errors #used }));
    }
    check_row_type(language, input, rows.as_ref(), &checked)?;
    let value = tokens::value(language, input, rows.as_ref(), &snapshot, &checked)?;
    let tracking = snapshot::dependency_items(&snapshot, at);
    let warnings = report::warnings(&source, &checked.warnings.iter().collect::<Vec<_>>());
    Ok(quote!({ #tracking #warnings #value }))
}

/// The rows that a query asks for have to be those of the type that was named.
fn check_row_type(
    language: Language,
    input: &Input,
    rows: Option<&SubjectTable>,
    checked: &CheckedQuery,
) -> syn::Result<()> {
    let (Some(rows), Some(found)) = (rows, &checked.table) else { return Ok(()) };
    if language == Language::Filter || *found == rows.table {
        return Ok(());
    }
    let message =
        format!("this query gives rows of `{found}`, and the type that is named is of `{}`", rows.table);
    Err(syn::Error::new(input.text.span(), message))
}

/// The snapshot where no type says which.
fn only_snapshot(at: &MacroEnv) -> syn::Result<Snapshot> {
    snapshot::open(None, at).map_err(|message| syn::Error::new(Span::call_site(), message))
}

/// Errors, where an expression stands.
fn braced(tokens: TokenStream) -> TokenStream {
    quote!({ #tokens })
}
