//! Finds the known name that a misspelt name probably means. All checks of names call it, to suggest a
//! correction.
//!
//! A candidate matches by the first of these rules that applies:
//!
//! 1. It is equal except for letter case.
//! 2. It, or its display name, is equal except for letter case, spaces and underscores.
//! 3. It is one edit away (a character inserted, deleted or replaced, or two swapped).
//! 4. It is equal except for a publisher's prefix (`new_budget` for `budget`). [`closest`] uses this rule
//!    only if there is one such candidate.
//! 5. It is more edits away, up to a third of the length of the name.
//! 6. It has the same words in another order (`account_name` for `name_account`).
//!
//! If several candidates match by the same rule and with the same number of edits, the best is the one whose
//! length differs least, and among these the alphabetically first. So the result does not depend on the order
//! of the candidates.

use std::collections::BTreeSet;

/// The maximum length in characters of a name whose edit distance is computed. The time grows with the square
/// of the length, and a name may be as long as a text.
const MAX_NAME_LENGTH: usize = 200;

/// Returns the candidate that is most similar to `wanted`; `None` if no candidate is similar.
///
/// ```
/// use dvkit_diagnostic::suggest::closest;
/// let columns = ["fullname", "firstname", "new_budget"];
/// assert_eq!(closest("fullnme", columns), Some("fullname"));
/// assert_eq!(closest("budget", columns), Some("new_budget"));
/// assert_eq!(closest("telephone", columns), None);
/// ```
#[must_use]
pub fn closest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    closest_by(wanted, candidates.into_iter().map(|c| (c, None)))
}

/// Returns the key of the candidate that is most similar to `wanted`; `None` if no candidate is similar. Each
/// candidate is a pair of its key, which is a name, and its display name (`None` if it has none).
///
/// ```
/// use dvkit_diagnostic::suggest::closest_by;
/// let columns = [("fullname", Some("Full Name")), ("parentcustomerid", Some("Company Name"))];
/// assert_eq!(closest_by("company name", columns), Some("parentcustomerid"));
/// assert_eq!(closest_by("Full Nmae", columns), Some("fullname"));
/// ```
#[must_use]
pub fn closest_by<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Option<&'a str> {
    let wanted = Wanted::new(wanted)?;
    // A match without its prefix counts only if there is one such match, so these are kept apart.
    let mut best: Option<(Score, &str)> = None;
    let mut prefixed: Option<(Score, &str)> = None;
    let mut several = false;
    for (key, display) in candidates {
        let Some(score) = wanted.score(key, display) else { continue };
        let found = Some((score, key));
        if score.tier == Tier::Prefix {
            several |= prefixed.is_some_and(|(_, k)| k != key);
            prefixed = found;
        } else if best.is_none() || found < best {
            best = found;
        }
    }
    let prefixed = prefixed.filter(|_| !several);
    best.into_iter().chain(prefixed).min().map(|(_, key)| key)
}

/// Returns up to `max` candidates that are similar to `wanted`, the most similar one first. Unlike
/// [`closest`], it includes several candidates that differ from `wanted` only in the publisher's prefix.
///
/// ```
/// use dvkit_diagnostic::suggest::ranked;
/// assert_eq!(ranked("budget", ["cr1_budget", "new_budget", "budgets"], 2), ["budgets", "cr1_budget"]);
/// ```
#[must_use]
pub fn ranked<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, max: usize) -> Vec<&'a str> {
    ranked_by(wanted, candidates.into_iter().map(|c| (c, None)), max)
}

/// Returns the keys of up to `max` candidates that are similar to `wanted`, like [`ranked`]. Each candidate
/// is a pair of its key, which is a name, and its display name (`None` if it has none).
#[must_use]
pub fn ranked_by<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    max: usize,
) -> Vec<&'a str> {
    let Some(wanted) = Wanted::new(wanted) else { return Vec::new() };
    let mut found: Vec<(Score, &str)> = candidates
        .into_iter()
        .filter_map(|(key, display)| Some((wanted.score(key, display)?, key)))
        .collect();
    found.sort_unstable();
    let mut seen = BTreeSet::new();
    found.into_iter().map(|(_, key)| key).filter(|key| seen.insert(*key)).take(max).collect()
}

