//! Interprets `--table` and `--entity-set`, by which several commands say which table a query is about.

use dvkit_ide::TableName;

/// Returns the table that the values of `--table` (`table`) or `--entity-set` (`entity_set`) give; `None` if
/// neither was given.
pub(crate) fn table_name(table: Option<&str>, entity_set: Option<&str>) -> Option<TableName> {
    match (table, entity_set) {
        (Some(name), _) => Some(TableName::Table(name.to_owned())),
        (None, set) => set.map(|set| TableName::EntitySet(set.to_owned())),
    }
}

/// The error message for a query whose table is not known.
pub(crate) const WHICH_TABLE: &str = "which table is this about? give `--table contact` or `--entity-set contacts`, or write \
     `contacts?$filter=…`";
