//! Runs work on all cores, and takes the results in the order of the items.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

/// The maximum number of items for each thread that are in work or wait for the item before them. The limit
/// bounds the memory of the results.
const MAX_AHEAD: usize = 16;

/// The number of items whose results were taken, which the threads wait for.
#[derive(Default)]
struct Taken {
    count: Mutex<usize>,
    changed: Condvar,
    is_over: AtomicBool,
}

impl Taken {
    /// Waits until fewer than `ahead` items before the item `index` are left; returns `false` if the run is
    /// over.
    fn wait(&self, index: usize, ahead: usize) -> bool {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_over.load(Ordering::Relaxed) && index >= *count + ahead {
            count = self.changed.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
        !self.is_over.load(Ordering::Relaxed)
    }

    fn advance(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    fn end(&self) {
        // The lock is taken so that no thread misses the notification.
        let _count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_over.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}

/// Ends the run when it is dropped, also by a panic, so that no thread waits for ever.
struct EndOnDrop<'a>(&'a Taken);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Calls `work` with every item, on all cores, and calls `each` on this thread with every item and its
/// result, in the order of the items. Only a bounded number of results is kept. If `cancel` becomes `true`,
/// the remaining items are left out.
///
/// # Errors
/// Returns the first error of `each`, after which the remaining items are left out.
pub fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    cancel: &AtomicBool,
    work: impl Fn(&T) -> R + Sync,
    mut each: impl FnMut(&T, R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads <= 1 {
        for item in items.iter().take_while(|_| !cancel.load(Ordering::Relaxed)) {
            each(item, work(item))?;
        }
        return Ok(());
    }
    let next = AtomicUsize::new(0);
    let taken = Taken::default();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let _end = EndOnDrop(&taken);
        for _ in 0..threads {
            let (sender, next, taken, work) = (sender.clone(), &next, &taken, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    if cancel.load(Ordering::Relaxed) || !taken.wait(index, threads * MAX_AHEAD) {
                        return;
                    }
                    let end = EndOnDrop(taken);
                    let result = work(item);
                    std::mem::forget(end);
                    if sender.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut expected = 0;
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&expected) {
                if let Some(item) = items.get(expected) {
                    each(item, result)?;
                }
                expected += 1;
                taken.advance();
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_few_are_kept() {
        let items: Vec<usize> = (0..2000).collect();
        let (begun, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = Vec::new();
        let work = |n: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            n * 2
        };
        let ended = in_order(&items, &AtomicBool::new(false), work, |item, result| {
            assert_eq!(item * 2, result);
            most.fetch_max(begun.load(Ordering::SeqCst) - seen.len(), Ordering::SeqCst);
            seen.push(*item);
            Ok::<(), ()>(())
        });
        assert_eq!((ended, &seen), (Ok(()), &items));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        assert!(most.into_inner() <= threads * MAX_AHEAD + 1);
    }

    #[test]
    fn an_error_and_a_cancellation_end_the_run() {
        let items: Vec<usize> = (0..2000).collect();
        let cancel = AtomicBool::new(false);
        let ended = in_order(&items, &cancel, |n| *n, |_, n| if n == 5 { Err(n) } else { Ok(()) });
        assert_eq!(ended, Err(5));
        let mut seen = 0;
        let ended = in_order(
            &items,
            &cancel,
            |n| *n,
            |_, n| {
                seen += 1;
                cancel.store(n >= 5, Ordering::Relaxed);
                Ok::<(), ()>(())
            },
        );
        assert_eq!(ended, Ok(()));
        assert!(seen < items.len(), "{seen}");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_of_one_item_ends_the_run() {
        let items: Vec<usize> = (0..2000).collect();
        let work = |n: &usize| assert!(*n != 3, "three");
        let _ = in_order(&items, &AtomicBool::new(false), work, |_, ()| Ok::<(), ()>(()));
    }
}
