//! Reads the changes since a stamp from a response, and applies them to the snapshot's tables and choices.
//!
//! The response contains the definitions that are new or have changed, within the tables that they belong to.
//! `HasChanged` is false for a table that is in the response only because it contains such a definition. A
//! changed definition is complete and replaces the previous one, except for the facts that only `$metadata`
//! gives (a table's base, the table that a column is inherited from, property names that follow no rule). A
//! changed choice lists all options, but unchanged options without their texts. Deletions are given by id.

use std::collections::{BTreeMap, BTreeSet};

use dvkit_schema::store::SyncState;
use dvkit_schema::wire::{self, ImportedSchema};
use dvkit_schema::{
    Choice, ChoiceOption, ChoiceRef, Column, Operation, Relationship, Schema, Side, Store, Table,
};

use super::assemble::keep_languages;
use super::change_info::{ChangeInfo, ColumnChangeInfo, TableChangeInfo};
use super::select::Selection;
use crate::Error;

/// The changed tables and choices of a snapshot, by name. The value is the new table or choice; `None` means
/// that it was deleted.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) tables: BTreeMap<String, Option<Table>>,
    pub(super) choices: BTreeMap<String, Option<Choice>>,
    /// Whether there are new tables. If so, `$metadata` is needed for the facts that only it gives.
    pub(super) new_tables: bool,
    /// All operations, if `$metadata` was read because of new tables; otherwise `None`.
    pub(super) operations: Option<Vec<Operation>>,
}

/// Reads a response with the changes since the snapshot in `store` was fetched. Changes of tables outside of
/// `selection` and labels in languages (LCIDs) other than `languages` are ignored. Updates `sync` to the
/// state after the changes. Returns an error if the response is invalid, or if the snapshot in `store` cannot
/// be read.
pub(super) fn read(
    text: &str,
    store: &Store,
    selection: &Selection,
    languages: &[u32],
    sync: &mut SyncState,
) -> Result<Changes, Error> {
    let unusable =
        |message: String| Error::Response { what: "the response with changes".to_owned(), message };
    let marks = ChangeInfo::read(text).map_err(|e| unusable(e.to_string()))?;
    let deleted = marks.deleted();
    let mut reader = Reader { store, changes: Changes::default() };
    reader.delete(&deleted, sync)?;
    // The reader of files does not accept a response without definitions.
    let mut response = Schema::default();
    if !marks.tables.is_empty() {
        let ImportedSchema { schema, .. } = wire::read(text).map_err(|e| unusable(e.to_string()))?;
        response = schema;
        keep_languages(&mut response, languages);
    }
    let by_name: BTreeMap<&str, &TableChangeInfo> =
        marks.tables.iter().filter_map(|m| Some((m.logical_name.as_deref()?, m))).collect();
    for (name, table) in response.tables {
        let Some(info) = by_name.get(name.as_str()) else { continue };
        let old = reader.table(&name)?;
        match old {
            Some(old) => reader.changed(old, table, info),
            None if selection.selects(&name, info.metadata_id.as_deref()) && is_whole(info) => {
                reader.changes.new_tables = true;
                reader.changes.tables.insert(name, Some(table));
            }
            None => {}
        }
    }
    for (name, choice) in response.choices {
        reader.choice(&name, choice)?;
    }
    reader.inherit()?;
    reader.drop_unchanged()?;
    sync.stamp = marks.stamp.clone().or(sync.stamp.take());
    marks.note(sync);
    Ok(reader.changes)
}

/// Returns whether the response has a complete definition of the table. If not, the table is in the response
/// only because it contains a changed definition.
fn is_whole(info: &TableChangeInfo) -> bool {
    info.has_changed != Some(false)
}

struct Reader<'s> {
    store: &'s Store,
    changes: Changes,
}

