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

#[cfg(test)]
mod tests;
