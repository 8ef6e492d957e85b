//! Makes diagnostics for unknown names. If the snapshot contains only some columns of a table
//! ([`Table::partial`]), an unknown name may be right, so it is a warning and not an error.

use dvkit_diagnostic::{Diagnostic, Span, code, suggest};
use dvkit_schema::Table;

/// Returns a diagnostic with the message `message`, which says that `table` does not have the name at `span`.
/// The diagnostic is a warning if the snapshot contains only some columns of the table, otherwise an error.
pub(crate) fn unknown_name_diagnostic(table: &Table, span: Span, message: String) -> Diagnostic {
    if !table.partial {
        return Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
    }
    let message =
        format!("{message} in this snapshot, which holds a part of the table: this was not checked");
    Diagnostic::warning(code::COLUMN_NOT_IN_SNAPSHOT, span, message)
        .help("import the organisation's `$metadata` too: it has every name")
}

/// Returns the only one of `names` that `name` can be a misspelling of; `None` if there is none or several,
/// or if the snapshot contains only some columns of `table`. `names` are pairs of a name and its display
/// name.
pub(crate) fn unambiguous_correction<'n>(
    table: &Table,
    name: &str,
    names: impl IntoIterator<Item = (&'n str, Option<&'n str>)>,
) -> Option<&'n str> {
    // A name may be the beginning of another: `_createdo` of `_createdonbehalfby_value`.
    let lower = name.to_lowercase();
    let goes_on = |n: &str| n.len() > lower.len() && n.to_lowercase().starts_with(&lower);
    let cut = |meant: &str| {
        let columns = table.columns.iter().filter(|c| c.property_name() != meant);
        let mut properties = columns.map(dvkit_schema::Column::property_name);
        properties.any(|p| p.starts_with('_') && goes_on(&p))
    };
    if table.partial { None } else { suggest::unambiguous_typo(name, names).filter(|meant| !cut(meant)) }
}
