//! Where a path leads: through links, parents and missing folders, from the working directory and from elsewhere.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // the lint's exception for tests does not reach their helpers

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use dvkit_files::{EntryKind, LinkPolicy, Refusal};

/// The path that is found, or why none is: the refusal, or the kind of the system's error.
fn found(result: io::Result<PathBuf>) -> Result<PathBuf, String> {
    result.map_err(|e| Refusal::of(&e).map_or_else(|| format!("{:?}", e.kind()), |r| format!("{r:?}")))
}

/// The working directory, which is the folder of the crate.
fn here() -> PathBuf {
    std::env::current_dir().unwrap().canonicalize().unwrap()
}

/// A link with a name in the working directory, which is removed when it is dropped.
fn link_here(target: impl AsRef<Path>) -> tempfile::NamedTempFile<()> {
    tempfile::Builder::new().prefix("linked").make_in(".", |path| symlink(&target, path)).unwrap()
}

fn bare_name(link: &tempfile::NamedTempFile<()>) -> &OsStr {
    link.path().file_name().unwrap()
}

#[test]
fn a_link_named_without_a_folder_is_one_of_the_working_directory() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "hunter2").unwrap();
    let (inside, out) = (link_here("Cargo.toml"), link_here(outside.path().join("secret")));
    for (link, expected) in
        [(&inside, Ok(here().join("Cargo.toml"))), (&out, Err(format!("{:?}", Refusal::LinkLeadsOut)))]
    {
        let name = Path::new(bare_name(link));
        assert_eq!(found(dvkit_files::resolve(name, LinkPolicy::FollowNamed)), expected, "{name:?}");
        let read = dvkit_files::read(name, LinkPolicy::FollowNamed, 1 << 20);
        assert_eq!(read.is_ok(), expected.is_ok(), "{name:?}");
        let refused = format!("{:?}", Refusal::NotAFile(EntryKind::Link));
        assert_eq!(found(dvkit_files::resolve(name, LinkPolicy::Refuse)), Err(refused), "{name:?}");
    }
    // The user may name a link elsewhere that leads here.
    let elsewhere = outside.path().join("here");
    symlink(here().join("Cargo.toml"), &elsewhere).unwrap();
    let followed = dvkit_files::resolve(&elsewhere, LinkPolicy::FollowNamed);
    assert_eq!(found(followed), Ok(here().join("Cargo.toml")));
}

#[test]
fn a_slash_after_a_link_does_not_hide_the_link() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("folder")).unwrap();
    let link = home.path().join("link");
    symlink("folder", &link).unwrap();
    let slash = link.join("");
    for (links, kind) in [(LinkPolicy::Refuse, EntryKind::Link), (LinkPolicy::FollowNamed, EntryKind::Folder)]
    {
        let error = dvkit_files::open(&slash, links).unwrap_err();
        assert_eq!(Refusal::of(&error), Some(&Refusal::NotAFile(kind)), "{links:?}");
    }
    let log = dvkit_files::LineLog::open(&slash, 9, |_| true).unwrap_err();
    assert_eq!(Refusal::of(&log), Some(&Refusal::NotAFile(EntryKind::Link)));
}

#[test]
fn a_link_that_leads_to_itself_is_an_error_of_the_system() {
    let home = tempfile::tempdir().unwrap();
    let link = home.path().join("link");
    symlink("link", &link).unwrap();
    assert_eq!(dvkit_files::entry_kind(&link).unwrap(), Some(EntryKind::Link));
    assert!(dvkit_files::identity(&link).is_err());
    assert!(dvkit_files::identity(&link.join("below")).is_err());
    assert!(dvkit_files::resolve(&link, LinkPolicy::FollowNamed).is_err());
}

#[test]
fn an_output_path_is_resolved_part_by_part() {
    let home = tempfile::tempdir().unwrap();
    let real = home.path().canonicalize().unwrap();
    let at = |path: &str| real.join(path);
    fs::create_dir_all(at("deep/inner")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    symlink("folder", at("to-folder")).unwrap();
    symlink("deep/inner", at("to-inner")).unwrap();
    symlink("nothing", at("to-nothing")).unwrap();
    let here = here();
    let out = link_here(&real);
    let name = bare_name(&out);
    let through = |path: &str| Path::new(path).join(name).join("new");
    // The same folder by a relative path that leaves the working directory.
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let beyond = up.join(real.strip_prefix("/").unwrap());
    let link_in = |path: PathBuf| Err(format!("{:?}", Refusal::LinkInPath(path.display().to_string())));
    let missing = || Err("NotFound".to_owned());
    for (path, expected) in [
        // The working directory by its whole path has a name.
        (here.clone(), Ok(here.clone())),
        (here.join("a/b/new"), Ok(here.join("a/b/new"))),
        ("./new".into(), Ok(here.join("new"))),
        ("a/b/new".into(), Ok(here.join("a/b/new"))),
        ("src/./new".into(), Ok(here.join("src/new"))),
        // No part in the working directory is a link, however the path is written.
        (through(""), link_in(here.join(name))),
        (through("."), link_in(here.join(name))),
        (through(here.to_str().unwrap()), link_in(here.join(name))),
        (through("src/.."), Ok(at("new"))),
        (here.join(name), link_in(here.join(name))),
        // A part before `..` has to exist.
        ("missing/../new".into(), missing()),
        (at("missing/../new"), missing()),
        (at("folder/../new"), Ok(at("new"))),
        (at("to-inner/../new"), Ok(at("deep/new"))),
        // Links outside of the working directory are the user's own, but for the last part.
        (at("to-inner/new"), Ok(at("deep/inner/new"))),
        (at("to-folder/missing/new"), Ok(at("folder/missing/new"))),
        (beyond.join("new"), Ok(at("new"))),
        (beyond.join("to-folder/new"), Ok(at("folder/new"))),
        (beyond.join("to-folder"), link_in(at("to-folder"))),
        (at("to-nothing"), link_in(at("to-nothing"))),
        (at("file"), Ok(at("file"))),
        (at("folder"), Ok(at("folder"))),
        ("/new".into(), Ok("/new".into())),
    ] {
        assert_eq!(found(dvkit_files::output_path(&path)), expected, "{}", path.display());
    }
}