impl Reader<'_> {
    /// Returns a table with the changes that were read so far; `None` if the table does not exist or was
    /// deleted. Returns an error if the table's file in the snapshot cannot be read.
    fn table(&self, name: &str) -> Result<Option<Table>, Error> {
        Ok(match self.changes.tables.get(name) {
            Some(table) => table.clone(),
            None => self.store.table(name)?.cloned(),
        })
    }

    fn delete(&mut self, ids: &BTreeSet<String>, sync: &mut SyncState) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let is_gone = |id: &String| ids.contains(&id.to_lowercase());
        let names: Vec<String> = self.store.tables().map(|t| t.logical_name.clone()).collect();
        let mut gone_columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut gone_tables = BTreeSet::new();
        for name in &names {
            let Some(table) = self.store.table(name)? else { continue };
            if table.metadata_id.as_ref().is_some_and(is_gone) {
                gone_tables.insert(name.clone());
                continue;
            }
            let gone = table.columns.iter().filter(|c| c.metadata_id.as_ref().is_some_and(is_gone));
            let gone: BTreeSet<String> = gone.map(|c| c.logical_name.clone()).collect();
            if !gone.is_empty() {
                gone_columns.insert(name.clone(), gone);
            }
        }
        let gone_relationships: BTreeSet<String> =
            sync.relationships.iter().filter(|(_, id)| is_gone(id)).map(|(name, _)| name.clone()).collect();
        sync.relationships.retain(|_, id| !is_gone(id));
        let gone_choices: Vec<String> =
            sync.choices.iter().filter(|(_, id)| is_gone(id)).map(|(name, _)| name.clone()).collect();
        sync.choices.retain(|_, id| !is_gone(id));
        for name in gone_choices {
            self.changes.choices.insert(name, None);
        }
        if gone_tables.is_empty() && gone_columns.is_empty() && gone_relationships.is_empty() {
            return Ok(());
        }
        for name in names {
            if gone_tables.contains(&name) {
                self.changes.tables.insert(name, None);
                continue;
            }
            let Some(mut table) = self.table(&name)? else { continue };
            let columns = gone_columns.get(&name);
            let before = (table.columns.len(), table.relationships.len());
            table.columns.retain(|c| columns.is_none_or(|gone| !gone.contains(&c.logical_name)));
            table.relationships.retain(|r| {
                let lookup_of = match r.side {
                    Side::ManyToOne => Some(&name),
                    Side::OneToMany => Some(&r.table),
                    Side::ManyToMany => None,
                };
                let lookup_gone = lookup_of.and_then(|t| gone_columns.get(t)).zip(r.column.as_ref());
                !gone_tables.contains(&r.table)
                    && !r.schema_name.as_ref().is_some_and(|n| gone_relationships.contains(n))
                    && !lookup_gone.is_some_and(|(gone, column)| gone.contains(column))
            });
            if before != (table.columns.len(), table.relationships.len()) {
                self.changes.tables.insert(name, Some(table));
            }
        }
        Ok(())
    }

    /// Applies the definitions in `new` to `old`, the same table in the snapshot, and records the resulting
    /// table.
    fn changed(&mut self, old: Table, new: Table, info: &TableChangeInfo) {
        let name = old.logical_name.clone();
        let mut table = if info.has_changed == Some(false) { old } else { facts_of(old, &new) };
        columns(&mut table, new.columns, info.attributes.as_deref().unwrap_or_default());
        // `HasChanged` of keys is always right, and a key that is listed replaces the one of the same name.
        for key in new.keys {
            match table.keys.iter_mut().find(|k| k.name == key.name) {
                Some(known) => *known = key,
                None => table.keys.push(key),
            }
        }
        let unchanged: BTreeSet<&str> = info
            .relationships()
            .filter(|r| r.has_changed == Some(false))
            .filter_map(|r| r.schema_name.as_deref())
            .collect();
        for relationship in new.relationships {
            if !relationship.schema_name.as_deref().is_some_and(|n| unchanged.contains(n)) {
                put_relationship(&mut table.relationships, relationship);
            }
        }
        table.sort();
        self.changes.tables.insert(name, Some(table));
    }

    fn choice(&mut self, name: &str, new: Choice) -> Result<(), Error> {
        let old = match self.changes.choices.get(name) {
            Some(choice) => choice.clone(),
            None => self.store.choice(name)?.cloned(),
        };
        let choice = match old {
            Some(old) => options(&old, new),
            None => new,
        };
        self.changes.choices.insert(name.to_owned(), Some(choice));
        Ok(())
    }

    /// Marks each new column as inherited if the table's base has a column of that name. Returns an error if
    /// the snapshot cannot be read.
    fn inherit(&mut self) -> Result<(), Error> {
        let names: Vec<String> = self.changes.tables.keys().cloned().collect();
        for name in names {
            let Some(base) = self.table(&name)?.and_then(|t| t.base) else { continue };
            let (Some(of_base), Some(Some(table))) = (self.table(&base)?, self.changes.tables.get_mut(&name))
            else {
                continue;
            };
            let before = self.store.table(&name)?;
            let is_new = |c: &Column| before.is_some_and(|t| t.column(&c.logical_name).is_none());
            for column in table.columns.iter_mut().filter(|c| is_new(c)) {
                if column.inherited.is_none() && of_base.column(&column.logical_name).is_some() {
                    column.inherited = Some(base.clone());
                }
            }
        }
        Ok(())
    }

    /// Removes the recorded tables and choices that equal those in the snapshot. Returns an error if the
    /// snapshot cannot be read.
    fn drop_unchanged(&mut self) -> Result<(), Error> {
        let mut same = Vec::new();
        for (name, table) in &self.changes.tables {
            if self.store.table(name)? == table.as_ref() {
                same.push(name.clone());
            }
        }
        same.iter().for_each(|name| drop(self.changes.tables.remove(name)));
        let mut same = Vec::new();
        for (name, choice) in &self.changes.choices {
            if self.store.choice(name)? == choice.as_ref() {
                same.push(name.clone());
            }
        }
        same.iter().for_each(|name| drop(self.changes.choices.remove(name)));
        Ok(())
    }
}

