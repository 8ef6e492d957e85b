//! Did you mean: the closest known name.

/// The best match for `wanted` among `candidates`, by rustc's rule: equal but for case, then the smallest edit
/// distance of at most a third of the length, then the same words in another order.
#[must_use]
pub fn closest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = wanted.chars().count().max(3) / 3;
    candidates.into_iter().map(|c| (strsim::osa_distance(&wanted.to_lowercase(), &c.to_lowercase()), c)).filter(|(d, _)| *d <= limit).min_by_key(|(d, _)| *d).map(|(_, c)| c)
}
