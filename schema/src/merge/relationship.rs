//! Merges the relationships of a table: matches each relationship of one source with that of the other, and
//! merges the facts of each match. [`Schema::merge`](crate::Schema::merge) uses it.

use std::collections::HashMap;

use super::{Merger, SchemaObject};
use crate::{Cascade, Relationship, Side};

impl Merger {
    /// Merges the relationships of a table into `mine`. Two relationships are the same one if they agree in
    /// side and schema name. If one of them has no schema name, they have to agree in side and navigation
    /// property; if one has no navigation property either, in side, other table and columns.
    pub(super) fn relationships(&mut self, mine: &mut Vec<Relationship>, theirs: Vec<Relationship>) {
        let known = mine.len();
        let mut index = Index::default();
        for relationship in theirs {
            let old = mine.get(..known).unwrap_or_default();
            let found = find(old, &mut index, &relationship);
            match found.and_then(|i| Some((i, mine.get_mut(i)?))) {
                Some((i, same)) => {
                    let name = [
                        &same.schema_name,
                        &relationship.schema_name,
                        &same.navigation,
                        &relationship.navigation,
                    ];
                    let name = name.into_iter().flatten().next().cloned().unwrap_or_default();
                    self.object = Some(SchemaObject::Relationship(name));
                    let told = (same.schema_name.is_some(), same.column.is_some());
                    self.relationship(same, relationship);
                    // A name that was added can be used to find the relationship from now on.
                    if told != (same.schema_name.is_some(), same.column.is_some()) {
                        index.add(i, same);
                    }
                    self.object = None;
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
            // The CSDL's name is kept, since only there it has a type.
            if mine.table != theirs.table {
                mine.table = "principal".to_owned();
            }
        } else if mine.table != theirs.table {
            self.contradiction("other table", super::show(&mine.table), super::show(&theirs.table));
        }
        self.fact("column", &mut mine.column, theirs.column);
        self.fact("referenced column", &mut mine.referenced, theirs.referenced);
        self.fact("intersect table", &mut mine.intersect, theirs.intersect);
        self.fact("Entity1", &mut mine.entity1, theirs.entity1);
        self.fact("partner", &mut mine.partner, theirs.partner);
        self.fact("schema name", &mut mine.schema_name, theirs.schema_name);
        self.fact("hierarchical", &mut mine.hierarchical, theirs.hierarchical);
        if let Some(theirs) = theirs.cascade.filter(|c| !c.is_empty()) {
            self.cascade(mine.cascade.get_or_insert_default(), theirs);
        }
    }

    fn cascade(&mut self, mine: &mut Cascade, theirs: Cascade) {
        self.fact("cascade of assign", &mut mine.assign, theirs.assign);
        self.fact("cascade of delete", &mut mine.delete, theirs.delete);
        self.fact("cascade of merge", &mut mine.merge, theirs.merge);
        self.fact("cascade of reparent", &mut mine.reparent, theirs.reparent);
        self.fact("cascade of share", &mut mine.share, theirs.share);
        self.fact("cascade of unshare", &mut mine.unshare, theirs.unshare);
    }
}

/// Returns whether `table` is the abstract base of users and teams. Its name is `owner` in the metadata and
/// `principal` in the CSDL.
fn is_principal(table: &str) -> bool {
    matches!(table, "owner" | "principal")
}

/// Returns whether both values are known and different.
fn differ<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a != b)
}

/// The maximum number of relationships of one name that a relationship is compared with.
const MAX_CANDIDATES: usize = 256;

/// The list positions of relationships, by each of the facts that identify a relationship. Positions are in
/// ascending order. Each map is built when it is first needed, because most sources need only one.
#[derive(Default)]
struct Index {
    by_navigation: Option<Places>,
    by_schema_name: Option<Places>,
    by_column: Option<Places>,
}

/// For each name, the list positions of the relationships that have it. The key `None` has the relationships
/// without a name.
type Places = HashMap<Option<String>, Vec<usize>>;

/// Returns the list positions of the relationships in `mine`, by the name that the function `name` returns.
fn places(mine: &[Relationship], name: impl Fn(&Relationship) -> &Option<String>) -> Places {
    let mut places = Places::new();
    for (i, relationship) in mine.iter().enumerate() {
        places.entry(name(relationship).clone()).or_default().push(i);
    }
    places
}

impl Index {
    /// Adds the relationship, which is at the list position `at`, under the names that it got from the merge.
    fn add(&mut self, at: usize, relationship: &Relationship) {
        let put = |places: &mut Option<Places>, name: &Option<String>| {
            let Some(places) = places else { return };
            let places = places.entry(name.clone()).or_default();
            if let Err(i) = places.binary_search(&at) {
                places.insert(i, at);
            }
        };
        put(&mut self.by_schema_name, &relationship.schema_name);
        put(&mut self.by_column, &relationship.column);
    }
}

fn find(mine: &[Relationship], index: &mut Index, theirs: &Relationship) -> Option<usize> {
    let same_end = |m: &Relationship| {
        // A many-to-many relationship of a table with itself is listed twice in it, once for each end.
        m.side != Side::ManyToMany || !differ(&m.column, &theirs.column)
    };
    let first = |places: Option<&Vec<usize>>, is: &dyn Fn(&Relationship) -> bool| {
        places?.iter().copied().take(MAX_CANDIDATES).find(|i| mine.get(*i).is_some_and(is))
    };
    let by_name = |m: &Relationship| {
        m.side == theirs.side
            && m.schema_name == theirs.schema_name
            && same_end(m)
            && (m.side != Side::ManyToMany || !differ(&m.navigation, &theirs.navigation))
    };
    // Made before anything is taken over of one that has a navigation property.
    let navigated = theirs.navigation.as_ref().and_then(|_| {
        let places = index.by_navigation.get_or_insert_with(|| places(mine, |r| &r.navigation));
        places.get(&theirs.navigation)
    });
    if theirs.schema_name.is_some() {
        let named = index.by_schema_name.get_or_insert_with(|| places(mine, |r| &r.schema_name));
        if let Some(i) = first(named.get(&theirs.schema_name), &by_name) {
            return Some(i);
        }
    }
    let candidate = |m: &Relationship| !differ(&m.schema_name, &theirs.schema_name) && same_end(m);
    if let Some(i) = first(navigated, &candidate) {
        return Some(i);
    }
    let by_ends = |m: &Relationship| {
        candidate(m)
            && m.side == theirs.side
            && (m.table == theirs.table || is_principal(&m.table) && is_principal(&theirs.table))
            && m.column == theirs.column
            && !differ(&m.navigation, &theirs.navigation)
    };
    let alike = index.by_column.get_or_insert_with(|| places(mine, |r| &r.column)).get(&theirs.column);
    if theirs.column.is_some()
        && let Some(i) = first(alike, &by_ends)
    {
        return Some(i);
    }
    first(alike, &|m| m == theirs)
}
