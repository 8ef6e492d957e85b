//! What each function does with each kind of entry, at its limits, and what its refusal says.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use dvkit_files::{EntryKind, Identity, LinkPolicy, Lock, LockCleanup, Refusal, WriteMode};

fn refused<T>(result: io::Result<T>) -> Refusal {
    match result {
        Ok(_) => panic!("not refused"),
        Err(e) => Refusal::of(&e).unwrap_or_else(|| panic!("{e}")).clone(),
    }
}

/// A folder with a file of four bytes, an empty file, a full folder, an empty one, and a link to each of two.
fn scene() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::write(at("file"), "text").unwrap();
    fs::write(at("empty"), "").unwrap();
    fs::create_dir_all(at("full/inner")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    symlink("file", at("to-file")).unwrap();
    symlink("folder", at("to-folder")).unwrap();
    home
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn each_kind_of_entry_is_told_apart() {
    let home = scene();
    for (name, kind, is_file, is_folder) in [
        ("file", Some(EntryKind::File), true, false),
        ("folder", Some(EntryKind::Folder), false, true),
        ("to-file", Some(EntryKind::Link), false, false),
        ("to-folder", Some(EntryKind::Link), false, false),
        ("nothing", None, false, false),
        ("nothing/below", None, false, false),
    ] {
        let path = home.path().join(name);
        assert_eq!(dvkit_files::entry_kind(&path).unwrap(), kind, "{name}");
        assert_eq!(dvkit_files::is_file(&path), is_file, "{name}");
        assert_eq!(dvkit_files::is_folder(&path), is_folder, "{name}");
    }
    assert!(dvkit_files::entry_kind(&home.path().join("file/below")).is_err());
    assert_eq!(dvkit_files::entry_kind(Path::new("/dev/null")).unwrap(), Some(EntryKind::Device));
    let kinds = [
        (EntryKind::File, "a file"),
        (EntryKind::Folder, "a folder"),
        (EntryKind::Link, "a symbolic link"),
        (EntryKind::Pipe, "a pipe"),
        (EntryKind::Socket, "a socket"),
        (EntryKind::Device, "a device"),
    ];
    for (kind, text) in kinds {
        assert_eq!(kind.to_string(), text);
    }
}

#[test]
fn a_folder_lists_its_entries_with_kind_and_size() {
    let home = scene();
    let mut found: Vec<_> = dvkit_files::entries(home.path()).unwrap().map(Result::unwrap).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let shown: Vec<_> = found.iter().map(|e| (e.name.to_str().unwrap(), e.kind)).collect();
    use EntryKind::{File, Folder, Link};
    let expected = [
        ("empty", File),
        ("file", File),
        ("folder", Folder),
        ("full", Folder),
        ("to-file", Link),
        ("to-folder", Link),
    ];
    assert_eq!(shown, expected);
    assert!(found.iter().all(|e| e.path == home.path().join(&e.name)));
    assert_eq!((found[0].size().unwrap(), found[1].size().unwrap()), (0, 4));
    fs::remove_file(&found[0].path).unwrap();
    assert!(found[0].size().is_err());
    let entries = |name: &str| dvkit_files::entries(&home.path().join(name)).map(drop);
    assert_eq!(refused(entries("file")), Refusal::NotAFolder(EntryKind::File));
    assert_eq!(refused(entries("to-folder")), Refusal::NotAFolder(EntryKind::Link));
    assert_eq!(entries("nothing").unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn the_identity_of_a_folder_is_that_of_no_other() {
    let home = scene();
    let identity =
        |name: &str| -> Option<Identity> { dvkit_files::identity(&home.path().join(name)).unwrap() };
    assert!(identity("folder").is_some());
    assert_eq!(identity("folder"), identity("to-folder"));
    assert_ne!(identity("folder"), identity("full"));
    assert_eq!([identity("file"), identity("nothing"), identity("file/x")], [None, None, None]);
    dvkit_files::rename(&home.path().join("full"), &home.path().join("moved")).unwrap();
    assert!(identity("moved").is_some() && identity("full").is_none());
}

#[test]
fn times_sizes_and_paths_are_those_of_the_system() {
    let home = scene();
    let path = home.path().join("file");
    let metadata = fs::metadata(&path).unwrap();
    let expected = (metadata.modified().unwrap(), 4);
    assert_eq!(dvkit_files::modified_and_size(&path).unwrap(), expected);
    assert_eq!(dvkit_files::modified_and_size(&home.path().join("to-file")).unwrap(), expected);
    assert!(dvkit_files::modified_and_size(&home.path().join("nothing")).is_err());
    let whole = fs::canonicalize(&path).unwrap();
    assert_eq!(dvkit_files::canonical_path(&home.path().join("full/../to-file")).unwrap(), whole);
    assert!(dvkit_files::canonical_path(&home.path().join("nothing")).is_err());
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let home = scene();
    let path = home.path().join("file");
    for (limit, is_read) in [(3, false), (4, true), (5, true), (u64::MAX, true), (0, false)] {
        let read = dvkit_files::read(&path, LinkPolicy::Refuse, limit);
        assert_eq!(read.is_ok(), is_read, "{limit}");
        if let Err(error) = read {
            assert_eq!(Refusal::of(&error), Some(&Refusal::TooLong(limit)));
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        }
    }
    assert_eq!(dvkit_files::read(&home.path().join("empty"), LinkPolicy::Refuse, 0).unwrap(), b"");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let opened = dvkit_files::open(&path, LinkPolicy::Refuse).unwrap();
    assert_eq!((opened.size(), opened.mode()), (4, 0o640));
    assert_eq!(dvkit_files::read_text(&path, LinkPolicy::Refuse, 4).unwrap(), "text");
    assert_eq!(dvkit_files::resolve(&path, LinkPolicy::Refuse).unwrap(), path);
    let link = home.path().join("to-file");
    assert_eq!(
        dvkit_files::resolve(&link, LinkPolicy::FollowNamed).unwrap(),
        fs::canonicalize(&path).unwrap()
    );
    assert_eq!(refused(dvkit_files::resolve(&link, LinkPolicy::Refuse)), Refusal::NotAFile(EntryKind::Link));
}

#[test]
fn a_path_below_a_root_has_only_names() {
    let home = scene();
    fs::write(home.path().join("full/inner/x"), "12").unwrap();
    let read = |relative: &str, limit| dvkit_files::read_below(home.path(), relative, limit);
    assert_eq!(read("full/inner/x", 2).unwrap(), Some(b"12".to_vec()));
    assert_eq!(refused(read("full/inner/x", 1)), Refusal::TooLong(1));
    assert_eq!((read("full/none/x", 9).unwrap(), read("none", 9).unwrap()), (None, None));
    assert_eq!(refused(read("file/x", 9)), Refusal::NotAFolder(EntryKind::File));
    assert_eq!(refused(read("full/inner", 9)), Refusal::NotAFile(EntryKind::Folder));
    assert_eq!(refused(read("to-file", 9)), Refusal::NotAFile(EntryKind::Link));
    assert!(
        matches!(refused(read("to-folder/x", 9)), Refusal::LinkInPath(part) if part.ends_with("to-folder"))
    );
    for relative in ["/etc/passwd", "../x", "full/../file", "./../x"] {
        assert_eq!(refused(read(relative, 9)), Refusal::NoName, "{relative}");
    }
}

#[test]
fn each_refusal_says_what_to_do() {
    for (refusal, kind, text) in [
        (
            Refusal::NotAFile(EntryKind::Link),
            io::ErrorKind::InvalidInput,
            "it is a symbolic link, which is not followed here; put the file itself in its place",
        ),
        (
            Refusal::NotAFile(EntryKind::Pipe),
            io::ErrorKind::InvalidInput,
            "it is a pipe, not a file; save what comes out of it to a file, or use standard input where the command reads it",
        ),
        (Refusal::NotAFile(EntryKind::Device), io::ErrorKind::InvalidInput, "it is a device, not a file"),
        (
            Refusal::NotAFolder(EntryKind::Link),
            io::ErrorKind::InvalidInput,
            "it is a symbolic link, which is not followed here; put the folder itself in its place",
        ),
        (Refusal::NotAFolder(EntryKind::File), io::ErrorKind::InvalidInput, "it is a file, not a folder"),
        (
            Refusal::LinkLeadsOut,
            io::ErrorKind::InvalidInput,
            "it is a symbolic link that leads out of the working directory; name its target itself",
        ),
        (
            Refusal::LinkInPath("a\n".to_owned()),
            io::ErrorKind::InvalidInput,
            "`a\\n` is a symbolic link, and what is written does not go through one; name the folder that it leads to",
        ),
        (Refusal::TooLong(0), io::ErrorKind::FileTooLarge, "it is longer than 0 bytes"),
        (Refusal::TooLong(1_048_575), io::ErrorKind::FileTooLarge, "it is longer than 1048575 bytes"),
        (Refusal::TooLong(1_048_576), io::ErrorKind::FileTooLarge, "it is longer than 1 MiB"),
        (Refusal::TooLong(3 << 20), io::ErrorKind::FileTooLarge, "it is longer than 3 MiB"),
        (Refusal::NotUtf8(7), io::ErrorKind::InvalidData, "it is not UTF-8: see byte 7"),
        (Refusal::ReplacedMeanwhile, io::ErrorKind::Other, "it was exchanged while it was opened; try again"),
        (Refusal::ReadOnly, io::ErrorKind::PermissionDenied, "it is read-only"),
        (
            Refusal::NotOurs("x\u{7}".to_owned()),
            io::ErrorKind::InvalidInput,
            "`x\\u{7}` in it was not written by dvkit; move it away or remove it",
        ),
        (
            Refusal::NoName,
            io::ErrorKind::InvalidInput,
            "it is the working directory, a folder around it, or has no name of its own; name a folder in it, such as `schema`",
        ),
        (Refusal::Stopped, io::ErrorKind::Other, "interrupted"),
    ] {
        assert_eq!(refusal.to_string(), text);
        let error = io::Error::from(refusal.clone());
        assert_eq!((error.kind(), Refusal::of(&error)), (kind, Some(&refusal)), "{text}");
    }
    assert_eq!(Refusal::of(&io::Error::other("x")), None);
    assert_eq!(Refusal::of(&io::Error::from(io::ErrorKind::NotFound)), None);
}

#[test]
fn folders_are_created_with_their_parents_and_for_their_owner_alone() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    dvkit_files::create_folder(&at("a/b/c")).unwrap();
    dvkit_files::create_folder(&at("a/b/c")).unwrap();
    assert!(at("a/b/c").is_dir());
    dvkit_files::create_private_folder(&at("p/q")).unwrap();
    assert_eq!((mode(&at("p")), mode(&at("p/q"))), (0o700, 0o700));
    assert_eq!(refused(dvkit_files::create_folder(&at("file"))), Refusal::NotAFolder(EntryKind::File));
    assert_eq!(
        refused(dvkit_files::create_private_folder(&at("to-folder"))),
        Refusal::NotAFolder(EntryKind::Link)
    );
    assert!(dvkit_files::create_folder(&at("file/x")).is_err());
}

#[test]
fn only_what_is_expected_is_removed() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    assert_eq!(refused(dvkit_files::remove_file(&at("folder"))), Refusal::NotAFile(EntryKind::Folder));
    assert_eq!(refused(dvkit_files::remove_file(&at("to-file"))), Refusal::NotAFile(EntryKind::Link));
    dvkit_files::remove_file(&at("nothing")).unwrap();
    for name in ["file", "folder", "to-file", "nothing"] {
        dvkit_files::remove_empty_file(&at(name)).unwrap();
    }
    assert!(at("file").exists() && at("folder").exists() && at("to-file").exists());
    dvkit_files::remove_empty_file(&at("empty")).unwrap();
    assert!(!at("empty").exists());
    assert_eq!(refused(dvkit_files::remove_empty_folder(&at("full"))), Refusal::NotOurs("inner".to_owned()));
    assert_eq!(refused(dvkit_files::remove_empty_folder(&at("file"))), Refusal::NotAFolder(EntryKind::File));
    assert_eq!(
        refused(dvkit_files::remove_empty_folder(&at("to-folder"))),
        Refusal::NotAFolder(EntryKind::Link)
    );
    dvkit_files::remove_empty_folder(&at("nothing")).unwrap();
    dvkit_files::remove_empty_folder(&at("folder")).unwrap();
    assert!(!at("folder").exists() && at("full").exists());
    dvkit_files::remove_file(&at("file")).unwrap();
    assert!(!at("file").exists());
    assert_eq!(
        refused(dvkit_files::remove_owned_folder(&at("to-file"), &|_, _| true)),
        Refusal::NotAFolder(EntryKind::Link)
    );
}

/// Not even root removes an entry of `/proc`.
#[cfg(target_os = "linux")]
#[test]
fn an_entry_that_the_system_keeps_is_an_error_to_remove() {
    let (file, folder) = (Path::new("/proc/self/environ"), Path::new("/proc/self/task"));
    for (removed, result) in
        [("a file", dvkit_files::remove_file(file)), ("an empty file", dvkit_files::remove_empty_file(file))]
    {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), Refusal::of(&error)), (io::ErrorKind::PermissionDenied, None), "{removed}");
    }
    // A folder with entries is named by one of them.
    assert!(matches!(refused(dvkit_files::remove_empty_folder(folder)), Refusal::NotOurs(_)));
    assert!(file.exists() && folder.exists());
}

