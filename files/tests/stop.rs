//! Stopping: steps under way end, no others begin, and registered handlers run.
//!
//! The test has a process of its own, because stopping is final.
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use dvkit_files::{Refusal, begin_step, is_stopping, on_stop, stop};

/// Returns whether a step that another thread would begin is refused at once: it neither begins nor waits.
fn is_refused() -> bool {
    let (tell, told) = channel();
    thread::spawn(move || tell.send(begin_step().map(drop)));
    let began = told.recv_timeout(Duration::from_secs(10));
    began.is_ok_and(|began| began.is_err_and(|e| Refusal::of(&e) == Some(&Refusal::Stopped)))
}

#[test]
fn a_stop_waits_for_steps_and_runs_the_handlers() {
    static DONE: AtomicBool = AtomicBool::new(false);
    static CLEARED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    static REFUSED: AtomicBool = AtomicBool::new(false);
    let note = |number| move || CLEARED.lock().unwrap().push(number);
    let _first = on_stop(note(1));
    drop(on_stop(note(2)));
    let _last = on_stop(note(3));
    // A handler may take long.
    let _long = on_stop(|| REFUSED.store(is_refused(), Ordering::SeqCst));
    let under_way = begin_step().unwrap();
    let stopping = thread::spawn(|| {
        stop();
        assert!(DONE.load(Ordering::SeqCst), "the step was over");
    });
    while !is_stopping() {
        thread::yield_now();
    }
    assert!(is_refused(), "no step begins while others end");
    DONE.store(true, Ordering::SeqCst);
    drop(under_way);
    stopping.join().unwrap();
    assert_eq!(*CLEARED.lock().unwrap(), [3, 1], "the last one first, and none that was over");
    assert!(REFUSED.load(Ordering::SeqCst), "no step begins while the handlers run");
    assert!(is_refused(), "no step begins afterwards");
}
