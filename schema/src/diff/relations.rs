//! Compares the relationships of a table, for [`Diff::between`](super::Diff::between). Relationships are
//! matched by navigation property, or else by schema name.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::change::Impact::{Breaking, Harmless, Risky};
use super::change::{ChangeKind, ChangedObject};
use super::comparison::{Comparison, json, members};
use super::rules::{self, Assessment};
use crate::{Relationship, Side, Table};

impl Comparison<'_> {
    /// Compares the relationships of two versions of a table. Relationships are matched by navigation
    /// property and side; those without a match then by schema name, side and the column of the intersect
    /// table.
    pub(super) fn relationships(&mut self, before: &Table, after: &Table) {
        if before.relationships == after.relationships {
            return;
        }
        let mut old: Vec<Option<&Relationship>> = before.relationships.iter().map(Some).collect();
        let mut new: Vec<Option<&Relationship>> = after.relationships.iter().map(Some).collect();
        let mut pairs = Vec::new();
        // The column of the intersect table tells apart the two ends of a relationship of a table with
        // itself.
        let end = |r: &Relationship| if r.side == Side::ManyToMany { r.column.clone() } else { None };
        pair(&mut old, &mut new, &mut pairs, |r| Some(json(r).to_string()));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.navigation.clone()?)));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.schema_name.clone()?, end(r))));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.table.clone(), r.column.clone()?)));
        pair(&mut old, &mut new, &mut pairs, |r| r.navigation.clone());
        for (b, a) in pairs {
            if b != a {
                self.move_to(item(b));
                let single = b.is_single();
                self.facts(&facts(b), &facts(a), |fact, x, y| rules::relationship(fact, x, y, single));
            }
        }
        for relationship in old.into_iter().flatten() {
            self.move_to(item(relationship));
            self.added_or_removed(ChangeKind::Removed, Value::Null, removed(relationship));
        }
        for relationship in new.into_iter().flatten() {
            self.move_to(item(relationship));
            self.added_or_removed(ChangeKind::Added, json(&relationship.table), Assessment::HARMLESS);
        }
    }
}

/// Matches relationships by the key that `key` returns: takes each match out of `old` and `new`, and appends
/// it to `pairs`. Relationships without a match or without a key (`None`) stay where they are.
fn pair<'r, K: std::hash::Hash + Eq>(
    old: &mut [Option<&'r Relationship>],
    new: &mut [Option<&'r Relationship>],
    pairs: &mut Vec<(&'r Relationship, &'r Relationship)>,
    key: impl Fn(&Relationship) -> Option<K>,
) {
    let mut by_key: HashMap<K, Vec<usize>> = HashMap::new();
    for (i, relationship) in new.iter().enumerate().rev() {
        if let Some(key) = relationship.and_then(&key) {
            by_key.entry(key).or_default().push(i);
        }
    }
    for slot in old {
        let Some(key) = slot.and_then(&key) else { continue };
        if let Some(i) = by_key.get_mut(&key).and_then(Vec::pop)
            && let (Some(b), Some(a)) = (slot.take(), new.get_mut(i).and_then(Option::take))
        {
            pairs.push((b, a));
        }
    }
}

/// Returns the facts of a relationship by their names in the snapshot's files. Each action of the cascading
/// behaviour is a fact of its own: `cascade.delete`.
fn facts(relationship: &Relationship) -> Map<String, Value> {
    let mut facts = members(relationship);
    if let Some(Value::Object(cascade)) = facts.remove("cascade") {
        facts.extend(cascade.into_iter().map(|(operation, action)| (format!("cascade.{operation}"), action)));
    }
    facts
}

fn item(relationship: &Relationship) -> ChangedObject {
    let name = relationship.navigation.as_ref().or(relationship.schema_name.as_ref());
    ChangedObject::Relationship(name.unwrap_or(&relationship.table).clone())
}

fn removed(relationship: &Relationship) -> Assessment {
    if relationship.navigation.is_none() {
        return Assessment::new(Risky, Harmless, "FetchXML may have joined by it");
    }
    let writers = if relationship.is_single() { Breaking } else { Risky };
    Assessment::new(Breaking, writers, "")
}
