//! Finds several requests that differ only in one id, so that one request can replace them. The check of a
//! workspace's files (crate `ide`) uses it; a check of one query does not.
//!
//! The service limits the number of requests and their execution time ("Service protection API limits"). One
//! request with an `$expand` is one join, and the function `In` is one condition.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Diagnostic, Span, code};
use uuid::Uuid;

use crate::hir::{Comparison, Key, Predicate, Query, Test, Value};
use crate::odata;

/// The smallest number of different ids for which requests are reported as repeated.
pub const MIN_REPETITIONS: usize = 3;
/// The maximum number of ids in a request that is compared with others. Each id adds a group to compare, and
/// a request with more ids already selects many rows.
const MAX_IDS: usize = 8;

/// A finding about several requests that are equal except for one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedRequests {
    /// The numbers of the requests, in ascending order. The caller chose these numbers for
    /// [`RequestLog::add`] or [`find_repeated`].
    pub members: Vec<usize>,
    /// A message that says how many requests differ, and in which id they differ.
    pub message: String,
    /// Advice on how to write one request that replaces all of them.
    pub help: String,
}

impl RepeatedRequests {
    /// Returns the finding as a diagnostic at `span`, which is a position in the text that contains the
    /// requests.
    #[must_use]
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        Diagnostic::warning(code::REPEATED, span, self.message.as_str()).help(self.help.as_str())
    }
}

/// Finds requests that are equal except for one id. The id is a key in the path, or a guid that a column is
/// compared with.
///
/// Each request is a pair of a number that the caller chooses and the query; [`RepeatedRequests::members`]
/// refers to requests by these numbers. A request belongs to at most one group.
///
/// ```
/// use dvkit_query::hir::{Key, Predicate, Query, RowSource, Value};
/// let of = |n: u128| {
///     let mut query = Query::rows("account", Predicate::Constant(true));
///     let key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(n))));
///     query.source = RowSource { entity_set: "accounts".into(), key, steps: vec![] };
///     query
/// };
/// let queries = [of(1), of(2), of(3)];
/// let numbered: Vec<(usize, &Query)> = queries.iter().enumerate().collect();
/// assert_eq!(dvkit_query::lint::find_repeated(&numbered)[0].members, [0, 1, 2]);
/// ```
#[must_use]
pub fn find_repeated(queries: &[(usize, &Query)]) -> Vec<RepeatedRequests> {
    let mut requests = RequestLog::default();
    for (number, query) in queries {
        requests.add(*number, query);
    }
    requests.finish()
}

/// Collects requests one by one, and finds those that are equal except for one id, as [`find_repeated`] does
/// for a list. It needs little memory, because it keeps only the ids of each request, and one query for each
/// group.
#[derive(Debug, Default)]
pub struct RequestLog {
    groups: BTreeMap<String, Group>,
}

impl RequestLog {
    /// Adds a request. `number` is any number by which the caller wants to identify the request in
    /// [`RepeatedRequests::members`].
    pub fn add(&mut self, number: usize, query: &Query) {
        for (position, id) in id_positions(query) {
            let mut shape = query.clone();
            let Some(hole) = value_at(&mut shape, position) else { continue };
            *hole = Value::Parameter("{id}".into());
            let key = format!("{}:{}", shape.table, odata::request(&shape));
            let group =
                self.groups.entry(key).or_insert_with(|| Group { shape, position, members: Vec::new() });
            group.members.push((number, id));
        }
    }

    /// Returns the groups of requests that are equal except for one id, in ascending order of their first
    /// members.
    #[must_use]
    pub fn finish(self) -> Vec<RepeatedRequests> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        // A request that fits several groups is counted in the largest.
        groups.sort_by_key(|g| (std::cmp::Reverse(g.members.len()), g.members.first().map(|m| m.0)));
        let mut taken = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        for group in &mut groups {
            group.members.retain(|(number, _)| !taken.contains(number));
            if group.ids() >= MIN_REPETITIONS {
                taken.extend(group.members.iter().map(|m| m.0));
                found.push(group.describe());
            }
        }
        found.sort_by(|a, b| a.members.cmp(&b.members));
        found
    }
}

/// The position of an id in a query, where requests may differ.
#[derive(Clone, Copy, Debug)]
enum IdPosition {
    /// In the key after the entity set, as in `accounts(<id>)`.
    Key,
    /// In a condition. The field is its index among the conditions that `and` joins at the top of the filter.
    Condition(usize),
}

/// Requests that are equal except for the id at one position.
#[derive(Debug)]
struct Group {
    /// One of the requests, with a placeholder in place of the id.
    shape: Query,
    position: IdPosition,
    members: Vec<(usize, Uuid)>,
}

