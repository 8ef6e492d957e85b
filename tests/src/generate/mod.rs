//! Generates random queries on the sample organisation, as HIR and as text, and random damaged texts.
//! Property tests use them.

mod condition;
mod fetch;
mod fetch_condition;
mod lists_as_comparisons;
pub mod noise;
mod request;
mod value;

use dvkit_schema::Table;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

use crate::sample::store;

pub use condition::predicate;
pub use fetch::fetch;
pub use lists_as_comparisons::lists_as_comparisons;
pub use request::request;
pub(crate) use value::{guid, value};

/// Returns the table `name` of the sample organisation.
///
/// # Panics
/// Panics if the sample organisation does not have the table.
#[must_use]
pub fn table(name: &str) -> &'static Table {
    store().table(name).expect("in memory").expect("in the sample")
}

/// A source of random choices, taken from the bytes of a seed, which proptest can shrink.
pub struct Dice<'b>(pub std::slice::Iter<'b, u8>);

impl Dice<'_> {
    /// Returns a number from 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        let byte = self.0.next().copied().unwrap_or(0);
        usize::from(byte) % sides.max(1)
    }

    /// Returns one of the elements; `None` if `from` is empty.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let i = self.roll(from.len());
        from.get(i)
    }
}

/// Returns the settings of property tests. If `PROPTEST_CASES` is set, a test runs with this number of new
/// cases. Without it, a short run uses the same cases every time, so that a failure is due to the change that
/// is tested.
#[must_use]
pub fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let cases = asked.unwrap_or(1500);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// Returns `text` with some of its tokens cut out, doubled, swapped, in capitals, or replaced by tokens of
/// `others`. Each of `edits` determines one such change.
#[must_use]
pub fn mutated(text: &str, others: &[&str], edits: &[(u16, u16, u8)]) -> String {
    const ENDS: [char; 10] = [' ', '(', ')', ',', '/', '\'', '&', '=', ';', '?'];
    let mut words: Vec<String> = text.split_inclusive(ENDS).map(str::to_owned).collect();
    for (a, b, kind) in edits {
        if words.is_empty() {
            break;
        }
        let (i, j) = (usize::from(*a) % words.len(), usize::from(*b) % words.len());
        match kind {
            0 => drop(words.remove(i)),
            1 => words.insert(j, words[i].clone()),
            2 => words.swap(i, j),
            3 => words[i] = words[i].to_uppercase(),
            _ => {
                let other = others[usize::from(*b) % others.len()];
                let piece = other.split_inclusive(ENDS).nth(usize::from(*a) % 7).unwrap_or("x");
                words[i] = piece.to_owned();
            }
        }
    }
    words.concat()
}
