//! What is refused, and that nothing is harmed by it.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use dvkit_files::{EntryKind, LinkPolicy, Lock, LockCleanup, Refusal, WriteMode};

fn refused<T>(result: io::Result<T>) -> Refusal {
    match result {
        Ok(_) => panic!("not refused"),
        Err(e) => Refusal::of(&e).unwrap_or_else(|| panic!("{e}")).clone(),
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn only_regular_files_are_read() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::write(at("file"), "text").unwrap();
    fs::create_dir(at("folder")).unwrap();
    pipe(&at("pipe"));
    let _socket = UnixListener::bind(at("socket")).unwrap();
    for name in ["file", "folder", "pipe", "socket", "/dev/zero", "nothing"] {
        symlink(name, at(&format!("to-{}", name.trim_start_matches("/dev/")))).unwrap();
    }
    assert_eq!(dvkit_files::read(&at("file"), LinkPolicy::Refuse, 4).unwrap(), b"text");
    for (name, kind) in
        [("folder", EntryKind::Folder), ("pipe", EntryKind::Pipe), ("socket", EntryKind::Socket)]
    {
        assert_eq!(
            refused(dvkit_files::read(&at(name), LinkPolicy::FollowNamed, 9)),
            Refusal::NotAFile(kind)
        );
        let link = at(&format!("to-{name}"));
        assert_eq!(
            refused(dvkit_files::read(&link, LinkPolicy::Refuse, 9)),
            Refusal::NotAFile(EntryKind::Link)
        );
        assert_eq!(refused(dvkit_files::read(&link, LinkPolicy::FollowNamed, 9)), Refusal::NotAFile(kind));
    }
    assert_eq!(
        refused(dvkit_files::read(&at("to-zero"), LinkPolicy::FollowNamed, 9)),
        Refusal::NotAFile(EntryKind::Device)
    );
    assert_eq!(dvkit_files::read(&at("to-file"), LinkPolicy::FollowNamed, 9).unwrap(), b"text");
    let missing = dvkit_files::read(&at("to-nothing"), LinkPolicy::FollowNamed, 9).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

#[test]
fn a_long_file_is_refused_by_its_size() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("long");
    // Nobody has the memory for it, and no disk is filled by it.
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(refused(dvkit_files::read(&path, LinkPolicy::Refuse, 1 << 20)), Refusal::TooLong(1 << 20));
    fs::write(&path, "12345").unwrap();
    assert_eq!(refused(dvkit_files::read(&path, LinkPolicy::Refuse, 4)), Refusal::TooLong(4));
    assert_eq!(dvkit_files::read(&path, LinkPolicy::Refuse, 5).unwrap(), b"12345");
    // What the system makes up while it is read has no size.
    assert_eq!(
        refused(dvkit_files::read(Path::new("/proc/self/environ"), LinkPolicy::Refuse, 3)),
        Refusal::TooLong(3)
    );
    fs::write(&path, b"hunter2 \xff").unwrap();
    let error = dvkit_files::read_text(&path, LinkPolicy::Refuse, 99).unwrap_err();
    assert!(error.to_string().contains("byte 8") && !error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_link_in_the_working_directory_does_not_lead_out_of_it() {
    // Tests run in the folder of their crate.
    let here = tempfile::tempdir_in(".").unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "hunter2").unwrap();
    fs::write(here.path().join("mine"), "mine").unwrap();
    let (out, inside) = (here.path().join("out"), here.path().join("inside"));
    symlink(outside.path().join("secret"), &out).unwrap();
    symlink("mine", &inside).unwrap();
    assert_eq!(refused(dvkit_files::read(&out, LinkPolicy::FollowNamed, 99)), Refusal::LinkLeadsOut);
    assert_eq!(dvkit_files::read(&inside, LinkPolicy::FollowNamed, 99).unwrap(), b"mine");
    // A slash at the end would make the system follow it.
    let folder = here.path().join("linked");
    symlink(outside.path(), &folder).unwrap();
    let slash = folder.join("");
    assert_eq!(dvkit_files::entry_kind(&slash).unwrap(), Some(EntryKind::Link));
    assert_eq!(refused(dvkit_files::resolve(&slash, LinkPolicy::FollowNamed)), Refusal::LinkLeadsOut);
    assert_eq!(refused(dvkit_files::entries(&slash).map(drop)), Refusal::NotAFolder(EntryKind::Link));
    // A link elsewhere is the user's own.
    let own = outside.path().join("own");
    symlink("secret", &own).unwrap();
    assert_eq!(dvkit_files::read(&own, LinkPolicy::FollowNamed, 99).unwrap(), b"hunter2");
    // What is written goes through no link at all.
    symlink(outside.path(), here.path().join("folder")).unwrap();
    let relative = here.path().strip_prefix(std::env::current_dir().unwrap()).unwrap_or(here.path());
    let refused = refused(dvkit_files::output_path(&relative.join("folder/new")));
    assert!(matches!(refused, Refusal::LinkInPath(_)), "{refused}");
    for path in [".", "..", "/", "a/.."] {
        let place = dvkit_files::output_path(Path::new(path));
        assert_eq!(Refusal::of(&place.unwrap_err()), Some(&Refusal::NoName), "{path}");
    }
}

#[test]
fn a_folder_on_the_way_is_no_link() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("root");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::write(root.join("a/x"), "1").unwrap();
    symlink("a", root.join("b")).unwrap();
    let read = |relative| dvkit_files::read_below(&root, relative, 9);
    assert_eq!(read("a/x").unwrap().unwrap(), b"1");
    assert_eq!((read("a/y").unwrap(), read("c/x").unwrap()), (None, None));
    assert!(matches!(refused(read("b/x")), Refusal::LinkInPath(_)));
    assert_eq!(refused(read("a/../a/x")), Refusal::NoName);
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
    for how in [WriteMode::Plain, WriteMode::Durable] {
        dvkit_files::replace(&at("a"), b"old", how).unwrap();
        fs::set_permissions(at("a"), fs::Permissions::from_mode(0o751)).unwrap();
        dvkit_files::replace(&at("a"), b"new", how).unwrap();
        assert_eq!((fs::read(at("a")).unwrap(), mode("a")), (b"new".to_vec(), 0o751));
    }
    dvkit_files::replace(&at("a"), b"secret", WriteMode::Secret).unwrap();
    assert_eq!(mode("a"), 0o600);
    fs::write(at("target"), "precious").unwrap();
    symlink("target", at("link")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    for (name, kind) in [("link", EntryKind::Link), ("folder", EntryKind::Folder)] {
        assert_eq!(refused(dvkit_files::replace(&at(name), b"x", WriteMode::Plain)), Refusal::NotAFile(kind));
    }
    assert_eq!(fs::read(at("target")).unwrap(), b"precious");
    fs::set_permissions(at("a"), fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(refused(dvkit_files::replace(&at("a"), b"x", WriteMode::Plain)), Refusal::ReadOnly);
    assert_eq!(names(home.path()), ["a", "folder", "link", "target"]);
    assert!(
        dvkit_files::is_temporary_name(".12-3.dvkit-new")
            && !dvkit_files::is_temporary_name(".schema.dvkit-new")
    );
}

#[test]
fn only_what_is_ours_is_removed() {
    let home = tempfile::tempdir().unwrap();
    let (dir, precious) = (home.path().join("dir"), home.path().join("precious"));
    fs::create_dir_all(dir.join("tables")).unwrap();
    fs::create_dir(&precious).unwrap();
    fs::write(precious.join("x.json"), "1").unwrap();
    for name in ["org.json", "tables/x.json"] {
        fs::write(dir.join(name), "{}").unwrap();
    }
    let ours = |relative: &str, kind: EntryKind| match kind {
        EntryKind::Folder => relative == "tables",
        _ => relative.ends_with(".json"),
    };
    let before = || {
        assert_eq!(names(&dir.join("tables"))[..1], ["x.json"]);
        assert_eq!(fs::read(precious.join("x.json")).unwrap(), b"1");
    };
    fs::write(dir.join("thesis.txt"), "years").unwrap();
    assert_eq!(
        refused(dvkit_files::remove_owned_folder(&dir, &ours)),
        Refusal::NotOurs("thesis.txt".to_owned())
    );
    before();
    fs::remove_file(dir.join("thesis.txt")).unwrap();
    symlink("../../precious/x.json", dir.join("tables/y.json")).unwrap();
    assert_eq!(
        refused(dvkit_files::remove_owned_folder(&dir, &ours)),
        Refusal::NotOurs("tables/y.json".to_owned())
    );
    before();
    fs::remove_file(dir.join("tables/y.json")).unwrap();
    let link = home.path().join("link");
    symlink("dir", &link).unwrap();
    assert_eq!(refused(dvkit_files::remove_owned_folder(&link, &ours)), Refusal::NotAFolder(EntryKind::Link));
    before();
    dvkit_files::remove_owned_folder(&dir, &ours).unwrap();
    assert!(!dir.exists());
    dvkit_files::remove_owned_folder(&dir, &ours).unwrap();
}

#[test]
fn a_lock_touches_nothing_and_follows_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (path, precious) = (home.path().join("lock"), home.path().join("precious"));
    fs::write(&precious, "1").unwrap();
    symlink("precious", &path).unwrap();
    assert_eq!(refused(Lock::try_take(&path, LockCleanup::Remove)), Refusal::NotAFile(EntryKind::Link));
    fs::remove_file(&path).unwrap();
    pipe(&path);
    assert_eq!(refused(Lock::wait(&path, LockCleanup::Remove)), Refusal::NotAFile(EntryKind::Pipe));
    fs::remove_file(&path).unwrap();
    fs::write(&path, "mine").unwrap();
    let lock = Lock::try_take(&path, LockCleanup::Remove).unwrap().unwrap();
    assert!(Lock::try_take(&path, LockCleanup::Remove).unwrap().is_none());
    drop(lock);
    assert_eq!(fs::read(&path).unwrap(), b"mine", "it was somebody's file");
    fs::remove_file(&path).unwrap();
    drop(Lock::try_take(&path, LockCleanup::Remove).unwrap().unwrap());
    assert!(!path.exists());
    drop(Lock::try_take(&path, LockCleanup::Keep).unwrap().unwrap());
    assert!(path.exists());
    assert_eq!(fs::read(&precious).unwrap(), b"1");
}
