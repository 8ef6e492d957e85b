//! One scope: every name in it once.
//!
//! Who gets which name depends on nothing but the names that want to be the same: an unrelated one more or less changes
//! nothing. Where several want the same name none of them gets it, for a name whose meaning moves from one column
//! to another without a word of the compiler is worse than a name that goes away.

use std::collections::{BTreeMap, BTreeSet};

use super::hash;

/// What is to be named: by what it is known, and the names it would like, the best first.
#[derive(Clone, Debug)]
pub(crate) struct NameRequest {
    /// What identifies it in its scope, whatever else changes: a logical name, a wire name, a value.
    pub(crate) key: String,
    /// Legal names, at least one.
    pub(crate) names: Vec<String>,
}

impl NameRequest {
    /// A wish for the names there are, or for `otherwise` where there is none.
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

/// One name for each wish, in the order of the wishes; none is in `taken`, none is given twice.
///
/// Round by round everybody who has no name yet asks for the next one that they would like; who asks alone, and for a
/// name that is free, gets it. Who has asked in vain for all gets the last one with digits that identify the key.
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
            // Nobody gets later what several wanted first.
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
        // Keys that are equal, or whose digits are, are told apart by counting.
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

/// Puts the names that somebody fixed in place of those that were assigned: `names` as [`assign_names`] gave it for `wishes`
/// without those that are fixed. Gives the whole list, in the order of `all`.
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
    fn who_is_alone_gets_the_first_wish() {
        let names = assign_names(&[wish("a", &["a", "aa"]), wish("b", &["b", "bb"])], &taken(&["b"]));
        assert_eq!(names, ["a", "bb"]);
    }

    #[test]
    fn of_several_nobody_gets_the_name() {
        let wishes = [wish("1", &["Active", "Active1"]), wish("2", &["Active", "Active2"])];
        assert_eq!(assign_names(&wishes, &taken(&[])), ["Active1", "Active2"]);
        // A third whose first wish is what the second falls back to.
        let three = [&wishes[..], &[wish("3", &["Active2", "Active23"])]].concat();
        let names = assign_names(&three, &taken(&[]));
        assert_eq!(names[0], "Active1");
        assert_eq!(names[2], "Active2");
        assert!(names[1].starts_with("Active2X"), "{names:?}");
    }

    #[test]
    fn digits_of_the_key_are_the_last_resort() {
        let names = assign_names(&[wish("new_A", &["new_a"]), wish("new_a", &["new_a"])], &taken(&[]));
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|n| n.starts_with("new_a_x") && n.len() == 15), "{names:?}");
        // Equal keys even so.
        let names = assign_names(&[wish("k", &["A"]), wish("k", &["A"])], &taken(&[]));
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn order_and_strangers_do_not_matter() {
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
    fn fixed_names_come_first() {
        let all = [wish("a", &["a"]), wish("b", &["b"]), wish("c", &["c"])];
        let names = with_fixed_names(&all, &BTreeMap::from([("b".to_owned(), "a".to_owned())]), &taken(&[]));
        assert_eq!(names[1..], ["a", "c"]);
        assert!(names[0].starts_with("a_x"), "{names:?}");
    }
}
