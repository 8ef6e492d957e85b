//! Merges the schemas that several sources give of one organisation.
//!
//! Every fact is merged on its own. If only one source states a fact, its statement is taken. If the two
//! statements are equal, nothing changes. If they differ and one statement is a less specific form of the
//! other (an `Edm.Int32` that is a choice, a lookup to account and contact that is a customer), the more
//! specific one is taken. Every other disagreement is a [`Contradiction`]: the first statement is kept, and
//! the contradiction is in the [`MergeReport`]. Nothing is ever removed.

mod column;
mod operation;
mod relationship;

#[cfg(feature = "diff")]
pub(crate) use operation::grouped;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Serialize;

use crate::{Choice, ChoiceOption, Key, LocalizedText, Org, Schema, Table};

/// The result of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeReport {
    /// The facts on which the sources disagree, in the order of the schema.
    pub contradictions: Vec<Contradiction>,
    /// The number of tables that were added.
    pub tables_added: usize,
    /// The number of columns that were added to existing tables.
    pub columns_added: usize,
    /// The number of relationships that were added to existing tables.
    pub relationships_added: usize,
    /// The number of global choices that were added.
    pub choices_added: usize,
    /// The number of operations that were added.
    pub operations_added: usize,
    /// The number of single facts that were added to existing objects.
    pub facts_filled: usize,
}

/// A fact on which two sources disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contradiction {
    /// The logical name of the table that the fact is about; if `object` is a part of a table, the table that
    /// it belongs to. `None` for the organisation, global choices and unbound operations.
    pub table: Option<String>,
    /// The column, relationship, key, choice or operation that the fact is about. `None` means that the fact
    /// is about the table or the organisation itself.
    pub object: Option<SchemaObject>,
    /// The name of the fact: `max_length`, `type`, `label 1033` (the label in the language 1033).
    pub fact: String,
    /// The statement that is kept.
    pub kept: String,
    /// The statement that is dropped.
    pub dropped: String,
}

/// An object within a table or an organisation, with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaObject {
    /// A column, by logical name.
    Column(String),
    /// A relationship, by schema name; if that is unknown, by navigation property.
    Relationship(String),
    /// An alternate key, by name.
    Key(String),
    /// A global choice, by name.
    Choice(String),
    /// An operation, by name. [`Contradiction::table`] is the table that the operation is bound to.
    Operation(String),
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(SchemaObject::Column(name)) => write!(f, "column `{name}`")?,
            Some(SchemaObject::Relationship(name)) => write!(f, "relationship `{name}`")?,
            Some(SchemaObject::Key(name)) => write!(f, "key `{name}`")?,
            Some(SchemaObject::Choice(name)) => write!(f, "choice `{name}`")?,
            Some(SchemaObject::Operation(name)) => write!(f, "operation `{name}`")?,
            None if self.table.is_none() => write!(f, "organisation")?,
            None => {}
        }
        if let Some(table) = &self.table {
            let of = if self.object.is_some() { " of " } else { "" };
            write!(f, "{of}table `{table}`")?;
        }
        write!(f, ": {} is {} and also {}; the first is kept", self.fact, self.kept, self.dropped)
    }
}

impl Schema {
    /// Adds everything that `other` states to this schema. Returns the numbers of additions, and the
    /// contradictions, for which this schema keeps its own statement.
    ///
    /// Merging an equal schema again changes nothing. Without contradictions, the order of merging does not
    /// matter.
    pub fn merge(&mut self, mut other: Schema) -> MergeReport {
        let mut merger = Merger::default();
        other.sort();
        self.org.languages.sort_unstable();
        merger.org(&mut self.org, other.org);
        for (name, theirs) in other.tables {
            match self.tables.get_mut(&name) {
                Some(mine) => {
                    merger.table = Some(name);
                    merger.table(mine, theirs);
                    mine.sort();
                    merger.table = None;
                }
                None => {
                    merger.report.tables_added += 1;
                    self.tables.insert(name, theirs);
                }
            }
        }
        let promoted = std::mem::take(&mut merger.promoted);
        for (name, theirs) in other.choices.into_iter().chain(promoted) {
            match self.choices.get_mut(&name) {
                Some(mine) => {
                    merger.object = Some(SchemaObject::Choice(name));
                    merger.choice(mine, theirs);
                    merger.object = None;
                }
                None => {
                    merger.report.choices_added += 1;
                    self.choices.insert(name, theirs);
                }
            }
        }
        merger.operations(&mut self.operations, &other.operations);
        merger.report
    }
}

