//! Finds a table by its logical name or the name of its entity set. Programs call it for a table that a user
//! typed.

use dvkit_diagnostic::{Diagnostic, Span, Suggestion, code, suggest};
use dvkit_schema::Store;
use dvkit_schema::store::TableEntry;

/// Returns the table with this logical name or entity set name. Letter case in `name` is ignored.
///
/// # Errors
/// Returns a diagnostic with the code [`code::UNKNOWN_TABLE`] and the most similar names if there is no such
/// table. Its spans refer to `name`.
pub fn find_table<'a>(store: &'a Store, name: &str) -> Result<&'a TableEntry, Box<Diagnostic>> {
    let found = store.entry(name).or_else(|| store.table_by_entity_set(name));
    if let Some(entry) = found.or_else(|| any_case(store, name)) {
        return Ok(entry);
    }
    let span = Span::new(0, name.len());
    let names = store.tables().flat_map(|t| {
        let display = store.text(&t.display_name);
        [Some((t.logical_name.as_str(), display)), t.entity_set.as_deref().map(|set| (set, display))]
    });
    let mut diagnostic = Diagnostic::error(
        code::UNKNOWN_TABLE,
        span,
        format!("there is no table and no entity set `{name}` in this snapshot"),
    );
    // A table and its entity set are one suggestion: the closer of the two names.
    let mut offered: Vec<&str> = Vec::new();
    for close in suggest::ranked_by(name, names.flatten(), 6) {
        let entry = store.entry(close).or_else(|| store.table_by_entity_set(close));
        let table = entry.map_or(close, |t| t.logical_name.as_str());
        if offered.len() < 3 && !offered.contains(&table) {
            offered.push(table);
            diagnostic = diagnostic.suggest(Suggestion::maybe("did you mean", span, close));
        }
    }
    Err(Box::new(diagnostic))
}

fn any_case<'a>(store: &'a Store, name: &str) -> Option<&'a TableEntry> {
    store.tables().find(|t| {
        t.logical_name.eq_ignore_ascii_case(name)
            || t.entity_set.as_deref().is_some_and(|set| set.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use dvkit_schema::{Schema, Table};

    use super::*;

    fn store() -> Store {
        let mut schema = Schema::default();
        for (name, set) in [("contact", "contacts"), ("contract", "contracts"), ("feedback", "feedback")] {
            let table = Table { logical_name: name.into(), entity_set: Some(set.into()), ..Table::default() };
            schema.tables.insert(name.into(), table);
        }
        Store::from_schema(schema)
    }

    #[test]
    fn tables_are_found_by_name_and_set_in_any_case() {
        for name in ["contact", "contacts", "Contact", "CONTACTS"] {
            assert_eq!(find_table(&store(), name).unwrap().logical_name, "contact");
        }
    }

    #[test]
    fn at_most_three_tables_are_offered() {
        let mut schema = Schema::default();
        for name in ["task1", "task2", "task3", "task4"] {
            let table = Table { logical_name: name.into(), ..Table::default() };
            schema.tables.insert(name.into(), table);
        }
        let store = Store::from_schema(schema);
        assert_eq!(find_table(&store, "task").unwrap_err().suggestions.len(), 3);
    }

    #[test]
    fn a_table_is_offered_once() {
        let error = find_table(&store(), "contcat").unwrap_err();
        let offered: Vec<&str> = error.suggestions.iter().map(|s| s.edits[0].replacement.as_str()).collect();
        assert_eq!((error.code, error.span), (code::UNKNOWN_TABLE, Span::new(0, 7)));
        assert!(error.suggestions.iter().all(|s| s.edits[0].span == error.span), "{error:?}");
        assert!(offered.contains(&"contact") && !offered.contains(&"contacts"), "{offered:?}");
    }
}