#[test]
fn a_folder_is_removed_only_if_each_entry_is_owned() {
    let home = scene();
    let dir = home.path().join("full");
    fs::write(dir.join("inner/b"), "").unwrap();
    fs::write(dir.join("a"), "").unwrap();
    let seen = std::cell::RefCell::new(Vec::new());
    let own = |answer: &dyn Fn(&str) -> bool| {
        dvkit_files::remove_owned_folder(&dir, &|relative, kind| {
            seen.borrow_mut().push((relative.to_owned(), kind));
            answer(relative)
        })
    };
    assert_eq!(refused(own(&|relative| relative != "inner/b")), Refusal::NotOurs("inner/b".to_owned()));
    assert!(dir.join("a").exists() && dir.join("inner/b").exists());
    seen.borrow_mut().clear();
    own(&|_| true).unwrap();
    let expected = [("a", EntryKind::File), ("inner", EntryKind::Folder), ("inner/b", EntryKind::File)];
    assert_eq!(*seen.borrow(), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert!(!dir.exists());
}

#[test]
fn permissions_are_those_of_a_folder_itself() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    for (before, after) in
        [(0o500, Some(0o700)), (0o100, Some(0o300)), (0o200, Some(0o300)), (0o300, None), (0o755, None)]
    {
        fs::set_permissions(at("folder"), fs::Permissions::from_mode(before)).unwrap();
        let old = dvkit_files::make_writable(&at("folder")).unwrap();
        assert_eq!(old.as_ref().map(|p| p.mode() & 0o777), after.map(|_| before), "{before:o}");
        assert_eq!(mode(&at("folder")), after.unwrap_or(before), "{before:o}");
    }
    assert_eq!(dvkit_files::permissions(&at("folder")).unwrap().mode() & 0o777, 0o755);
    dvkit_files::set_permissions(&at("folder"), fs::Permissions::from_mode(0o711)).unwrap();
    assert_eq!(mode(&at("folder")), 0o711);
    for (name, kind) in [("file", EntryKind::File), ("to-folder", EntryKind::Link)] {
        let refusal = Refusal::NotAFolder(kind);
        assert_eq!(refused(dvkit_files::permissions(&at(name))), refusal);
        assert_eq!(refused(dvkit_files::make_writable(&at(name))), refusal);
        assert_eq!(
            refused(dvkit_files::set_permissions(&at(name), fs::Permissions::from_mode(0o700))),
            refusal
        );
    }
}

