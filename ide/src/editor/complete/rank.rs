//! Decides which candidates match the typed text, and in which order they are offered.

use std::borrow::Cow;
use std::cmp::Reverse;

use dvkit_query::functions::Function;
use dvkit_schema::store::TableEntry;
use dvkit_schema::{ChoiceOption, Column, Relationship, Store};

use super::CompletionKind;
use super::lexer::is_name_char;

/// The object that a candidate stands for, from which its detail and its documentation are made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// Nothing but the name of the candidate.
    None,
    /// A column.
    Column(&'a Column),
    /// A table.
    Table(&'a TableEntry),
    /// A navigation property. The second field is the lookup column, if the property leads to one row.
    Navigation(&'a Relationship, Option<&'a Column>),
    /// An option of a choice.
    Choice(&'a ChoiceOption),
    /// A query function of Dataverse.
    Function(&'a Function),
}

/// The character of an inserted text at which the cursor belongs afterwards. It is not inserted itself.
pub(super) const CARET: char = '\0';

/// A text that may be inserted at the cursor.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) label: Cow<'a, str>,
    /// The text that is inserted, if it is not the label.
    pub(super) insert: Option<String>,
    /// A further name by which the candidate is found, such as a function's name with its namespace.
    pub(super) alias: Option<Cow<'a, str>>,
    pub(super) kind: CompletionKind,
    pub(super) subject: Subject<'a>,
    /// The detail, if it is not made from the subject.
    pub(super) detail: Option<Cow<'a, str>>,
    /// How often queries have this text at such a position; greater is earlier.
    pub(super) weight: i32,
    /// The offset from which the text is replaced, if that is not the beginning of the word.
    pub(super) from: Option<usize>,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(label: impl Into<Cow<'a, str>>, kind: CompletionKind) -> Self {
        Self {
            label: label.into(),
            insert: None,
            alias: None,
            kind,
            subject: Subject::None,
            detail: None,
            weight: 0,
            from: None,
        }
    }

    pub(super) fn insert(mut self, text: impl Into<String>) -> Self {
        self.insert = Some(text.into());
        self
    }

    pub(super) fn alias(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.alias = Some(text.into());
        self
    }

    pub(super) fn subject(mut self, subject: Subject<'a>) -> Self {
        self.subject = subject;
        self
    }

    pub(super) fn detail(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.detail = Some(text.into());
        self
    }

    pub(super) fn weight(mut self, weight: i32) -> Self {
        self.weight = weight;
        self
    }

    /// Returns the text that people see in place of the name, in the organisation's language.
    pub(super) fn display_name(&self, store: &'a Store) -> Option<&'a str> {
        match self.subject {
            Subject::Column(column) => store.text(&column.display_name),
            Subject::Table(table) => store.text(&table.display_name),
            Subject::Navigation(relationship, column) => match column {
                Some(column) => store.text(&column.display_name),
                None => store.entry(&relationship.table).and_then(|table| store.text(&table.display_name)),
            },
            Subject::Choice(option) => store.text(&option.label),
            Subject::Function(_) | Subject::None => None,
        }
    }
}

/// Returns the candidates that match `typed`, the best first, at most `max`. If none matches, the candidates
/// are returned that `typed` may be a misspelling of, and otherwise all of them.
pub(super) fn rank<'a>(
    store: &'a Store,
    typed: &str,
    candidates: Vec<Candidate<'a>>,
    max: usize,
) -> Vec<Candidate<'a>> {
    let wanted: Vec<char> = lower(typed.trim_start_matches('\''));
    let ascii: Option<String> = wanted.iter().all(char::is_ascii).then(|| wanted.iter().collect());
    let mut matched: Vec<(u8, Candidate<'a>)> = Vec::with_capacity(candidates.len());
    let mut rest = Vec::new();
    for candidate in candidates {
        let tier = match (&ascii, wanted.is_empty()) {
            (_, true) => Some(0),
            (Some(text), _) if begins(&candidate.label, text) => Some(0),
            _ => tier(&candidate, candidate.display_name(store), &wanted),
        };
        match tier {
            Some(tier) => matched.push((tier, candidate)),
            None => rest.push(candidate),
        }
    }
    if matched.is_empty() {
        return misspelled(store, typed, rest, max);
    }
    matched.sort_by(|(tier_a, a), (tier_b, b)| {
        (tier_a, Reverse(a.weight), &a.label).cmp(&(tier_b, Reverse(b.weight), &b.label))
    });
    matched.dedup_by(|(_, a), (_, b)| a.label == b.label && a.insert == b.insert);
    matched.into_iter().take(max).map(|(_, candidate)| candidate).collect()
}

fn misspelled<'a>(
    store: &'a Store,
    typed: &str,
    mut candidates: Vec<Candidate<'a>>,
    max: usize,
) -> Vec<Candidate<'a>> {
    let names = candidates.iter().map(|c| (c.label.as_ref(), c.display_name(store)));
    let close: Vec<String> =
        dvkit_diagnostic::suggest::ranked_by(typed, names, 5).into_iter().map(str::to_owned).collect();
    if close.is_empty() {
        candidates.sort_by(|a, b| (Reverse(a.weight), &a.label).cmp(&(Reverse(b.weight), &b.label)));
        candidates.truncate(max);
        return candidates;
    }
    let mut found = Vec::with_capacity(close.len());
    for name in close {
        if let Some(at) = candidates.iter().position(|c| c.label == name) {
            found.push(candidates.swap_remove(at));
        }
    }
    found
}

