//! Returns where a name of a query is defined: in the query, or in a file of the snapshot.

use std::ops::Range;
use std::path::PathBuf;

use dvkit_diagnostic::Span;
use dvkit_files::LinkPolicy;
use dvkit_schema::ChoiceRef;

use super::QueryContext;
use super::parts::Meaning;
use crate::Error;

/// The place where a name is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The query defines the name. The field is the position in the text of the query.
    Query(Span),
    /// A file of the snapshot defines the name.
    File(FilePosition),
}

/// A position in a file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePosition {
    /// The path of the file.
    pub path: PathBuf,
    /// The number of the line, counted from 0.
    pub line: usize,
    /// The range of the bytes in the file; `0..0` if only the file is known.
    pub range: Range<usize>,
}

impl QueryContext<'_> {
    /// Returns where the name at the offset `offset` is defined: an alias or a variable in the query, a table, a
    /// column or a navigation property in the file of the table. Returns `None` if there is no such name at the
    /// offset, or if the snapshot was not read from a folder.
    ///
    /// # Errors
    /// Returns an error if the snapshot cannot be read.
    pub fn definition(&self, offset: usize) -> Result<Option<Definition>, Error> {
        let parts = self.parts()?;
        let Some(part) = parts.at(self.clamp(offset)) else { return Ok(None) };
        let found = match &part.meaning {
            Meaning::Local(_) => match parts.local(part) {
                Some(local) => match (local.definition, &local.table) {
                    (Some(span), _) => return Ok(Some(Definition::Query(span))),
                    (None, Some(table)) => self.in_table(table, "logical_name", table),
                    (None, None) => None,
                },
                None => None,
            },
            Meaning::Table(entry) => self.in_table(&entry.logical_name, "logical_name", &entry.logical_name),
            Meaning::Column(table, column) => {
                self.in_table(&table.logical_name, "logical_name", &column.logical_name)
            }
            Meaning::Navigation(table, relationship) => {
                let name = relationship.navigation.as_deref().unwrap_or_default();
                self.in_table(&table.logical_name, "navigation", name)
            }
            Meaning::Option(table, column, value) => match column.ty.choice() {
                Some(ChoiceRef::Global(name)) => self.in_choice(name, *value),
                _ => self.in_table(&table.logical_name, "logical_name", &column.logical_name),
            },
            _ => None,
        };
        Ok(found.map(Definition::File))
    }

    /// Returns the position of the member `key` with the value `value` in the file of a table; the beginning of
    /// the file if it is not found.
    fn in_table(&self, table: &str, key: &str, value: &str) -> Option<FilePosition> {
        let path = self.store.table_file(table)?;
        let value = serde_json::to_string(value).ok()?;
        Some(located(path, &format!("\"{key}\": {value}"), &value))
    }

    /// Returns the position of an option in the file of a global choice.
    fn in_choice(&self, choice: &str, value: i32) -> Option<FilePosition> {
        let path = self.store.choice_file(choice)?;
        let value = value.to_string();
        Some(located(path, &format!("\"value\": {value},"), &value))
    }
}

/// The maximum size in bytes of a snapshot's file that is searched.
const MAX_FILE: u64 = 64 << 20;

/// Returns the position of `value` in the first occurrence of `member` in a file. Returns the beginning of the file
/// if the file cannot be read or does not contain the member, because someone may have formatted it.
fn located(path: PathBuf, member: &str, value: &str) -> FilePosition {
    let text = dvkit_files::read_text(&path, LinkPolicy::Refuse, MAX_FILE).unwrap_or_default();
    let Some(at) = text.find(member) else { return FilePosition { path, line: 0, range: 0..0 } };
    let start = at + member.rfind(value).unwrap_or(0);
    let line = text[..start].matches('\n').count();
    FilePosition { path, line, range: start..start + value.len() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, sample};
    use super::*;

    #[test]
    fn names_of_the_snapshot_are_in_its_files() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/schema");
        let store = dvkit_schema::Store::open(&folder).unwrap();
        let query =
            "contacts?$select=fullname&$expand=parentcustomerid_account($select=name)&$filter=new_x eq 1";
        let at = |name: &str| context(&store, query, None).definition(query.find(name).unwrap()).unwrap();
        for (name, file, quoted) in [
            ("contacts", "contact.json", "\"contact\""),
            ("fullname", "contact.json", "\"fullname\""),
            ("parentcustomerid_account", "contact.json", "\"parentcustomerid_account\""),
            ("name)", "account.json", "\"name\""),
        ] {
            let Some(Definition::File(position)) = at(name) else { panic!("{name}") };
            assert!(position.path.ends_with(file), "{name}: {}", position.path.display());
            let text = std::fs::read_to_string(&position.path).unwrap();
            assert_eq!(&text[position.range.clone()], quoted, "{name}");
            assert!(text.lines().nth(position.line).unwrap().contains(quoted));
        }
        assert_eq!(at("new_x"), None);
    }

    #[test]
    fn an_alias_is_defined_in_the_query() {
        let store = sample();
        let query = "contacts?$filter=fullname eq @n&@n='a'";
        let found = context(&store, query, None).definition(query.find("@n&").unwrap()).unwrap();
        assert_eq!(found, Some(Definition::Query(Span::new(query.len() - 6, query.len() - 4))));
        assert_eq!(context(&store, query, None).definition(query.find("fullname").unwrap()).unwrap(), None);
    }
}
