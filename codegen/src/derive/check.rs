//! The request that a struct is, checked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use dvkit_diagnostic::{Diagnostic, code};
use dvkit_query::CheckOptions;
use dvkit_schema::{Column, ColumnType, Store, StoreError, Table};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;

use super::Errors;
use super::input::{Entity, Expand, Field, Name, Role};
use crate::query_macro::{Kind, kind_of};

/// What was resolved.
pub(crate) struct Checked {
    pub(crate) table: String,
    pub(crate) entity_set: String,
    /// One a field, in their order; nothing for a field that is wrong.
    pub(crate) fields: Vec<Option<Resolved>>,
}

impl Checked {
    /// The fields that stand for something, in their order.
    pub(crate) fn resolved<'a>(
        &'a self,
        entity: &'a Entity,
    ) -> impl Iterator<Item = (&'a Field, &'a Resolved)> {
        entity
            .fields
            .iter()
            .zip(&self.fields)
            .filter_map(|(field, resolved)| Some((field, resolved.as_ref()?)))
    }
}

/// What a field stands for in the organisation.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// The property, and what it holds.
    Column {
        property: String,
        kind: ColumnKind,
    },
    /// The property whose formatted value it is.
    Formatted {
        property: String,
    },
    /// The navigation, the tables it leads to (an abstract one and those that are it), and whether to one row; options
    /// of the request, each with a `;`.
    Expand {
        navigation: String,
        tables: Vec<String>,
        single: bool,
        options: String,
    },
    Other,
    Extra,
}

/// What a column holds, as far as the type of a field depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Of(Kind),
    Picture,
    Attachment,
    Managed,
    /// No kind of dvkit's: a type of the user's takes it.
    Custom,
}

/// Resolves every field, and puts everything that is wrong with any of them into `errors`. Gives nothing where the
/// table is not to be had.
pub(crate) fn check(store: &Store, entity: &Entity, errors: &mut Errors) -> Option<Checked> {
    let before = errors.0.len();
    let (given, span) = (entity.table.value(), entity.table.span());
    let (table, entity_set) = table(store, &given).map_err(|message| errors.push(span, message)).ok()?;
    if table.logical_name != given {
        errors.push(span, format!("the table is called `{}`", table.logical_name));
    }
    twice(entity, errors);
    itself(entity, errors);
    asked(store, entity, &entity_set, errors).map_err(|e| errors.push(entity.table.span(), e)).ok()?;
    let mut fields = Vec::new();
    for field in &entity.fields {
        fields.push(match resolved(store, table, &field.role) {
            // Its depth would be computed of itself.
            Ok(_) if is_endless(field, entity) => None,
            Ok(resolved) => Some(resolved),
            // What the request was refused for has been said.
            Err(None) => None,
            Err(Some((span, message))) => {
                errors.push(span, message);
                None
            }
        });
    }
    if errors.0.len() == before && fields.iter().any(Option::is_none) {
        errors
            .push(entity.ident.span(), "the snapshot does not tell enough about every field of this struct");
    }
    Some(Checked { table: table.logical_name.clone(), entity_set, fields })
}

/// The table that is meant, also where `given` is its entity set, and its entity set.
fn table<'s>(store: &'s Store, given: &str) -> Result<(&'s Table, String), String> {
    let entry = dvkit_query::find_table(store, given).map_err(|d| plain(&d, given))?;
    let name = &entry.logical_name;
    let Some(entity_set) = entry.entity_set.clone() else {
        return Err(format!("`{name}` has no entity set: no rows of it can be asked for"));
    };
    let table = store.table(name).map_err(|e| e.to_string())?;
    let table = table.ok_or_else(|| format!("`{name}` is not in the snapshot"))?;
    Ok((table, entity_set))
}

/// Two fields that stand for one thing.
fn twice(entity: &Entity, errors: &mut Errors) {
    let mut seen: HashMap<(u8, &str), String> = HashMap::new();
    for field in &entity.fields {
        let (key, span) = match &field.role {
            Role::Column(name) => ((0, name.text.as_str()), name.span),
            Role::Formatted(name) => ((1, name.text.as_str()), name.span),
            Role::Expand(expand) => ((2, expand.navigation.text.as_str()), expand.navigation.span),
            Role::Other | Role::Extra => ((3, ""), field.ident.span()),
        };
        match seen.get(&key) {
            Some(first) if key.0 == 3 => {
                errors.push(span, format!("`{first}` takes everything else already"))
            }
            Some(first) => errors.push(span, format!("`{}` is read into `{first}` already", key.1)),
            None => {
                seen.insert(key, field.ident.to_string());
            }
        }
    }
}

/// A struct that expands rows of its own kind would be a request without an end.
fn itself(entity: &Entity, errors: &mut Errors) {
    for field in entity.fields.iter().filter(|f| is_endless(f, entity)) {
        let message = format!(
            "`{}` expands itself: the request would have no end; give the rows within a struct of their own",
            entity.ident
        );
        errors.push(field.ty.span(), message);
    }
}

fn is_endless(field: &Field, entity: &Entity) -> bool {
    matches!(field.role, Role::Expand(_)) && mentions(field.ty.to_token_stream(), &entity.ident)
}

fn mentions(tokens: TokenStream, ident: &Ident) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(found) => found == *ident,
        TokenTree::Group(group) => mentions(group.stream(), ident),
        _ => false,
    })
}

