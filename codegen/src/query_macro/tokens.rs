//! Writes the Rust expression to which a query macro expands. At run time the expression builds the query's
//! text with the values of the placeholders.

use std::collections::HashSet;

use dvkit_query::QueryText;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};

use super::check::{CheckedQuery, ResultKind};
use super::hole_types::{HoleType, HoleUse, ValueKind};
use super::input::Input;
use super::row_type::SubjectTable;
use super::template::{Splice, SpliceFormat, TemplatePart};
use crate::snapshot::Snapshot;

/// Returns the expression to which a macro call expands. `input` are the arguments of the call, `rows` is the
/// table of its row type (`None` if it has no type), and `checked` is the checked query.
///
/// # Errors
/// Returns an error if a placeholder does not contain a Rust expression, or if no placeholder uses a named
/// value.
pub(crate) fn value(
    query: QueryText<'_>,
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    checked: &CheckedQuery,
) -> syn::Result<TokenStream> {
    let ty = rows.map_or_else(|| quote!(()), |r| r.ty.to_token_stream());
    let (constructor, finish) = match query {
        QueryText::Filter { .. } => (quote!(filter_with), quote!(text.filter::<#ty>())),
        QueryText::Request { .. } => {
            let result = match rows {
                Some(_) => result_type(checked.result),
                None => quote!(::dvkit::ManyRows),
            };
            (quote!(request), quote!(text.odata::<#ty, #result>()))
        }
        QueryText::FetchXml(_) => {
            let (table, set) = table_of_fetch(input, snapshot, checked)?;
            let finish = match rows {
                Some(_) => quote!(text.fetchxml::<#ty>(#set)),
                None => {
                    let name = table_ident(&table);
                    let marker = table_marker(&name, &table);
                    // In a block of its own, so that the name hides no module in the expressions of placeholders.
                    quote!({ #marker text.fetchxml::<#name>(#set) })
                }
            };
            (quote!(fetch), finish)
        }
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
    // Where a text has several placeholders, an error about a value has to name its placeholder.
    let is_inline = |part: &&TemplatePart| match part {
        TemplatePart::Value(splice) => !input.given.iter().any(|(name, _)| name == splice.source.trim()),
        _ => false,
    };
    let several = checked.parts.iter().filter(is_inline).nth(1).is_some();
    let mut steps = TokenStream::new();
    let mut wrong: Option<syn::Error> = None;
    for part in &checked.parts {
        match part {
            TemplatePart::Text(text) => steps.extend(quote!(text.text(#text);)),
            TemplatePart::RowName => steps.extend(quote!(text.row();)),
            TemplatePart::Value(splice) => {
                match splice_statement(input, rows, snapshot, splice, several, &mut used) {
                    Ok(tokens) => steps.extend(tokens),
                    Err(error) => match &mut wrong {
                        Some(all) => all.combine(error),
                        None => wrong = Some(error),
                    },
                }
            }
        }
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    unused(input, &used)?;
    let variables = variables(&checked.variables);
    Ok(quote! {
        #proof
        let mut text = ::dvkit::query_values::QueryTextBuilder::#constructor(#variables);
        #steps
        #finish
    })
}

/// Returns the type by which the result of `odata!` says what the response contains.
fn result_type(result: ResultKind) -> TokenStream {
    match result {
        ResultKind::ManyRows => quote!(::dvkit::ManyRows),
        ResultKind::OneRow => quote!(::dvkit::OneRow),
        ResultKind::Groups => quote!(::dvkit::Groups),
        ResultKind::NumberOfRows => quote!(::dvkit::NumberOfRows),
        ResultKind::Other => quote!(::dvkit::OtherResult),
    }
}

/// Returns the logical name and the entity set of the table of a FetchXML query. Returns an error if the table is not
/// known or has no entity set, because the query cannot be sent then.
fn table_of_fetch(
    input: &Input,
    snapshot: &Snapshot,
    checked: &CheckedQuery,
) -> syn::Result<(String, String)> {
    let wrong = |message: String| syn::Error::new(input.text.span(), message);
    let Some(name) = &checked.table else {
        return Err(wrong("this query does not say which table's rows it selects".to_owned()));
    };
    let table = snapshot.store.table(name).map_err(|error| wrong(error.to_string()))?;
    match table.and_then(|table| table.entity_set.clone()) {
        Some(set) => Ok((name.clone(), set)),
        None => Err(wrong(format!("`{name}` has no entity set, so that its rows cannot be requested"))),
    }
}

/// Returns the name of the type that stands for the rows of a FetchXML query without a row type: the name of the
/// table, by which messages of the compiler name the query.
fn table_ident(table: &str) -> syn::Ident {
    syn::parse_str(table).unwrap_or_else(|_| quote::format_ident!("table_{table}"))
}

/// Returns the declaration of the type `name`, which stands for the rows of the table `table`.
fn table_marker(name: &syn::Ident, table: &str) -> TokenStream {
    quote! {
        #[allow(non_camel_case_types)]
        enum #name {}
        impl ::dvkit::QueryTable for #name {
            const TABLE: &'static str = #table;
        }
    }
}

/// Returns a bit set with the lambda variables that consist of one letter; bit 0 is `a`. A filter may be
/// printed inside a lambda expression, and the printer then chooses a variable that is not in this set.
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
            let message = format!("`{name}` is given, and no placeholder `{{{name}}}` takes it");
            Err(syn::Error::new(name.span(), message))
        }
        None => Ok(()),
    }
}

/// Returns the statement that writes the value of the placeholder `splice` into the text. `rows` is the table
/// of the call's row type; `None` if it has none. `several` says whether the query has several placeholders.
/// If the placeholder uses a named value, the name is added to `used`. Returns an error if the text between
/// the braces is not an expression, or if the type of a condition's rows is not known.
fn splice_statement(
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    splice: &Splice,
    several: bool,
    used: &mut HashSet<String>,
) -> syn::Result<TokenStream> {
    let name = splice.source.trim();
    let given = input.given.iter().find(|(ident, _)| ident == name);
    let expression = match given {
        Some((_, value)) => {
            used.insert(name.to_owned());
            value.clone()
        }
        None => expression(name, input.text.span())?,
    };
    // The compiler reports a value of the wrong type where the value is written.
    let at = expression.clone().into_iter().next().map_or_else(|| input.text.span(), |t| t.span());
    let kind = match choice_kind(rows, &splice.hole_type) {
        Some(kind) => kind,
        None => kind_type(splice.hole_type.kind),
    };
    let is_one_of_several = several && given.is_none();
    let form = match (splice.format, splice.hole_type.usage) {
        (SpliceFormat::Condition, _) => {
            let ty = condition_type(input, rows, snapshot, &splice.hole_type)?;
            return Ok(quote_spanned!(at=> text.condition::<#ty>(&(#expression));));
        }
        (SpliceFormat::List, _) if is_one_of_several => {
            let hole = marker(name);
            return Ok(quote_spanned! {at=> {
                enum #hole {}
                text.list_in::<#hole, #kind, _>(&(#expression));
            }});
        }
        (SpliceFormat::List, _) => return Ok(quote_spanned!(at=> text.list::<#kind, _>(&(#expression));)),
        (_, HoleUse::Number) => return Ok(quote_spanned!(at=> text.number(#expression);)),
        (SpliceFormat::Value, HoleUse::Pattern) => quote!(Pattern),
        (SpliceFormat::Inner, HoleUse::Pattern) => quote!(InnerPattern),
        (SpliceFormat::Inner, _) => quote!(Inner),
        (SpliceFormat::Argument, _) => quote!(Argument),
        (SpliceFormat::Value, _) => quote!(Value),
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

/// Returns the name of a marker type by which messages of the compiler name the placeholder with the
/// expression `source`. Every character that an identifier cannot contain is replaced by `_`.
fn marker(source: &str) -> syn::Ident {
    let plain: String = source.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    match syn::parse_str::<syn::Ident>(plain) {
        Ok(ident) => ident,
        Err(_) => quote::format_ident!("hole_{plain}"),
    }
}

/// Returns the type in `dvkit::query_values` for a choice or yes/no column, with the enum of its options as
/// parameter. Returns `None` for other columns, or if the enum is not known.
///
/// The enum is known if the path of the row type contains the module of the schema, as `crm::Contact` does.
/// `rows` is the table of this row type; `None` if the call has no row type.
fn choice_kind(rows: Option<&SubjectTable>, hole_type: &HoleType) -> Option<TokenStream> {
    let name = match hole_type.kind? {
        ValueKind::Choice => quote!(OptionOf),
        ValueKind::Choices => quote!(OptionsOf),
        ValueKind::Boolean => quote!(FlagOf),
        _ => return None,
    };
    let rows = rows.filter(|r| r.generated)?;
    let registration = rows.snapshot.registration()?;
    let found = registration.enums.get(&format!("{}.{}", hole_type.table, hole_type.column.as_deref()?))?;
    let at = rows.ty.segments.iter().position(|s| s.ident == registration.name)?;
    let mut path = rows.ty.clone();
    path.segments = path.segments.into_iter().take(at + 1).collect();
    let found: syn::Path = syn::parse_str(found).ok()?;
    path.segments.extend(found.segments);
    Some(quote!(::dvkit::query_values::#name<#path>))
}

/// Parses `source`, the Rust expression between the braces of a placeholder. Its tokens get the span `span`.
/// Returns an error if `source` is empty, a number, or not an expression that a placeholder can contain.
fn expression(source: &str, span: Span) -> syn::Result<TokenStream> {
    let wrong = |message: String| Err(syn::Error::new(span, message));
    if source.is_empty() {
        return wrong("an empty placeholder: name the value that goes there, `{name}`".to_owned());
    }
    if source.bytes().all(|b| b.is_ascii_digit()) {
        return wrong(format!(
            "`{{{source}}}`: placeholders are not numbered; name the value that goes there, `{{name}}`"
        ));
    }
    let tokens: Result<TokenStream, _> = source.parse();
    let Ok(tokens) = tokens else {
        return wrong(format!("`{{{source}}}` is not a Rust expression"));
    };
    if let Err(error) = syn::parse2::<syn::Expr>(tokens.clone()) {
        let message = format!("`{{{source}}}` is not a Rust expression that a placeholder takes: {error}");
        return wrong(format!("{message}\nbind it to a name first: `let value = …;` and `{{value}}`"));
    }
    Ok(placed(tokens, span))
}

/// Returns `tokens` with the span `span`, that of the literal, so that names in them are resolved where the
/// literal is.
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

/// Returns the row type of the filter that a placeholder for a condition takes. `rows` is the table of the
/// call's row type; `None` if it has none. Returns an error if the call has no row type, or if no type was
/// generated for the table of the condition.
fn condition_type(
    input: &Input,
    rows: Option<&SubjectTable>,
    snapshot: &Snapshot,
    hole_type: &HoleType,
) -> syn::Result<TokenStream> {
    let wrong = |message: String| Err(syn::Error::new(input.text.span(), message));
    let Some(rows) = rows else {
        return wrong(
            "a placeholder for a condition needs the type of the rows: `odata!(crm::Contact, \"…\")`"
                .to_owned(),
        );
    };
    if rows.table == hole_type.table {
        let ty = &rows.ty;
        return Ok(quote!(#ty));
    }
    let types = snapshot.registration().map(|r| &r.types);
    let generated =
        types.and_then(|t| t.iter().find(|(_, table)| **table == hole_type.table)).map(|(ty, _)| ty);
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
            hole_type.table
        )),
    }
}

/// Returns the path of the type in `dvkit` that stands for a kind of column in the expanded code. `None`
/// counts as text.
pub(crate) fn kind_type(kind: Option<ValueKind>) -> TokenStream {
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