#[test]
fn an_output_path_is_absolute_and_goes_through_no_link_of_the_working_directory() {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    let output = |path: &str| dvkit_files::output_path(Path::new(path));
    assert_eq!(output("new").unwrap(), here.join("new"));
    assert_eq!(output("./a/./new").unwrap(), here.join("a/new"));
    assert_eq!(output("src/../new").unwrap(), here.join("new"));
    assert_eq!(output("../new").unwrap(), here.parent().unwrap().join("new"));
    assert_eq!(dvkit_files::output_path(&here.join("x/new")).unwrap(), here.join("x/new"));
    let home = scene();
    let real = fs::canonicalize(home.path()).unwrap();
    // An absolute path is the user's own: its links are resolved, but for the last component.
    assert_eq!(
        dvkit_files::output_path(&home.path().join("to-folder/new")).unwrap(),
        real.join("folder/new")
    );
    assert_eq!(
        dvkit_files::output_path(&home.path().join("missing/deep/new")).unwrap(),
        real.join("missing/deep/new")
    );
    assert!(matches!(
        refused(dvkit_files::output_path(&home.path().join("to-folder"))),
        Refusal::LinkInPath(_)
    ));
    for path in ["", ".", "..", "a/..", "/"] {
        assert_eq!(refused(output(path)), Refusal::NoName, "{path}");
    }
    assert!(dvkit_files::contains_working_directory(&here));
    assert!(dvkit_files::contains_working_directory(here.parent().unwrap()));
    assert!(dvkit_files::contains_working_directory(Path::new("/")));
    assert!(!dvkit_files::contains_working_directory(&here.join("src")));
    assert!(!dvkit_files::contains_working_directory(&real));
}