/// Merges `theirs`, a second definition of the global choice `mine`. Some sources repeat the definition of a
/// global choice in every column that uses it.
pub(crate) fn unite_choices(mine: &mut Choice, theirs: Choice) {
    Merger::default().choice(mine, theirs);
}

/// The state of a merge: the current object, and the report of the objects merged so far.
#[derive(Default)]
struct Merger {
    report: MergeReport,
    table: Option<String>,
    object: Option<SchemaObject>,
    /// The value of the option that is being merged; `None` outside of a choice's options.
    option: Option<i32>,
    /// Choices that were read as local to a column and later turned out to be global, by name.
    promoted: BTreeMap<String, Choice>,
}

/// Returns the text of a value for a contradiction.
fn show(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Merger {
    fn contradiction(&mut self, fact: impl Into<String>, kept: String, dropped: String) {
        let fact = fact.into();
        self.report.contradictions.push(Contradiction {
            table: self.table.clone(),
            object: self.object.clone(),
            fact: match self.option {
                Some(value) => format!("option {value} {fact}"),
                None => fact,
            },
            kept,
            dropped,
        });
    }

    /// Merges the fact `name` of the other schema, `theirs`, into `mine`. `None` means that a schema does not
    /// state the fact.
    fn fact<T: PartialEq + Serialize>(&mut self, name: &str, mine: &mut Option<T>, theirs: Option<T>) {
        match (mine.as_ref(), theirs) {
            (_, None) => {}
            (None, theirs) => {
                self.report.facts_filled += 1;
                *mine = theirs;
            }
            (Some(m), Some(t)) if *m == t => {}
            (Some(m), Some(t)) => {
                let (kept, dropped) = (show(m), show(&t));
                self.contradiction(name, kept, dropped);
            }
        }
    }

    /// Merges the texts of the label `name` into `mine`, language by language. An empty text counts as
    /// missing.
    fn label(&mut self, name: &str, mine: &mut LocalizedText, theirs: LocalizedText) {
        for (language, text) in theirs.0 {
            match mine.0.get_mut(&language) {
                None => {
                    self.report.facts_filled += 1;
                    mine.0.insert(language, text);
                }
                Some(known) if *known == text || text.is_empty() => {}
                Some(known) if known.is_empty() => {
                    self.report.facts_filled += 1;
                    *known = text;
                }
                Some(known) => {
                    let (kept, dropped) = (show(known), show(&text));
                    self.contradiction(format!("{name} {language}"), kept, dropped);
                }
            }
        }
    }

    fn org(&mut self, mine: &mut Org, theirs: Org) {
        self.fact("url", &mut mine.url, theirs.url);
        self.fact("version", &mut mine.version, theirs.version);
        self.fact("base_language", &mut mine.base_language, theirs.base_language);
        mine.languages.extend(theirs.languages);
        mine.languages.sort_unstable();
        mine.languages.dedup();
    }

    fn table(&mut self, mine: &mut Table, theirs: Table) {
        self.fact("schema_name", &mut mine.schema_name, theirs.schema_name);
        self.fact("entity_set", &mut mine.entity_set, theirs.entity_set);
        self.fact("metadata_id", &mut mine.metadata_id, theirs.metadata_id);
        self.label("display_name", &mut mine.display_name, theirs.display_name);
        self.label(
            "display_collection_name",
            &mut mine.display_collection_name,
            theirs.display_collection_name,
        );
        self.label("description", &mut mine.description, theirs.description);
        self.fact("primary_id", &mut mine.primary_id, theirs.primary_id);
        self.fact("primary_name", &mut mine.primary_name, theirs.primary_name);
        self.fact("primary_image", &mut mine.primary_image, theirs.primary_image);
        self.fact("object_type_code", &mut mine.object_type_code, theirs.object_type_code);
        self.fact("ownership", &mut mine.ownership, theirs.ownership);
        self.fact("kind", &mut mine.kind, theirs.kind);
        self.fact("base", &mut mine.base, theirs.base);
        self.fact("private", &mut mine.private, theirs.private);
        self.fact("custom", &mut mine.custom, theirs.custom);
        self.fact("change_tracking", &mut mine.change_tracking, theirs.change_tracking);
        self.fact(
            "enforce_state_transitions",
            &mut mine.enforce_state_transitions,
            theirs.enforce_state_transitions,
        );
        if mine.partial && !theirs.partial {
            self.report.facts_filled += 1;
            mine.partial = false;
        }
        self.keys(&mut mine.keys, theirs.keys);
        self.columns(&mut mine.columns, theirs.columns);
        self.relationships(&mut mine.relationships, theirs.relationships);
    }

    /// Merges alternate keys into `mine`. Two keys are the same key if they have equal names or equal
    /// columns.
    fn keys(&mut self, mine: &mut Vec<Key>, theirs: Vec<Key>) {
        let sorted = |key: &Key| {
            let mut columns = key.columns.clone();
            columns.sort_unstable();
            columns
        };
        if theirs.is_empty() {
            return;
        }
        // The first key with each name, and the first one with each set of columns.
        let mut by_name: HashMap<String, usize> = HashMap::new();
        let mut by_columns: Option<HashMap<Vec<String>, usize>> = None;
        for (i, key) in mine.iter().enumerate() {
            by_name.entry(key.name.clone()).or_insert(i);
        }
        for key in theirs {
            let named = by_name.get(&key.name).filter(|i| mine.get(**i).is_some_and(|m| m.name == key.name));
            let found = named.copied().or_else(|| {
                let by_columns = by_columns.get_or_insert_with(|| {
                    mine.iter().enumerate().rev().map(|(i, key)| (sorted(key), i)).collect()
                });
                by_columns.get(&sorted(&key)).copied()
            });
            let Some(known) = found.and_then(|i| mine.get_mut(i)) else {
                by_name.insert(key.name.clone(), mine.len());
                if let Some(by_columns) = &mut by_columns {
                    by_columns.entry(sorted(&key)).or_insert(mine.len());
                }
                mine.push(key);
                continue;
            };
            self.object = Some(SchemaObject::Key(known.name.clone()));
            if sorted(known) == sorted(&key) {
                // A name that was made from the columns states nothing, and neither does the order of its
                // columns.
                let made = |k: &Key| (k.name == made_key_name(&k.columns), k.columns.clone());
                if made(&key) < made(known) {
                    by_name.extend(found.map(|i| (key.name.clone(), i)));
                    known.name = key.name;
                    known.columns = key.columns;
                }
            } else {
                self.contradiction("columns", show(&known.columns), show(&key.columns));
            }
            self.fact("schema_name", &mut known.schema_name, key.schema_name);
            self.fact("status", &mut known.status, key.status);
            self.object = None;
        }
    }

    fn choice(&mut self, mine: &mut Choice, theirs: Choice) {
        if mine.name != theirs.name {
            self.contradiction("choice name", show(&mine.name), show(&theirs.name));
        }
        mine.global |= theirs.global;
        self.fact("choice kind", &mut mine.kind, theirs.kind);
        self.label("choice display_name", &mut mine.display_name, theirs.display_name);
        self.label("choice description", &mut mine.description, theirs.description);
        // The last of equal values stays, which is the first one from the end.
        let values = mine.options.iter().enumerate().rev().map(|(i, option)| (option.value, i));
        let mut places: BTreeMap<i32, usize> = values.collect();
        for option in theirs.options {
            match places.get(&option.value).and_then(|i| mine.options.get_mut(*i)) {
                Some(known) => self.option(known, option),
                None => {
                    self.report.facts_filled += 1;
                    places.insert(option.value, mine.options.len());
                    mine.options.push(option);
                }
            }
        }
        mine.sort();
    }

    fn option(&mut self, mine: &mut ChoiceOption, theirs: ChoiceOption) {
        self.option = Some(theirs.value);
        self.label("label", &mut mine.label, theirs.label);
        self.label("description", &mut mine.description, theirs.description);
        self.fact("color", &mut mine.color, theirs.color);
        self.fact("state", &mut mine.state, theirs.state);
        self.fact("default_status", &mut mine.default_status, theirs.default_status);
        self.fact("transitions", &mut mine.transitions, theirs.transitions);
        self.fact("invariant_name", &mut mine.invariant_name, theirs.invariant_name);
        self.fact("external_value", &mut mine.external_value, theirs.external_value);
        self.option = None;
    }
}

/// Returns the name that a key without a known name gets: its column names, joined by `_`.
fn made_key_name(columns: &[String]) -> String {
    columns.join("_")
}

#[cfg(test)]
mod tests;
