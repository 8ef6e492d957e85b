//! Implements `#[derive(Entity)]`, which checks hand-written structs against the snapshot.
//!
//! `input` parses the struct. `check` converts the columns and expansions of the struct into the `$select`
//! and `$expand` of a request, and checks the request like any other; therefore a misspelt field gets the
//! same message as a misspelt query. `tokens` writes the implementations of `dvkit::Record`, which generated
//! tables have too, and of `dvkit::Entity`.
//!
//! If some fields have errors, the implementations contain only the other fields. The compiler then still
//! checks the types of these other fields, and reports no further errors about the code that uses the struct.

mod check;
mod input;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::{Span, TokenStream};

use crate::compile_error::compile_error;
use crate::registry::MacroEnv;
use crate::snapshot;

/// Expands `#[derive(Entity)]` to the implementations for the fields without errors, and to all errors. If
/// the table is not known, the result has only errors. `at` is the environment in which the snapshot is
/// found.
#[must_use]
pub fn entity(input: TokenStream, at: &MacroEnv) -> TokenStream {
    let mut errors = Errors::default();
    let mut tokens = expand(input, at, &mut errors).unwrap_or_default();
    tokens.extend(errors.into_tokens());
    tokens
}

/// Returns the implementations, and adds all mistakes to `errors`. Returns `None` if the struct cannot be
/// parsed or the table is not known. `at` is the environment in which the snapshot is found.
fn expand(input: TokenStream, at: &MacroEnv, errors: &mut Errors) -> Option<TokenStream> {
    let entity = input::read(input, errors)?;
    let schema = entity.schema.as_ref().map(syn::LitStr::value);
    let snapshot = match snapshot::open(schema.as_deref(), at) {
        Ok(snapshot) => snapshot,
        Err(message) => {
            let span = entity.schema.as_ref().map_or_else(Span::call_site, syn::LitStr::span);
            errors.push(span, message);
            return None;
        }
    };
    let checked = check::check(&snapshot.store, &entity, errors)?;
    let tracking = snapshot::dependency_items(&snapshot, at);
    Some(tokens::write(&entity, &checked, &tracking))
}

/// The errors found in one struct. They are reported together.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(compile_error).collect()
    }
}