/// Returns the key of the only candidate of which `wanted` can be a typo; `None` if there is none, or more
/// than one. The result is certain enough to be applied automatically. Each candidate is a pair of its key,
/// which is a name, and its display name (`None` if it has none).
///
/// A typo is a text that equals the name or the display name except for letter case and separators, or that
/// is one edit away from it (two edits if it has at least eight characters), while no other candidate is as
/// close. Names that differ only in a digit (`telephone1`, `telephone4`) are never typos of each other.
///
/// ```
/// use dvkit_diagnostic::suggest::unambiguous_typo;
/// let columns = [("fullname", Some("Full Name")), ("telephone1", None), ("telephone2", None)];
/// assert_eq!(unambiguous_typo("fullnme", columns), Some("fullname"));
/// assert_eq!(unambiguous_typo("telephone4", columns), None);
/// assert_eq!(unambiguous_typo("phone", columns), None);
/// ```
#[must_use]
pub fn unambiguous_typo<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Option<&'a str> {
    unambiguous_typo_by(wanted, candidates, |a, b| a == b)
}

/// Returns the key of the only candidate of which `wanted` can be a typo, like [`unambiguous_typo`]. `same`
/// returns whether the candidates with two keys mean the same thing, as the labels of one option in several
/// languages do. Such candidates do not make the result ambiguous.
#[must_use]
pub fn unambiguous_typo_by<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    same: impl Fn(&str, &str) -> bool,
) -> Option<&'a str> {
    // A placeholder is not a name.
    if wanted.contains(['{', '}', '%', '$', '@', '<', '>', '[', ']']) {
        return None;
    }
    let wanted = Wanted::new(wanted)?;
    let without_digits = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let bare = without_digits(&wanted.lower);
    let mut best: Option<(Score, &str)> = None;
    let mut tied = false;
    // Whether the text is the beginning of longer names, any of which may have been cut off, and whether it is one
    // edit from a name.
    let (mut begun, mut slipped) = (Vec::new(), false);
    for (key, display) in candidates {
        if key.len() > wanted.lower.len() && key.to_lowercase().starts_with(&wanted.lower) {
            begun.push(key);
        }
        let Some(score) = wanted.score(key, display) else { continue };
        slipped |= score.tier == Tier::OneEdit && !score.by_display;
        let closer = best.is_none_or(|(b, _)| (score.tier, score.distance) < (b.tier, b.distance));
        if closer {
            (best, tied) = (Some((score, key)), false);
        } else if best
            .is_some_and(|(b, k)| !same(k, key) && (score.tier, score.distance) == (b.tier, b.distance))
        {
            tied = true;
        }
    }
    let (score, key) = best.filter(|_| !tied)?;
    let cut = begun.iter().any(|b| *b != key && !same(b, key));
    let lower = key.to_lowercase();
    let certain = match score.tier {
        Tier::Equal => true,
        _ if cut => false,
        Tier::Normalized => !score.by_display || !slipped,
        Tier::OneEdit | Tier::Edits => {
            let allowed = if wanted.length >= 8 { 2 } else { 1 };
            score.distance <= allowed
                && !score.by_display
                && without_digits(&lower) != bare
                && !is_opposite(&wanted.lower, &lower)
                // `attributetype` lacks a word of `attributetypeid`, not a letter.
                && !(score.distance > 1 && (lower.starts_with(&wanted.lower) || wanted.lower.starts_with(&lower)))
        }
        Tier::Prefix | Tier::Words => false,
    };
    certain.then_some(key)
}

/// Returns whether two words differ by exactly one edit: a letter added, removed or replaced, or two adjacent
/// letters swapped.
#[must_use]
pub fn is_one_edit(a: &str, b: &str) -> bool {
    a.len().abs_diff(b.len()) <= 4 && strsim::osa_distance(a, b) == 1
}

/// Returns whether one of two words is the negation of the other, as with `nin` and `in`, or `unlike` and
/// `like`. Such words are not typos of each other.
#[must_use]
pub fn is_opposite(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
    let negation = long.strip_suffix(short).unwrap_or_default();
    matches!(negation.trim_end_matches(['-', '_', ' ']), "n" | "no" | "non" | "not" | "un" | "in" | "dis")
}

/// The rules by which a candidate can match, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Equal,
    Normalized,
    OneEdit,
    Prefix,
    Edits,
    Words,
}

/// How well a candidate matches. A smaller score is better; candidates with equal scores are ordered by their
/// keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    tier: Tier,
    distance: usize,
    by_display: bool,
    length: usize,
}

/// The misspelt name, prepared for comparisons with many candidates.
struct Wanted {
    lower: String,
    length: usize,
    normalized: String,
    words: Vec<String>,
}

impl Wanted {
    /// Returns the prepared name; `None` if the name is empty, because every short candidate would be similar
    /// to it.
    fn new(wanted: &str) -> Option<Self> {
        let lower = wanted.trim().to_lowercase();
        if lower.is_empty() {
            return None;
        }
        let length = lower.chars().count();
        Some(Self { normalized: normalized(wanted), words: words(wanted), length, lower })
    }

