//! Makes the fix of a text in double quotes uncertain if the text is the name of a column.
//!
//! `firstname eq "lastname"` compares two columns for somebody who quotes names as SQL does, and a column with
//! a text for somebody who quotes texts as JSON does. The parser has no schema and knows only the texts.

use dvkit_diagnostic::{Applicability, Diagnostic, Suggestion, code};
use dvkit_schema::Table;

use crate::resolve::Facts;

/// Makes the fix of each text in double quotes uncertain that is the name of a column of a table that the query
/// reads, and suggests the column. `table` is the table whose rows the query selects, `facts` names the others,
/// and `text` is the text that the spans of `diagnostics` refer to.
pub(crate) fn suggest_columns(
    table: Option<&Table>,
    facts: &Facts<'_>,
    text: &str,
    diagnostics: &mut [Diagnostic],
) {
    if !diagnostics.iter().any(|d| d.code == code::DOUBLE_QUOTED) {
        return;
    }
    let mut tables: Vec<&Table> = table.into_iter().collect();
    for used in &facts.uses {
        if !tables.iter().any(|t| std::ptr::eq(*t, used.table)) {
            tables.push(used.table);
        }
    }
    for diagnostic in diagnostics.iter_mut().filter(|d| d.code == code::DOUBLE_QUOTED) {
        let Some(name) = diagnostic.suggestions.iter().find_map(|s| quoted_name(s, text, &tables)) else {
            continue;
        };
        let span = diagnostic.span;
        diagnostic.suggestions.iter_mut().for_each(|s| s.applicability = Applicability::Maybe);
        diagnostic.suggestions.push(Suggestion::maybe(format!("write `{name}`, the column"), span, name));
    }
}

/// Returns the name of a column that the certain suggestion puts into single quotes; `None` if it does not. A
/// function takes the name of its column as a text: `PropertyName="name"`.
fn quoted_name(suggestion: &Suggestion, text: &str, tables: &[&Table]) -> Option<String> {
    let [edit] = suggestion.edits.as_slice() else { return None };
    if suggestion.applicability != Applicability::MachineApplicable {
        return None;
    }
    let written = &edit.replacement;
    let inner = written
        .strip_prefix('\'')
        .and_then(|w| w.strip_suffix('\''))
        .or_else(|| written.strip_prefix("%27").and_then(|w| w.strip_suffix("%27")))?;
    let before = text.get(..edit.span.range().start)?;
    let named = ["PropertyName=", "PropertyName%3D", "PropertyName%3d"].iter().any(|n| before.ends_with(n));
    (!named && tables.iter().any(|t| t.property(inner).is_some())).then(|| inner.to_owned())
}
