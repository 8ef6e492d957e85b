//! Unknown names in tables that the snapshot knows only in part ([`Table::partial`]).

use dvkit_diagnostic::{Diagnostic, Span, code, suggest};
use dvkit_schema::Table;

/// Returns the diagnostic for a name that the table does not have: an error, or a warning if the table is
/// known only in part.
pub(crate) fn unknown_name_diagnostic(table: &Table, span: Span, message: String) -> Diagnostic {
    if !table.partial {
        return Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
    }
    let message =
        format!("{message} in this snapshot, which holds a part of the table: this was not checked");
    Diagnostic::warning(code::COLUMN_NOT_IN_SNAPSHOT, span, message)
        .help("import the organisation's `$metadata` too: it has every name")
}

/// Returns the name that is unambiguously meant by `name`. In a table that is known only in part there is
/// none.
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
