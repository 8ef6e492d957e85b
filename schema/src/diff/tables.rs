//! Compares tables and their alternate keys, for [`Diff::between`](super::Diff::between). Tables are matched
//! by logical name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{ChangeKind, ChangedObject};
use super::comparison::{Comparison, json};
use super::rules::{self, Assessment};
use crate::{Key, Table};

impl Comparison<'_> {
    pub(super) fn table(&mut self, before: &Table, after: &Table) {
        self.move_to(ChangedObject::Table);
        self.facts(&table_facts(before), &table_facts(after), rules::table);
        self.columns(before, after);
        self.keys(&before.keys, &after.keys);
        self.relationships(before, after);
    }

    /// Compares alternate keys by name. A snapshot that was merged by hand may have two keys of one name;
    /// they are compared together, as one list.
    fn keys(&mut self, before: &[Key], after: &[Key]) {
        let names: BTreeSet<&String> = before.iter().chain(after).map(|k| &k.name).collect();
        for name in names {
            let of = |keys: &'_ [Key]| keys.iter().filter(|k| k.name == *name).cloned().collect::<Vec<_>>();
            let (b, a) = (of(before), of(after));
            self.move_to(ChangedObject::Key(name.clone()));
            match (b.as_slice(), a.as_slice()) {
                (b, a) if b == a => {}
                ([b], [a]) => self.facts(b, a, rules::key),
                ([], [a, ..]) => {
                    self.added_or_removed(ChangeKind::Added, json(&a.columns), Assessment::HARMLESS)
                }
                ([..], []) => self.added_or_removed(ChangeKind::Removed, Value::Null, rules::KEY_REMOVED),
                (b, a) => {
                    self.push(
                        None,
                        ChangeKind::Changed,
                        Some("columns"),
                        json(&b),
                        json(&a),
                        rules::KEY_REMOVED,
                    );
                }
            }
        }
    }
}

/// Returns a copy of a table without columns, keys and relationships, which are compared separately.
fn table_facts(table: &Table) -> Table {
    Table {
        logical_name: table.logical_name.clone(),
        schema_name: table.schema_name.clone(),
        entity_set: table.entity_set.clone(),
        metadata_id: table.metadata_id.clone(),
        display_name: table.display_name.clone(),
        display_collection_name: table.display_collection_name.clone(),
        description: table.description.clone(),
        primary_id: table.primary_id.clone(),
        primary_name: table.primary_name.clone(),
        primary_image: table.primary_image.clone(),
        base: table.base.clone(),
        object_type_code: table.object_type_code,
        ownership: table.ownership,
        kind: table.kind,
        private: table.private,
        custom: table.custom,
        change_tracking: table.change_tracking,
        enforce_state_transitions: table.enforce_state_transitions,
        partial: table.partial,
        ..Table::default()
    }
}