/// Returns `old` with its own facts taken from `new`. Columns, keys, relationships, and the facts that only
/// `$metadata` gives stay those of `old`.
fn facts_of(old: Table, new: &Table) -> Table {
    let mut facts = new.clone();
    facts.columns = Vec::new();
    facts.relationships = Vec::new();
    facts.keys = Vec::new();
    Table {
        columns: old.columns,
        relationships: old.relationships,
        keys: old.keys,
        base: facts.base.or(old.base),
        kind: facts.kind.or(old.kind),
        primary_id: facts.primary_id.or(old.primary_id),
        ..facts
    }
}

fn columns(table: &mut Table, new: Vec<Column>, marks: &[ColumnChangeInfo]) {
    let by_name: BTreeMap<&str, &ColumnChangeInfo> =
        marks.iter().filter_map(|m| Some((m.logical_name.as_deref()?, m))).collect();
    // See the documentation of the wire format: one column that can be queried shows that the service was
    // asked for it.
    let believe = table.columns.iter().chain(&new).any(|c| c.odata == Some(true));
    for mut column in new {
        let info = by_name.get(column.logical_name.as_str());
        let stated = info.and_then(|m| m.is_valid_odata_attribute).filter(|_| believe);
        column.odata = column.odata.or(stated);
        let known = table.columns.iter_mut().find(|c| c.logical_name == column.logical_name);
        match known {
            None => table.columns.push(column),
            Some(known) => {
                if let (Some(ChoiceRef::Local(old)), Some(ChoiceRef::Local(new))) =
                    (known.ty.choice(), column.ty.choice())
                {
                    let merged = options(&old.clone(), new.clone());
                    set_choice(&mut column, merged);
                }
                if info.is_some_and(|m| m.has_changed == Some(false)) {
                    // The column is in the response because of its options.
                    if let Some(ChoiceRef::Local(choice)) = column.ty.choice().cloned() {
                        set_choice(known, choice);
                    }
                    continue;
                }
                column.property = column.property.or(known.property.take());
                column.inherited = column.inherited.or(known.inherited.take());
                column.odata = column.odata.or(known.odata);
                *known = column;
            }
        }
    }
}

fn set_choice(column: &mut Column, new: Choice) {
    use dvkit_schema::ColumnType as T;
    match &mut column.ty {
        T::Choice { choice, .. }
        | T::Boolean { choice, .. }
        | T::Choices { choice }
        | T::State { choice, .. }
        | T::Status { choice, .. } => *choice = Some(ChoiceRef::Local(new)),
        _ => {}
    }
}

/// Returns the changed choice `new`. It lists all options; an option without texts gets the texts that it has
/// in `old`.
fn options(old: &Choice, new: Choice) -> Choice {
    let bare = |o: &ChoiceOption| o.label.is_empty() && o.description.is_empty() && o.color.is_none();
    // A choice with no facts except options is listed because of them.
    let facts_too = new.kind.is_some() || !new.display_name.is_empty();
    let options = new
        .options
        .into_iter()
        .map(
            |option| if bare(&option) { old.option(option.value).cloned().unwrap_or(option) } else { option },
        )
        .collect();
    if facts_too { Choice { options, ..new } } else { Choice { options, ..old.clone() } }
}

/// Replaces the relationship in `all` that has the same name and side as `new`; if there is none, adds `new`.
fn put_relationship(all: &mut Vec<Relationship>, new: Relationship) {
    let same = |r: &Relationship| {
        r.side == new.side
            && match (&r.schema_name, &new.schema_name) {
                // A relationship of a table with itself has both of its ends here.
                (Some(a), Some(b)) => a == b && (r.side != Side::ManyToMany || r.column == new.column),
                _ => r.navigation.is_some() && r.navigation == new.navigation,
            }
    };
    match all.iter_mut().find(|r| same(r)) {
        Some(known) => *known = new,
        None => all.push(new),
    }
}

#[cfg(test)]
mod tests;
