//! Compares actions and functions, for [`Diff::between`](super::Diff::between). Operations are matched by
//! name and by the type that they are bound to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{ChangeKind, ChangedObject};
use super::comparison::{Comparison, Cursor, json};
use super::rules::{self, Assessment};
use crate::merge::grouped;
use crate::{Operation, OperationKind, Parameter, ValueType};

impl Comparison<'_> {
    /// Compares operations by name and by the type that they are bound to. If several operations agree in
    /// both (overloads, which differ only in their parameters), they are reported as added or removed, never
    /// as changed.
    pub(super) fn operations(&mut self) {
        let (before, after) = (&self.before.operations, &self.after.operations);
        if before.is_empty() != after.is_empty() {
            // One of the two schemas comes from a source that lists no operations.
            self.cursor = Cursor::default();
            let count = |all: &[Operation]| if all.is_empty() { Value::Null } else { json(&all.len()) };
            let (b, a) = (count(before), count(after));
            self.push(None, ChangeKind::Changed, Some("operations"), b, a, Assessment::HARMLESS);
            return;
        }
        let (before, after) = (grouped(before), grouped(after));
        // The changes are ordered by table, like all others.
        let groups: BTreeSet<_> = before.keys().chain(after.keys()).map(|(name, on)| (*on, *name)).collect();
        let none = BTreeSet::new();
        for (on, name) in groups {
            let group = (name, on);
            let (b, a) = (before.get(&group).unwrap_or(&none), after.get(&group).unwrap_or(&none));
            let table = on.map(|(table, _)| table.to_owned());
            self.cursor = Cursor { table, object: ChangedObject::Operation(name.to_owned()) };
            let gone: Vec<_> = b.difference(a).copied().collect();
            let new: Vec<_> = a.difference(b).copied().collect();
            match (gone.as_slice(), new.as_slice()) {
                ([before], [after]) => self.operation(before, after),
                (gone, new) => {
                    for operation in gone {
                        self.added_or_removed(
                            ChangeKind::Removed,
                            Value::Null,
                            rules::operation_removed(operation.kind),
                        );
                    }
                    for _ in new {
                        self.added_or_removed(ChangeKind::Added, Value::Null, Assessment::HARMLESS);
                    }
                }
            }
        }
    }

    fn operation(&mut self, before: &Operation, after: &Operation) {
        let kind = before.kind;
        // Name and binding are the same; every other field is compared here.
        let Operation { name: _, bound: _, parameters: _, kind: _, composable, filter_only, returns } = after;
        let facts = [
            ("kind", json(&kind), json(&after.kind)),
            ("composable", json(&before.composable), json(composable)),
            ("filter_only", json(&before.filter_only), json(filter_only)),
            ("returns", given(before.returns.as_ref()), given(returns.as_ref())),
        ];
        for (fact, b, a) in facts {
            if b != a {
                let assessment = match fact {
                    "returns" => rules::returns(kind, before.returns.as_ref(), after.returns.as_ref()),
                    fact => rules::operation(kind, fact, &b),
                };
                self.push(None, ChangeKind::Changed, Some(fact), b, a, assessment);
            }
        }
        let by_name = |o: &'_ Operation| -> BTreeMap<String, Parameter> {
            o.parameters.iter().map(|p| (p.name.clone(), p.clone())).collect()
        };
        let (old, new) = (by_name(before), by_name(after));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let mut told = false;
        for name in names {
            let (b, a) = (old.get(name), new.get(name));
            if b == a {
                continue;
            }
            told = true;
            let assessment = rules::parameter(kind, b, a);
            let fact = format!("parameter {name}");
            self.push(
                None,
                ChangeKind::Changed,
                Some(&fact),
                signature(kind, b),
                signature(kind, a),
                assessment,
            );
        }
        if !told && before.parameters != after.parameters {
            let names = |o: &Operation| json(&o.parameters.iter().map(|p| &p.name).collect::<Vec<_>>());
            let assessment = rules::parameter_order(before, after);
            self.push(None, ChangeKind::Changed, Some("parameters"), names(before), names(after), assessment);
        }
    }
}

/// Returns a short description of the type `returns` of an operation's result; null if it is `None`, because
/// the operation has no result.
fn given(returns: Option<&ValueType>) -> Value {
    let Some(returns) = returns else { return Value::Null };
    Value::String(format!("{returns}{}", if returns.nullable { ", may be null" } else { "" }))
}

/// Returns a short description of a parameter of an operation of the kind `kind`; null if `parameter` is
/// `None`.
fn signature(kind: OperationKind, parameter: Option<&Parameter>) -> Value {
    let Some(parameter) = parameter else { return Value::Null };
    let may = match parameter.may_be_omitted(kind) {
        true => ", may be left out",
        false if parameter.value.nullable => ", may be null",
        false => "",
    };
    Value::String(format!("{}{may}", parameter.value))
}
