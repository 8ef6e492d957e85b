//! Work, counted where tests look: tokens, what is compared, and how far is looked ahead. What a hostile text costs is bounded
//! by it, on a busy machine as on an idle one.

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// So many steps more: bytes that are looked at and stay to be read, or names that are compared. Nothing outside of tests.
#[inline]
pub(crate) fn done(steps: usize) {
    #[cfg(test)]
    DONE.set(DONE.get().saturating_add(steps as u64));
    #[cfg(not(test))]
    let _ = steps;
}

/// The steps of a computation on this thread, and what it gives.
#[cfg(test)]
pub(crate) fn of<T>(act: impl FnOnce() -> T) -> (u64, T) {
    let before = DONE.get();
    let result = act();
    (DONE.get() - before, result)
}
