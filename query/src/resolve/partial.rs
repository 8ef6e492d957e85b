//! Tables that are known in part ([`Table::partial`]): what they do not have may exist all the same.

use dvkit_diagnostic::{Diagnostic, Span, code, suggest};
use dvkit_schema::Table;

/// A name that the table does not have: an error, or a warning where the table is known in part.
pub(crate) fn missing(table: &Table, span: Span, message: String) -> Diagnostic {
    if !table.partial {
        return Diagnostic::error(code::UNKNOWN_COLUMN, span, message);
    }
    let message =
        format!("{message} in this snapshot, which holds a part of the table: this was not checked");
    Diagnostic::warning(code::COLUMN_NOT_IN_SNAPSHOT, span, message)
        .help("import the organisation's `$metadata` too: it has every name")
}

/// The one name that is certainly meant; in a table that is known in part none is certain.
pub(crate) fn certain<'n>(
    table: &Table,
    name: &str,
    names: impl IntoIterator<Item = (&'n str, Option<&'n str>)>,
) -> Option<&'n str> {
    // `_createdo` may be cut off from `_createdonbehalfby_value`, `prim` from anything that begins so.
    let lower = name.to_lowercase();
    let goes_on = |n: &str| n.len() > lower.len() && n.to_lowercase().starts_with(&lower);
    let cut = |meant: &str| {
        let columns = table.columns.iter().filter(|c| c.property_name() != meant);
        let mut properties = columns.map(dvkit_schema::Column::property_name);
        properties.any(|p| p.starts_with('_') && goes_on(&p))
    };
    if table.partial { None } else { suggest::unambiguous_typo(name, names).filter(|meant| !cut(meant)) }
}
