//! Merging relationships: which two are the same, and what each says about it.

use std::collections::HashMap;

use super::{Member, Merger};
use crate::{Relationship, Side};

impl Merger {
    /// Two relationships of a table are the same where side and schema name are, or, where one has no schema name,
    /// where the navigation properties are, or, where one has no navigation property either, where side, other table
    /// and column are.
    pub(super) fn relationships(&mut self, mine: &mut Vec<Relationship>, theirs: Vec<Relationship>) {
        let mut by_navigation: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, r) in mine.iter().enumerate() {
            if let Some(navigation) = &r.navigation {
                by_navigation.entry(navigation.clone()).or_default().push(i);
            }
        }
        let known = mine.len();
        for relationship in theirs {
            let old = mine.get(..known).unwrap_or_default();
            let found = find(old, &by_navigation, &relationship);
            match found.and_then(|i| mine.get_mut(i)) {
                Some(same) => {
                    let name = [
                        &same.schema_name,
                        &relationship.schema_name,
                        &same.navigation,
                        &relationship.navigation,
                    ];
                    let name = name.into_iter().flatten().next().cloned().unwrap_or_default();
                    self.member = Some(Member::Relationship(name));
                    self.relationship(same, relationship);
                    self.member = None;
                }
                None => {
                    self.report.relationships_added += 1;
                    mine.push(relationship);
                }
            }
        }
    }

    fn relationship(&mut self, mine: &mut Relationship, theirs: Relationship) {
        self.fact("navigation property", &mut mine.navigation, theirs.navigation);
        if mine.side != theirs.side {
            self.contradiction("side", super::show(&mine.side), super::show(&theirs.side));
            return;
        }
        if is_principal(&mine.table) && is_principal(&theirs.table) {
            // The CSDL's name, because it is the one that has a type there.
            if mine.table != theirs.table {
                mine.table = "principal".to_owned();
            }
        } else if mine.table != theirs.table {
            self.contradiction("other table", super::show(&mine.table), super::show(&theirs.table));
        }
        self.fact("column", &mut mine.column, theirs.column);
        self.fact("referenced column", &mut mine.referenced, theirs.referenced);
        self.fact("intersect table", &mut mine.intersect, theirs.intersect);
        self.fact("partner", &mut mine.partner, theirs.partner);
        self.fact("schema name", &mut mine.schema_name, theirs.schema_name);
        self.fact("hierarchical", &mut mine.hierarchical, theirs.hierarchical);
    }
}

/// The abstract base of users and teams: `owner` to the metadata, `principal` to the CSDL (measured on real ones).
fn is_principal(table: &str) -> bool {
    matches!(table, "owner" | "principal")
}

/// Both known and different.
fn differ<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

fn find(
    mine: &[Relationship],
    by_navigation: &HashMap<String, Vec<usize>>,
    theirs: &Relationship,
) -> Option<usize> {
    let same_end = |m: &Relationship| {
        // A many-to-many relationship of a table with itself stands in it twice, once an end.
        m.side != Side::ManyToMany || !differ(&m.column, &theirs.column)
    };
    if theirs.schema_name.is_some()
        && let Some(i) = mine.iter().position(|m| {
            m.side == theirs.side
                && m.schema_name == theirs.schema_name
                && same_end(m)
                && (m.side != Side::ManyToMany || !differ(&m.navigation, &theirs.navigation))
        })
    {
        return Some(i);
    }
    let candidate = |m: &Relationship| !differ(&m.schema_name, &theirs.schema_name) && same_end(m);
    if let Some(navigation) = &theirs.navigation
        && let Some(same) = by_navigation.get(navigation)
        && let Some(i) = same.iter().copied().find(|i| mine.get(*i).is_some_and(candidate))
    {
        return Some(i);
    }
    let by_ends = |m: &Relationship| {
        candidate(m)
            && m.side == theirs.side
            && (m.table == theirs.table || is_principal(&m.table) && is_principal(&theirs.table))
            && m.column.is_some()
            && m.column == theirs.column
            && !differ(&m.navigation, &theirs.navigation)
    };
    if theirs.column.is_some()
        && let Some(i) = mine.iter().position(by_ends)
    {
        return Some(i);
    }
    mine.iter().position(|m| m == theirs)
}
