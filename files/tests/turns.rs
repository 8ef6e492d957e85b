//! Locks whose file goes away while others wait for it.
//!
//! A test of its own, as the hook is the process's.
#![cfg(feature = "hooks")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use dvkit_files::{Lock, LockCleanup, hook};

/// Between opening and locking the others get on.
fn delay(name: &'static str) {
    if name == "lock" || name == "locked" {
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn nobody_holds_a_lock_whose_file_is_gone() {
    hook::set(delay);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("lock");
    let (inside, turns) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for n in 0..6 {
            let (path, inside, turns) = (&path, &inside, &turns);
            scope.spawn(move || {
                for _ in 0..25 {
                    let lock = if n % 2 == 0 {
                        Some(Lock::wait(path, LockCleanup::Remove).unwrap())
                    } else {
                        Lock::try_take(path, LockCleanup::Remove).unwrap()
                    };
                    if lock.is_some() {
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
                        assert!(path.exists(), "the one who holds it has its file");
                        thread::sleep(Duration::from_millis(1));
                        inside.fetch_sub(1, Ordering::SeqCst);
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert!(turns.into_inner() >= 75, "who waits gets it");
}
