//! Damages many queries and judges their fixes, on several threads. The test `fix_laws` calls it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use dvkit_query::CheckOptions;

use super::{Damage, Numbers, Outcome, Tally, edits_hold, judge, subject};

/// Damages `number` queries and judges their automatic fixes. Two runs with one `seed` use the same queries.
/// Returns the numbers of outcomes by kind of damage, and a description of each fix that breaks a promise.
///
/// # Panics
/// Panics only if the tested code panics.
#[must_use]
pub fn run(number: u64, seed: u64) -> (Tally, Vec<String>) {
    let (tally, broken) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let (mut own, mut wrong) = (Tally::default(), Vec::new());
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= number {
                        break;
                    }
                    wrong.extend(one(seed.wrapping_mul(1 << 40).wrapping_add(case), &mut own));
                }
                tally.lock().expect("no worker panics").add(&own);
                broken.lock().expect("no worker panics").append(&mut wrong);
            });
        }
    });
    let mut broken = broken.into_inner().expect("no worker panics");
    broken.sort();
    (tally.into_inner().expect("no worker panics"), broken)
}

/// Damages one query, counts the outcome in `tally`, and returns a description of what is wrong with the fix;
/// `None` if nothing is wrong. The query and the damage depend only on `seed`.
fn one(seed: u64, tally: &mut Tally) -> Option<String> {
    let mut numbers = Numbers::new(seed);
    let subject = subject(&mut numbers);
    let damage = *numbers.pick(&Damage::ALL)?;
    let damaged = damage.apply(&subject.text, &subject.language, &mut numbers)?;
    let options = CheckOptions::default();
    let checked = subject.language.check(&damaged, &options);
    let edits = edits_hold(&damaged, &checked.diagnostics).err();
    let outcome = judge(&subject, &damaged, checked, &options);
    tally.count(damage, &outcome);
    match outcome {
        Outcome::FixedWrongly(fixed) => {
            Some(format!("{damage:?}\n  {}\n  {damaged}\n  {fixed}", subject.text))
        }
        _ => edits,
    }
}
