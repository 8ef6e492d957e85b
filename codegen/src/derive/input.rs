//! Parses a struct with `#[derive(Entity)]` and its attributes. `check` then compares the result with the
//! snapshot.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Field as SynField, Fields, Ident, LitInt, LitStr, Type};

use super::Errors;

/// The parsed struct with `#[derive(Entity)]`.
pub(crate) struct Entity {
    pub(crate) ident: Ident,
    pub(crate) schema: Option<LitStr>,
    pub(crate) table: LitStr,
    pub(crate) fields: Vec<Field>,
    /// The names of the fields whose attributes have errors. These fields are not in `fields`.
    pub(crate) unread: Vec<Ident>,
}

/// A field of the struct, and the role that its attributes give it.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
}

/// The role of a field: what it holds, according to its attributes.
pub(crate) enum Role {
    /// Holds the value of the column with this name in the Web API.
    Column(Name),
    /// Holds the formatted value of the column with this name in the Web API.
    Formatted(Name),
    /// Holds the rows that a navigation property leads to.
    Expand(Expand),
    /// Holds everything in the row for which there is no other field, in a map by name.
    Other,
    /// Holds, in a `dvkit::RowExtras`, the formatted values, the version of the row, and everything for which
    /// there is no other field.
    Extra,
}

/// The name of a column or a navigation property, with its span in the source.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Whether the field has the attribute `custom` and a user-defined type.
    pub(crate) custom: bool,
}

/// A navigation property and the options of its expansion, from the attributes of a field.
pub(crate) struct Expand {
    pub(crate) navigation: Name,
    pub(crate) filter: Option<LitStr>,
    pub(crate) order_by: Option<LitStr>,
    pub(crate) top: Option<LitInt>,
}

const ON_STRUCT: &str =
    "the struct takes `table = \"contact\"` and, where build.rs registers several, `schema = \"crm\"`";
const ON_FIELD: &str = "a field takes `column = \"…\"`, `formatted = \"…\"`, `expand = \"…\"` with `filter`, \
                        `order_by` and `top`, `custom`, `other` or `extra`";

/// Parses the struct that the derive is applied to, and adds all mistakes to `errors`.
///
/// Returns `None` if a mistake is in the struct itself and not in a field. A field with a mistake is added to
/// `unread` instead of `fields`.
pub(crate) fn read(input: TokenStream, errors: &mut Errors) -> Option<Entity> {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            errors.0.extend(error);
            return None;
        }
    };
    let (mut schema, mut table) = (None, None);
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("dvkit")) {
        let result = attribute.parse_nested_meta(|meta| {
            let span = meta.path.span();
            if meta.path.is_ident("schema") {
                put(&mut schema, meta.value()?.parse::<LitStr>()?, span)
            } else if meta.path.is_ident("table") {
                put(&mut table, meta.value()?.parse::<LitStr>()?, span)
            } else {
                Err(meta.error(ON_STRUCT))
            }
        });
        if let Err(error) = result {
            errors.0.extend(error);
        }
    }
    if table.is_none() && errors.0.is_empty() {
        let message = "which table are these rows of? write `#[dvkit(table = \"contact\")]` above the struct";
        errors.push(input.ident.span(), message);
    }
    if !input.generics.params.is_empty() {
        errors
            .push(input.generics.span(), "an entity has no parameters: it stands for the rows of one table");
    }
    let mut of_fields = Errors::default();
    let (mut fields, mut unread) = (Vec::new(), Vec::new());
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => {
                for field in &named.named {
                    let ident = field.ident.clone().expect("the fields of a struct with braces have names");
                    match read_field(&ident, field) {
                        Ok(field) => fields.push(field),
                        Err(error) => {
                            of_fields.0.extend(error);
                            unread.push(ident);
                        }
                    }
                }
                if named.named.is_empty() {
                    let message = "an entity without fields asks for nothing; name the columns it needs";
                    errors.push(input.ident.span(), message);
                }
            }
            Fields::Unnamed(_) | Fields::Unit => {
                let message = "an entity is a struct with named fields: their names are the columns";
                errors.push(input.ident.span(), message);
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            errors.push(input.ident.span(), "an entity is a struct: its fields are the columns of a table");
        }
    }
    let is_entity = errors.0.is_empty();
    errors.0.append(&mut of_fields.0);
    table.filter(|_| is_entity).map(|table| Entity { ident: input.ident, schema, table, fields, unread })
}

