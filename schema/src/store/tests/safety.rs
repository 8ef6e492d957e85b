//! Tests that snapshots are safe in folders with foreign links and files, and while other processes
//! interfere.

use std::collections::BTreeMap;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use super::*;
use pretty_assertions::assert_eq;

/// Returns the kind and the contents of every file and folder below `dir`, by path.
fn listing(dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let what = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_dir() {
                open.push(path.clone());
                "folder".to_owned()
            } else {
                fs::read_to_string(&path).unwrap()
            };
            all.insert(path, what);
        }
    }
    all
}

/// Returns a temporary folder and two paths in it: the snapshot `repo/schema`, and the folder `home` with a
/// user's files.
fn scene() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let top = tempfile::tempdir().unwrap();
    let (home, repo) = (top.path().join("home"), top.path().join("repo"));
    fs::create_dir_all(home.join("ssh")).unwrap();
    for name in ["ssh/id_rsa", "ssh/account.json", "org.json"] {
        fs::write(home.join(name), "precious").unwrap();
    }
    fs::create_dir(&repo).unwrap();
    write(repo.join("schema"), &schema()).unwrap();
    (top, home, repo)
}

fn other() -> Schema {
    let mut other = schema();
    other.tables.get_mut("x").unwrap().custom = Some(true);
    other
}

