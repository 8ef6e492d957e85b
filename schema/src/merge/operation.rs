//! Merges operations, for [`Schema::merge`](crate::Schema::merge). All overloads of a name and binding are
//! merged as one fact.

use std::collections::{BTreeMap, BTreeSet};

use super::{Merger, SchemaObject, show};
use crate::Operation;
use crate::operation::Group;

/// Groups operations by name and binding. Operations in one group differ only in their parameters: they are
/// overloads.
pub(crate) fn grouped(operations: &[Operation]) -> BTreeMap<Group<'_>, BTreeSet<&Operation>> {
    let mut groups: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for operation in operations {
        groups.entry(operation.group()).or_default().insert(operation);
    }
    groups
}

impl Merger {
    /// Merges operations into `mine`. A source that lists one overload of a name and binding lists all of
    /// them, so the set of overloads is merged as one fact.
    pub(super) fn operations(&mut self, mine: &mut Vec<Operation>, theirs: &[Operation]) {
        let mut new = Vec::new();
        let known = grouped(mine);
        for (group, theirs) in grouped(theirs) {
            match known.get(&group) {
                None => new.extend(theirs.into_iter().cloned()),
                Some(mine) if *mine == theirs => {}
                Some(mine) => {
                    self.table = group.1.map(|(table, _)| table.to_owned());
                    self.object = Some(SchemaObject::Operation(group.0.to_owned()));
                    self.contradiction("signature", show(mine), show(&theirs));
                    (self.table, self.object) = (None, None);
                }
            }
        }
        drop(known);
        self.report.operations_added += new.len();
        mine.extend(new);
        mine.sort_unstable();
        mine.dedup();
    }
}
