//! Holds the state of a comparison of two schemas: the current object, and the changes found so far. The
//! modules for tables, columns, choices, relationships and operations all add their changes to it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::change::{Change, ChangeKind, ChangedObject};
use super::rules::Assessment;
use crate::Schema;

/// The position of a comparison: the current table and the current object.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) table: Option<String>,
    pub(super) object: ChangedObject,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { table: None, object: ChangedObject::Organisation }
    }
}

pub(super) struct Comparison<'s> {
    pub(super) before: &'s Schema,
    pub(super) after: &'s Schema,
    pub(super) cursor: Cursor,
    pub(super) changes: Vec<Change>,
}

impl Comparison<'_> {
    /// Records that the current object was added or removed. `after` is the type or label of an added object,
    /// and null for a removed object.
    pub(super) fn added_or_removed(&mut self, kind: ChangeKind, after: Value, assessment: Assessment) {
        self.push(None, kind, None, Value::Null, after, assessment);
    }

    pub(super) fn push(
        &mut self,
        option: Option<i32>,
        kind: ChangeKind,
        fact: Option<&str>,
        before: Value,
        after: Value,
        assessment: Assessment,
    ) {
        let Cursor { table, object } = self.cursor.clone();
        let Assessment { readers, writers, why } = assessment;
        let fact = fact.map(str::to_owned);
        self.changes.push(Change { table, object, option, kind, fact, before, after, readers, writers, why });
    }

    /// Compares the facts of the current object, which both schemas have, and records each difference. `rule`
    /// takes the name of the fact, its earlier and its later value, and returns the impact.
    pub(super) fn facts<T: Serialize>(
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

    pub(super) fn move_to(&mut self, object: ChangedObject) {
        self.cursor.object = object;
    }
}

/// Returns the members of an object's JSON, as the snapshot's files have them.
pub(super) fn members(thing: &impl Serialize) -> Map<String, Value> {
    match json(thing) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(super) fn json(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).unwrap_or_default()
}