impl Group {
    /// Returns the number of different ids among the requests of the group.
    fn ids(&self) -> usize {
        let mut ids: Vec<Uuid> = self.members.iter().map(|m| m.1).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    fn describe(&mut self) -> RepeatedRequests {
        let mut members: Vec<usize> = self.members.iter().map(|m| m.0).collect();
        members.sort_unstable();
        let (count, shape) = (members.len(), &self.shape);
        let (what, help) = match self.position {
            IdPosition::Key => match shape.source.steps.as_slice() {
                [] => (
                    "the key".to_owned(),
                    "one request gets all these rows: `$filter=Microsoft.Dynamics.CRM.In(…)` on the primary key"
                        .to_owned(),
                ),
                [first, ..] => (
                    "the key".to_owned(),
                    format!(
                        "one request to `{}` with `$expand={}($select=…)` brings the related rows of all",
                        shape.source.entity_set, first.navigation
                    ),
                ),
            },
            IdPosition::Condition(n) => {
                let column = conditions(&shape.predicate)
                    .get(n)
                    .and_then(|p| match p {
                        Predicate::Test(column, _) => Some(column.column.as_str()),
                        _ => None,
                    })
                    .unwrap_or_default();
                (
                    format!("the value of `{column}`"),
                    format!(
                        "one request asks for all: \
                         `Microsoft.Dynamics.CRM.In(PropertyName='{column}',PropertyValues=[…])`; where the rows behind \
                         `{column}` are read as well, an `$expand` brings both"
                    ),
                )
            }
        };
        let message = format!("{count} requests for `{}` differ in {what} only", shape.table);
        RepeatedRequests { members, message, help }
    }
}

/// Returns the ids in a query with their positions, the key first; an empty list if there are more than
/// [`MAX_IDS`] ids.
fn id_positions(query: &Query) -> Vec<(IdPosition, Uuid)> {
    let mut id_positions = Vec::new();
    if let Some(Key::Id(Value::Guid(id))) = query.source.key {
        id_positions.push((IdPosition::Key, id));
    }
    for (i, condition) in conditions(&query.predicate).iter().enumerate() {
        if let Predicate::Test(_, Test::Compare(Comparison::Eq, Value::Guid(id))) = condition {
            id_positions.push((IdPosition::Condition(i), *id));
        }
    }
    if id_positions.len() > MAX_IDS { Vec::new() } else { id_positions }
}

/// Returns the conditions that `and` joins at the top of a filter; the filter itself as the only condition if
/// it is not an `and`.
fn conditions(predicate: &Predicate) -> &[Predicate] {
    match predicate {
        Predicate::And(parts) => parts,
        one => std::slice::from_ref(one),
    }
}

/// Returns a reference to the value at a position, so that the caller can replace it; `None` if the query has
/// no value at that position.
fn value_at(query: &mut Query, position: IdPosition) -> Option<&mut Value> {
    match position {
        IdPosition::Key => match &mut query.source.key {
            Some(Key::Id(value)) => Some(value),
            _ => None,
        },
        IdPosition::Condition(n) => {
            let condition = match &mut query.predicate {
                Predicate::And(parts) => parts.get_mut(n)?,
                one => one,
            };
            match condition {
                Predicate::Test(_, Test::Compare(_, value)) => Some(value),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::sample::requested;

    fn found(requests: &[&str]) -> Vec<RepeatedRequests> {
        let queries: Vec<Query> =
            requests.iter().map(|r| requested(r).query.expect("it is understood")).collect();
        let numbered: Vec<(usize, &Query)> = queries.iter().enumerate().map(|(i, q)| (i * 10, q)).collect();
        find_repeated(&numbered)
    }

    fn id(n: u8) -> String {
        format!("11111111-2222-3333-4444-55555555555{n}")
    }

    #[test]
    fn requests_that_differ_in_the_key_are_repeated() {
        let of = |n| format!("accounts({})?$select=name", id(n));
        let (a, b, c) = (of(1), of(2), of(3));
        assert!(found(&[&a, &b]).is_empty());
        assert!(found(&[&a, &a, &a]).is_empty());
        let all = found(&[&a, "accounts?$select=name&$top=1", &b, &c]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].members, [0, 20, 30]);
        assert_eq!(all[0].message, "3 requests for `account` differ in the key only");
    }

    #[test]
    fn requests_for_related_rows_are_repeated() {
        let of = |n| format!("accounts({})/members?$select=fullname", id(n));
        let all = found(&[&of(1), &of(2), &of(3)]);
        assert!(all[0].help.contains("one request to `accounts` with `$expand=members("), "{all:?}");
    }

    #[test]
    fn requests_that_differ_in_a_guid_are_repeated() {
        let of = |n, state| {
            format!(
                "contacts?$select=fullname&$filter=statecode eq {state} and _parentaccountid_value eq {}",
                id(n)
            )
        };
        let all = found(&[&of(1, 0), &of(2, 0), &of(3, 1), &of(4, 0), &of(5, 1)]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].members, [0, 10, 30]);
        assert!(all[0].help.contains("PropertyName='parentaccountid'"), "{all:?}");
        assert_eq!(all[0].diagnostic(Span::default()).code, code::REPEATED);
    }

    #[test]
    fn requests_that_differ_in_more_are_not_repeated() {
        let all = found(&[
            &format!("accounts({})?$select=name", id(1)),
            &format!("accounts({})?$select=statecode", id(2)),
            &format!("contacts({})?$select=fullname", id(3)),
        ]);
        assert!(all.is_empty());
    }
}
