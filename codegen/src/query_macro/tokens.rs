//! The Rust that a checked query becomes.

use std::collections::HashSet;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};

use super::check::CheckedQuery;
use super::hole_types::{HoleType, HoleUse, ValueKind};
use super::input::Input;
use super::subject::SubjectTable;
use super::template::{Cut, Form, Piece};
use crate::snapshot::Snapshot;

/// The language of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// An OData condition.
    Filter,
    /// An OData request, percent-encoded.
    Request,
    /// FetchXML.
    Fetch,
}

/// The expression: the text, with values in its holes.
///
/// # Errors
/// Where a hole holds no Rust expression, or a given value is used nowhere.
pub(crate) fn value(
    language: Language,
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    checked: &CheckedQuery,
) -> syn::Result<TokenStream> {
    let ty = rows.map_or_else(|| quote!(()), |r| r.ty.to_token_stream());
    let (language, done) = match language {
        Language::Filter => (quote!(filter_with), quote!(filter::<#ty>())),
        Language::Request => (quote!(request), quote!(odata::<#ty>())),
        Language::Fetch => (quote!(fetch), quote!(fetchxml::<#ty>())),
    };
    let proof = rows.filter(|r| !r.generated).map(|r| {
        let (ty, table) = (&r.ty, &r.table);
        let last = r.ty.segments.last().map(|s| s.ident.clone());
        let span = last.as_ref().map_or_else(Span::call_site, proc_macro2::Ident::span);
        let name = last.map(|l| l.to_string()).unwrap_or_default();
        let message = format!("`{name}` does not stand for rows of `{table}`, which this query is about");
        quote_spanned! {span=>
            const _: () = ::core::assert!(::dvkit::query_values::is_row_of::<#ty>(#table), #message);
        }
    });
    let mut used = HashSet::new();
    // Of several holes in one text the compiler has to be told which is which.
    let is_inline = |piece: &&Piece| match piece {
        Piece::Hole(cut) => !input.given.iter().any(|(name, _)| name == cut.source.trim()),
        _ => false,
    };
    let several = checked.pieces.iter().filter(is_inline).nth(1).is_some();
    let mut steps = TokenStream::new();
    let mut wrong: Option<syn::Error> = None;
    for piece in &checked.pieces {
        match piece {
            Piece::Text(text) => steps.extend(quote!(text.text(#text);)),
            Piece::Row => steps.extend(quote!(text.row();)),
            Piece::Hole(cut) => match hole(input, rows, snapshot, cut, several, &mut used) {
                Ok(tokens) => steps.extend(tokens),
                Err(error) => match &mut wrong {
                    Some(all) => all.combine(error),
                    None => wrong = Some(error),
                },
            },
        }
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    unused(input, &used)?;
    let variables = variables(&checked.variables);
    Ok(quote! {
        #proof
        let mut text = ::dvkit::query_values::QueryTextBuilder::#language(#variables);
        #steps
        text.#done
    })
}

/// The variables that the builder could choose as well, single letters, as bits.
fn variables(names: &[String]) -> u32 {
    let letter = |name: &String| match name.as_bytes() {
        [letter @ b'a'..=b'z'] => 1 << (letter - b'a'),
        _ => 0,
    };
    names.iter().map(letter).fold(0, |all, one| all | one)
}

fn unused(input: &Input, used: &HashSet<String>) -> syn::Result<()> {
    match input.given.iter().find(|(name, _)| !used.contains(&name.to_string())) {
        Some((name, _)) => {
            Err(syn::Error::new(name.span(), format!("`{name}` is given, and no hole `{{{name}}}` takes it")))
        }
        None => Ok(()),
    }
}

/// The statement that writes a value.
fn hole(
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    cut: &Cut,
    several: bool,
    used: &mut HashSet<String>,
) -> syn::Result<TokenStream> {
    let name = cut.source.trim();
    let given = input.given.iter().find(|(ident, _)| ident == name);
    let expression = match given {
        Some((_, value)) => {
            used.insert(name.to_owned());
            value.clone()
        }
        None => expression(name, input.text.span())?,
    };
    // What a value is wrong for is said where it is written.
    let at = expression.clone().into_iter().next().map_or_else(|| input.text.span(), |t| t.span());
    let kind = match options(rows, &cut.hole_types) {
        Some(options) => options,
        None => kind(cut.hole_types.kind),
    };
    let is_one_of_several = several && given.is_none();
    let form = match (cut.form, cut.hole_types.role) {
        (Form::Condition, _) => {
            let ty = condition_type(input, rows, snapshot, &cut.hole_types)?;
            return Ok(quote_spanned!(at=> text.condition::<#ty>(&(#expression));));
        }
        (Form::List, _) if is_one_of_several => {
            let hole = marker(name);
            return Ok(quote_spanned! {at=> {
                enum #hole {}
                text.list_in::<#hole, #kind, _>(&(#expression));
            }});
        }
        (Form::List, _) => return Ok(quote_spanned!(at=> text.list::<#kind, _>(&(#expression));)),
        (_, HoleUse::Number) => return Ok(quote_spanned!(at=> text.number(#expression);)),
        (Form::Value, HoleUse::Pattern) => quote!(Pattern),
        (Form::Inner, HoleUse::Pattern) => quote!(InnerPattern),
        (Form::Inner, _) => quote!(Inner),
        (Form::Argument, _) => quote!(Argument),
        (Form::Value, _) => quote!(Value),
    };
    if is_one_of_several {
        let hole = marker(name);
        return Ok(quote_spanned! {at=> {
            enum #hole {}
            text.value_in::<#hole, #kind, _>(&(#expression), ::dvkit::query_values::ValueFormat::#form);
        }});
    }
    Ok(
        quote_spanned!(at=> text.value::<#kind, _>(&(#expression), ::dvkit::query_values::ValueFormat::#form);),
    )
}

/// The name of a type that stands for a hole in what the compiler says: the hole's own, as far as a type can have it.
fn marker(source: &str) -> syn::Ident {
    let plain: String = source.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    match syn::parse_str::<syn::Ident>(plain) {
        Ok(ident) => ident,
        Err(_) => quote::format_ident!("hole_{plain}"),
    }
}

/// The kind of a choice column whose enum is known: where the path of the type goes through the module of its schema,
/// `crm::Contact`, the enum is found from there.
fn options(rows: Option<&SubjectTable>, hole_types: &HoleType) -> Option<TokenStream> {
    let name = match hole_types.kind? {
        ValueKind::Choice => quote!(OptionOf),
        ValueKind::Choices => quote!(OptionsOf),
        ValueKind::Boolean => quote!(FlagOf),
        _ => return None,
    };
    let rows = rows.filter(|r| r.generated)?;
    let registration = rows.snapshot.registration()?;
    let found = registration.enums.get(&format!("{}.{}", hole_types.table, hole_types.column.as_deref()?))?;
    let at = rows.ty.segments.iter().position(|s| s.ident == registration.name)?;
    let mut path = rows.ty.clone();
    path.segments = path.segments.into_iter().take(at + 1).collect();
    let found: syn::Path = syn::parse_str(found).ok()?;
    path.segments.extend(found.segments);
    Some(quote!(::dvkit::query_values::#name<#path>))
}

/// The Rust within the braces of a hole.
fn expression(source: &str, span: Span) -> syn::Result<TokenStream> {
    let wrong = |message: String| Err(syn::Error::new(span, message));
    if source.is_empty() {
        return wrong("an empty hole: name the value that goes there, `{name}`".to_owned());
    }
    if source.bytes().all(|b| b.is_ascii_digit()) {
        return wrong(format!(
            "`{{{source}}}`: holes are not numbered; name the value that goes there, `{{name}}`"
        ));
    }
    let tokens: Result<TokenStream, _> = source.parse();
    let Ok(tokens) = tokens else {
        return wrong(format!("`{{{source}}}` is no Rust expression"));
    };
    if let Err(error) = syn::parse2::<syn::Expr>(tokens.clone()) {
        let message = format!("`{{{source}}}` is no Rust expression that a hole takes: {error}");
        return wrong(format!("{message}\nbind it to a name first: `let value = …;` and `{{value}}`"));
    }
    Ok(placed(tokens, span))
}

/// The tokens, all at one place: where the literal stands, for names are looked up there.
fn placed(tokens: TokenStream, span: Span) -> TokenStream {
    let set = |tree: TokenTree| match tree {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), placed(group.stream(), span));
            inner.set_span(span);
            TokenTree::Group(inner)
        }
        mut other => {
            other.set_span(span);
            other
        }
    };
    tokens.into_iter().map(set).collect()
}

/// The type of the rows that a condition of its own is about.
fn condition_type(
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    hole_types: &HoleType,
) -> syn::Result<TokenStream> {
    let wrong = |message: String| Err(syn::Error::new(input.text.span(), message));
    let Some(rows) = rows else {
        return wrong(
            "a hole for a condition needs the type of the rows: `odata!(crm::Contact, \"…\")`".to_owned(),
        );
    };
    if rows.table == hole_types.table {
        let ty = &rows.ty;
        return Ok(quote!(#ty));
    }
    let types = snapshot.registration().map(|r| &r.types);
    let generated =
        types.and_then(|t| t.iter().find(|(_, table)| **table == hole_types.table)).map(|(ty, _)| ty);
    match generated {
        Some(name) => {
            let mut path = rows.ty.clone();
            if let Some(last) = path.segments.last_mut() {
                last.ident = syn::Ident::new(name, last.ident.span());
            }
            Ok(quote!(#path))
        }
        None => wrong(format!(
            "a condition on rows of `{}` needs a type generated for that table",
            hole_types.table
        )),
    }
}

/// The kind of value, as a type of `dvkit`.
pub(crate) fn kind(kind: Option<ValueKind>) -> TokenStream {
    let name = match kind {
        Some(ValueKind::Text) | None => quote!(Text),
        Some(ValueKind::Integer) => quote!(Int),
        Some(ValueKind::BigInt) => quote!(Long),
        Some(ValueKind::Decimal) => quote!(Decimal),
        Some(ValueKind::Money) => quote!(Money),
        Some(ValueKind::Double) => quote!(Float),
        Some(ValueKind::Boolean) => return quote!(::dvkit::query_values::AnyFlag),
        Some(ValueKind::Guid) => quote!(Id),
        Some(ValueKind::Lookup) => quote!(Lookup),
        Some(ValueKind::Date) => quote!(Date),
        Some(ValueKind::DateTime) => quote!(DateTime),
        Some(ValueKind::LocalDateTime) => quote!(LocalDateTime),
        Some(ValueKind::Choice) => return quote!(::dvkit::query_values::AnyOption),
        Some(ValueKind::Choices) => return quote!(::dvkit::query_values::AnyOptions),
    };
    quote!(::dvkit::kind::#name)
}
