//! Writes the trait implementations for a struct with `#[derive(Entity)]`, after `check` has found the column
//! or navigation property of each field.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::check::{CheckedEntity, FieldKind, Resolved};
use super::input::{Entity, Field};
use crate::query_macro::kind_type;

/// The end of the name of the annotation with a column's formatted value: `statecode@OData…`.
const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";

/// Writes the implementations of `Default`, `Record`, `Entity` and serde's `Deserialize`. Fields with errors
/// are omitted, so that the compiler reports no further errors about them. `tracking` are the items that make
/// the compiler depend on the snapshot's files.
pub(crate) fn write(entity: &Entity, checked: &CheckedEntity, tracking: &TokenStream) -> TokenStream {
    let ident = &entity.ident;
    let table = &checked.table;
    let mut named: Vec<(String, TokenStream)> = Vec::new();
    let mut rest = TokenStream::new();
    let mut proofs = TokenStream::new();
    let mut count_expansions = 0;
    for (field, resolved) in checked.resolved(entity) {
        let slot = slot(field, resolved);
        match resolved {
            Resolved::Column { property, .. } => named.push((property.clone(), slot)),
            Resolved::Formatted { property } => named.push((format!("{property}{FORMATTED}"), slot)),
            Resolved::Expand { navigation, .. } => {
                proofs.extend(proof(entity, field, resolved, &mut count_expansions));
                named.push((navigation.clone(), slot));
            }
            Resolved::Other | Resolved::Extra => rest.extend(slot),
        }
    }
    // The decoder uses binary search.
    named.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    let columns = named.iter().map(|(name, _)| name);
    let slots = named.iter().map(|(_, slot)| slot);
    let default = default(entity, checked);
    let select = select(checked);
    let expansions = expansions(entity, checked);
    let set = &checked.entity_set;
    quote! {
        const _: () = {
            #tracking
            #proofs
            // Structs that expand each other without an end are found here.
            ::core::assert!(<#ident as ::dvkit::Entity>::DEPTH < 100);
        };
        #default
        #[automatically_derived]
        impl ::dvkit::Record for #ident {
            const TABLE: &'static ::core::primitive::str = #table;
            const COLUMNS: &'static [&'static ::core::primitive::str] = &[#(#columns),*];

            fn fields_mut(&mut self) -> ::std::vec::Vec<::dvkit::row::FieldMut<'_>> {
                ::std::vec![#(#slots)* #rest]
            }

            fn fields(&self) -> ::std::vec::Vec<::dvkit::row::FieldRef<'_>> {
                ::std::vec::Vec::new()
            }
        }
        #[automatically_derived]
        impl ::dvkit::Entity for #ident {
            const ENTITY_SET: &'static ::core::primitive::str = #set;

            const SELECT: &'static ::core::primitive::str = #select;
            const EXPANSIONS: &'static [::dvkit::entity::Expansion] = &[#(#expansions),*];
        }
        #[automatically_derived]
        impl<'de> ::dvkit::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::dvkit::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::dvkit::row::deserialize(deserializer)
            }
        }
    }
}

/// Writes the implementation of `Default`, which sets each field to the default of its type. A field with an
/// error does not have to have a type with a default.
fn default(entity: &Entity, checked: &CheckedEntity) -> TokenStream {
    let ident = &entity.ident;
    let fields = checked.resolved(entity).map(|(field, _)| &field.ident);
    let not_resolved = entity.fields.iter().zip(&checked.fields).filter(|(_, resolved)| resolved.is_none());
    let wrong: Vec<&Ident> = not_resolved.map(|(field, _)| &field.ident).chain(&entity.unread).collect();
    let allow = (!wrong.is_empty()).then(|| quote!(#[allow(unreachable_code)]));
    quote! {
        #[automatically_derived]
        impl ::core::default::Default for #ident {
            #allow
            fn default() -> Self {
                Self {
                    #(#fields: ::core::default::Default::default(),)*
                    #(#wrong: ::core::unreachable!(),)*
                }
            }
        }
    }
}

/// Writes the `dvkit::row::FieldMut` of a field, followed by a comma. The code has the span of the field's
/// type, so that the compiler points at a type that does not fit.
fn slot(field: &Field, resolved: &Resolved) -> TokenStream {
    let (ident, ty) = (&field.ident, &field.ty);
    let span = ty.span();
    match resolved {
        Resolved::Column { kind: FieldKind::Custom, .. } => {
            quote_spanned!(span=> ::dvkit::row::FieldMut::Custom(&mut self.#ident),)
        }
        Resolved::Column { kind, .. } => {
            let kind = column_kind(*kind);
            quote_spanned!(span=> <#ty as ::dvkit::row::Field<#kind>>::field_mut(&mut self.#ident),)
        }
        Resolved::Formatted { .. } => {
            quote_spanned!(span=> <#ty as ::dvkit::row::Field<::dvkit::kind::Text>>::field_mut(&mut self.#ident),)
        }
        Resolved::Expand { .. } => quote_spanned!(span=> ::dvkit::row::FieldMut::Rows(&mut self.#ident),),
        Resolved::Other => quote_spanned!(span=> ::dvkit::row::FieldMut::Other(&mut self.#ident),),
        Resolved::Extra => quote_spanned!(span=> ::dvkit::row::FieldMut::Extras(&mut self.#ident),),
    }
}

fn column_kind(kind: FieldKind) -> TokenStream {
    match kind {
        FieldKind::Of(kind) => kind_type(Some(kind)),
        FieldKind::Image => quote!(::dvkit::kind::Image),
        FieldKind::File => quote!(::dvkit::kind::File),
        FieldKind::ManagedProperty => quote!(::dvkit::kind::ManagedProperty),
        FieldKind::Custom => quote!(::dvkit::kind::Text),
    }
}

/// Writes an assertion for a field with related rows: the struct of these rows has to be about the table that
/// the navigation property leads to. For other fields nothing is written. `at` is the index of the next
/// expansion; it is increased if the field is one.
fn proof(entity: &Entity, field: &Field, resolved: &Resolved, at: &mut usize) -> TokenStream {
    let Resolved::Expand { navigation, tables, .. } = resolved else { return TokenStream::new() };
    let (ident, index) = (&entity.ident, *at);
    *at += 1;
    let table = tables.join("` or `");
    let message =
        format!("`{navigation}` leads to rows of `{table}`, and this struct is about another table");
    quote_spanned! {field.ty.span()=>
        ::core::assert!(<#ident as ::dvkit::Entity>::EXPANSIONS[#index].is_of_table(&[#(#tables),*]), #message);
    }
}

/// Returns the value of `$select`: the names of the columns, separated by commas and without duplicates.
fn select(checked: &CheckedEntity) -> String {
    let mut selected: Vec<&str> = Vec::new();
    for resolved in checked.fields.iter().flatten() {
        if let Resolved::Column { property, .. } | Resolved::Formatted { property } = resolved
            && !selected.contains(&property.as_str())
        {
            selected.push(property);
        }
    }
    selected.join(",")
}

fn expansions(entity: &Entity, checked: &CheckedEntity) -> Vec<TokenStream> {
    let expansion = |(field, resolved): (&Field, &Resolved)| {
        let Resolved::Expand { navigation, single, options, .. } = resolved else { return None };
        let ty = &field.ty;
        let many = format_ident!("{}", if *single { "ToOne" } else { "ToMany" });
        Some(quote_spanned! {ty.span()=>
            ::dvkit::entity::Expansion::of::<#ty, ::dvkit::entity::#many>(#navigation, #options)
        })
    };
    checked.resolved(entity).filter_map(expansion).collect()
}
