//! Assembles the snapshot from the responses in a journal, at the end of a fetch. To save memory, it holds
//! only `$metadata` and the tables of one part (up to ten tables) at a time.

use std::collections::BTreeSet;

use dvkit_schema::store::{SnapshotWriter, SyncState, WriteSummary};
use dvkit_schema::wire::{self, ImportedSchema};
use dvkit_schema::{Choice, ChoiceRef, ColumnType, LocalizedText, Operation, Org, Schema, StoreError, Table};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::change_info::ChangeInfo;
use super::journal::{Journal, JournalEntry, Plan};
use super::select::Selection;
use crate::{Error, csdl};

/// The destination of the assembled tables and choices: a snapshot on disk, or memory.
pub(super) enum Sink {
    /// The writer of a snapshot on disk.
    Snapshot(Box<SnapshotWriter>),
    /// A schema in memory.
    Memory(Box<Schema>),
}

impl Sink {
    fn table(&mut self, table: Table) -> Result<(), StoreError> {
        match self {
            Self::Snapshot(writer) => writer.table(&table),
            Self::Memory(schema) => {
                schema.tables.insert(table.logical_name.clone(), table);
                Ok(())
            }
        }
    }

    fn choice(&mut self, choice: Choice) -> Result<(), StoreError> {
        match self {
            Self::Snapshot(writer) => writer.choice(&choice),
            Self::Memory(schema) => {
                schema.choices.insert(choice.name.clone(), choice);
                Ok(())
            }
        }
    }

    fn operations(&mut self, operations: Vec<Operation>) -> Result<(), StoreError> {
        match self {
            Self::Snapshot(writer) => writer.operations(&operations),
            Self::Memory(schema) => {
                schema.operations = operations;
                Ok(())
            }
        }
    }
}

/// The result of assembling: the numbers of items, and either the summary of the written files or the schema
/// in memory.
#[derive(Default)]
pub(super) struct Assembled {
    pub(super) tables: usize,
    pub(super) columns: usize,
    pub(super) choices: usize,
    pub(super) operations: usize,
    pub(super) written: Option<WriteSummary>,
    /// The assembled schema if the destination was memory, otherwise `None`.
    pub(super) schema: Option<Schema>,
}

/// Assembles all tables, choices and operations, and writes them to `sink`. `plan` is the plan of the fetch,
/// `languages` (LCIDs) are the languages whose labels are kept, and `sync` is the state that is stored with
/// the snapshot. If a response contradicts `$metadata`, the fact of the response is kept. Returns an error if
/// a stored response is missing or invalid, or if the snapshot cannot be written.
pub(super) fn assemble(
    journal: &Journal,
    plan: &Plan,
    selection: &Selection,
    languages: &[u32],
    mut sync: SyncState,
    sink: Sink,
) -> Result<Assembled, Error> {
    let Schema { tables: mut csdl, operations, .. } = read_csdl(journal)?;
    let declared: BTreeSet<String> = csdl.keys().cloned().collect();
    let mut out = Assembler {
        sink,
        languages,
        languages_found: BTreeSet::new(),
        bases: BTreeSet::new(),
        written: BTreeSet::new(),
        done: Assembled::default(),
    };
    let mut org = Org { base_language: read_base_language(journal)?, ..Org::default() };
    let mut choices = Schema::default();
    for number in 0..plan.parts.len() {
        let schema = read_part(journal, plan, number, &mut sync)?;
        org.url = org.url.or(schema.org.url);
        choices.merge(Schema { choices: schema.choices, ..Schema::default() });
        let asked = plan.parts.get(number).map(Vec::as_slice).unwrap_or_default();
        for (name, table) in schema.tables {
            // A table that this part did not request is in another part, or was not selected.
            if !asked.contains(&name) {
                continue;
            }
            let more = csdl.remove(&name).map(|more| (name.clone(), more));
            let mut one = Schema { tables: [(name, table)].into(), ..Schema::default() };
            one.merge(Schema { tables: more.into_iter().collect(), ..Schema::default() });
            for table in one.tables.into_values() {
                out.table(table)?;
            }
        }
    }
    // Abstract tables, and others that only `$metadata` has. The base of a selected table is selected too.
    let unwanted: BTreeSet<&String> = plan.left_out.iter().collect();
    for (name, table) in csdl {
        if !unwanted.contains(&name) && (selection.selects(&name, None) || out.bases.contains(&name)) {
            out.table(table)?;
        }
    }
    let mut global = read_choices(journal, &mut sync)?;
    if !selection.is_all() {
        global.choices.retain(|name, _| choices.choices.contains_key(name));
    }
    choices.merge(Schema { choices: global.choices, ..Schema::default() });
    for choice in choices.choices.into_values() {
        out.choice(choice)?;
    }
    let wanted =
        wanted_operations(operations, |table| declared.contains(table) && !out.written.contains(table));
    out.done.operations = wanted.len();
    out.sink.operations(wanted)?;
    out.finish(org, sync)
}

