//! Reads seeds: JSON and CSV.

use std::path::Path;
use std::sync::Arc;

use dvkit_files::LinkPolicy;
use serde_json::Value as Json;

use super::{SeedError, SeedRow};

/// The largest file with rows that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Returns whether a file with this name contains CSV.
pub(super) fn is_csv(name: &str) -> bool {
    name.len() > 4 && name.get(name.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".csv"))
}

/// Reads the rows of a file: JSON, or CSV if its name ends in `.csv`.
///
/// # Errors
/// Returns an error if the file cannot be read, or if its content has another form.
pub(super) fn file(path: &Path, rows: &mut Vec<SeedRow>) -> Result<(), SeedError> {
    let name: Arc<str> = path.display().to_string().into();
    let wrong = |message: String| SeedError { file: Some(name.to_string()), ..SeedError::new(message) };
    let text = dvkit_files::read_text(path, LinkPolicy::FollowNamed, MAX_FILE_BYTES);
    let text = text.map_err(|e| wrong(format!("the file cannot be read: {e}")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if is_csv(&name) {
        return csv(&name, &stem.into(), text, rows);
    }
    let json: Json = serde_json::from_str(text).map_err(|e| wrong(format!("not valid JSON: {e}")))?;
    json_of_file(&name, &stem, &json, rows)
}

/// Reads a file's JSON: an object with an array of rows for each table, an array of rows of the table that the
/// file is named after, or the response of a collection.
fn json_of_file(name: &Arc<str>, stem: &str, value: &Json, rows: &mut Vec<SeedRow>) -> Result<(), SeedError> {
    match value {
        Json::Array(items) => table(Some(name), &stem.into(), items, rows),
        Json::Object(members) if members.contains_key("@odata.context") => {
            let context = members.get("@odata.context").and_then(Json::as_str).unwrap_or_default();
            let (_, set) = context.split_once("$metadata#").unwrap_or_default();
            let set = set.split(['(', '/']).next().filter(|set| !set.is_empty()).unwrap_or(stem);
            match members.get("value") {
                Some(Json::Array(items)) => table(Some(name), &set.into(), items, rows),
                _ => table(Some(name), &set.into(), std::slice::from_ref(value), rows),
            }
        }
        _ => json(Some(name), value, rows),
    }
}

/// Reads an object with an array of rows for each table.
///
/// # Errors
/// Returns an error if the JSON has another form.
pub(super) fn json(file: Option<&Arc<str>>, value: &Json, rows: &mut Vec<SeedRow>) -> Result<(), SeedError> {
    let file_name = || file.map(ToString::to_string);
    let Json::Object(tables) = value else {
        return Err(SeedError {
            file: file_name(),
            ..SeedError::new(
                "seeds are an object with an array of rows for each table: {\"accounts\": [{…}]}",
            )
        });
    };
    for (name, items) in tables.iter().filter(|(name, _)| !name.starts_with('@')) {
        let Json::Array(items) = items else {
            return Err(SeedError {
                file: file_name(),
                table: Some(name.clone()),
                ..SeedError::new("the rows of a table are an array of objects: [{…}, {…}]")
            });
        };
        table(file, &name.as_str().into(), items, rows)?;
    }
    Ok(())
}

fn table(
    file: Option<&Arc<str>>,
    name: &Arc<str>,
    items: &[Json],
    rows: &mut Vec<SeedRow>,
) -> Result<(), SeedError> {
    for (index, item) in items.iter().enumerate() {
        let mut row =
            SeedRow { file: file.cloned(), table: Arc::clone(name), row: index + 1, members: Vec::new() };
        let Json::Object(members) = item else {
            return Err(row.error(None, "a row is an object: {\"name\": \"Contoso\"}"));
        };
        row.members = members.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        rows.push(row);
    }
    Ok(())
}

/// Reads CSV as RFC 4180 describes it. The first line names the columns; an empty cell is no value. Cells are
/// separated by commas, or by semicolons if the first line has no comma.
fn csv(file: &Arc<str>, name: &Arc<str>, text: &str, rows: &mut Vec<SeedRow>) -> Result<(), SeedError> {
    let head = text.lines().next().unwrap_or_default();
    let separator = if head.contains(';') && !head.contains(',') { ';' } else { ',' };
    let mut records = Records { rest: text.chars().peekable(), line: 1, separator };
    let at = |line| SeedRow {
        file: Some(Arc::clone(file)),
        table: Arc::clone(name),
        row: line,
        members: Vec::new(),
    };
    let Some((_, columns)) = records.next_record().map_err(|(line, why)| at(line).error(None, why))? else {
        return Err(at(1).error(None, "the file is empty; its first line names the columns"));
    };
    let columns: Vec<String> = columns.iter().map(|column| column.trim().to_owned()).collect();
    if let Some(empty) = columns.iter().position(String::is_empty) {
        return Err(at(1).error(None, format!("column {} has no name", empty + 1)));
    }
    while let Some((line, cells)) = records.next_record().map_err(|(line, why)| at(line).error(None, why))? {
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let mut row = at(line);
        if cells.len() != columns.len() {
            let message = format!(
                "the line has {} cells, and the first line names {} columns",
                cells.len(),
                columns.len()
            );
            return Err(row.error(None, message));
        }
        let filled = columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
        row.members = filled.map(|(column, cell)| (column.clone(), Json::String(cell))).collect();
        rows.push(row);
    }
    Ok(())
}

/// A record of a CSV text: the number of its first line, and its cells.
type Record = (usize, Vec<String>);

/// The records of a CSV text.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    /// The number of the current line, from 1.
    line: usize,
    separator: char,
}

impl Records<'_> {
    /// Returns the next record with the number of its first line, or `None` at the end of the text.
    fn next_record(&mut self) -> Result<Option<Record>, (usize, String)> {
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let first = self.line;
        let mut cells = vec![String::new()];
        let mut quoted = false;
        while let Some(c) = self.rest.next() {
            if c == '\n' {
                self.line += 1;
            }
            let at_start = cells.last().is_none_or(String::is_empty);
            match c {
                '"' if quoted && self.rest.peek() == Some(&'"') => {
                    self.rest.next();
                    push(&mut cells, '"');
                }
                '"' if quoted => quoted = false,
                '"' if at_start => quoted = true,
                c if quoted => push(&mut cells, c),
                '\r' if self.rest.peek() == Some(&'\n') => {}
                '\n' => return Ok(Some((first, cells))),
                c if c == self.separator => cells.push(String::new()),
                c => push(&mut cells, c),
            }
        }
        match quoted {
            true => Err((first, "a quotation mark is not closed".to_owned())),
            false => Ok(Some((first, cells))),
        }
    }
}

