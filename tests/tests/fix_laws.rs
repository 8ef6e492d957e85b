//! A fix is a promise: what is applied unasked never changes what a query means.
//!
//! `DVKIT_DAMAGES=1000000 DVKIT_SEED=2 cargo test --release -p dvkit-tests --test fix_laws -- --nocapture` for a long run.

use dvkit_tests::damage::run;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|n| n.parse().ok())
}

#[test]
fn the_certain_fix_of_a_damaged_query_is_absent_or_restores_its_meaning() {
    let number = asked("DVKIT_DAMAGES").unwrap_or(20_000);
    let (tally, broken) = run(number, asked("DVKIT_SEED").unwrap_or(1));
    println!("{tally}");
    let some: Vec<&str> = broken.iter().step_by(broken.len() / 20 + 1).map(String::as_str).collect();
    assert!(broken.is_empty(), "{} of {number}:\n{}", broken.len(), some.join("\n"));
}
