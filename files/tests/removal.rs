//! What is removed when several remove it, and in which order a folder is examined.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use dvkit_files::{EntryKind, Refusal};

#[test]
fn several_threads_may_remove_the_same_file_and_the_same_folder() {
    const THREADS: usize = 4;
    let home = tempfile::tempdir().unwrap();
    let (file, folder) = (home.path().join("file"), home.path().join("folder"));
    let turn = Barrier::new(THREADS);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (file, folder, turn) = (&file, &folder, &turn);
            scope.spawn(move || {
                for round in 0..100 {
                    if n == 0 {
                        fs::write(file, "").unwrap();
                        fs::create_dir(folder).unwrap();
                    }
                    turn.wait();
                    let removed = (dvkit_files::remove_file(file), dvkit_files::remove_empty_folder(folder));
                    turn.wait();
                    assert!(matches!(removed, (Ok(()), Ok(()))), "round {round}: {removed:?}");
                }
            });
        }
    });
    assert!(!file.exists() && !folder.exists());
}

#[test]
fn an_owned_folder_is_examined_in_the_order_of_its_names() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("dir");
    fs::create_dir_all(dir.join("m/x")).unwrap();
    fs::create_dir(dir.join("d")).unwrap();
    for name in ["t", "b", "z", "e", "d/1", "a", "m/x/2", "m/q", "c", "s"] {
        fs::write(dir.join(name), "").unwrap();
    }
    let asked = RefCell::new(Vec::new());
    let remove = |owned: &dyn Fn(&str) -> bool| {
        asked.borrow_mut().clear();
        let removed = dvkit_files::remove_owned_folder(&dir, &|path, kind| {
            let slash = if kind == EntryKind::Folder { "/" } else { "" };
            asked.borrow_mut().push(format!("{path}{slash}"));
            owned(path)
        });
        removed.map_err(|e| Refusal::of(&e).unwrap().clone())
    };
    let all = ["a", "b", "c", "d/", "e", "m/", "s", "t", "z", "d/1", "m/q", "m/x/", "m/x/2"];
    // What is not owned, whether it is a file or a folder, ends the examination, and nothing is removed.
    for (foreign, asked_before) in [("a", 1), ("d", 4), ("z", 9), ("m/x", 12), ("m/x/2", 13)] {
        assert_eq!(remove(&|path| path != foreign), Err(Refusal::NotOurs(foreign.to_owned())));
        assert_eq!(*asked.borrow(), all[..asked_before], "{foreign}");
        assert!(dir.join("a").exists() && dir.join("m/x/2").exists(), "{foreign}");
    }
    assert_eq!(remove(&|_| true), Ok(()));
    assert_eq!(*asked.borrow(), all);
    assert!(!dir.exists() && home.path().exists());
    assert_eq!(remove(&|_| true), Ok(()), "there is none");
}

/// Other systems have only names that are text.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_text_is_nobodys_own() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("dir");
    fs::create_dir(&dir).unwrap();
    let name = Path::new(OsStr::from_bytes(b"a\xff"));
    fs::write(dir.join(name), "").unwrap();
    let error = dvkit_files::remove_owned_folder(&dir, &|_, _| true).unwrap_err();
    assert_eq!(Refusal::of(&error), Some(&Refusal::NotOurs("a\u{fffd}".to_owned())));
    assert!(dir.join(name).exists());
}