fn push(cells: &mut [String], c: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(c);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn csv_has_quotes_line_breaks_and_semicolons() {
        let mut rows = Vec::new();
        let text = "name,description\r\n\"A, \"\"B\"\"\",\"two\nlines\"\r\n\r\nC,\r\n";
        csv(&"x/accounts.csv".into(), &"accounts".into(), text, &mut rows).unwrap();
        let members: Vec<_> = rows.iter().map(|r| (r.row, r.members.clone())).collect();
        assert_eq!(
            members[0].1,
            [("name".into(), json!("A, \"B\"")), ("description".into(), json!("two\nlines"))]
        );
        assert_eq!((members[0].0, members[1].0), (2, 5));
        assert_eq!(members[1].1, [("name".to_owned(), json!("C"))]);
        rows.clear();
        csv(&"a.csv".into(), &"a".into(), "name;x\nA,B;1", &mut rows).unwrap();
        assert_eq!(rows[0].members[0].1, json!("A,B"));
    }

    #[test]
    fn errors_name_file_row_and_column() {
        let mut rows = Vec::new();
        let error =
            csv(&"x/accounts.csv".into(), &"accounts".into(), "name\nA\nB,C\n", &mut rows).unwrap_err();
        assert_eq!(
            error.to_string(),
            "x/accounts.csv, accounts, line 3: the line has 2 cells, and the first line names 1 columns"
        );
        let error = json(None, &json!({"accounts": {"name": "A"}}), &mut rows).unwrap_err();
        assert_eq!(error.to_string(), "accounts: the rows of a table are an array of objects: [{…}, {…}]");
    }
}