/// Checks that writing a snapshot to `dir` fails with an error that contains `needle`, and changes nothing
/// below `top`.
fn refused(top: &Path, dir: &Path, needle: &str) {
    let before = listing(top);
    let error = write(dir, &other()).unwrap_err().to_string();
    assert!(error.contains(needle), "{error}");
    assert_eq!(listing(top), before, "{needle}");
    let error = SnapshotWriter::begin(dir).and_then(|mut writer| {
        other().tables.values().try_for_each(|table| writer.table(table))?;
        writer.finish(&Org::default(), &SyncState::new("https://x", serde_json::Value::Null))
    });
    assert!(error.unwrap_err().to_string().contains(needle));
    assert_eq!(listing(top), before, "{needle}");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_snapshot_is_not_followed() {
    let (top, _home, repo) = scene();
    let dir = repo.join("schema");
    fs::remove_dir_all(dir.join("tables")).unwrap();
    symlink("../../home/ssh", dir.join("tables")).unwrap();
    refused(top.path(), &dir, "tables`: it is a symbolic link");
    let error = Store::open(&dir).unwrap().table("account").unwrap_err().to_string();
    assert!(error.contains("symbolic link") && !error.contains("precious"), "{error}");
    fs::remove_file(dir.join("tables")).unwrap();
    fs::create_dir(dir.join("tables")).unwrap();
    symlink("../../../home/ssh/id_rsa", dir.join("tables/account.json")).unwrap();
    refused(top.path(), &dir, "account.json`: it is a symbolic link");
    let error = Store::open(&dir).unwrap().table("account").unwrap_err().to_string();
    assert!(error.contains("symbolic link") && !error.contains("precious"), "{error}");
    fs::remove_file(dir.join("org.json")).unwrap();
    symlink("../../home/org.json", dir.join("org.json")).unwrap();
    refused(top.path(), &dir, "org.json`: it is a symbolic link");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_sibling_is_not_followed() {
    let (top, _home, repo) = scene();
    let dir = repo.join("schema");
    for (name, target) in [
        (".schema.dvkit-new", "../home/ssh"),
        (".schema.dvkit-old", "../home/ssh"),
        (".schema.dvkit-lock", "../home/ssh/id_rsa"),
        (".schema.dvkit-lock", "../home/new"),
    ] {
        symlink(target, repo.join(name)).unwrap();
        refused(top.path(), &dir, "it is a symbolic link");
        fs::remove_file(repo.join(name)).unwrap();
    }
    // Neither is it if the snapshot itself is missing and would be restored.
    fs::remove_dir_all(&dir).unwrap();
    symlink("../home", repo.join(".schema.dvkit-old")).unwrap();
    refused(top.path(), &dir, "it is a symbolic link");
    assert!(matches!(Store::open(&dir), Err(StoreError::Missing { .. })));
    fs::remove_file(repo.join(".schema.dvkit-old")).unwrap();
    symlink("../home", &dir).unwrap();
    refused(top.path(), &dir, "is a symbolic link");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_leftovers_of_a_writer_is_not_followed() {
    let (top, home, repo) = scene();
    let (dir, old, new) =
        (repo.join("schema"), repo.join(".schema.dvkit-old"), repo.join(".schema.dvkit-new"));
    write(repo.join("left"), &schema()).unwrap();
    fs::rename(repo.join("left"), &old).unwrap();
    fs::remove_dir_all(old.join("tables")).unwrap();
    symlink("../../home/ssh", old.join("tables")).unwrap();
    refused(top.path(), &dir, "tables`: it is a symbolic link");
    fs::remove_dir_all(&old).unwrap();
    fs::create_dir(&new).unwrap();
    symlink("../../home/ssh", new.join("tables")).unwrap();
    refused(top.path(), &dir, "`tables` in it was not written by dvkit");
    fs::remove_file(new.join("tables")).unwrap();
    fs::write(new.join("thesis.txt"), "years").unwrap();
    refused(top.path(), &dir, "`thesis.txt` in it was not written by dvkit");
    fs::remove_file(new.join("thesis.txt")).unwrap();
    // A link that is not part of the snapshot stays a link.
    symlink("../../home", dir.join("mine")).unwrap();
    let before = listing(&home);
    write(&dir, &other()).unwrap();
    assert_eq!(fs::read_link(dir.join("mine")).unwrap(), Path::new("../../home"));
    assert_eq!(listing(&home), before);
}

#[test]
fn a_file_in_the_way_stops_a_write_before_anything_changes() {
    let (top, _home, repo) = scene();
    let dir = repo.join("schema");
    let mut fewer = schema();
    fewer.tables.remove("x");
    write(&dir, &fewer).unwrap();
    fs::write(dir.join("tables/x.json"), "thesis").unwrap();
    fs::write(dir.join("README.md"), "ours").unwrap();
    refused(top.path(), &dir, "`tables/x.json` in it was not written by dvkit");
    // A file with the same contents is replaced, since nothing is lost.
    let whole = repo.join("whole");
    write(&whole, &other()).unwrap();
    fs::copy(whole.join("tables/x.json"), dir.join("tables/x.json")).unwrap();
    write(&dir, &other()).unwrap();
    fs::write(whole.join("README.md"), "ours").unwrap();
    assert_eq!(tree(&dir), tree(&whole));
    // A user's folder has the name of a file of the snapshot.
    fs::remove_file(dir.join("tables/x.json")).unwrap();
    fs::create_dir(dir.join("tables/x.json")).unwrap();
    fs::write(dir.join("tables/x.json/thesis"), "years").unwrap();
    refused(top.path(), &dir, "x.json`: it is a folder");
}

#[test]
fn leftovers_of_a_crash_are_not_lost_to_a_new_directory() {
    let (top, _home, repo) = scene();
    let (dir, old) = (repo.join("schema"), repo.join(".schema.dvkit-old"));
    write(repo.join("left"), &other()).unwrap();
    fs::write(repo.join("left/README.md"), "the old one").unwrap();
    fs::rename(repo.join("left"), &old).unwrap();
    fs::write(dir.join("README.md"), "the new one").unwrap();
    refused(top.path(), &dir, "`README.md` in it was not written by dvkit");
    fs::remove_file(dir.join("README.md")).unwrap();
    write(&dir, &other()).unwrap();
    assert_eq!(fs::read(dir.join("README.md")).unwrap(), b"the old one");
    assert!(!old.exists());
    // An empty folder that somebody made meanwhile does not turn the snapshot into a leftover.
    fs::rename(&dir, &old).unwrap();
    fs::create_dir(&dir).unwrap();
    assert!(write(&dir, &other()).unwrap().unchanged);
}

/// Skipped if the user may write to read-only folders, as root may.
#[cfg(unix)]
#[test]
fn a_read_only_snapshot_is_written_and_stays_read_only() {
    let (_top, _home, repo) = scene();
    let dir = repo.join("schema");
    fs::create_dir(dir.join("notes")).unwrap();
    fs::write(dir.join("notes/a"), "ours").unwrap();
    fs::write(dir.join("README.md"), "ours").unwrap();
    let mode = |path: PathBuf, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for folder in ["notes", "tables", "choices", ""] {
        mode(dir.join(folder), 0o555);
    }
    write(&dir, &other()).unwrap();
    write(&dir, &schema()).unwrap();
    let is = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((is(dir.clone()), is(dir.join("notes"))), (0o555, 0o555));
    assert_eq!(fs::read(dir.join("notes/a")).unwrap(), b"ours");
    assert_eq!(fs::read_dir(&repo).unwrap().count(), 1);
    mode(dir.clone(), 0o755);
    mode(dir.join("notes"), 0o755);
}

#[test]
fn all_files_read_belong_to_one_snapshot() {
    let (_top, _home, repo) = scene();
    let (dir, old) = (repo.join("schema"), repo.join(".schema.dvkit-old"));
    let staged = repo.join("staged");
    write(&staged, &other()).unwrap();
    let custom = |store: &Store| store.table("x").map(|t| t.unwrap().custom);
    let [before, gap, after] = [(); 3].map(|()| Store::open(&dir).unwrap());
    // Between the two renames.
    fs::rename(&dir, &old).unwrap();
    assert_eq!(custom(&gap).unwrap(), None);
    assert_eq!(custom(&Store::open(&dir).unwrap()).unwrap(), None);
    // After both renames, with the old directory still there.
    fs::rename(&staged, &dir).unwrap();
    assert_eq!(custom(&after).unwrap(), None);
    assert_eq!(custom(&Store::open(&dir).unwrap()).unwrap(), Some(true));
    // While the old snapshot is being removed.
    fs::remove_file(old.join("tables/x.json")).unwrap();
    assert!(matches!(custom(&before), Err(StoreError::Replaced { .. })), "{:?}", custom(&before));
    fs::remove_dir_all(&old).unwrap();
    let error = custom(&before).unwrap_err();
    assert!(error.to_string().contains("replaced by another process"), "{error}");
    // Loading the whole schema gives the new one.
    assert_eq!(before.load().unwrap(), Store::open(&dir).unwrap().load().unwrap());
    assert_eq!(gap.load().unwrap().tables["x"].custom, Some(true));
}
