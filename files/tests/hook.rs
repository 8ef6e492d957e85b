//! The points at which a hook is called.
//!
//! The test has a process of its own, because the hook is global.
#![cfg(feature = "hooks")]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::sync::Mutex;

use dvkit_files::{Lock, LockCleanup, WriteMode, hook};

static CALLS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

fn record(name: &'static str) {
    CALLS.lock().unwrap().push(name);
}

/// Does `act`, and returns the points at which the hook was called meanwhile.
fn calls(act: impl FnOnce()) -> Vec<&'static str> {
    CALLS.lock().unwrap().clear();
    act();
    std::mem::take(&mut *CALLS.lock().unwrap())
}

#[test]
fn a_hook_is_called_before_and_after_each_lock_and_each_rename() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let none: [&str; 0] = [];
    assert_eq!(calls(|| drop(Lock::wait(&at("lock"), LockCleanup::Remove).unwrap())), none, "no hook is set");
    hook::set(record);
    for cleanup in [LockCleanup::Remove, LockCleanup::Keep] {
        let wait = calls(|| drop(Lock::wait(&at("lock"), cleanup).unwrap()));
        assert_eq!(wait, ["lock", "locked", "unlock"], "wait, {cleanup:?}");
        let taken = calls(|| drop(Lock::try_take(&at("lock"), cleanup).unwrap()));
        assert_eq!(taken, ["lock", "locked", "unlock"], "try_take, {cleanup:?}");
    }
    for how in [WriteMode::Plain, WriteMode::Durable, WriteMode::Secret] {
        let replaced = calls(|| dvkit_files::replace(&at("file"), b"x", how).unwrap());
        assert_eq!(replaced, ["rename", "renamed"], "{how:?}");
    }
    assert_eq!(calls(|| dvkit_files::rename(&at("file"), &at("moved")).unwrap()), ["rename", "renamed"]);
    assert_eq!(calls(|| assert!(dvkit_files::rename(&at("file"), &at("x")).is_err())), ["rename"]);
    // Other functions have no such points.
    assert_eq!(
        calls(|| {
            dvkit_files::create_new(&at("new"), b"x").unwrap();
            dvkit_files::remove_file(&at("new")).unwrap();
            fs::write(at("seen"), "x").unwrap();
            dvkit_files::read(&at("seen"), dvkit_files::LinkPolicy::Refuse, 9).unwrap();
        }),
        none
    );
    // Another hook takes the place of the first.
    hook::set(|_| {});
    assert_eq!(calls(|| dvkit_files::rename(&at("moved"), &at("file")).unwrap()), none);
}
