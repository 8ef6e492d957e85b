//! Parses the arguments of a query macro, for [`filter`](super::filter), [`odata`](super::odata) and
//! [`fetchxml`](super::fetchxml).

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Ident, LitStr, Path, Token};

/// The arguments of a query macro: `crm::Contact as "contact" in "crm", "fullname eq {name}", name =
/// expression`. Only the text is required; `filter!` also requires the type.
pub(crate) struct Input {
    pub(crate) row_type: Option<RowType>,
    /// The string literal with the query.
    pub(crate) text: LitStr,
    /// The values that are given after the text, in order; each is a name and a Rust expression.
    pub(crate) given: Vec<(Ident, TokenStream)>,
}

/// The Rust type of the rows that a query is about, with the table and the schema that the call may add.
pub(crate) struct RowType {
    pub(crate) ty: Path,
    /// The table in `as "contact"`; `None` if the call does not have this part.
    pub(crate) table: Option<LitStr>,
    /// The schema in `in "crm"`; `None` if the call does not have this part.
    pub(crate) schema: Option<LitStr>,
}

/// Parses the arguments of the macro `macro_name`; the name is used in messages. If `needs_type` is true, a
/// call without a type is an error.
pub(crate) fn parse(macro_name: &str, needs_type: bool, input: TokenStream) -> syn::Result<Input> {
    (|stream: ParseStream<'_>| read(macro_name, needs_type, stream)).parse2(input)
}

fn read(name: &str, needs_type: bool, input: ParseStream<'_>) -> syn::Result<Input> {
    let example = match name {
        "filter" => "filter!(crm::Contact, \"fullname eq {name}\")",
        "odata" => "odata!(\"contacts?$select=fullname\")",
        _ => "fetchxml!(\"<fetch><entity name='contact'>…</entity></fetch>\")",
    };
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), format!("there is no query: `{example}`")));
    }
    let row_type = if input.peek(LitStr) {
        if needs_type {
            let message = format!("the type of the rows comes first: `{example}`");
            return Err(input.error(message));
        }
        None
    } else {
        let row_type = input.parse::<RowType>().map_err(|e| {
            syn::Error::new(
                e.span(),
                format!("expected the type of the rows or a text in quotes: `{example}`"),
            )
        })?;
        if input.is_empty() {
            return Err(input.error(format!("the query is missing: `{example}`")));
        }
        input.parse::<Token![,]>()?;
        Some(row_type)
    };
    if !input.peek(LitStr) {
        let message = format!(
            "`{name}!` checks a text that is written here, in quotes; one that is known only when the program runs is \
             checked by `dvkit_query::check`, and put together by the typed builder"
        );
        return Err(input.error(message));
    }
    let text: LitStr = input.parse()?;
    let mut given = Vec::new();
    while !input.is_empty() {
        input.parse::<Token![,]>()?;
        if input.is_empty() {
            break;
        }
        let (ident, value) = argument(input)?;
        if given.iter().any(|(other, _)| *other == ident) {
            return Err(syn::Error::new(ident.span(), format!("`{ident}` is given twice")));
        }
        given.push((ident, value));
    }
    Ok(Input { row_type, text, given })
}

impl Parse for RowType {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ty: Path = input.parse()?;
        let mut row_type = Self { ty, table: None, schema: None };
        if input.parse::<Option<Token![as]>>()?.is_some() {
            row_type.table = Some(input.parse()?);
        }
        if input.parse::<Option<Token![in]>>()?.is_some() {
            row_type.schema = Some(input.parse()?);
        }
        Ok(row_type)
    }
}

/// Parses `name = expression`. The expression is taken unchecked, because the compiler checks the expanded
/// code. Returns an error if there is no name with `=`, or no expression.
fn argument(input: ParseStream<'_>) -> syn::Result<(Ident, TokenStream)> {
    if !(input.peek(Ident) && input.peek2(Token![=])) {
        let message = "values after the text have names: `name = expression`, which `{name}` puts in";
        return Err(input.error(message));
    }
    let ident: Ident = input.parse()?;
    input.parse::<Token![=]>()?;
    let mut value = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let tree: proc_macro2::TokenTree = input.parse()?;
        value.extend([tree]);
    }
    if value.is_empty() {
        return Err(input.error(format!("`{ident}` has no value")));
    }
    Ok((ident, value))
}
