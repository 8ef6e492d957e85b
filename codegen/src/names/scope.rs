//! Makes the Rust names in one scope unique, such as the fields of a struct or the variants of an enum.
//!
//! Several items may request one name. Then none of them gets it. Otherwise the name could silently change
//! from one column to another, whereas the compiler reports a name that no longer exists. The name of an item
//! depends only on the items that request the same name, so adding or removing other items changes no name.

use std::collections::{BTreeMap, BTreeSet};

use super::hash;

/// A request for a unique name: an item of the scope, with the names that it can have.
#[derive(Clone, Debug)]
pub(crate) struct NameRequest {
    /// The key that identifies the item in its scope: the logical name of a column, the name of a navigation
    /// property, the value of an option.
    pub(crate) key: String,
    /// The names that the item can have, the preferred one first. There is at least one.
    pub(crate) names: Vec<String>,
}

impl NameRequest {
    /// Returns a request for those of `names` that are not `None`, in order. If all are `None`, the only name
    /// is `otherwise`.
    pub(crate) fn new(
        key: impl Into<String>,
        names: impl IntoIterator<Item = Option<String>>,
        otherwise: &str,
    ) -> Self {
        let (key, mut names) = (key.into(), names.into_iter().flatten().collect::<Vec<_>>());
        names.dedup();
        if names.is_empty() {
            names.push(otherwise.to_owned());
        }
        Self { key, names }
    }
}

/// Returns a name for each request, in the order of the requests. All names are different, and none is in
/// `taken`.
///
/// In round *n*, every item that has no name yet requests its *n*th name. The item gets this name if no other
/// item requests it in this round and the name is free. An item that gets none of its names gets the last
/// one, followed by the hash of its key.
pub(crate) fn assign_names(wishes: &[NameRequest], taken: &BTreeSet<String>) -> Vec<String> {
    let mut taken = taken.clone();
    let mut given: Vec<Option<String>> = vec![None; wishes.len()];
    let rounds = wishes.iter().map(|w| w.names.len()).max().unwrap_or(0);
    for round in 0..rounds {
        let mut asked: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, wish) in wishes.iter().enumerate() {
            if let (None, Some(name)) = (&given[i], wish.names.get(round)) {
                asked.entry(name).or_default().push(i);
            }
        }
        for (name, who) in asked {
            if let [i] = who[..]
                && !taken.contains(name)
            {
                given[i] = Some(name.to_owned());
            }
            // A name that several items requested is not given to any item in a later round.
            taken.insert(name.to_owned());
        }
    }
    let mut left: Vec<usize> = (0..wishes.len()).filter(|&i| given[i].is_none()).collect();
    left.sort_by(|&a, &b| wishes[a].key.cmp(&wishes[b].key));
    for i in left {
        let wish = &wishes[i];
        let base = wish.names.last().map_or("x", String::as_str).trim_end_matches('_');
        let digits = hash(&wish.key);
        let separator = if base.starts_with(|c: char| c.is_ascii_uppercase()) { "X" } else { "_x" };
        // Items with equal keys or equal hashes are numbered.
        let name = (0..)
            .map(|n| match n {
                0 => format!("{base}{separator}{digits}"),
                n => format!("{base}{separator}{digits}{separator}{n}"),
            })
            .find(|name| !taken.contains(name))
            .expect("only finitely many are taken");
        taken.insert(name.clone());
        given[i] = Some(name);
    }
    given.into_iter().flatten().collect()
}

