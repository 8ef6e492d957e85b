//! Reads and checks the files of a snapshot, for [`Store`](super::Store). The files may come from anyone, so
//! names and limits are checked before anything else uses them.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::format::{FORMAT_VERSION, OPERATIONS, ORG, Operations, choice_path, table_path};
use super::index::{ChoiceEntry, FormatHeader, Index, TableEntry};
use super::source::Source;
use super::{StoreError, names};
use crate::{Choice, Operation, Table};

fn damaged(path: PathBuf, message: impl Into<String>) -> StoreError {
    StoreError::Damaged { path, line: 0, column: 0, message: message.into() }
}

/// Parses the JSON of one file. `path` returns the file's path, and is called only if there is an error.
/// serde_json limits the depth of nesting.
fn parse<T: DeserializeOwned>(path: impl FnOnce() -> PathBuf, bytes: &[u8]) -> Result<T, StoreError> {
    // Editors on Windows may have added a byte order mark.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|e| StoreError::Damaged {
        path: path(),
        line: e.line(),
        column: e.column(),
        message: without_position(&e),
    })
}

/// Returns serde_json's message without its end ` at line 1 column 2`. The position is printed elsewhere,
/// before the message.
fn without_position(e: &serde_json::Error) -> String {
    let mut text = e.to_string();
    if let Some(at) = text.rfind(" at line ") {
        text.truncate(at);
    }
    text
}

/// Reads and checks `org.json`. Returns an error if the file is missing or invalid, or if it has a newer
/// format than this version reads.
pub(super) fn index(source: &Source) -> Result<Index, StoreError> {
    let path = || source.path(ORG);
    let Some(bytes) = source.read(ORG)? else { return Err(StoreError::Missing { path: path() }) };
    let newer = |found| StoreError::Newer { path: path(), found, known: FORMAT_VERSION };
    let mut index: Index = parse(path, &bytes).map_err(|e| match parse::<FormatHeader>(path, &bytes) {
        // A newer format may have any layout, so only its version is reported.
        Ok(header) if header.format > FORMAT_VERSION => newer(header.format),
        _ => e,
    })?;
    if index.format > FORMAT_VERSION {
        return Err(newer(index.format));
    }
    if index.format == 0 {
        return Err(damaged(path(), "format 0 does not exist"));
    }
    let stems = index.tables.iter().map(TableEntry::stem).chain(index.choices.iter().map(ChoiceEntry::stem));
    for stem in stems {
        if !names::is_safe(stem) {
            return Err(damaged(path(), format!("`{stem}` is no name of a snapshot file")));
        }
    }
    // A file that was merged by hand may be out of order.
    if !index.tables.is_sorted_by(|a, b| a.logical_name < b.logical_name) {
        index.tables.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        if let Some(twice) = index.tables.windows(2).find(|w| w[0].logical_name == w[1].logical_name) {
            return Err(damaged(path(), format!("table `{}` is listed twice", twice[0].logical_name)));
        }
    }
    if !index.choices.is_sorted_by(|a, b| a.name < b.name) {
        index.choices.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(twice) = index.choices.windows(2).find(|w| w[0].name == w[1].name) {
            return Err(damaged(path(), format!("choice `{}` is listed twice", twice[0].name)));
        }
    }
    Ok(index)
}

/// Returns the path of a table's file, relative to the snapshot's directory.
pub(super) fn table_file(entry: &TableEntry) -> String {
    table_path(entry.stem())
}

/// Returns the path of a global choice's file, relative to the snapshot's directory.
pub(super) fn choice_file(entry: &ChoiceEntry) -> String {
    choice_path(entry.stem())
}

/// Reads and checks the file of the table with the index entry `entry`. Returns an error if the file is
/// missing or invalid, or is about another table.
pub(super) fn table(source: &Source, entry: &TableEntry) -> Result<Table, StoreError> {
    let relative = table_file(entry);
    let path = || source.path(&relative);
    let bytes = source.read(&relative)?.ok_or_else(|| {
        damaged(path(), format!("it does not exist, but `{ORG}` lists table `{}`", entry.logical_name))
    })?;
    let mut table: Table = parse(path, &bytes)?;
    if table.logical_name != entry.logical_name {
        let (found, wanted) = (&table.logical_name, &entry.logical_name);
        return Err(damaged(path(), format!("it is about table `{found}`, but `{ORG}` says `{wanted}`")));
    }
    // Look-ups use binary search, and a file merged by hand may be out of order.
    table.sort();
    Ok(table)
}

/// Reads and checks the file of the global choice with the index entry `entry`. Returns an error if the file
/// is missing or invalid, or is about another choice.
pub(super) fn choice(source: &Source, entry: &ChoiceEntry) -> Result<Choice, StoreError> {
    let relative = choice_file(entry);
    let path = || source.path(&relative);
    let bytes = source.read(&relative)?.ok_or_else(|| {
        damaged(path(), format!("it does not exist, but `{ORG}` lists choice `{}`", entry.name))
    })?;
    let mut choice: Choice = parse(path, &bytes)?;
    if choice.name != entry.name {
        let (found, wanted) = (&choice.name, &entry.name);
        return Err(damaged(path(), format!("it is about choice `{found}`, but `{ORG}` says `{wanted}`")));
    }
    choice.sort();
    Ok(choice)
}

/// Reads the file of the operations. Call this only if the index says that the file exists. Returns an error
/// if the file is missing or invalid.
pub(super) fn operations(source: &Source) -> Result<Vec<Operation>, StoreError> {
    let path = || source.path(OPERATIONS);
    let bytes = source
        .read(OPERATIONS)?
        .ok_or_else(|| damaged(path(), format!("it does not exist, but `{ORG}` says that it does")))?;
    let Operations { mut operations } = parse(path, &bytes)?;
    operations.sort_unstable();
    operations.dedup();
    Ok(operations)
}
