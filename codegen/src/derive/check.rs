//! Checks the struct of an entity against the snapshot: converts the struct into a request, checks this
//! request, and determines which column or navigation property each field stands for.

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
use crate::query_macro::{ValueKind, kind_of};

/// A struct with `#[derive(Entity)]` after its check: the table, and what each field stands for in the
/// snapshot.
pub(crate) struct CheckedEntity {
    pub(crate) table: String,
    pub(crate) entity_set: String,
    /// The column or navigation property of each field, in the order of the fields; `None` for a field with
    /// an error.
    pub(crate) fields: Vec<Option<Resolved>>,
}

impl CheckedEntity {
    /// Returns each field without an error together with the column or navigation property that it stands
    /// for, in the order of the fields.
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

/// The column or navigation property of a field, after its name was found in the snapshot.
#[derive(Debug)]
pub(crate) enum Resolved {
    /// The value of the column `property`.
    Column {
        property: String,
        kind: FieldKind,
    },
    /// The formatted value of the column `property`.
    Formatted {
        property: String,
    },
    /// The rows that a navigation property leads to.
    Expand {
        navigation: String,
        /// The logical names of the table that the navigation property leads to, and of the tables that
        /// derive from this table.
        tables: Vec<String>,
        /// Whether the navigation property leads to one row at most.
        single: bool,
        /// The query options of the expansion that the field's attribute sets, each followed by `;`.
        options: String,
    },
    Other,
    Extra,
}

/// The kind of a column. It decides which Rust types the field of the column can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Of(ValueKind),
    Image,
    File,
    ManagedProperty,
    /// A field with the attribute `custom`, which may have any user-defined type.
    Custom,
}

/// Finds the column or navigation property of each field of an entity, and adds all mistakes to `errors`.
/// Returns `None` if the table is not in the snapshot or cannot be read.
pub(crate) fn check(store: &Store, entity: &Entity, errors: &mut Errors) -> Option<CheckedEntity> {
    let before = errors.0.len();
    let (given, span) = (entity.table.value(), entity.table.span());
    let (table, entity_set) = table(store, &given).map_err(|message| errors.push(span, message)).ok()?;
    if table.logical_name != given {
        errors.push(span, format!("the table is called `{}`", table.logical_name));
    }
    reject_duplicate_fields(entity, errors);
    reject_self_expansion(entity, errors);
    check_request_of_struct(store, entity, &entity_set, errors)
        .map_err(|e| errors.push(entity.table.span(), e))
        .ok()?;
    let mut fields = Vec::new();
    for field in &entity.fields {
        fields.push(match resolve_field(store, table, &field.role) {
            // The depth of its expansions would be defined by itself.
            Ok(_) if is_endless(field, entity) => None,
            Ok(resolved) => Some(resolved),
            // The check of the request has reported it.
            Err(None) => None,
            Err(Some((span, message))) => {
                errors.push(span, message);
                None
            }
        });
    }
    if errors.0.len() == before && fields.iter().any(Option::is_none) {
        errors.push(entity.ident.span(), "the snapshot does not know enough about a field of this struct");
    }
    Some(CheckedEntity { table: table.logical_name.clone(), entity_set, fields })
}

/// Returns the table whose logical name or entity set is `given`, together with the name of its entity set.
/// The error is a message for the user.
fn table<'s>(store: &'s Store, given: &str) -> Result<(&'s Table, String), String> {
    let entry = dvkit_query::find_table(store, given).map_err(|d| message_without_snippet(&d, given))?;
    let name = &entry.logical_name;
    let Some(entity_set) = entry.entity_set.clone() else {
        return Err(format!("`{name}` has no entity set: its rows cannot be queried"));
    };
    let table = store.table(name).map_err(|e| e.to_string())?;
    let table = table.ok_or_else(|| format!("`{name}` is not in the snapshot"))?;
    Ok((table, entity_set))
}