/// Returns the operations to keep: all except those bound to a table for which `left_out` returns true.
pub(super) fn wanted_operations(
    mut operations: Vec<Operation>,
    left_out: impl Fn(&str) -> bool,
) -> Vec<Operation> {
    operations.retain(|o| !o.binding().is_some_and(|on| left_out(&on.name)));
    operations
}

/// The state of assembling a snapshot.
struct Assembler<'a> {
    sink: Sink,
    languages: &'a [u32],
    /// The languages (LCID) of the labels in the tables and choices assembled so far.
    languages_found: BTreeSet<u32>,
    /// The base types of the tables assembled so far.
    bases: BTreeSet<String>,
    /// The names of the tables assembled so far.
    written: BTreeSet<String>,
    done: Assembled,
}

impl Assembler<'_> {
    fn table(&mut self, table: Table) -> Result<(), Error> {
        self.bases.extend(table.base.clone());
        let alone = Schema { tables: [(table.logical_name.clone(), table)].into(), ..Schema::default() };
        for table in self.tidied(alone).tables.into_values() {
            self.done.tables += 1;
            self.written.insert(table.logical_name.clone());
            self.done.columns += table.columns.len();
            self.sink.table(table)?;
        }
        Ok(())
    }

    fn choice(&mut self, choice: Choice) -> Result<(), Error> {
        let alone = Schema { choices: [(choice.name.clone(), choice)].into(), ..Schema::default() };
        for choice in self.tidied(alone).choices.into_values() {
            self.done.choices += 1;
            self.sink.choice(choice)?;
        }
        Ok(())
    }

    fn tidied(&mut self, mut schema: Schema) -> Schema {
        keep_languages(&mut schema, self.languages);
        schema.collect_languages();
        self.languages_found.extend(&schema.org.languages);
        schema
    }

    fn finish(mut self, mut org: Org, sync: SyncState) -> Result<Assembled, Error> {
        org.languages = self.languages_found.into_iter().collect();
        match self.sink {
            Sink::Snapshot(writer) => self.done.written = Some(writer.finish(&org, &sync)?),
            Sink::Memory(mut schema) => {
                schema.org = org;
                schema.sort();
                self.done.schema = Some(*schema);
            }
        }
        Ok(self.done)
    }
}

/// Removes the labels in languages (LCIDs) other than `languages`; if `languages` is empty, keeps all labels.
/// Some requests cannot restrict the languages of labels, so their responses have too many.
pub(super) fn keep_languages(schema: &mut Schema, languages: &[u32]) {
    if languages.is_empty() {
        return;
    }
    let keep = |label: &mut LocalizedText| label.0.retain(|language, _| languages.contains(language));
    let in_choice = |choice: &mut Choice| {
        keep(&mut choice.display_name);
        keep(&mut choice.description);
        for option in &mut choice.options {
            keep(&mut option.label);
            keep(&mut option.description);
        }
    };
    for table in schema.tables.values_mut() {
        keep(&mut table.display_name);
        keep(&mut table.display_collection_name);
        keep(&mut table.description);
        for column in &mut table.columns {
            keep(&mut column.display_name);
            keep(&mut column.description);
            match &mut column.ty {
                ColumnType::Choice { choice: Some(ChoiceRef::Local(choice)), .. }
                | ColumnType::Boolean { choice: Some(ChoiceRef::Local(choice)), .. }
                | ColumnType::Choices { choice: Some(ChoiceRef::Local(choice)) }
                | ColumnType::State { choice: Some(ChoiceRef::Local(choice)), .. }
                | ColumnType::Status { choice: Some(ChoiceRef::Local(choice)), .. } => in_choice(choice),
                _ => {}
            }
        }
    }
    schema.choices.values_mut().for_each(in_choice);
}