    fn score(&self, key: &str, display: Option<&str>) -> Option<Score> {
        let lower = key.to_lowercase();
        let count = lower.chars().count();
        let length = count.abs_diff(self.length);
        let score = |tier, distance, by_display| Some(Score { tier, distance, by_display, length });
        if lower == self.lower {
            return score(Tier::Equal, 0, false);
        }
        if self.is_normalized_equal(key) {
            return score(Tier::Normalized, 0, false);
        }
        if display.is_some_and(|d| self.is_normalized_equal(d)) {
            return score(Tier::Normalized, 0, true);
        }
        let by_key = self.distance(&lower).map(|d| (d, false));
        if by_key.is_some_and(|(d, _)| d == 1) {
            return score(Tier::OneEdit, 1, false);
        }
        if without_prefix(&lower) == without_prefix(&self.lower) {
            return score(Tier::Prefix, 0, false);
        }
        let by_display = display.and_then(|d| self.distance(&d.to_lowercase())).map(|d| (d, true));
        if let Some((distance, by_display)) = by_key.into_iter().chain(by_display).min() {
            let tier = if distance <= 1 { Tier::OneEdit } else { Tier::Edits };
            return score(tier, distance, by_display);
        }
        // The same words have the same length, except for their separators.
        if self.words.len() > 1 && length <= self.words.len() && words(key) == self.words {
            return score(Tier::Words, 0, false);
        }
        None
    }

    fn is_normalized_equal(&self, name: &str) -> bool {
        !self.normalized.is_empty() && normalize(name).eq(self.normalized.chars())
    }

    /// Returns the edit distance between the misspelt name and `lower`, a candidate in lower case; `None` if
    /// it is above the limit for a name of this length. Lengths are compared first, because that excludes
    /// most candidates quickly.
    fn distance(&self, lower: &str) -> Option<usize> {
        let limit = self.length.max(3) / 3;
        if self.length > MAX_NAME_LENGTH || lower.chars().count().abs_diff(self.length) > limit {
            return None;
        }
        Some(strsim::osa_distance(&self.lower, lower)).filter(|d| *d <= limit)
    }
}

/// Returns only the letters and digits of a name, in lower case.
fn normalize(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn normalized(name: &str) -> String {
    normalize(name).collect()
}

/// Returns the name `lower`, which is in lower case, without the prefix of a publisher. A prefix is the text
/// before the first `_`, if it has two to eight letters and digits and begins with a letter.
fn without_prefix(lower: &str) -> &str {
    match lower.split_once('_') {
        Some((prefix, rest))
            if !rest.is_empty()
                && (2..=8).contains(&prefix.len())
                && prefix.starts_with(|c: char| c.is_ascii_lowercase())
                && prefix.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            rest
        }
        _ => lower,
    }
}

