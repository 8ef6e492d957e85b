//! Which table is meant.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

/// The table with this logical name or entity set, in any case.
///
/// # Errors
/// [`code::UNKNOWN_TABLE`] with the closest names; its spans are into `name`.
pub fn find_table<'a>(store: &'a Store, name: &str) -> Result<&'a TableEntry, Box<Diagnostic>> {
    let found = store.entry(name).or_else(|| store.table_of_set(name));
    if let Some(entry) = found.or_else(|| any_case(store, name)) {
        return Ok(entry);
    }
    let span = Span::new(0, name.len());
    let names = store.tables().flat_map(|t| {
        let display = t.display_name.best(1033);
        [Some((t.logical_name.as_str(), display)), t.entity_set.as_deref().map(|set| (set, display))]
    });
    let mut diagnostic = Diagnostic::error(
        code::UNKNOWN_TABLE,
        span,
        format!("there is no table and no entity set `{name}` in this snapshot"),
    );
    for close in suggest::ranked_by(name, names.flatten(), 3) {
        diagnostic = diagnostic.suggest(Suggestion::maybe("did you mean", span, close));
    }
    Err(Box::new(diagnostic))
}

fn any_case<'a>(store: &'a Store, name: &str) -> Option<&'a TableEntry> {
    store.tables().find(|t| {
        t.logical_name.eq_ignore_ascii_case(name)
            || t.entity_set.as_deref().is_some_and(|set| set.eq_ignore_ascii_case(name))
    })
}