fn put<T>(target: &mut Option<T>, value: T, span: Span) -> syn::Result<()> {
    match target.replace(value) {
        None => Ok(()),
        Some(_) => Err(syn::Error::new(span, "this is given twice")),
    }
}

/// The values in the `#[dvkit(…)]` attributes of one field.
#[derive(Default)]
struct FieldAttributes {
    column: Option<LitStr>,
    formatted: Option<LitStr>,
    expand: Option<LitStr>,
    filter: Option<LitStr>,
    order_by: Option<LitStr>,
    top: Option<LitInt>,
    custom: Option<Span>,
    other: Option<Span>,
    extra: Option<Span>,
}

fn read_field(ident: &Ident, field: &SynField) -> syn::Result<Field> {
    field.modifiers.require_empty()?;
    let mut attributes = FieldAttributes::default();
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("dvkit")) {
        attribute.parse_nested_meta(|meta| {
            let span = meta.path.span();
            let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
            match name.as_str() {
                "column" => put(&mut attributes.column, meta.value()?.parse()?, span),
                "formatted" => put(&mut attributes.formatted, meta.value()?.parse()?, span),
                "expand" => put(&mut attributes.expand, meta.value()?.parse()?, span),
                "filter" => put(&mut attributes.filter, meta.value()?.parse()?, span),
                "order_by" => put(&mut attributes.order_by, meta.value()?.parse()?, span),
                "top" => put(&mut attributes.top, meta.value()?.parse()?, span),
                "custom" => put(&mut attributes.custom, span, span),
                "other" => put(&mut attributes.other, span, span),
                "extra" => put(&mut attributes.extra, span, span),
                "rename" => Err(meta.error("the name in the organisation is given by `column = \"…\"`")),
                _ => Err(meta.error(ON_FIELD)),
            }
        })?;
    }
    let role = role(ident, attributes)?;
    Ok(Field { ident: ident.clone(), ty: field.ty.clone(), role })
}

fn role(ident: &Ident, attributes: FieldAttributes) -> syn::Result<Role> {
    let FieldAttributes { column, formatted, expand, filter, order_by, top, custom, other, extra } =
        attributes;
    let kinds = [
        column.as_ref().map(LitStr::span),
        formatted.as_ref().map(LitStr::span),
        expand.as_ref().map(LitStr::span),
        other,
        extra,
    ];
    if let Some(second) = kinds.into_iter().flatten().nth(1) {
        let message =
            "a field stands for one thing: a column, a formatted value, an expansion, `other` or `extra`";
        return Err(syn::Error::new(second, message));
    }
    let options = [
        filter.as_ref().map(LitStr::span),
        order_by.as_ref().map(LitStr::span),
        top.as_ref().map(LitInt::span),
    ];
    if let (None, Some(span)) = (&expand, options.into_iter().flatten().next()) {
        return Err(syn::Error::new(span, "`filter`, `order_by` and `top` belong to an `expand`"));
    }
    let is_column = formatted.is_none() && expand.is_none() && other.is_none() && extra.is_none();
    if let Some(span) = custom.filter(|_| !is_column) {
        return Err(syn::Error::new(span, "`custom` belongs to a column"));
    }
    let name =
        |literal: LitStr| Name { text: literal.value(), span: literal.span(), custom: custom.is_some() };
    Ok(if let Some(formatted) = formatted {
        Role::Formatted(name(formatted))
    } else if let Some(expand) = expand {
        Role::Expand(Expand { navigation: name(expand), filter, order_by, top })
    } else if other.is_some() {
        Role::Other
    } else if extra.is_some() {
        Role::Extra
    } else if let Some(column) = column {
        Role::Column(name(column))
    } else {
        let text = ident.unraw().to_string();
        Role::Column(Name { text, span: ident.span(), custom: custom.is_some() })
    })
}