fn read_csdl(journal: &Journal) -> Result<Schema, Error> {
    let text = journal.take(JournalEntry::Csdl)?;
    let imported = csdl::read(&text).map_err(|e| {
        journal.discard(JournalEntry::Csdl);
        Error::Response { what: "$metadata".to_owned(), message: e.to_string() }
    })?;
    Ok(imported.schema)
}

/// Reads the tables of the part with the index `number` in the plan, and adds their ids to `sync`. A part
/// that was fetched from `EntityDefinitions` consists of several JSON documents, one after the other. Returns
/// an error if the response is invalid; it is removed from the journal, so that the next attempt requests it
/// again.
fn read_part(journal: &Journal, plan: &Plan, number: usize, sync: &mut SyncState) -> Result<Schema, Error> {
    let text = journal.take(JournalEntry::Part(number))?;
    let unusable = |message: String| {
        // Another attempt gets another response.
        journal.discard(JournalEntry::Part(number));
        let tables = plan.parts.get(number).map(|names| names.join(", ")).unwrap_or_default();
        Error::Response { what: format!("the response for {tables}"), message }
    };
    let mut schema = Schema::default();
    for document in documents(&text).map_err(|e| unusable(e.to_string()))? {
        let ImportedSchema { schema: read, .. } =
            wire::read(document).map_err(|e| unusable(e.to_string()))?;
        schema.merge(read);
        ChangeInfo::read(document).map_err(|e| unusable(e.to_string()))?.note(sync);
    }
    Ok(schema)
}

/// Splits a text into the JSON documents of which it consists, in order. Returns an error if a document is
/// not JSON.
fn documents(text: &str) -> Result<Vec<&str>, serde_json::Error> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let (mut found, mut start) = (Vec::new(), 0);
    while let Some(next) = stream.next() {
        next?;
        found.extend(text.get(start..stream.byte_offset()));
        start = stream.byte_offset();
    }
    Ok(found)
}

/// Returns the base language of the organisation (an LCID); `None` if the user may not read the
/// organisation's row. Returns an error if the response is invalid; it is removed from the journal.
fn read_base_language(journal: &Journal) -> Result<Option<u32>, Error> {
    #[derive(Deserialize)]
    struct Rows {
        value: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        languagecode: Option<u32>,
    }
    let text = journal.take(JournalEntry::Organisation)?;
    let rows: Rows = serde_json::from_str(&text).map_err(|e| {
        journal.discard(JournalEntry::Organisation);
        Error::Response { what: "organizations".to_owned(), message: e.to_string() }
    })?;
    Ok(rows.value.into_iter().find_map(|row| row.languagecode).filter(|code| *code != 0))
}

fn read_choices(journal: &Journal, sync: &mut SyncState) -> Result<Schema, Error> {
    #[derive(Deserialize)]
    struct Ids {
        #[serde(default)]
        value: Vec<Id>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Id {
        name: Option<String>,
        metadata_id: Option<String>,
    }
    let text = journal.take(JournalEntry::Choices)?;
    let unusable = |message: String| {
        journal.discard(JournalEntry::Choices);
        Error::Response { what: "GlobalOptionSetDefinitions".to_owned(), message }
    };
    let mut schema = Schema::default();
    for document in documents(&text).map_err(|e| unusable(e.to_string()))? {
        schema.merge(wire::read(document).map_err(|e| unusable(e.to_string()))?.schema);
        let ids: Ids = serde_json::from_str(document).map_err(|e| unusable(e.to_string()))?;
        let known = ids.value.into_iter().filter_map(|i| Some((i.name?, i.metadata_id?)));
        sync.choices.extend(known);
    }
    Ok(schema)
}

#[cfg(test)]
mod tests;
