//! Damages valid queries as people damage them, and judges the automatic fixes of the damaged texts.
//!
//! The promise under test: there is no automatic fix, or the fixed text means the same as the undamaged
//! query. A damaged text that happens to be valid keeps the meaning that it has itself.

mod judge;
mod kinds;
mod run;
mod subjects;

pub use judge::{Outcome, Tally, edits_hold, judge};
pub use kinds::Damage;
pub use run::run;
pub use subjects::{Language, Subject, subject};

/// A generator of pseudo-random numbers. Two generators with one seed give the same sequence.
pub struct Numbers(u64);

impl Numbers {
    /// Returns a generator with the seed `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number (SplitMix64).
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from(self.next_number() % sides).unwrap_or(0)
    }

    /// Returns one of the elements; `None` if `from` is empty.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let i = self.roll(from.len());
        from.get(i)
    }
}
