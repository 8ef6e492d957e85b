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
mod tests;
