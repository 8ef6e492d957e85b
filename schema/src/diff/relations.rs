//! Relationships: which are new, gone, or followed by another name.

use std::collections::HashMap;

use serde_json::Value;

use super::Impact::{Breaking, Harmless, Risky};
use super::rules::{self, Assessment};
use super::{ChangeKind, ChangedObject, Finder, json};
use crate::{Relationship, Side, Table};

impl Finder<'_> {
    /// Two are the same where navigation property and side are, or else where schema name, side and the column of the
    /// intersect table are.
    pub(super) fn relationships(&mut self, before: &Table, after: &Table) {
        if before.relationships == after.relationships {
            return;
        }
        let mut old: Vec<Option<&Relationship>> = before.relationships.iter().map(Some).collect();
        let mut new: Vec<Option<&Relationship>> = after.relationships.iter().map(Some).collect();
        let mut pairs = Vec::new();
        // A column of an intersect table tells the ends of a relationship of a table with itself apart.
        let end = |r: &Relationship| if r.side == Side::ManyToMany { r.column.clone() } else { None };
        pair(&mut old, &mut new, &mut pairs, |r| Some(json(r).to_string()));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.navigation.clone()?)));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.schema_name.clone()?, end(r))));
        pair(&mut old, &mut new, &mut pairs, |r| Some((r.side, r.table.clone(), r.column.clone()?)));
        pair(&mut old, &mut new, &mut pairs, |r| r.navigation.clone());
        for (b, a) in pairs {
            if b != a {
                self.at(item(b));
                self.facts(b, a, |fact, x, y| rules::relationship(fact, x, y, b.is_single()));
            }
        }
        for relationship in old.into_iter().flatten() {
            self.at(item(relationship));
            self.added_or_removed(ChangeKind::Removed, Value::Null, removed(relationship));
        }
        for relationship in new.into_iter().flatten() {
            self.at(item(relationship));
            self.added_or_removed(ChangeKind::Added, json(&relationship.table), Assessment::HARMLESS);
        }
    }
}

/// Takes those out of both lists that have the same key.
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
