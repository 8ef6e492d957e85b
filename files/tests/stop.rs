//! Stopping: the steps that are under way end, no other begins, and what was registered is done.
//!
//! A test of its own, as the process is stopped for good.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use dvkit_files::{Refusal, begin_step, is_stopping, on_stop, stop};

#[test]
fn a_stop_waits_for_steps_and_clears_up() {
    static DONE: AtomicBool = AtomicBool::new(false);
    static CLEARED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    let note = |number| move || CLEARED.lock().unwrap().push(number);
    let _first = on_stop(note(1));
    drop(on_stop(note(2)));
    let _last = on_stop(note(3));
    let under_way = begin_step().unwrap();
    let stopping = thread::spawn(|| {
        stop();
        assert!(DONE.load(Ordering::SeqCst), "the step was over");
    });
    while !is_stopping() {
        thread::yield_now();
    }
    assert_eq!(Refusal::of(&begin_step().unwrap_err()), Some(&Refusal::Stopped));
    DONE.store(true, Ordering::SeqCst);
    drop(under_way);
    stopping.join().unwrap();
    assert_eq!(*CLEARED.lock().unwrap(), [3, 1], "the last one first, and none that was over");
}
