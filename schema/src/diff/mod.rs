//! Compares two schemas: lists the differences, with their impact on programs.
//!
//! [`Diff::between`] returns every difference. Each difference has an impact on programs that *read* rows
//! (queries, reports, types that rows are read into), and an impact on programs that *write* rows. Calling a
//! function counts as reading, calling an action as writing. A change is
//! - [`Breaking`](Impact::Breaking) if a request that worked is refused, or means something else;
//! - [`Risky`](Impact::Risky) if all programs go on working but may get unexpected results, such as new
//!   values or rows in another form;
//! - [`Harmless`](Impact::Harmless) otherwise.
//!
//! Two sorted schemas ([`Schema::sort`]) have no difference exactly if they are equal. A fact that only one
//! of the schemas states is a harmless difference, because the organisation may be unchanged; only a name
//! that queries contain is not harmless. Changes of labels and descriptions are never breaking.
//!
//! The private module `rules` assesses every kind of change.

mod change;
mod choices;
mod columns;
mod comparison;
mod operations;
mod relations;
mod rules;
mod show;
mod tables;

pub use change::{Change, ChangeKind, ChangedObject, Impact};

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::Schema;
use comparison::{Comparison, Cursor};
use rules::Assessment;

/// The programs for which a comparison is made. [`Diff::for_audience`] sets the impact on all other programs
/// to harmless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Programs that read rows and programs that write rows.
    #[default]
    Both,
    /// Programs that read rows.
    Readers,
    /// Programs that write rows.
    Writers,
}

/// All differences between two schemas, in this order: the organisation; the tables, each with its columns,
/// keys and relationships; global choices; operations.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Diff {
    /// The differences, in the order that [`Diff`] describes.
    pub changes: Vec<Change>,
}

impl Diff {
    /// Returns all differences between two schemas. Each schema must be sorted ([`Schema::sort`]); schemas
    /// that were read from snapshots are.
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
        let mut comparison = Comparison { before, after, cursor: Cursor::default(), changes: Vec::new() };
        comparison.facts(&before.org, &after.org, rules::organisation);
        let names: BTreeSet<&String> = before.tables.keys().chain(after.tables.keys()).collect();
        for name in names {
            comparison.cursor = Cursor { table: Some(name.clone()), object: ChangedObject::Table };
            match (before.tables.get(name), after.tables.get(name)) {
                (Some(b), Some(a)) if b == a => {}
                (Some(b), Some(a)) => comparison.table(b, a),
                (Some(_), None) => {
                    comparison.added_or_removed(ChangeKind::Removed, Value::Null, rules::TABLE_REMOVED)
                }
                (None, Some(_)) => {
                    comparison.added_or_removed(ChangeKind::Added, Value::Null, Assessment::HARMLESS)
                }
                (None, None) => {}
            }
        }
        comparison.global_choices();
        comparison.operations();
        Self { changes: comparison.changes }
    }

    /// Returns whether the two schemas have no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the most severe impact of all changes; `None` if there are none.
    #[must_use]
    pub fn worst(&self) -> Option<Impact> {
        self.changes.iter().map(Change::impact).max()
    }

    /// Returns the number of changes whose [`impact()`](Change::impact) is `impact`.
    #[must_use]
    pub fn count(&self, impact: Impact) -> usize {
        self.changes.iter().filter(|c| c.impact() == impact).count()
    }

    /// Returns the differences as they affect one audience: the impact on all other programs is set to
    /// harmless.
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

#[cfg(test)]
mod tests;
