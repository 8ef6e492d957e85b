//! Implements the macros `filter!`, `odata!` and `fetchxml!`, which check a query when the program is
//! compiled.
//!
//! For a macro call, `input` parses the arguments. `row_type` finds the table of the Rust type. `check`
//! checks the query with `dvkit_query` and splits its text at the placeholders, which the code calls *holes*
//! (`holes` and `fetch` find them, `hole_types` determines the type of each, and `template` defines the
//! result of the split). `tokens` writes the Rust expression, and `report` converts diagnostics into errors
//! and warnings of the compiler.

mod check;
mod fetch;
mod hole_types;
mod holes;
mod input;
pub(crate) mod report;
mod row_type;
mod template;
#[cfg(test)]
mod tests;
mod tokens;

use dvkit_diagnostic::Diagnostic;
use dvkit_query::QueryText;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::compile_error::compile_error;
use crate::registry::MacroEnv;
use crate::snapshot::{self, Snapshot};
pub(crate) use hole_types::{ValueKind, kind_of};
pub(crate) use tokens::kind_type;

use check::CheckedQuery;
use input::Input;
use report::Source;
use row_type::SubjectTable;

/// Expands `filter!(crm::Contact, "fullname eq {name}")` to an expression of type `dvkit::Filter<…>`, or to
/// errors. `env` is the environment in which the snapshot is found.
#[must_use]
pub fn filter(input: TokenStream, env: &MacroEnv) -> TokenStream {
    let query: MakeQuery = |table, text| QueryText::Filter { table: table.unwrap_or_default(), text };
    expand("filter", query, input, env)
}

/// Expands `odata!("contacts?$select=fullname")` or `odata!(crm::Contact, "$select=fullname")` to an
/// expression of type `dvkit::ODataText`, or to errors. `env` is the environment in which the snapshot is
/// found.
#[must_use]
pub fn odata(input: TokenStream, env: &MacroEnv) -> TokenStream {
    let query: MakeQuery = |table, text| QueryText::Request { table, text };
    expand("odata", query, input, env)
}

/// Expands `fetchxml!("<fetch>…</fetch>")` to an expression of type `dvkit::FetchXml`, or to errors. `env` is
/// the environment in which the snapshot is found.
#[must_use]
pub fn fetchxml(input: TokenStream, env: &MacroEnv) -> TokenStream {
    let query: MakeQuery = |_, text| QueryText::FetchXml(text);
    expand("fetchxml", query, input, env)
}

/// A function that makes the query of a macro call from the table of its row type (`None` if the call has no
/// type) and the text of the query.
type MakeQuery = for<'t> fn(Option<&'t str>, &'t str) -> QueryText<'t>;

fn expand(name: &str, query: MakeQuery, input: TokenStream, env: &MacroEnv) -> TokenStream {
    let needs_type = matches!(query(None, ""), QueryText::Filter { .. });
    let parsed = match input::parse(name, needs_type, input) {
        Ok(parsed) => parsed,
        Err(error) => return braced(compile_error(error)),
    };
    match body(query, &parsed, env) {
        Ok(tokens) => tokens,
        Err(error) => braced(compile_error(error)),
    }
}

fn body(query: MakeQuery, input: &Input, env: &MacroEnv) -> syn::Result<TokenStream> {
    let rows = match &input.row_type {
        Some(row_type) => Some(row_type::table_of(row_type, env)?),
        None => None,
    };
    let snapshot = match &rows {
        Some(rows) => rows.snapshot.clone(),
        None => only_snapshot(env)?,
    };
    let text = input.text.value();
    let source = Source::new(&input.text, &text);
    let query = query(rows.as_ref().map(|r| r.table.as_str()), &text);
    let checked = check::check(&snapshot.store, query)
        .map_err(|e| syn::Error::new(input.text.span(), e.to_string()))?;
    if !checked.errors.is_empty() {
        let findings: Vec<&Diagnostic> = checked.errors.iter().collect();
        let errors = report::errors(&source, &findings, checked.fixed.as_deref());
        // Without this use of the type, the compiler would warn that its import is not used.
        let used = rows.as_ref().map(|r| &r.ty).map(|ty| quote!(::core::marker::PhantomData::<#ty>));
        return Ok(quote!({ #errors #used }));
    }
    check_row_type(query, input, rows.as_ref(), &checked)?;
    let value = tokens::value(query, input, rows.as_ref(), &snapshot, &checked)?;
    let dependencies = snapshot::dependency_items(&snapshot, env);
    let warnings = report::warnings(&source, &checked.warnings.iter().collect::<Vec<_>>());
    Ok(quote!({ #dependencies #warnings #value }))
}

/// Returns an error if the query returns rows of another table than `rows`, the table of the row type in the
/// macro call. There is no error if `rows` is `None`, because the call has no row type.
fn check_row_type(
    query: QueryText<'_>,
    input: &Input,
    rows: Option<&SubjectTable>,
    checked: &CheckedQuery,
) -> syn::Result<()> {
    let (Some(rows), Some(found)) = (rows, &checked.table) else { return Ok(()) };
    if matches!(query, QueryText::Filter { .. }) || *found == rows.table {
        return Ok(());
    }
    let message =
        format!("this query returns rows of `{found}`, and the named type is a row of `{}`", rows.table);
    Err(syn::Error::new(input.text.span(), message))
}

/// Opens the snapshot for a macro call without a row type. Returns an error unless there is exactly one
/// schema.
fn only_snapshot(env: &MacroEnv) -> syn::Result<Snapshot> {
    snapshot::open(None, env).map_err(|message| syn::Error::new(Span::call_site(), message))
}

/// Puts the tokens of errors into a block, so that they can replace an expression.
fn braced(tokens: TokenStream) -> TokenStream {
    quote!({ #tokens })
}