/// Adds an error for each field that stands for the same column, formatted value or navigation property as an
/// earlier field.
fn reject_duplicate_fields(entity: &Entity, errors: &mut Errors) {
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

/// Adds an error for each field that holds rows of the struct's own type, because the request would then
/// contain itself without end.
fn reject_self_expansion(entity: &Entity, errors: &mut Errors) {
    for field in entity.fields.iter().filter(|f| is_endless(f, entity)) {
        let message = format!(
            "`{}` expands itself: the request would have no end; use another struct for the inner rows",
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

/// Converts the struct into a request on the entity set `set`, and checks the request with `dvkit_query`.
/// Adds each finding to `errors`, at the field that it is about.
fn check_request_of_struct(
    store: &Store,
    entity: &Entity,
    set: &str,
    errors: &mut Errors,
) -> Result<(), StoreError> {
    let mut request = Request { text: set.to_owned(), spans: Vec::new() };
    let mut sign = "?";
    let mut selected: Vec<&str> = Vec::new();
    for field in &entity.fields {
        let (Role::Column(name) | Role::Formatted(name)) = &field.role else { continue };
        if !selected.contains(&name.text.as_str()) {
            let before = if selected.is_empty() { "?$select=" } else { "," };
            selected.push(&name.text);
            request.text.push_str(before);
            request.push(&name.text, name.span);
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
    // The service accepts a lookup that is selected by its logical name, but returns no value for it.
    let refused = |d: &&Diagnostic| d.is_error() || d.code == code::SELECT_NAVIGATION;
    for finding in checked.diagnostics.iter().filter(refused) {
        let span = request.span_of(finding).unwrap_or_else(|| entity.table.span());
        let mut message = message_without_snippet(finding, &request.text);
        // The property of a lookup, which the fix contains, is an unusual name for a field: suggest the attribute instead.
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

/// The text of the request for a struct, and for each part of the text the place in the source that it comes
/// from.
struct Request {
    text: String,
    spans: Vec<(Range<usize>, Span)>,
}

impl Request {
    fn push(&mut self, text: &str, span: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.spans.push((start..self.text.len(), span));
    }

    fn expand(&mut self, expand: &Expand) {
        self.push(&expand.navigation.text, expand.navigation.span);
        let mut sign = "(";
        for (option, text) in [("$filter", &expand.filter), ("$orderby", &expand.order_by)] {
            if let Some(text) = text {
                let _ = write!(self.text, "{sign}{option}=");
                self.push(&text.value(), text.span());
                sign = ";";
            }
        }
        if let Some(top) = &expand.top {
            let _ = write!(self.text, "{sign}$top=");
            self.push(top.base10_digits(), top.span());
            sign = ";";
        }
        if sign == ";" {
            self.text.push(')');
        }
    }

    /// Returns the source span of the field or attribute that a finding in the request is about; `None` if
    /// the finding is about none.
    fn span_of(&self, finding: &Diagnostic) -> Option<Span> {
        let at = finding.span.range();
        let overlaps =
            |r: &Range<usize>| r.start < at.end.max(at.start + 1) && at.start < r.end.max(r.start + 1);
        self.spans.iter().find(|(r, _)| overlaps(r)).map(|(_, span)| *span)
    }
}

/// Returns the message of a finding without the excerpt of the query, because the compiler points at the
/// field instead. `source` is the text of the request.
fn message_without_snippet(finding: &Diagnostic, source: &str) -> String {
    let mut message = format!("{}: {}", finding.code, finding.message);
    for advice in finding.advice(source) {
        let _ = write!(message, "\nhelp: {advice}");
    }
    message
}

/// The source span and the message of a mistake in a field; `None` if the check of the request has already
/// reported the mistake.
type FieldError = Option<(Span, String)>;

fn resolve_field(store: &Store, table: &Table, role: &Role) -> Result<Resolved, FieldError> {
    match role {
        Role::Column(name) => {
            let column = table.property(&name.text).ok_or(None)?;
            Ok(Resolved::Column {
                kind: column_kind(column, name)?,
                property: column.property_name().into_owned(),
            })
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
                options: expand_options(expand),
            })
        }
        Role::Other => Ok(Resolved::Other),
        Role::Extra => Ok(Resolved::Extra),
    }
}

/// Returns `table` and the logical names of the tables that derive from it: for `principal` also `systemuser`
/// and `team`.
fn concrete(store: &Store, table: &str) -> Vec<String> {
    let of = store.tables().filter(|t| t.base.as_deref() == Some(table)).map(|t| t.logical_name.clone());
    std::iter::once(table.to_owned()).chain(of).collect()
}

/// Returns the query options of an expansion that the field's attribute sets (`$filter`, `$orderby`, `$top`),
/// each followed by `;`. `$select` and `$expand` are missing, because they follow from the struct of the
/// related rows.
fn expand_options(expand: &Expand) -> String {
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

fn column_kind(column: &Column, name: &Name) -> Result<FieldKind, FieldError> {
    Ok(match &column.ty {
        _ if name.custom => FieldKind::Custom,
        ColumnType::Image { .. } => FieldKind::Image,
        ColumnType::File { .. } => FieldKind::File,
        ColumnType::ManagedProperty => FieldKind::ManagedProperty,
        _ => match kind_of(column) {
            Some(kind) => FieldKind::Of(kind),
            None => {
                let message = format!(
                    "the snapshot does not know the type of `{}`; use a type of your own with `#[dvkit(custom)]`",
                    column.logical_name
                );
                return Err(Some((name.span, message)));
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use dvkit_diagnostic::Span as TextSpan;

    use super::*;

    fn store() -> Store {
        Store::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/schema")).unwrap()
    }

    #[test]
    fn a_table_stands_for_those_that_derive_from_it() {
        for (table, expected) in [
            ("principal", vec!["principal", "systemuser", "team"]),
            ("account", vec!["account"]),
            ("nothing", vec!["nothing"]),
        ] {
            assert_eq!(concrete(&store(), table), expected, "{table}");
        }
    }

    #[test]
    fn a_finding_in_a_request_is_at_the_first_piece_that_it_touches() {
        let tokens: TokenStream = "one two three four".parse().unwrap();
        let spans: Vec<Span> = tokens.into_iter().map(|token| token.span()).collect();
        let mut request = Request { text: String::new(), spans: Vec::new() };
        // "abc" + "de" + "" + "-" without a span + "f"
        request.push("abc", spans[0]);
        request.push("de", spans[1]);
        request.push("", spans[2]);
        request.text.push('-');
        request.push("f", spans[3]);
        assert_eq!(request.text, "abcde-f");
        for (range, expected) in [
            (0..1, Some("one")),
            (2..4, Some("one")),
            (3..4, Some("two")),
            (3..3, Some("two")),
            (4..7, Some("two")),
            (5..6, Some("three")),
            (5..5, Some("three")),
            (6..7, Some("four")),
            (6..6, Some("four")),
            (7..7, None),
        ] {
            let finding = Diagnostic::error(code::UNEXPECTED, TextSpan::new(range.start, range.end), "m");
            let found = request.span_of(&finding).and_then(|span| span.source_text());
            assert_eq!(found.as_deref(), expected, "{range:?}");
        }
    }
}