/// Returns a name for each request, in the order of the requests. If `fixed` has a name for the request's
/// key, this is the name; otherwise [`assign_names`] chooses one that is neither in `taken` nor in `fixed`.
pub(crate) fn with_fixed_names(
    all: &[NameRequest],
    fixed: &BTreeMap<String, String>,
    taken: &BTreeSet<String>,
) -> Vec<String> {
    let mut taken = taken.clone();
    taken.extend(all.iter().filter_map(|w| fixed.get(&w.key)).cloned());
    let open: Vec<NameRequest> = all.iter().filter(|w| !fixed.contains_key(&w.key)).cloned().collect();
    let mut assigned = assign_names(&open, &taken).into_iter();
    all.iter()
        .map(|w| match fixed.get(&w.key) {
            Some(name) => name.clone(),
            None => assigned.next().expect("every open wish was given a name"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(key: &str, names: &[&str]) -> NameRequest {
        NameRequest { key: key.to_owned(), names: names.iter().map(|n| (*n).to_owned()).collect() }
    }

    fn taken(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn a_request_has_each_of_its_names_once_or_the_other_one() {
        let some = |name: &str| Some(name.to_owned());
        for (names, expected) in [
            (vec![some("a"), some("a"), None, some("b")], vec!["a", "b"]),
            (vec![some("a"), some("b"), some("a")], vec!["a", "b", "a"]),
            (vec![None], vec!["other"]),
            (vec![], vec!["other"]),
        ] {
            let request = NameRequest::new("key", names.clone(), "other");
            assert_eq!(request.key, "key");
            assert_eq!(request.names, expected, "{names:?}");
        }
    }

    #[test]
    fn an_item_gets_its_first_name_where_no_other_item_wants_it() {
        let names = assign_names(&[wish("a", &["a", "aa"]), wish("b", &["b", "bb"])], &taken(&["b"]));
        assert_eq!(names, ["a", "bb"]);
    }

    #[test]
    fn a_name_that_several_items_want_is_given_to_none() {
        let wishes = [wish("1", &["Active", "Active1"]), wish("2", &["Active", "Active2"])];
        assert_eq!(assign_names(&wishes, &taken(&[])), ["Active1", "Active2"]);
        // The first name of the third item is the second name of the second item.
        let three = [&wishes[..], &[wish("3", &["Active2", "Active23"])]].concat();
        let names = assign_names(&three, &taken(&[]));
        assert_eq!(names[0], "Active1");
        assert_eq!(names[2], "Active2");
        assert!(names[1].starts_with("Active2X"), "{names:?}");
    }

    #[test]
    fn items_without_a_free_name_get_digits_of_their_key() {
        let names = assign_names(&[wish("new_A", &["new_a"]), wish("new_a", &["new_a"])], &taken(&[]));
        assert_eq!(names, ["new_a_x9519328f", "new_a_x9519642f"]);
        // Items with equal keys get different names, too, and so do those whose name with digits is taken.
        let equal = [wish("k", &["A"]), wish("k", &["A"]), wish("k", &["A"])];
        let name = "AX29621bc6";
        assert_eq!(assign_names(&equal, &taken(&[])), [name, &format!("{name}X1"), &format!("{name}X2")]);
        assert_eq!(assign_names(&equal[..1], &taken(&["A", name])), [format!("{name}X1")]);
        assert_eq!(assign_names(&[wish("k", &["self_"])], &taken(&["self_"])), ["self_x29621bc6"]);
    }

    #[test]
    fn names_depend_neither_on_order_nor_on_unrelated_items() {
        let wishes = [
            wish("new_A", &["new_a"]),
            wish("new_a", &["new_a"]),
            wish("b", &["b"]),
            wish("B", &["b", "b_b"]),
        ];
        let straight = assign_names(&wishes, &taken(&[]));
        let mut turned = wishes.to_vec();
        turned.reverse();
        let mut back = assign_names(&turned, &taken(&[]));
        back.reverse();
        assert_eq!(straight, back);
        let more = [&[wish("c", &["c"])], &wishes[..]].concat();
        assert_eq!(assign_names(&more, &taken(&[]))[1..], straight);
    }

    #[test]
    fn fixed_names_take_precedence() {
        let all = [wish("a", &["a"]), wish("b", &["b"]), wish("c", &["c"])];
        let names = with_fixed_names(&all, &BTreeMap::from([("b".to_owned(), "a".to_owned())]), &taken(&[]));
        assert_eq!(names[1..], ["a", "c"]);
        assert!(names[0].starts_with("a_x"), "{names:?}");
    }
}
