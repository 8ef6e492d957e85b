//! Counts steps of work in tests: tokens, comparisons, and bytes that are examined ahead. The count is the
//! same on a busy machine and on an idle one, unlike measured time, so tests use it to bound the cost of a
//! hostile text.

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Adds `steps` to the count. A step is a byte that is examined ahead of the current position, or a name that
/// is compared. Does nothing outside of tests.
#[inline]
pub(crate) fn count(steps: usize) {
    #[cfg(test)]
    DONE.set(DONE.get().saturating_add(steps as u64));
    #[cfg(not(test))]
    let _ = steps;
}

/// Runs `act`, and returns the number of steps that it counted on this thread and its result.
#[cfg(test)]
pub(crate) fn of<T>(act: impl FnOnce() -> T) -> (u64, T) {
    let before = DONE.get();
    let result = act();
    (DONE.get() - before, result)
}
