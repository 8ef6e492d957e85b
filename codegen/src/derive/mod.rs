//! `#[derive(Entity)]`, which checks hand-written structs against the snapshot.
//!
//! A struct is treated as a request: its columns and expansions are written as `$select` and `$expand` and checked like any
//! other request (`check`), so that a misspelt field gets the same message as a misspelt query. `input` parses the struct,
//! `check` resolves its fields, and `tokens` writes an implementation of `dvkit::Record`, which generated tables have, too,
//! so that the same code decodes their rows.
//!
//! Where some fields have errors, the implementation covers the others. The compiler then also checks the types of these
//! fields, and code that uses the struct causes no further errors.

mod check;
mod input;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::{Span, TokenStream};

use crate::compile_error::compile_error;
use crate::registry::MacroEnv;
use crate::snapshot;

/// Expands `#[derive(Entity)]` to the implementations and all errors.
///
/// The implementations cover the fields without errors. There are none where the table is not known.
#[must_use]
pub fn entity(input: TokenStream, at: &MacroEnv) -> TokenStream {
    let mut errors = Errors::default();
    let mut tokens = expand(input, at, &mut errors).unwrap_or_default();
    tokens.extend(errors.into_tokens());
    tokens
}

/// Returns the implementations, and adds all mistakes to `errors`.
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

/// The errors of one struct.
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
