//! Decides which columns code can be generated for.

use dvkit_schema::{Column, ColumnType, Table};

/// Returns whether code can be generated for a column: the column is a property that can be read or written,
/// and a field can have its type.
pub(super) fn is_usable(column: &Column) -> bool {
    let some = column.valid_for_read != Some(false)
        || column.valid_for_create == Some(true)
        || column.valid_for_update == Some(true);
    some && column.is_property()
        && !matches!(
            column.ty,
            ColumnType::PartyList { .. }
                | ColumnType::Virtual
                | ColumnType::CalendarRules
                | ColumnType::Other { .. }
        )
}

/// Returns the columns of a table for which code can be generated. A column that a badly merged file contains
/// twice is returned once.
pub(crate) fn usable(table: &Table) -> impl Iterator<Item = &Column> {
    let mut last = None;
    table.columns.iter().filter(move |column| {
        let again = last.replace(&column.logical_name) == Some(&column.logical_name);
        !again && is_usable(column)
    })
}