/// Returns how well a candidate matches the text `wanted`, which is in lower case; a smaller number is better.
/// `None` if it does not match.
fn tier(candidate: &Candidate<'_>, display_name: Option<&str>, wanted: &[char]) -> Option<u8> {
    let label = lower(&candidate.label);
    if label.starts_with(wanted) {
        return Some(0);
    }
    let alias = candidate.alias.as_deref().map(lower);
    if alias.as_ref().is_some_and(|alias| alias.starts_with(wanted)) {
        return Some(1);
    }
    // `budget` finds `new_budget`, and `primary` finds `_primarycontactid_value`.
    let own = label.iter().position(|c| *c == '_').map(|at| &label[at + 1..]);
    if own.is_some_and(|own| own.starts_with(wanted)) {
        return Some(1);
    }
    let shown = display_name.map(lower).unwrap_or_default();
    if shown.starts_with(wanted) {
        return Some(2);
    }
    if at_word(&label, wanted) || at_word(&shown, wanted) {
        return Some(3);
    }
    if wanted.len() < 2 {
        return None;
    }
    if contains(&label, wanted) || contains(&shown, wanted) || alias.is_some_and(|a| contains(&a, wanted)) {
        return Some(4);
    }
    (wanted.len() > 2 && (is_subsequence(&label, wanted) || is_subsequence(&shown, wanted))).then_some(5)
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Returns whether `text` begins with `wanted`, an ASCII text in lower case.
fn begins(text: &str, wanted: &str) -> bool {
    text.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
}

/// Returns whether a word of `text` other than the first begins with `wanted`.
fn at_word(text: &[char], wanted: &[char]) -> bool {
    text.windows(2).enumerate().any(|(at, pair)| {
        let begins_word = matches!(pair, [before, _] if *before == '_' || !is_name_char(*before));
        begins_word && text[at + 1..].starts_with(wanted)
    })
}

fn contains(text: &[char], wanted: &[char]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

/// Returns whether all characters of `wanted` occur in `text` in this order, and the first ones are equal.
fn is_subsequence(text: &[char], wanted: &[char]) -> bool {
    let mut rest = text.iter();
    text.first() == wanted.first() && wanted.iter().all(|c| rest.any(|other| other == c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvkit_schema::Schema;

    #[test]
    fn a_prefix_comes_before_a_word_and_a_word_before_a_part() {
        let store = Store::from_schema(Schema::default());
        let names = ["rename", "name", "new_name", "display_name", "namespace", "other"];
        let candidates =
            names.iter().map(|name| Candidate::new(*name, CompletionKind::Column)).collect::<Vec<_>>();
        let ranked = |typed: &str| -> Vec<String> {
            rank(&store, typed, candidates.clone(), 9).into_iter().map(|c| c.label.into_owned()).collect()
        };
        assert_eq!(ranked("na"), ["name", "namespace", "display_name", "new_name", "rename"]);
        assert_eq!(ranked("nmspc"), ["namespace"]);
        assert_eq!(ranked("ohter"), ["other"], "a misspelling");
        assert_eq!(ranked("zzzzzzz").len(), names.len());
    }

    #[test]
    fn each_way_in_which_a_name_matches_has_its_tier() {
        for (label, alias, shown, typed, expected) in [
            ("Abcx", None, None, "abc", Some(0)),
            ("x", Some("ABCx"), None, "abc", Some(1)),
            ("new_abc", None, None, "abc", Some(1)),
            ("x", None, Some("Abc x"), "abc", Some(2)),
            ("x_y_abc", None, None, "abc", Some(3)),
            ("x", None, Some("x Abc"), "abc", Some(3)),
            ("x", None, Some("x-abc"), "abc", Some(3)),
            ("xabc", None, None, "abc", Some(4)),
            ("x", None, Some("xabc"), "abc", Some(4)),
            ("x", Some("xabc"), None, "abc", Some(4)),
            ("axbxc", None, None, "abc", Some(5)),
            ("x", None, Some("axbxc"), "abc", Some(5)),
            ("xaxbxc", None, None, "abc", None),
            ("acb", None, None, "abc", None),
            ("axb", None, None, "ab", None),
            ("xab", None, None, "ab", Some(4)),
            ("xa", None, None, "a", None),
            ("x_y_a", None, None, "a", Some(3)),
            ("ÄB", None, None, "äb", Some(0)),
        ] {
            let mut candidate = Candidate::new(label, CompletionKind::Column);
            candidate.alias = alias.map(Into::into);
            assert_eq!(
                tier(&candidate, shown, &lower(typed)),
                expected,
                "{label} {alias:?} {shown:?} {typed}"
            );
        }
        for (text, wanted, expected) in
            [("Select", "sel", true), ("sel", "select", false), ("é", "e", false), ("", "", true)]
        {
            assert_eq!(begins(text, wanted), expected, "{text} {wanted}");
        }
    }

    #[test]
    fn candidates_of_one_tier_are_ordered_by_weight_and_by_name() {
        let store = Store::from_schema(Schema::default());
        let of = |name: &'static str, weight| Candidate::new(name, CompletionKind::Column).weight(weight);
        let all = vec![of("ab", 1), of("aa", 1), of("ac", 2), of("xa_x_a", 9), of("ab", 1)];
        let labels = |typed: &str, max: usize| -> Vec<String> {
            rank(&store, typed, all.clone(), max).into_iter().map(|c| c.label.into_owned()).collect()
        };
        assert_eq!(labels("a", 9), ["ac", "aa", "ab", "xa_x_a"]);
        assert_eq!(labels("a", 2), ["ac", "aa"]);
        assert_eq!(labels("", 9), ["xa_x_a", "ac", "aa", "ab"]);
        assert_eq!(labels("'a", 1), ["ac"], "an opening quote is none of the name");
        assert_eq!(labels("zzzzzz", 2), ["xa_x_a", "ac"], "nothing is near");
    }
}
