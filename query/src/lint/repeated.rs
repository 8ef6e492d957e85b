//! Requests that are one request, asked again for each row.
//!
//! Source: the service's limit of requests and of execution time ("Service protection API limits"), and its remedies: an
//! `$expand`, which is one join ("Join tables using OData"), and `In`, which is one condition.

use std::collections::BTreeMap;

use dvkit_diagnostic::{Diagnostic, Span, code};
use uuid::Uuid;

use crate::hir::{Comparison, Key, Predicate, Query, Test, Value};
use crate::odata;

/// From how many requests on they are told.
const SEVERAL: usize = 3;
/// A request with more ids than this asks for many rows by itself; and each of its ids would make another shape of it.
const MOST_IDS: usize = 8;

/// Requests that differ in one id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Which they are, by the numbers they were given with, ascending.
    pub members: Vec<usize>,
    /// What they have in common.
    pub message: String,
    /// How one request asks for all of it.
    pub help: String,
}

impl Repeated {
    /// The finding, at a place of whatever text the requests come from.
    #[must_use]
    pub fn diagnostic(&self, span: Span) -> Diagnostic {
        Diagnostic::warning(code::REPEATED, span, self.message.as_str()).help(self.help.as_str())
    }
}

/// Finds requests of one run that are equal but for one id: a key in the path, or a guid that one column is compared
/// with. Each request has a number, which comes back in [`Repeated::members`], and is a member of one group at most.
///
/// ```
/// use dvkit_query::hir::{Key, Predicate, Query, Start, Value};
/// let of = |n: u128| {
///     let mut query = Query::rows("account", Predicate::Constant(true));
///     let key = Some(Key::Id(Value::Guid(uuid::Uuid::from_u128(n))));
///     query.start = Start { entity_set: "accounts".into(), key, steps: vec![] };
///     query
/// };
/// let queries = [of(1), of(2), of(3)];
/// let numbered: Vec<(usize, &Query)> = queries.iter().enumerate().collect();
/// assert_eq!(dvkit_query::lint::repeated(&numbered)[0].members, [0, 1, 2]);
/// ```
#[must_use]
pub fn repeated(queries: &[(usize, &Query)]) -> Vec<Repeated> {
    let mut requests = Requests::default();
    for (number, query) in queries {
        requests.add(*number, query);
    }
    requests.repeated()
}

/// [`repeated`] for requests that are seen one after another: of each only its ids are kept, and of those that are alike
/// one.
#[derive(Debug, Default)]
pub struct Requests {
    groups: BTreeMap<String, Group>,
}

impl Requests {
    /// Adds a request with its number.
    pub fn add(&mut self, number: usize, query: &Query) {
        for (place, id) in places(query) {
            let mut shape = query.clone();
            let Some(hole) = at(&mut shape, place) else { continue };
            *hole = Value::Parameter("{id}".into());
            let key = format!("{}:{}", shape.table, odata::request(&shape));
            let group = self.groups.entry(key).or_insert_with(|| Group { shape, place, members: Vec::new() });
            group.members.push((number, id));
        }
    }

    /// Those that are equal but for one id.
    #[must_use]
    pub fn repeated(self) -> Vec<Repeated> {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        // A request that fits into several groups goes into the largest.
        groups.sort_by_key(|g| (std::cmp::Reverse(g.members.len()), g.members.first().map(|m| m.0)));
        let mut taken = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        for group in &mut groups {
            group.members.retain(|(number, _)| !taken.contains(number));
            if group.ids() >= SEVERAL {
                taken.extend(group.members.iter().map(|m| m.0));
                found.push(group.told());
            }
        }
        found.sort_by(|a, b| a.members.cmp(&b.members));
        found
    }
}

/// Where an id stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The key behind the entity set.
    Key,
    /// The n-th of the conditions that all have to hold.
    Condition(usize),
}

/// Requests of one shape.
#[derive(Debug)]
struct Group {
    /// One of them, with a placeholder for the id.
    shape: Query,
    place: Place,
    members: Vec<(usize, Uuid)>,
}

impl Group {
    /// How many different ids there are: the same request again is another matter.
    fn ids(&self) -> usize {
        let mut ids: Vec<Uuid> = self.members.iter().map(|m| m.1).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    fn told(&mut self) -> Repeated {
        let mut members: Vec<usize> = self.members.iter().map(|m| m.0).collect();
        members.sort_unstable();
        let (count, shape) = (members.len(), &self.shape);
        let (what, help) = match self.place {
            Place::Key => match shape.start.steps.as_slice() {
                [] => (
                    "the key".to_owned(),
                    "one request gets all these rows: `$filter=Microsoft.Dynamics.CRM.In(…)` on the primary key"
                        .to_owned(),
                ),
                [first, ..] => (
                    "the key".to_owned(),
                    format!(
                        "one request to `{}` with `$expand={}($select=…)` brings the related rows of all",
                        shape.start.entity_set, first.navigation
                    ),
                ),
            },
            Place::Condition(n) => {
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
        Repeated { members, message, help }
    }
}

/// The ids of a query.
fn places(query: &Query) -> Vec<(Place, Uuid)> {
    let mut places = Vec::new();
    if let Some(Key::Id(Value::Guid(id))) = query.start.key {
        places.push((Place::Key, id));
    }
    for (i, condition) in conditions(&query.predicate).iter().enumerate() {
        if let Predicate::Test(_, Test::Compare(Comparison::Eq, Value::Guid(id))) = condition {
            places.push((Place::Condition(i), *id));
        }
    }
    if places.len() > MOST_IDS { Vec::new() } else { places }
}

/// What all has to hold.
fn conditions(predicate: &Predicate) -> &[Predicate] {
    match predicate {
        Predicate::And(parts) => parts,
        one => std::slice::from_ref(one),
    }
}

/// The value at a place.
fn at(query: &mut Query, place: Place) -> Option<&mut Value> {
    match place {
        Place::Key => match &mut query.start.key {
            Some(Key::Id(value)) => Some(value),
            _ => None,
        },
        Place::Condition(n) => {
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

    fn found(requests: &[&str]) -> Vec<Repeated> {
        let queries: Vec<Query> =
            requests.iter().map(|r| requested(r).query.expect("it is understood")).collect();
        let numbered: Vec<(usize, &Query)> = queries.iter().enumerate().map(|(i, q)| (i * 10, q)).collect();
        repeated(&numbered)
    }

    fn id(n: u8) -> String {
        format!("11111111-2222-3333-4444-55555555555{n}")
    }

    #[test]
    fn keys_in_the_path() {
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
    fn related_rows() {
        let of = |n| format!("accounts({})/members?$select=fullname", id(n));
        let all = found(&[&of(1), &of(2), &of(3)]);
        assert!(all[0].help.contains("one request to `accounts` with `$expand=members("), "{all:?}");
    }

    #[test]
    fn a_guid_in_a_condition() {
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
    fn what_differs_in_more_is_another_request() {
        let all = found(&[
            &format!("accounts({})?$select=name", id(1)),
            &format!("accounts({})?$select=statecode", id(2)),
            &format!("contacts({})?$select=fullname", id(3)),
        ]);
        assert!(all.is_empty());
    }
}
