//! `#[derive(Entity)]`: hand-written structs checked against the snapshot.
//!
//! A struct is a request: the columns and expansions that its fields name are written as `$select` and `$expand` and
//! checked like any other request (`check`), so that a misspelt field gets the same answer as a misspelt query. What
//! `input` read and `check` resolved, `tokens` writes as an implementation of `dvkit::Record`, the same that
//! generated tables have, so that rows are decoded by the same code.
//!
//! Where some fields are wrong, the others are written all the same: the compiler then checks their types too, so that
//! names and types are told about at once, and what uses the struct is not told that it is no entity.

mod check;
mod input;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::{Span, TokenStream};

use crate::compile_error::compile_error;
use crate::registry::MacroEnv;
use crate::snapshot;

/// The body of `#[derive(Entity)]`: the implementations and every error at once. With errors there are implementations
/// over the fields that are right, and none where it is not even known which table they are of.
#[must_use]
pub fn entity(input: TokenStream, at: &MacroEnv) -> TokenStream {
    let mut errors = Errors::default();
    let mut tokens = expand(input, at, &mut errors).unwrap_or_default();
    tokens.extend(errors.into_tokens());
    tokens
}

/// The implementations; nothing where there is none to give.
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

/// Everything that is wrong.
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