/// Asks the compiler of queries about the request that the struct is, and puts its answers where the fields stand.
fn asked(store: &Store, entity: &Entity, set: &str, errors: &mut Errors) -> Result<(), StoreError> {
    let mut request = Request { text: set.to_owned(), places: Vec::new() };
    let mut sign = "?";
    let mut selected: Vec<&str> = Vec::new();
    for field in &entity.fields {
        let (Role::Column(name) | Role::Formatted(name)) = &field.role else { continue };
        if !selected.contains(&name.text.as_str()) {
            let before = if selected.is_empty() { "?$select=" } else { "," };
            selected.push(&name.text);
            request.text.push_str(before);
            request.piece(&name.text, name.span);
            sign = "&";
        }
    }
    let expands = entity.fields.iter().filter_map(|f| match &f.role {
        Role::Expand(expand) => Some(expand),
        _ => None,
    });
    for (i, expand) in expands.enumerate() {
        if i == 0 {
            let _ = write!(request.text, "{sign}$expand=");
        } else {
            request.text.push(',');
        }
        request.expand(expand);
    }
    let checked = dvkit_query::check_request(store, None, &request.text, &CheckOptions::default())?;
    // A lookup that is selected by its own name runs and brings nothing that a field could hold.
    let refused = |d: &&Diagnostic| d.is_error() || d.code == code::SELECT_NAVIGATION;
    for finding in checked.diagnostics.iter().filter(refused) {
        let span = request.place(finding).unwrap_or_else(|| entity.table.span());
        let mut message = plain(finding, &request.text);
        // The property of a lookup is no name for a field.
        if let Some(property) = finding.fix().and_then(|f| f.edits.first()).map(|e| &e.replacement)
            && property.starts_with('_')
            && let Some((head, _)) = message.split_once("\nhelp: ")
        {
            message = format!("{head}\nhelp: write `#[dvkit(column = \"{property}\")]` above the field");
        }
        errors.push(span, message);
    }
    Ok(())
}

/// The request as it is written, and which piece of it came from where.
struct Request {
    text: String,
    places: Vec<(Range<usize>, Span)>,
}

impl Request {
    fn piece(&mut self, text: &str, span: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.places.push((start..self.text.len(), span));
    }

    fn expand(&mut self, expand: &Expand) {
        self.piece(&expand.navigation.text, expand.navigation.span);
        let mut sign = "(";
        for (option, text) in [("$filter", &expand.filter), ("$orderby", &expand.order_by)] {
            if let Some(text) = text {
                let _ = write!(self.text, "{sign}{option}=");
                self.piece(&text.value(), text.span());
                sign = ";";
            }
        }
        if let Some(top) = &expand.top {
            let _ = write!(self.text, "{sign}$top=");
            self.piece(top.base10_digits(), top.span());
            sign = ";";
        }
        if sign == ";" {
            self.text.push(')');
        }
    }

    fn place(&self, finding: &Diagnostic) -> Option<Span> {
        let at = finding.span.range();
        let overlaps =
            |r: &Range<usize>| r.start < at.end.max(at.start + 1) && at.start < r.end.max(r.start + 1);
        self.places.iter().find(|(r, _)| overlaps(r)).map(|(_, span)| *span)
    }
}

/// A finding without its picture: the field itself is what is pointed at.
fn plain(finding: &Diagnostic, source: &str) -> String {
    let mut message = format!("{}: {}", finding.code, finding.message);
    for advice in finding.advice(source) {
        let _ = write!(message, "\nhelp: {advice}");
    }
    message
}

/// What is wrong, where the request's own findings have not said it.
type Wrong = Option<(Span, String)>;

fn resolved(store: &Store, table: &Table, role: &Role) -> Result<Resolved, Wrong> {
    match role {
        Role::Column(name) => {
            let column = table.property(&name.text).ok_or(None)?;
            Ok(Resolved::Column { kind: kind(column, name)?, property: column.property_name().into_owned() })
        }
        Role::Formatted(name) => {
            let column = table.property(&name.text).ok_or(None)?;
            Ok(Resolved::Formatted { property: column.property_name().into_owned() })
        }
        Role::Expand(expand) => {
            let name = &expand.navigation.text;
            let found = table.navigation(name).ok_or(None)?;
            Ok(Resolved::Expand {
                navigation: name.clone(),
                tables: concrete(store, &found.table),
                single: found.is_single(),
                options: written(expand),
            })
        }
        Role::Other => Ok(Resolved::Other),
        Role::Extra => Ok(Resolved::Extra),
    }
}

/// The table, and those that are it: users and teams are principals.
fn concrete(store: &Store, table: &str) -> Vec<String> {
    let of = store.tables().filter(|t| t.base.as_deref() == Some(table)).map(|t| t.logical_name.clone());
    std::iter::once(table.to_owned()).chain(of).collect()
}

/// The options of an expansion but for `$select` and `$expand`, which its struct says.
fn written(expand: &Expand) -> String {
    let mut options = String::new();
    for (option, text) in [("$filter", &expand.filter), ("$orderby", &expand.order_by)] {
        if let Some(text) = text {
            let _ = write!(options, "{option}={};", text.value());
        }
    }
    if let Some(top) = &expand.top {
        let _ = write!(options, "$top={};", top.base10_digits());
    }
    options
}

fn kind(column: &Column, name: &Name) -> Result<ColumnKind, Wrong> {
    Ok(match &column.ty {
        _ if name.custom => ColumnKind::Custom,
        ColumnType::Image { .. } => ColumnKind::Picture,
        ColumnType::File { .. } => ColumnKind::Attachment,
        ColumnType::ManagedProperty => ColumnKind::Managed,
        _ => match kind_of(column) {
            Some(kind) => ColumnKind::Of(kind),
            None => {
                let message = format!(
                    "the snapshot does not say what `{}` holds; a type of your own may take it: `#[dvkit(custom)]`",
                    column.logical_name
                );
                return Err(Some((name.span, message)));
            }
        },
    })
}
