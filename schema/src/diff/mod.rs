//! What changed between two snapshots, and whom it hurts.
//!
//! [`Diff::between`] names every difference of two models, each classed twice: for those who *read* rows (queries,
//! reports, types that rows are read into) and for those who *write* them. Who calls a function reads, who calls an action
//! writes. A change is
//! - [`Breaking`](Impact::Breaking) where something that worked is refused, or means something else, from now on;
//! - [`Risky`](Impact::Risky) where it goes on working and may surprise: values that were not there before, rows that
//!   come out differently;
//! - [`Harmless`](Impact::Harmless) otherwise.
//!
//! Two models have no difference exactly where they are equal (in order, see [`Schema::sort`]). A fact that one of the two
//! does not know is no change of the organisation: it is told, and harmless, unless it is what a query names.
//!
//! The classes of single facts are the tables in `rules`; what stands in the organisation's own words (labels,
//! descriptions) never breaks anything.

mod choices;
mod columns;
mod operations;
mod relations;
mod rules;
mod show;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Key, Schema, Table};
use rules::Assessment;

/// How much a change hurts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Nothing that worked notices.
    #[default]
    Harmless,
    /// It goes on working, and may surprise.
    Risky,
    /// What worked is refused, or means something else.
    Breaking,
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Harmless => "harmless",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        })
    }
}

/// What happened to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the later model has it.
    Added,
    /// Only the earlier model has it.
    Removed,
    /// Both have it, and a fact about it differs.
    Changed,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "what", content = "name")]
pub enum ChangedObject {
    /// The organisation or the snapshot itself.
    Organisation,
    /// The table that [`Change::table`] names.
    Table,
    /// A column, by logical name.
    Column(String),
    /// An alternate key.
    Key(String),
    /// A relationship, by the navigation property of this table, else by schema name, else by the other table.
    Relationship(String),
    /// A choice: a global one where there is no table, else the one of the column with this name.
    Choice(String),
    /// An operation; the table is the one that it is bound to.
    Operation(String),
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The table it is in, or bound to; none for the organisation, global choices and unbound operations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What it is about.
    #[serde(flatten)]
    pub object: ChangedObject,
    /// The option of a choice, by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<i32>,
    /// What happened.
    pub kind: ChangeKind,
    /// For [`ChangeKind::Changed`]: which fact, by its name in the snapshot's files (`max_length`, `label`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// The fact before; nothing where it was not known.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub before: Value,
    /// The fact afterwards; nothing where it is not known any more. For an added thing, what it is.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub after: Value,
    /// What it is to those who read rows.
    pub readers: Impact,
    /// What it is to those who write rows.
    pub writers: Impact,
    /// Why it hurts, in a few words; nothing where it does not.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub why: &'static str,
}

impl Change {
    /// The worse of both classes.
    #[must_use]
    pub fn impact(&self) -> Impact {
        self.readers.max(self.writers)
    }
}

/// For whom changes are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Those who read and those who write: the worse of both counts.
    #[default]
    Both,
    /// Those who read only.
    Readers,
    /// Those who write only.
    Writers,
}

/// All differences of two models, in the order of the model: the organisation, tables with what is in them, global
/// choices, operations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Diff {
    /// The differences.
    pub changes: Vec<Change>,
}

impl Diff {
    /// What is different in `after`. Both are taken as sorted ([`Schema::sort`]), as a snapshot is.
    ///
    /// ```
    /// use dvkit_schema::{Schema, Table, diff::{Diff, Impact}};
    ///
    /// let table = Table { logical_name: "new_ship".into(), entity_set: Some("new_ships".into()), ..Table::default() };
    /// let before = Schema { tables: [("new_ship".into(), table)].into(), ..Schema::default() };
    /// let diff = Diff::between(&before, &Schema::default());
    /// assert_eq!(diff.worst(), Some(Impact::Breaking));
    /// assert_eq!(diff.to_string(), "table new_ship\n  breaking  the table is gone\n1 breaking change\n");
    /// assert!(Diff::between(&before, &before).is_empty());
    /// ```
    #[must_use]
    pub fn between(before: &Schema, after: &Schema) -> Self {
        let mut finder = Finder { before, after, at: Cursor::default(), changes: Vec::new() };
        finder.facts(&before.org, &after.org, rules::organisation);
        let names: BTreeSet<&String> = before.tables.keys().chain(after.tables.keys()).collect();
        for name in names {
            finder.at = Cursor { table: Some(name.clone()), object: ChangedObject::Table };
            match (before.tables.get(name), after.tables.get(name)) {
                (Some(b), Some(a)) if b == a => {}
                (Some(b), Some(a)) => finder.table(b, a),
                (Some(_), None) => {
                    finder.added_or_removed(ChangeKind::Removed, Value::Null, rules::TABLE_REMOVED)
                }
                (None, Some(_)) => {
                    finder.added_or_removed(ChangeKind::Added, Value::Null, Assessment::HARMLESS)
                }
                (None, None) => {}
            }
        }
        finder.global_choices();
        finder.operations();
        Self { changes: finder.changes }
    }