#[test]
fn a_file_is_created_renamed_and_linked_once() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    dvkit_files::create_new(&at("new"), b"bytes").unwrap();
    assert_eq!(fs::read(at("new")).unwrap(), b"bytes");
    for name in ["new", "to-file", "folder"] {
        assert_eq!(
            dvkit_files::create_new(&at(name), b"x").unwrap_err().kind(),
            io::ErrorKind::AlreadyExists,
            "{name}"
        );
    }
    dvkit_files::hard_link(&at("new"), &at("hard")).unwrap();
    assert!(dvkit_files::hard_link(&at("new"), &at("hard")).is_err());
    dvkit_files::rename(&at("hard"), &at("empty")).unwrap();
    assert_eq!(fs::read(at("empty")).unwrap(), b"bytes");
    assert!(!at("hard").exists() && dvkit_files::rename(&at("hard"), &at("x")).is_err());
    dvkit_files::sync_folder(home.path());
    dvkit_files::sync_folder(&at("nothing"));
}

#[test]
fn a_failed_replacement_leaves_nothing_beside_the_file() {
    let home = scene();
    let names = || fs::read_dir(home.path()).unwrap().count();
    let before = names();
    for how in [WriteMode::Plain, WriteMode::Durable, WriteMode::Secret] {
        assert!(dvkit_files::replace(&home.path().join("nothing/x"), b"x", how).is_err(), "{how:?}");
        assert!(dvkit_files::replace(&home.path().join("file/x"), b"x", how).is_err(), "{how:?}");
        let fresh = home.path().join(format!("{how:?}"));
        dvkit_files::replace(&fresh, b"x", how).unwrap();
        assert_eq!(mode(&fresh) == 0o600, how == WriteMode::Secret, "{how:?}");
        fs::remove_file(fresh).unwrap();
    }
    assert_eq!(
        refused(dvkit_files::replace(Path::new("/"), b"x", WriteMode::Plain)),
        Refusal::NotAFile(EntryKind::Folder)
    );
    assert_eq!(names(), before);
    for (name, temporary) in [
        (".1-2.dvkit-new", true),
        (".12-34.dvkit-new", true),
        ("1-2.dvkit-new", false),
        (".1-2.dvkit-old", false),
        (".-2.dvkit-new", false),
        (".1-.dvkit-new", false),
        (".12.dvkit-new", false),
        (".a-2.dvkit-new", false),
        (".1a-2.dvkit-new", false),
        (".1-2b.dvkit-new", false),
        ("..dvkit-new", false),
        (".1-b.dvkit-new", false),
        (".1-2-3.dvkit-new", false),
    ] {
        assert_eq!(dvkit_files::is_temporary_name(name), temporary, "{name}");
    }
}

#[test]
fn a_lock_needs_its_folder_and_removes_only_its_own_file() {
    let home = scene();
    let at = |name: &str| home.path().join(name);
    let missing = Lock::try_take(&at("nothing/lock"), LockCleanup::Keep).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    let lock = Lock::wait(&at("lock"), LockCleanup::Remove).unwrap();
    assert_eq!(lock.path(), at("lock"));
    assert!(Lock::try_take(&at("lock"), LockCleanup::Remove).unwrap().is_none());
    // The file was exchanged: another process may hold the lock of the new one.
    fs::rename(at("lock"), at("other")).unwrap();
    fs::write(at("lock"), "").unwrap();
    drop(lock);
    assert!(at("lock").exists() && at("other").exists());
    let lock = Lock::wait(&at("lock"), LockCleanup::Remove).unwrap();
    fs::remove_file(at("lock")).unwrap();
    assert!(Lock::try_take(&at("lock"), LockCleanup::Keep).unwrap().is_some(), "a new file is another lock");
    drop(lock);
    assert!(at("lock").exists());
    let relative = PathBuf::from("each-function.lock");
    drop(Lock::wait(&relative, LockCleanup::Remove).unwrap());
    assert!(!relative.exists());
}
