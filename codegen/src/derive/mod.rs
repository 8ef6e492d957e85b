//! `#[derive(Entity)]`: hand-written structs checked against the snapshot.
//!
//! A struct is a request: the columns and expansions that its fields name are written as `$select` and `$expand` and
//! checked like any other request (`check`), so that a misspelt field gets the same answer as a misspelt query. What
//! `input` read and `check` resolved, `tokens` writes as an implementation of `dvkit::Record`, the same that
//! generated tables have, so that rows are decoded by the same code.

mod check;
mod input;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::{Span, TokenStream};

use crate::registry::Surroundings;
use crate::snapshot;

/// The body of `#[derive(Entity)]`: the implementations, or every error at once.
#[must_use]
pub fn entity(input: TokenStream, at: &Surroundings) -> TokenStream {
    match expand(input, at) {
        Ok(tokens) => tokens,
        Err(errors) => errors.into_tokens(),
    }
}

fn expand(input: TokenStream, at: &Surroundings) -> Result<TokenStream, Errors> {
    let entity = input::read(input)?;
    let schema = entity.schema.as_ref().map(syn::LitStr::value);
    let snapshot = snapshot::open(schema.as_deref(), at).map_err(|message| {
        let span = entity.schema.as_ref().map_or_else(Span::call_site, syn::LitStr::span);
        Errors::one(span, message)
    })?;
    let checked = check::check(&snapshot.store, &entity)?;
    let tracking = snapshot::tracking(&snapshot, at);
    Ok(tokens::write(&entity, &checked, &tracking))
}

/// Everything that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    fn one(span: Span, message: impl std::fmt::Display) -> Self {
        Self(vec![syn::Error::new(span, message)])
    }

    fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.0.push(syn::Error::new(span, message));
    }

    fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(syn::Error::into_compile_error).collect()
    }
}

impl From<syn::Error> for Errors {
    fn from(error: syn::Error) -> Self {
        Self(error.into_iter().collect())
    }
}