    /// The two models have no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The worst class of all changes; nothing where there are none.
    #[must_use]
    pub fn worst(&self) -> Option<Impact> {
        self.changes.iter().map(Change::impact).max()
    }

    /// How many changes are of this class.
    #[must_use]
    pub fn count(&self, impact: Impact) -> usize {
        self.changes.iter().filter(|c| c.impact() == impact).count()
    }

    /// The same for one audience: what does not hurt it becomes harmless.
    #[must_use]
    pub fn for_audience(mut self, audience: Audience) -> Self {
        for change in &mut self.changes {
            match audience {
                Audience::Both => {}
                Audience::Readers => change.writers = Impact::Harmless,
                Audience::Writers => change.readers = Impact::Harmless,
            }
            if change.impact() == Impact::Harmless {
                change.why = "";
            }
        }
        self
    }
}

/// What the finder is looking at.
#[derive(Clone, Debug)]
struct Cursor {
    table: Option<String>,
    object: ChangedObject,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { table: None, object: ChangedObject::Organisation }
    }
}

struct Finder<'s> {
    before: &'s Schema,
    after: &'s Schema,
    at: Cursor,
    changes: Vec<Change>,
}

impl Finder<'_> {
    /// A thing that is new or gone.
    fn added_or_removed(&mut self, kind: ChangeKind, after: Value, assessment: Assessment) {
        self.push(None, kind, None, Value::Null, after, assessment);
    }

    fn push(
        &mut self,
        option: Option<i32>,
        kind: ChangeKind,
        fact: Option<&str>,
        before: Value,
        after: Value,
        assessment: Assessment,
    ) {
        let Cursor { table, object } = self.at.clone();
        let Assessment { readers, writers, why } = assessment;
        let fact = fact.map(str::to_owned);
        self.changes.push(Change { table, object, option, kind, fact, before, after, readers, writers, why });
    }

    /// The facts about a thing that both have, weighed one by one.
    fn facts<T: Serialize>(
        &mut self,
        before: &T,
        after: &T,
        rule: impl Fn(&str, &Value, &Value) -> Assessment,
    ) {
        let (before, after) = (members(before), members(after));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let side = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            let (b, a) = (side(&before), side(&after));
            if b != a {
                let assessment = rule(name, &b, &a);
                self.push(None, ChangeKind::Changed, Some(name), b, a, assessment);
            }
        }
    }

    fn at(&mut self, object: ChangedObject) {
        self.at.object = object;
    }

    fn table(&mut self, before: &Table, after: &Table) {
        self.at(ChangedObject::Table);
        self.facts(&table_facts(before), &table_facts(after), rules::table);
        self.columns(before, after);
        self.keys(&before.keys, &after.keys);
        self.relationships(before, after);
    }

    /// Keys are the same where their names are. A name may stand twice in a snapshot merged by hand: then all of that
    /// name are one.
    fn keys(&mut self, before: &[Key], after: &[Key]) {
        let names: BTreeSet<&String> = before.iter().chain(after).map(|k| &k.name).collect();
        for name in names {
            let of = |keys: &'_ [Key]| keys.iter().filter(|k| k.name == *name).cloned().collect::<Vec<_>>();
            let (b, a) = (of(before), of(after));
            self.at(ChangedObject::Key(name.clone()));
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

/// A table without what is compared on its own.
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
        partial: table.partial,
        ..Table::default()
    }
}

/// The members that a thing has in the snapshot's files.
fn members(thing: &impl Serialize) -> Map<String, Value> {
    match json(thing) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn json(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}

#[cfg(test)]
mod tests;
