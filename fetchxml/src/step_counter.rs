//! Counts steps of work in tests: tokens, comparisons, and bytes of look-ahead. Unlike measured time, the count is the
//! same on a busy machine and on an idle one, so tests use it to bound the cost of a hostile text.

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Adds to the number of steps: bytes that are examined ahead of the current position, or names that are
/// compared. Does nothing outside of tests.
#[inline]
pub(crate) fn count(steps: usize) {
    #[cfg(test)]
    DONE.set(DONE.get().saturating_add(steps as u64));
    #[cfg(not(test))]
    let _ = steps;
}

/// Returns the number of steps that `act` takes on this thread, and the result of `act`.
#[cfg(test)]
pub(crate) fn of<T>(act: impl FnOnce() -> T) -> (u64, T) {
    let before = DONE.get();
    let result = act();
    (DONE.get() - before, result)
}
