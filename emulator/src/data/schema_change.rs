//! Removes the values of tables, columns and keys that are deleted from the schema.

use dvkit_schema::Table;

use super::service_error::ServiceError;
use super::session::Session;
use super::store::quoted;

/// Reports whether the database has this table.
fn exists(session: &Session<'_>, table: &str) -> Result<bool, ServiceError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(session.rows.connection.query_row(sql, [table], |row| row.get::<_, i64>(0))? > 0)
}

/// Removes a table with its rows and the records of deleted rows.
///
/// # Errors
/// Returns an error if the database refuses the change.
pub(crate) fn drop_table(session: &Session<'_>, table: &str) -> Result<(), ServiceError> {
    super::search::forget(session, table)?;
    let connection = &session.rows.connection;
    connection.execute(&format!("DROP TABLE IF EXISTS {}", quoted(table)), [])?;
    connection.execute("DELETE FROM \"*deleted\" WHERE entity = ?1", [table])?;
    super::files::forget_table(session, table)
}

/// Removes the values of a column, and the indexes that contain it.
///
/// # Errors
/// Returns an error if the database refuses the change.
pub(crate) fn drop_column(session: &Session<'_>, table: &str, column: &str) -> Result<(), ServiceError> {
    super::files::forget_column(session, table, column)?;
    super::search::forget(session, table)?;
    let connection = &session.rows.connection;
    let names = |sql: &str, parameters: &[&str]| -> Result<Vec<String>, rusqlite::Error> {
        let mut statement = connection.prepare(sql)?;
        let found = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get(0))?;
        found.collect()
    };
    if names("SELECT name FROM pragma_table_info(?1) WHERE name = ?2", &[table, column])?.is_empty() {
        return Ok(());
    }
    let indexes =
        "SELECT DISTINCT l.name FROM pragma_index_list(?1) l, pragma_index_info(l.name) i WHERE i.name = ?2";
    for index in names(indexes, &[table, column])? {
        connection.execute(&format!("DROP INDEX {}", quoted(&index)), [])?;
    }
    connection.execute(&format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column)), [])?;
    Ok(())
}

/// Removes the index of an alternate key.
///
/// # Errors
/// Returns an error if the database refuses the change.
pub(crate) fn drop_key(session: &Session<'_>, table: &str, key: &str) -> Result<(), ServiceError> {
    let index = quoted(&format!("{table}*key.{key}"));
    session.rows.connection.execute(&format!("DROP INDEX IF EXISTS {index}"), [])?;
    Ok(())
}

/// Reports whether several rows of a table have the same values in all these columns.
///
/// # Errors
/// Returns an error if the rows cannot be read.
pub(crate) fn has_repeated_values(
    session: &Session<'_>,
    table: &Table,
    columns: &[String],
) -> Result<bool, ServiceError> {
    if !exists(session, &table.logical_name)? {
        return Ok(false);
    }
    let layout = session.layout(&table.logical_name)?;
    if columns.iter().any(|column| layout.kind(column).is_none()) {
        return Ok(false);
    }
    let list: Vec<String> = columns.iter().map(|c| quoted(c)).collect();
    let filled: Vec<String> = list.iter().map(|c| format!("{c} IS NOT NULL")).collect();
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {} WHERE {} GROUP BY {} HAVING count(*) > 1)",
        quoted(&layout.name),
        filled.join(" AND "),
        list.join(", ")
    );
    Ok(session.rows.connection.query_row(&sql, [], |row| row.get(0))?)
}
