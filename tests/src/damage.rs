//! Right queries, damaged as people damage them, and the judgement of what a certain fix made of them.
//!
//! The law that this serves: a certain fix is absent, or what is fixed means what the undamaged query meant. A damaged
//! text that is still right keeps the meaning that it has now.

mod judge;
mod kinds;
mod run;
mod subjects;

pub use judge::{Outcome, Tally, edits_hold, judge};
pub use kinds::Damage;
pub use run::run;
pub use subjects::{Language, Subject, subject};

/// An endless row of numbers from one seed: the same for the same seed.
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap_or(1);
        usize::try_from(self.next_number() % sides).unwrap_or(0)
    }

    /// One of several.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let i = self.roll(from.len());
        from.get(i)
    }
}