/// Returns the words of a name in lower case, sorted. Words are separated by characters other than letters
/// and digits, and by a change from a small to a capital letter.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in name.chars() {
        if (!c.is_alphanumeric() || (small && c.is_uppercase())) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        small = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [&str; 6] =
        ["fullname", "firstname", "account_name", "new_budget", "statecode", "parentcustomerid"];

    #[test]
    fn each_rule_of_matching_applies_before_the_next() {
        for (wanted, found) in [
            ("FULLNAME", Some("fullname")),
            ("fullName", Some("fullname")),
            ("full name", Some("fullname")),
            ("full_name", Some("fullname")),
            ("fulname", Some("fullname")),
            ("fulnmae", Some("fullname")),
            ("sttaecode", Some("statecode")),
            ("name_account", Some("account_name")),
            ("NameAccount", Some("account_name")),
            ("budget", Some("new_budget")),
            ("Budget", Some("new_budget")),
            ("cr123_budget", Some("new_budget")),
            ("telephone", None),
            ("", None),
            ("  ", None),
            ("name", Some("account_name")),
            ("id", None),
        ] {
            assert_eq!(closest(wanted, COLUMNS), found, "{wanted}");
        }
    }

    #[test]
    fn a_publisher_prefix_is_never_an_unambiguous_typo() {
        assert_eq!(closest("budget", ["new_budget", "cr1_budget"]), None);
        assert_eq!(closest("budget", ["new_budget", "new_budget"]), Some("new_budget"));
        assert_eq!(closest("new_x", ["cr1_x", "name"]), Some("cr1_x"));
        assert_eq!(closest("budget", ["widget", "new_budget"]), Some("new_budget"));
        assert_eq!(closest("budget", ["budgets", "new_budget"]), Some("budgets"));
        assert_eq!(closest("value", ["_value"]), Some("_value"), "one edit, not a prefix");
    }

    #[test]
    fn ties_are_decided_by_length_and_then_by_the_alphabet() {
        assert_eq!(closest("namd", ["namf", "name"]), Some("name"));
        assert_eq!(closest("namd", ["named", "name"]), Some("name"));
        assert_eq!(closest("abc", ["abcd", "abd"]), Some("abd"));
    }

    #[test]
    fn a_display_name_gives_its_key() {
        let columns = [
            ("fullname", Some("Full Name")),
            ("parentcustomerid", Some("Company Name")),
            ("telephone1", Some("Business Phone")),
            ("ownerid", None),
        ];
        assert_eq!(closest_by("businessPhone", columns), Some("telephone1"));
        assert_eq!(closest_by("Company  Name", columns), Some("parentcustomerid"));
        assert_eq!(closest_by("Compny Name", columns), Some("parentcustomerid"));
        assert_eq!(closest_by("owner", columns), None);
        assert_eq!(ranked_by("fullname", columns, 9), ["fullname"]);
    }

    #[test]
    fn ranked_names_are_unique_and_at_most_max() {
        let names = ["address2", "address1", "address3", "address1", "name"];
        assert_eq!(ranked("address", names, 9), ["address1", "address2", "address3"]);
        assert_eq!(ranked("address", names, 1), ["address1"]);
        assert_eq!(ranked("", names, 9), Vec::<&str>::new());
    }

    #[test]
    fn very_long_names_are_not_compared_letter_by_letter() {
        // A comparison letter by letter would take 10^12 steps.
        let (wanted, other) = ("a".repeat(1_000_000), "a".repeat(1_000_001));
        assert_eq!(closest(&wanted, [other.as_str()]), None);
        assert_eq!(closest(&wanted, [other.as_str(), &wanted.to_uppercase()]), Some(&*wanted.to_uppercase()));
        let (wanted, other) = ("a".repeat(MAX_NAME_LENGTH), "a".repeat(MAX_NAME_LENGTH + 1));
        assert_eq!(closest(&wanted, [other.as_str()]), Some(&*other));
    }

    #[test]
    fn letters_beyond_ascii_are_compared_as_letters() {
        assert_eq!(closest("straße", ["STRASSE", "Straße"]), Some("Straße"));
        assert_eq!(closest("プロジェクド", ["プロジェクト"]), Some("プロジェクト"));
    }

    fn name() -> impl Strategy<Value = String> {
        "(new_|cr1_)?[abAB]{1,4}(_[ab]{1,3})?"
    }

    proptest! {
        #[test]
        fn the_order_of_the_candidates_does_not_matter(
            wanted in name(),
            (names, shuffled) in prop::collection::vec(name(), 0..12)
                .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
        ) {
            let all = |v: &'_ [String]| closest(&wanted, v.iter().map(String::as_str)).map(str::to_owned);
            prop_assert_eq!(all(&names), all(&shuffled));
            let list = |v: &[String]| -> Vec<String> {
                ranked(&wanted, v.iter().map(String::as_str), 4).into_iter().map(str::to_owned).collect()
            };
            prop_assert_eq!(list(&names), list(&shuffled));
        }

        #[test]
        fn any_text_is_compared_without_a_panic(wanted in any::<String>(), names in prop::collection::vec(any::<String>(), 0..5)) {
            let found = closest(&wanted, names.iter().map(String::as_str));
            prop_assert!(found.is_none_or(|f| names.iter().any(|n| n == f)));
        }
    }

    #[test]
    fn opposites_and_single_edits_are_told() {
        for (a, b, expected) in [
            ("nlike", "like", true),
            ("like", "not-like", true),
            ("in", "not_in", true),
            ("unequal", "equal", true),
            ("direct", "indirect", true),
            ("allow", "disallow", true),
            ("no x", "x", true),
            ("like", "like", false),
            ("xlike", "like", false),
            ("likely", "like", false),
        ] {
            assert_eq!(is_opposite(a, b), expected, "{a} {b}");
        }
        for (a, b, expected) in [
            ("a", "b", true),
            ("ab", "ba", true),
            ("a", "ab", true),
            ("a", "a", false),
            ("ab", "cd", false),
            ("abcdefgh", "abc", false),
            ("a", "a\u{1f600}", true),
        ] {
            assert_eq!(is_one_edit(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_name_may_differ_by_a_third_of_its_length() {
        for (wanted, candidate, found) in [
            ("ab", "xy", false),
            ("ab", "ax", true),
            ("abcde", "abcxy", false),
            ("abcdef", "abcdxy", true),
            ("abcdef", "abcxyz", false),
            ("abcdefghi", "abcdefxyz", true),
            ("abcdefghi", "abcdewxyz", false),
            ("abcdef", "abcdefgh", true),
            ("abcdef", "abcdefghi", false),
        ] {
            assert_eq!(closest(wanted, [candidate]).is_some(), found, "{wanted} {candidate}");
        }
        for (length, found) in [(199, true), (200, true), (201, false)] {
            let candidate = format!("{}y", "x".repeat(length - 1));
            assert_eq!(closest(&"x".repeat(length), [candidate.as_str()]).is_some(), found, "{length}");
        }
    }

    #[test]
    fn a_prefix_has_two_to_eight_letters_and_digits() {
        for (name, rest) in [
            ("new_budget", "budget"),
            ("cr_x", "x"),
            ("c_x", "c_x"),
            ("abcdefgh_x", "x"),
            ("abcdefghi_x", "abcdefghi_x"),
            ("1cr_x", "1cr_x"),
            ("cr1_x", "x"),
            ("c-r_x", "c-r_x"),
            ("new_", "new_"),
            ("plain", "plain"),
            ("new_a_b", "a_b"),
        ] {
            assert_eq!(without_prefix(name), rest, "{name}");
        }
        for (name, expected) in [
            ("NameOfAccount", &["account", "name", "of"][..]),
            ("name_of account", &["account", "name", "of"]),
            ("ABCName", &["abcname"]),
            ("a1B", &["a1b"]),
            ("__", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn ranked_names_come_best_first_and_once() {
        let candidates = ["fullname", "fulname", "fullnames", "FULLNAME", "fullname", "other"];
        assert_eq!(ranked("fullname", candidates, 9), ["FULLNAME", "fullname", "fullnames", "fulname"]);
        assert_eq!(ranked("fullname", candidates, 1), ["FULLNAME"]);
        assert_eq!(ranked("fullname", candidates, 0), [""; 0]);
        assert_eq!(ranked(" ", candidates, 9), [""; 0]);
        let displays = [("new_x", Some("Budget")), ("budgets", None), ("budget", Some("Other"))];
        assert_eq!(ranked_by("Budget", displays, 9), ["budget", "new_x", "budgets"]);
        assert_eq!(closest_by("Bugdet", [("new_x", Some("Budget"))]), Some("new_x"));
    }

    #[test]
    fn a_typo_is_certain_only_if_one_name_can_be_meant() {
        let typo = |wanted: &str, candidates: &[&str]| {
            unambiguous_typo(wanted, candidates.iter().map(|c| (*c, None))).map(str::to_owned)
        };
        for (wanted, candidates, expected) in [
            ("FullName", &["fullname"][..], Some("fullname")),
            ("full_name", &["fullname"], Some("fullname")),
            ("fulname", &["fullname"], Some("fullname")),
            ("fulnme", &["fullname"], None),
            ("fullnmae1", &["fullname1"], Some("fullname1")),
            ("teleponhe", &["telephone"], Some("telephone")),
            ("telpnoe", &["telephone"], None),
            // Two names are equally near.
            ("nam", &["name", "named", "nams"], None),
            ("address1", &["address2"], None),
            ("like", &["nlike"], None),
            // The beginning of longer names may have been cut off.
            ("parentaccount", &["parentaccounts", "parentaccountid"], None),
            ("attributetype", &["attributetypeid"], None),
            ("budget", &["new_budget"], None),
            ("name_account", &["account_name"], None),
            ("{name}", &["name"], None),
            ("na%me", &["name"], None),
            ("", &["name"], None),
        ] {
            assert_eq!(typo(wanted, candidates).as_deref(), expected, "{wanted} {candidates:?}");
        }
        let by_display = |wanted: &str, candidates: &[(&'static str, Option<&'static str>)]| {
            unambiguous_typo(wanted, candidates.iter().copied())
        };
        assert_eq!(by_display("Job Title", &[("new_x", Some("Job title"))]), Some("new_x"));
        assert_eq!(by_display("Job Titel", &[("new_x", Some("Job title"))]), None);
        assert_eq!(
            by_display("title", &[("new_x", Some("Title")), ("titel", None)]),
            None,
            "a slip of another name"
        );
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let twice = [("fullname", None), ("FullNAME", None)];
        assert_eq!(unambiguous_typo_by("fulname", twice, same), Some("fullname"));
        assert_eq!(unambiguous_typo("fulname", twice), None);
    }
}
