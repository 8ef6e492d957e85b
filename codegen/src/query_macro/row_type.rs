//! Finds the table for the Rust type in a macro call, such as `crm::Contact`. The query is then checked
//! against this table.

use dvkit_diagnostic::suggest;
use heck::ToSnakeCase as _;
use syn::spanned::Spanned as _;
use syn::{LitStr, Path};

use super::input::RowType;
use super::report;
use crate::registry::MacroEnv;
use crate::snapshot::{self, Snapshot};

/// The table that a query is about, with its snapshot and the Rust type of its rows.
pub(crate) struct SubjectTable {
    pub(crate) ty: Path,
    pub(crate) snapshot: Snapshot,
    /// The logical name of the table.
    pub(crate) table: String,
    /// Whether the build script generated the type. If not, the user gave the table, or it was guessed from
    /// the name of the type.
    pub(crate) generated: bool,
}

/// Finds the table of a type. This is the table in `as "table"`, or else the one for which the type was
/// generated, or else the one with a similar name. The error points at the type and says what to do.
pub(crate) fn table_of(row_type: &RowType, env: &MacroEnv) -> syn::Result<SubjectTable> {
    let span = row_type.ty.segments.last().map_or_else(|| row_type.ty.span(), |s| s.ident.span());
    let wrong = |message: String| syn::Error::new(span, message);
    let rows = |snapshot: Snapshot, table: String, generated| SubjectTable {
        ty: row_type.ty.clone(),
        snapshot,
        table,
        generated,
    };
    let Some(last) = row_type.ty.segments.last().map(|s| s.ident.to_string()) else {
        return Err(wrong("expected the type of the rows".to_owned()));
    };
    let schema = row_type.schema.as_ref().map(LitStr::value);
    let snapshots = match &schema {
        Some(name) => vec![snapshot::open(Some(name), env).map_err(|message| {
            syn::Error::new(row_type.schema.as_ref().map_or(span, LitStr::span), message)
        })?],
        None => snapshot::open_all(env).map_err(wrong)?,
    };
    if let Some(given) = &row_type.table {
        let [snapshot] = snapshots.as_slice() else { return Err(wrong(ambiguous(&last, &snapshots))) };
        let found = dvkit_query::find_table(&snapshot.store, &given.value())
            .map_err(|d| syn::Error::new(given.span(), report::text(&d, &given.value())))?;
        return Ok(rows(snapshot.clone(), found.logical_name.clone(), false));
    }
    // Where several schemas have a generated type of this name, the path has to name the module of one of them.
    let generated: Vec<(&Snapshot, &String)> =
        snapshots.iter().filter_map(|s| Some((s, s.registration()?.types.get(&last)?))).collect();
    let named = |s: &Snapshot| {
        s.registration().is_some_and(|r| row_type.ty.segments.iter().any(|segment| segment.ident == r.name))
    };
    let picked = match generated.as_slice() {
        [one] => Some(*one),
        several => {
            let mut by_name = several.iter().filter(|(s, _)| named(s));
            match (by_name.next(), by_name.next()) {
                (Some(one), None) => Some(*one),
                _ if several.len() > 1 => return Err(wrong(ambiguous(&last, &snapshots))),
                _ => None,
            }
        }
    };
    if let Some((snapshot, table)) = picked {
        return Ok(rows(snapshot.clone(), table.clone(), true));
    }
    let [snapshot] = snapshots.as_slice() else { return Err(wrong(ambiguous(&last, &snapshots))) };
    match by_name(snapshot, &last) {
        Some(table) => Ok(rows(snapshot.clone(), table, false)),
        None => Err(wrong(unknown(snapshot, &last))),
    }
}

/// Returns the logical name of the table after which a type is named: `new_project` for `NewProject`,
/// `businessunit` for `BusinessUnit`. Returns `None` if the snapshot has no such table.
fn by_name(snapshot: &Snapshot, ty: &str) -> Option<String> {
    let snake = ty.to_snake_case();
    let bare = snake.replace('_', "");
    let store = &snapshot.store;
    let exact = store.entry(&snake).or_else(|| store.entry(&bare));
    if let Some(entry) = exact {
        return Some(entry.logical_name.clone());
    }
    let mut close = store.tables().filter(|t| t.logical_name.replace('_', "") == bare);
    let first = close.next()?;
    close.next().is_none().then(|| first.logical_name.clone())
}

fn unknown(snapshot: &Snapshot, ty: &str) -> String {
    let types: Vec<&str> =
        snapshot.registration().map(|r| r.types.keys().map(String::as_str).collect()).unwrap_or_default();
    let tables = snapshot.store.tables().map(|t| t.logical_name.as_str());
    let advice = match suggest::closest(ty, types.iter().copied()) {
        Some(close) => format!("; did you mean `{close}`?"),
        None => {
            let snake = ty.to_snake_case();
            let close = suggest::closest(&snake, tables).unwrap_or("contact");
            format!("\nsay which table its rows are of: `{ty} as \"{close}\"`")
        }
    };
    format!("`{ty}` was not generated from a table, and the snapshot has no table of this name{advice}")
}

fn ambiguous(ty: &str, snapshots: &[Snapshot]) -> String {
    let names: Vec<String> =
        snapshots.iter().filter_map(|s| Some(format!("`{}`", s.registration()?.name))).collect();
    let first = names.first().map_or("crm", |n| n.trim_matches('`'));
    format!(
        "there are several schemas, {}: say which one is meant: `{ty} in \"{first}\"`",
        names.join(" and ")
    )
}
